import Records
import Testing

@testable import Vectors

struct SphericalKMeansTests {
    @Test func `well separated modes are found, and their number`() throws {
        for seed in 0..<10 as Range<UInt64> {
            let rows = try randomRows(
                seed, rows: 60, columns: 24, centres: 3, spread: 0.15, copies: 0)
            let clusters = try SphericalKMeans(seed: seed).cluster(
                rows, Array(0..<60), upTo: 5)
            #expect(clusters.assignments == (0..<60).map { $0 % 3 })
            #expect(clusters.sizes == [20, 20, 20])
        }
    }

    @Test func `one mode stays one cluster`() throws {
        for seed in 0..<10 as Range<UInt64> {
            let rows = try randomRows(
                seed, rows: 50, columns: 24, centres: 1, spread: 0.3, copies: 0)
            let clusters = try SphericalKMeans(seed: seed, minimumSize: 5).cluster(
                rows, Array(0..<50), upTo: 4)
            #expect(clusters.centres.count == 1)
        }
    }

    @Test func `a settled partition gives every row its nearest centre`() throws {
        for seed in 0..<10 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 70, columns: 8, centres: 5)
            let members = Array(0..<70)
            let clusters = try SphericalKMeans(seed: seed, rounds: 200).cluster(
                rows, members, k: 4)
            let distances = clusters.centres.map { Centroids.distances(rows, members, to: $0) }
            for (at, cluster) in clusters.assignments.enumerated() {
                let nearest = distances.map { $0[at] }.min() ?? 0
                #expect(distances[cluster][at] == nearest)
            }
            for (cluster, centre) in clusters.centres.enumerated() {
                let own = members.filter { clusters.assignments[$0] == cluster }
                #expect(Centroids.mean(rows, own) == centre)
            }
        }
    }

    @Test func `no cluster is smaller than the minimum`() throws {
        for seed in 0..<10 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 40, columns: 6, centres: 7)
            for minimum in [1, 5, 12, 100] {
                let clusters = try SphericalKMeans(seed: seed, minimumSize: minimum).cluster(
                    rows, Array(0..<40), k: 8)
                let sizes = clusters.sizes
                #expect(sizes.reduce(0, +) == 40)
                #expect(sizes.count == 1 || sizes.allSatisfy { $0 >= minimum })
            }
        }
    }

    @Test func `the silhouette is that of its definition`() throws {
        for seed in 0..<6 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 30, columns: 5, centres: 3, copies: 0)
            let members = Array(0..<30)
            let clusters = try SphericalKMeans(seed: seed).cluster(rows, members, k: 3)
            var total = 0.0
            for row in members {
                func mean(_ cluster: Int) -> Double? {
                    let others = members.filter {
                        $0 != row && clusters.assignments[$0] == cluster
                    }
                    if others.isEmpty { return nil }
                    return others.reduce(0.0) { $0 + 1 - rows.cosine(row, $1) }
                        / Double(others.count)
                }
                guard let inner = mean(clusters.assignments[row]) else { continue }
                let outer =
                    clusters.centres.indices
                    .filter { $0 != clusters.assignments[row] }.compactMap(mean).min() ?? 0
                total += (outer - inner) / max(outer, inner)
            }
            let found = SphericalKMeans.silhouette(rows, members, clusters)
            #expect(abs(found - total / 30) < 1e-6)
        }
    }

    @Test func `nothing, copies and bad settings`() throws {
        let means = try SphericalKMeans()
        let same = try UnitRows(Matrix([[1, 2], [1, 2], [2, 4], [1, 2]]))
        #expect(try means.cluster(same, [0, 1, 2, 3], k: 3).centres.count == 1)
        #expect(try means.cluster(same, [0, 1, 2, 3], upTo: 3).assignments == [0, 0, 0, 0])
        #expect(try means.cluster(same, [], k: 3).assignments == [])
        #expect(try means.cluster(same, [], upTo: 3).assignments == [])
        let zeros = try UnitRows(Matrix([[0, 0], [0, 0], [1, 0]]))
        #expect(try means.cluster(zeros, [0, 1, 2], k: 2).assignments.count == 3)
        #expect(throws: Fault.self) { try means.cluster(same, [0], k: 0) }
        #expect(throws: Fault.self) { try SphericalKMeans(minimumSize: 0) }
        #expect(throws: Fault.self) { try SphericalKMeans(rounds: 0) }
    }
}

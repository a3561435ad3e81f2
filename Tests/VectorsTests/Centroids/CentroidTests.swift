import Records
import Testing

@testable import Vectors

struct CentroidTests {
    @Test func `sums are the same bits however rows are cut and ordered`() throws {
        for seed in 0..<10 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 60, columns: 11)
            var draws = CounterRNG(seed: seed, purpose: "cuts")
            let whole = Centroids.sum(rows, Array(0..<60))
            let shuffled = draws.shuffled(Array(0..<60))
            var parts: [CentroidSum] = []
            var from = 0
            while from < 60 {
                let to = min(60, from + 1 + draws.below(20))
                parts.append(Centroids.sum(rows, Array(shuffled[from..<to])))
                from = to
            }
            var merged = CentroidSum(columns: 11)
            for part in draws.shuffled(parts) { merged.merge(part) }
            #expect(merged == whole)
            #expect(CentroidSum(sums: whole.sums, count: 60) == whole)
            merged.remove(3, of: rows)
            merged.add(3, of: rows)
            #expect(merged == whole)
        }
        #expect(CentroidSum(sums: [1 << 31], count: 1) == nil)
        #expect(CentroidSum(sums: [0], count: -1) == nil)
    }

    @Test func `the medoid is that of a full comparison, ties to the smaller row`() throws {
        for seed in 0..<10 as Range<UInt64> {
            let rows = try randomRows(seed, rows: 40, columns: 6, copies: 0)
            let costs = (0..<40).map { row in
                (0..<40).reduce(0.0) { $0 + 1 - rows.cosine(row, $1) }
            }
            let expected = costs.indices.min { costs[$0] < costs[$1] }
            #expect(Centroids.medoid(rows, Array(0..<40)) == expected)
        }
        let same = try UnitRows(Matrix([[1, 1], [2, 2], [1, 1]]))
        #expect(Centroids.medoid(same, [2, 1, 0]) == Centroids.medoid(same, [0, 1, 2]))
        #expect(Centroids.medoid(same, []) == nil)
    }

    @Test func `no rows, zeros and opposites have a centre of zeros and distance 1`() throws {
        let rows = try UnitRows(Matrix([[1, 0], [-1, 0], [0, 0]]))
        #expect(Centroids.mean(rows, []) == [0, 0])
        #expect(Centroids.mean(rows, [0, 1]) == [0, 0])
        #expect(Centroids.distances(rows, [0, 2], to: [0, 0]) == [1, 1])
        #expect(Centroids.distances(rows, [0, 1, 2], to: [1, 0]) == [0, 2, 1])
        #expect(try Centroids.trimmedMean(rows, []) == [0, 0])
        #expect(throws: Fault.self) { try Centroids.trimmedMean(rows, [0], share: 0.5) }
    }

    @Test func `thresholds flag what they say, ties by place`() throws {
        let distances = [0.3, 0.1, 0.2, 0.2, 5]
        #expect(try DistanceThreshold.distance(0.2).outliers(distances) == [0, 4])
        #expect(try DistanceThreshold.percentile(50).outliers(distances) == [0, 4])
        #expect(try DistanceThreshold.robustZ(3.5).outliers(distances) == [4])
        #expect(try DistanceThreshold.keep(2).outliers(distances) == [0, 3, 4])
        #expect(try DistanceThreshold.keep(9).outliers(distances) == [])
        #expect(try DistanceThreshold.keep(0).outliers(distances) == [0, 1, 2, 3, 4])
        #expect(try DistanceThreshold.robustZ(0).outliers([1, 1, 1, 9]) == [])
        #expect(try DistanceThreshold.percentile(99).outliers([]) == [])
        #expect(throws: Fault.self) { try DistanceThreshold.keep(-1).outliers(distances) }
        #expect(throws: Fault.self) { try DistanceThreshold.percentile(101).outliers([]) }
        #expect(throws: Fault.self) { try DistanceThreshold.distance(.nan).outliers([]) }
        #expect(throws: Fault.self) { try DistanceThreshold.keep(1).outliers([.nan]) }
        #expect(throws: Fault.self) { try DistanceStatistics([]) }
    }

    @Test func `order statistics do not depend on order, and are exact at the ends`() throws {
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "statistics")
            let values = (0...draws.below(30)).map { _ in draws.unit() }
            let statistics = try DistanceStatistics(values)
            #expect(try DistanceStatistics(draws.shuffled(values)) == statistics)
            #expect(statistics.percentile(0) == values.min())
            #expect(statistics.percentile(100) == values.max())
            #expect(statistics.robustZ(statistics.median) == 0)
            let rising = stride(from: 0.0, through: 100, by: 2.5).map { statistics.percentile($0) }
            #expect(zip(rising, rising.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    @Test func `centres, distances and fences are NumPy's and SciPy's`() async throws {
        let cases = try Golden.read("centroid_filter.json")["cases"].items
        try await Golden.check("centroid_filter.json", within: "rows exact, numbers 1e-9", cases) {
            sample in
            // Four decimals, so that ten thousand times a value is a whole and exact float;
            // directions do not change.
            let table = sample["embeddings"].table
            let rows = try UnitRows(
                Matrix(table.map { $0.map { Float(($0 * 10_000).rounded()) } }))
            let all = Array(0..<rows.count)
            let expected = sample["expected"]
            let centre = Centroids.mean(rows, all)
            #expect(distance(centre, expected["centroid_unit"].numbers) < 1e-9)
            let distances = Centroids.distances(rows, all, to: centre)
            let golden = expected["cosine_distance_to_centroid"].numbers
            #expect(distance(distances, golden) < 1e-9)
            #expect(Centroids.medoid(rows, all) == expected["medoid_index"].number.map { Int($0) })
            let trimmed = try Centroids.trimmedMean(rows, all)
            #expect(distance(trimmed, expected["trimmed_mean10_unit"].numbers) < 1e-9)
            #expect(
                distance(
                    Centroids.distances(rows, all, to: trimmed),
                    expected["cosine_distance_to_trimmed"].numbers) < 1e-9)
            let statistics = try DistanceStatistics(golden)
            #expect(abs(statistics.medianDeviation - (expected["mad"].number ?? .nan)) < 1e-9)
            #expect(
                distance(golden.map(statistics.robustZ), expected["modified_z"].numbers) < 1e-9)
            let percentiles = expected["percentiles_linear_of_cosine_distance"]
            for key in percentiles.keys {
                let found = statistics.percentile(try #require(Double(key)))
                #expect(abs(found - (percentiles[key].number ?? .nan)) < 1e-9)
            }
            let fence = expected["tukey_upper_fence_1.5IQR"].number ?? .nan
            #expect(abs(statistics.upperFence - fence) < 1e-9)
            #expect(
                try DistanceThreshold.robustZ(3.5).outliers(distances)
                    == expected["outliers_modified_z_gt_3.5"].integers)
            #expect(
                try DistanceThreshold.percentile(95).outliers(golden)
                    == expected["outliers_above_p95"].integers)
        }
    }
}

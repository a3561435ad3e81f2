public import Records

/// k-means of directions (Dhillon, Modha 2001, "Concept Decompositions for Large Sparse Text
/// Data"), with the same answer on every machine.
///
/// Seeds: the first by a draw, each next with probability proportional to its cosine distance from
/// the seeds so far (Arthur, Vassilvitskii 2007, for squared Euclidean distance of unit vectors,
/// which is twice the cosine distance). Centres are integer sums; ties go to the smaller cluster.
/// A cluster of fewer rows than ``minimumSize`` is dissolved, the smallest first. Time O(rounds ·
/// members · k · columns); memory 8 bytes for each member and cluster.
public struct SphericalKMeans: Sendable, Equatable {
    public var seed: UInt64
    /// No cluster is smaller, unless it is the only one.
    public var minimumSize: Int
    /// Rounds of reassignment at most.
    public var rounds: Int

    /// Throws a `configuration` fault unless both numbers are at least 1.
    public init(seed: UInt64 = 0, minimumSize: Int = 1, rounds: Int = 50) throws(Fault) {
        guard minimumSize > 0, rounds > 0 else {
            throw Fault(.configuration, "clusters have rows and k-means has rounds")
        }
        self.seed = seed
        self.minimumSize = minimumSize
        self.rounds = rounds
    }

    /// A partition of the members.
    public struct Clusters: Sendable, Equatable {
        /// Unit vectors, one a cluster; clusters are in the order of their smallest place.
        public let centres: [[Double]]
        /// The cluster of each member, in the order given.
        public let assignments: [Int]

        /// Rows in each cluster.
        public var sizes: [Int] {
            var sizes = [Int](repeating: 0, count: centres.count)
            for cluster in assignments { sizes[cluster] += 1 }
            return sizes
        }
    }

    /// At most k clusters: fewer when some would be too small or the members have fewer directions.
    ///
    /// Throws a `configuration` fault when k is below 1.
    public func cluster(_ rows: UnitRows, _ members: [Int], k: Int) throws(Fault) -> Clusters {
        guard k > 0 else { throw Fault(.configuration, "k-means needs a cluster", why: "\(k)") }
        if members.isEmpty { return Clusters(centres: [], assignments: []) }
        var centres = seeds(rows, members, k)
        while true {
            var assignments = assign(rows, members, centres)
            for _ in 0..<rounds {
                centres = recentre(rows, members, assignments, centres)
                let next = assign(rows, members, centres)
                if next == assignments { break }
                assignments = next
            }
            var sizes = [Int](repeating: 0, count: centres.count)
            for cluster in assignments { sizes[cluster] += 1 }
            guard centres.count > 1,
                let smallest = sizes.indices.min(by: { (sizes[$0], -$0) < (sizes[$1], -$1) }),
                sizes[smallest] < minimumSize
            else { return ordered(centres, assignments) }
            centres.remove(at: smallest)
        }
    }

    /// The clusters of that number, from 1 to `most`, that has the best silhouette.
    ///
    /// One cluster is the answer unless a silhouette exceeds `leastSilhouette`: 0.25 is where
    /// Kaufman and Rousseeuw (1990, "Finding Groups in Data") begin to see structure. The smaller
    /// number wins a tie.
    ///
    /// - Throws: `configuration` for fewer clusters than 1.
    public func cluster(
        _ rows: UnitRows, _ members: [Int], upTo most: Int, leastSilhouette: Double = 0.25
    ) throws(Fault) -> Clusters {
        var best = try cluster(rows, members, k: 1)
        var score = leastSilhouette
        for k in stride(from: 2, through: min(most, members.count), by: 1) {
            let clusters = try cluster(rows, members, k: k)
            let silhouette = Self.silhouette(rows, members, clusters)
            if silhouette > score { (best, score) = (clusters, silhouette) }
        }
        return best
    }

    /// The mean silhouette (Rousseeuw 1987) with cosine distances, in -1...1; 0 for one cluster.
    ///
    /// Exact in O(members · k · columns): the mean cosine distance to a cluster follows from the
    /// sum of its unit vectors. A row alone in its cluster counts 0.
    public static func silhouette(
        _ rows: UnitRows, _ members: [Int], _ clusters: Clusters
    ) -> Double {
        let k = clusters.centres.count
        if k < 2 || members.isEmpty { return 0 }
        let sums = sums(rows, members, clusters.assignments, k)
        let values = sums.map(\.values)
        var total: Int64 = 0
        for at in members.indices {
            let unit = rows.unit(members[at])
            let own = clusters.assignments[at]
            if sums[own].count < 2 { continue }
            // A row's distance to itself, 0, counts neither in the sum nor in the mean.
            let itself = FixedOrder.dot(unit, unit)
            let inner =
                (Double(sums[own].count) - 1 - (FixedOrder.dot(unit, values[own]) - itself))
                / Double(sums[own].count - 1)
            var outer = Double.infinity
            for cluster in 0..<k where cluster != own && sums[cluster].count > 0 {
                let mean = FixedOrder.dot(unit, values[cluster]) / Double(sums[cluster].count)
                outer = min(outer, 1 - mean)
            }
            let larger = max(inner, outer)
            if larger > 0, larger.isFinite {
                total += Int64(((outer - inner) / larger * CentroidSum.scale).rounded())
            }
        }
        return Double(total) / CentroidSum.scale / Double(members.count)
    }

    private static func sums(
        _ rows: UnitRows, _ members: [Int], _ assignments: [Int], _ k: Int
    ) -> [CentroidSum] {
        var sums = [CentroidSum](repeating: CentroidSum(columns: rows.columns), count: k)
        for (row, cluster) in zip(members, assignments) { sums[cluster].add(row, of: rows) }
        return sums
    }

    private func seeds(_ rows: UnitRows, _ members: [Int], _ k: Int) -> [[Double]] {
        var draws = CounterRNG(seed: seed, purpose: "spherical k-means")
        var centres = [rows.unit(members[draws.below(members.count)])]
        var nearest = Centroids.distances(rows, members, to: centres[0])
        while centres.count < min(k, members.count) {
            // In fixed point, so that the sum is exact; distances of rounding alone count as none.
            let weights = nearest.map { $0 < 1e-12 ? 0 : Int(($0 * 0x1p24).rounded(.up)) }
            let sum = weights.reduce(0, +)
            if sum == 0 { break }
            var place = draws.below(sum)
            var chosen = 0
            while place >= weights[chosen] {
                place -= weights[chosen]
                chosen += 1
            }
            let centre = rows.unit(members[chosen])
            centres.append(centre)
            let distances = Centroids.distances(rows, members, to: centre)
            for at in members.indices { nearest[at] = min(nearest[at], distances[at]) }
        }
        return centres
    }

    /// Members whose products with all centres are computed at a time.
    private static let block = 1_024

    /// The nearest centre of each member: blocks of products in single precision propose, and
    /// distances in double precision decide where several may be nearest.
    private func assign(_ rows: UnitRows, _ members: [Int], _ centres: [[Double]]) -> [Int] {
        let (columns, count) = (rows.columns, centres.count)
        let scratch = BlockScratch(firsts: Self.block, seconds: count, columns: columns)
        for (at, centre) in centres.enumerated() {
            for column in 0..<columns {
                scratch.second[at * columns + column] = Float(centre[column])
            }
        }
        var assignments: [Int] = []
        assignments.reserveCapacity(members.count)
        for start in stride(from: 0, to: members.count, by: Self.block) {
            let block = members[start..<min(start + Self.block, members.count)]
            rows.withAddresses { $0?.writeUnits(block.lazy.map { Int32($0) }, to: scratch.first) }
            BlockProducts.fill(
                scratch.first, block.count, scratch.second, count, columns: columns,
                to: scratch.products)
            for (at, row) in block.enumerated() {
                let products = UnsafeBufferPointer(
                    start: scratch.products + at * count, count: count)
                let limit = (products.max() ?? 0) - rows.tolerance
                let near = products.indices.filter { products[$0] >= limit }
                assignments.append(near.count == 1 ? near[0] : nearest(near, centres, rows, row))
            }
        }
        return assignments
    }

    /// The nearest of the clusters `near`, which rise; the smaller among equals.
    private func nearest(
        _ near: [Int], _ centres: [[Double]], _ rows: UnitRows, _ row: Int
    ) -> Int {
        var best = (cluster: 0, distance: Double.infinity)
        for cluster in near {
            let distance = Centroids.distances(rows, [row], to: centres[cluster])[0]
            if distance < best.distance { best = (cluster, distance) }
        }
        return best.cluster
    }

    /// The mean directions; a cluster without rows, or whose rows cancel out, stays where it was.
    private func recentre(
        _ rows: UnitRows, _ members: [Int], _ assignments: [Int], _ old: [[Double]]
    ) -> [[Double]] {
        let sums = Self.sums(rows, members, assignments, old.count)
        return old.indices.map { cluster in
            let centre = sums[cluster].centroid
            return centre.allSatisfy { $0 == 0 } ? old[cluster] : centre
        }
    }

    /// Names clusters by the first place in them, so that seeds do not show.
    private func ordered(_ centres: [[Double]], _ assignments: [Int]) -> Clusters {
        var names = [Int](repeating: -1, count: centres.count)
        var order: [Int] = []
        for cluster in assignments where names[cluster] < 0 {
            names[cluster] = order.count
            order.append(cluster)
        }
        return Clusters(
            centres: order.map { centres[$0] }, assignments: assignments.map { names[$0] })
    }
}

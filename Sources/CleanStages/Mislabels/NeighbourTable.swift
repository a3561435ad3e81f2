internal import Records
internal import Vectors

/// The nearest neighbours of every row outside its group, as row numbers: 4 bytes each.
struct NeighbourTable: Sendable {
    private let width: Int
    /// `width` places a row, nearest first; -1 where there are fewer neighbours.
    private let rows: [Int32]

    /// Rows searched for at a time and job; more would hold more cosines at a time.
    private static let queriesPerJob = 4_096
    /// Cells looked into for each row: over 0.97 of the nearest ten at 200,000 rows, see
    /// docs/decisions/0008-neighbour-index.md.
    private static let probes = 32

    /// - Parameter exactRows: Up to so many rows every pair is compared, above them an index is
    ///   asked.
    init(
        _ units: UnitRows, width: Int, groups: [Int32], exactRows: Int, seed: UInt64, jobs: Int
    ) async throws(Fault) {
        let search = try NearestNeighbours(k: width)
        let index: NeighbourIndex? =
            units.count > exactRows
            ? try await NeighbourIndex(units, seed: seed, threads: jobs) : nil
        var rows: [Int32] = []
        rows.reserveCapacity(units.count * width)
        // An index is quicker the more queries meet in a cell.
        let step = Self.queriesPerJob * max(1, jobs) * (index == nil ? 1 : 4)
        for start in stride(from: 0, to: units.count, by: step) {
            let queries = start..<min(start + step, units.count)
            let found =
                if let index {
                    await index.nearest(
                        k: width, probes: Self.probes, queries: queries, groups: groups,
                        threads: jobs)
                } else {
                    await search.search(units, queries: queries, groups: groups, workers: jobs)
                }
            rows += Self.flat(found, width)
        }
        self.width = width
        self.rows = rows
    }

    private static func flat(_ found: [[Neighbour]], _ width: Int) -> [Int32] {
        var rows: [Int32] = []
        rows.reserveCapacity(found.count * width)
        for neighbours in found {
            rows += neighbours.lazy.map { Int32($0.row) }
            rows += repeatElement(-1, count: width - neighbours.count)
        }
        return rows
    }

    /// For each row, the share of its neighbours, among those with a known label, whose label
    /// differs: 0...1.
    ///
    /// A row without such a neighbour gets one half, which speaks neither for its label nor
    /// against it; a row whose own label is unknown gets nil.
    ///
    /// - Parameter labels: One a row; negative for unknown.
    func disagreement<Label: SignedInteger>(_ labels: [Label]) -> [Double?] {
        labels.indices.map { row in
            let own = labels[row]
            if own < 0 { return nil }
            let known = neighbours(row).filter { labels[Int($0)] >= 0 }
            let different = known.count { labels[Int($0)] != own }
            return known.isEmpty ? 0.5 : Double(different) / Double(known.count)
        }
    }

    /// Label → row → the logarithm of the label's share among the row's neighbours, to which all
    /// rows' labels are added as one neighbour more.
    ///
    /// - Parameters:
    ///   - labels: One a row, `0..<count`; -1 for unknown.
    ///   - count: Labels.
    func logShares(_ labels: [Int], count: Int) -> [[Double]] {
        var all = [Int](repeating: 0, count: count)
        for label in labels where label >= 0 { all[label] += 1 }
        let known = Double(max(1, all.reduce(0, +)))
        var shares = [[Double]](
            repeating: [Double](repeating: 0, count: labels.count), count: count)
        var votes = [Double](repeating: 0, count: count)
        for row in labels.indices {
            for label in 0..<count { votes[label] = (Double(all[label]) + 0.5) / known }
            for other in neighbours(row) where labels[Int(other)] >= 0 {
                votes[labels[Int(other)]] += 1
            }
            let sum = votes.reduce(0, +)
            for label in 0..<count {
                shares[label][row] = LogOddsMixture.logShare(votes[label] / sum)
            }
        }
        return shares
    }

    /// The neighbours of a row, nearest first.
    func neighbours(_ row: Int) -> some Sequence<Int32> {
        rows[row * width..<(row + 1) * width].lazy.filter { $0 >= 0 }
    }
}

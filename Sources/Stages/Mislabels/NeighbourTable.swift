internal import Records
internal import Vectors

/// The nearest neighbours of every row outside its group, as row numbers: 4 bytes each.
struct NeighbourTable: Sendable {
    private let width: Int
    /// `width` places a row, nearest first; -1 where there are fewer neighbours.
    private let rows: [Int32]

    /// Rows that one task searches for; more would hold more cosines at a time.
    private static let queriesPerTask = 4_096

    /// - Parameter references: The rows that may be neighbours; nil for all.
    init(
        _ units: UnitRows, width: Int, groups: [Int32], references: [Int32]?, jobs: Int
    ) async throws(Fault) {
        let search = try NearestNeighbours(k: width)
        var rows: [Int32] = []
        rows.reserveCapacity(units.count * width)
        let starts = Array(stride(from: 0, to: units.count, by: Self.queriesPerTask))
        for round in stride(from: 0, to: starts.count, by: max(1, jobs)) {
            let mine = starts[round..<min(round + max(1, jobs), starts.count)]
            let found = await withTaskGroup(of: (Int, [Int32]).self) { group in
                for start in mine {
                    let queries = start..<min(start + Self.queriesPerTask, units.count)
                    group.addTask {
                        let found = search.search(
                            units, queries: queries, groups: groups, among: references)
                        return (start, Self.flat(found, width))
                    }
                }
                var parts: [(Int, [Int32])] = []
                for await part in group { parts.append(part) }
                return parts.sorted { $0.0 < $1.0 }
            }
            for part in found { rows += part.1 }
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
            var known = 0
            var different = 0
            for place in row * width..<(row + 1) * width where rows[place] >= 0 {
                let other = labels[Int(rows[place])]
                if other < 0 { continue }
                known += 1
                if other != own { different += 1 }
            }
            return known == 0 ? 0.5 : Double(different) / Double(known)
        }
    }
}

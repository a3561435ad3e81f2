internal import Records
internal import Vectors

/// The nearest neighbours of some rows outside their groups, as row numbers: 4 bytes each.
struct NeighbourTable: Sendable {
    private let width: Int
    /// `width` places a row, nearest first; -1 where there are fewer neighbours.
    private let rows: [Int32]

    /// Cells looked into for each row: over 0.97 of the nearest ten at 200,000 rows, see
    /// docs/decisions/0008-neighbour-index.md.
    static let probes = 32

    /// - Parameter number: The number of a row that was found by its place.
    init(_ found: [[Neighbour]], width: Int, number: (Int) -> Int32 = { Int32($0) }) {
        var rows: [Int32] = []
        rows.reserveCapacity(found.count * width)
        for neighbours in found {
            for neighbour in neighbours { rows.append(number(neighbour.row)) }
            rows += repeatElement(-1, count: width - neighbours.count)
        }
        self.width = width
        self.rows = rows
    }

    /// Compares all pairs of rows.
    init(
        comparing units: UnitRows, width: Int, groups: [Int32], jobs: Int
    ) async throws(Fault) {
        let found = try await NearestNeighbours(k: width).searchAll(
            units, groups: groups, workers: jobs)
        self.init(found, width: width)
    }

    /// For a row's label, the share of its neighbours, among those with a known label, whose label
    /// differs: 0...1; one half without such a neighbour, which speaks neither for the label nor
    /// against it.
    ///
    /// - Parameter label: The label of a row by its number; nil for unknown.
    func disagreement<Label: Equatable>(
        at place: Int, with own: Label, _ label: (Int32) -> Label?
    ) -> Float {
        var (known, different) = (0, 0)
        for row in neighbours(at: place) {
            guard let other = label(row) else { continue }
            known += 1
            if other != own { different += 1 }
        }
        return known == 0 ? 0.5 : Float(Double(different) / Double(known))
    }

    /// Label → place → the logarithm of the label's share among the neighbours of the row there,
    /// to which the labels of all training rows are added as one neighbour more.
    ///
    /// - Parameters:
    ///   - counts: How many training rows have each label.
    ///   - label: The label of a row by its number, `0..<counts.count`; nil for unknown.
    func logShares(_ counts: [Int], _ label: (Int32) -> Int?) -> [[Double]] {
        let known = Double(max(1, counts.reduce(0, +)))
        var shares = [[Double]](
            repeating: [Double](repeating: 0, count: count), count: counts.count)
        var votes = [Double](repeating: 0, count: counts.count)
        for place in 0..<count {
            for label in votes.indices { votes[label] = (Double(counts[label]) + 0.5) / known }
            for row in neighbours(at: place) {
                if let label = label(row) { votes[label] += 1 }
            }
            let sum = votes.reduce(0, +)
            for label in votes.indices {
                shares[label][place] = LogOddsMixture.logShare(votes[label] / sum)
            }
        }
        return shares
    }

    /// Rows whose neighbours are known.
    var count: Int { rows.count / max(1, width) }

    /// The neighbours of the row at `place`, nearest first.
    func neighbours(at place: Int) -> some Sequence<Int32> {
        rows[place * width..<(place + 1) * width].lazy.filter { $0 >= 0 }
    }
}

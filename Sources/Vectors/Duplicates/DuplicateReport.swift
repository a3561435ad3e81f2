internal import Records

/// A row that is refused as a duplicate, and the kept row that it is most like.
public struct DuplicateMatch: Sendable, Equatable {
    public let row: Int
    /// The kept row of the highest score; the smallest index among equals.
    public let kept: Int
    public let score: Double

    public init(row: Int, kept: Int, score: Double) {
        self.row = row
        self.kept = kept
        self.score = score
    }
}

/// Which rows to keep when the first of each kind stays.
///
/// A row is refused only when it is itself like a kept row: rows are never removed because a chain
/// of likenesses leads to them (semhash/semhash.py, `self_deduplicate`). Every refused row names
/// the kept row that it matched, and the score.
public struct DuplicateReport: Sendable, Equatable {
    public let rowCount: Int
    /// One entry for each refused row, in rising order of rows.
    public let refused: [DuplicateMatch]
    /// How often a kept row could not be filed because its bucket was full: 0 means that every
    /// candidate was compared.
    public let overflows: Int

    public init(rowCount: Int, refused: [DuplicateMatch], overflows: Int = 0) {
        self.rowCount = rowCount
        self.refused = refused
        self.overflows = overflows
    }

    /// The rows that stay, in rising order.
    public var kept: [Int] {
        var isKept = [Bool](repeating: true, count: rowCount)
        for match in refused { isKept[match.row] = false }
        return (0..<rowCount).filter { isKept[$0] }
    }

    /// The kept row that stands for each row: itself, or the one it matched.
    public var representatives: [Int32] {
        var result = (0..<rowCount).map { Int32($0) }
        for match in refused { result[match.row] = Int32(match.kept) }
        return result
    }
}

/// Two rows that are alike, `first < second`, and how much.
public struct SimilarPair: Sendable, Equatable {
    public let first: Int
    public let second: Int
    public let score: Double

    public init(first: Int, second: Int, score: Double) {
        self.first = first
        self.second = second
        self.score = score
    }
}

/// Rows joined through any chain of pairs, for keeping groups whole in splits.
///
/// Not for removing rows: chains join what is not alike (see ``DuplicateReport``).
public enum Components {
    /// The smallest row of each row's component; the order of the pairs does not matter.
    ///
    /// Time close to O(rows + pairs).
    public static func smallestRows(
        rowCount: Int, pairs: some Sequence<SimilarPair>
    ) -> [Int32] {
        var sets = UnionFind(count: rowCount)
        for pair in pairs {
            insist(
                (0..<rowCount).contains(pair.first) && (0..<rowCount).contains(pair.second),
                "a pair lies within its rows")
            sets.union(pair.first, pair.second)
        }
        return sets.smallest()
    }
}

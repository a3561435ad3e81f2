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

/// Two rows that are alike, `first < second`, and how much: 16 bytes.
public struct SimilarPair: Sendable, Equatable {
    private let rows: (Int32, Int32)
    public let score: Double

    public var first: Int { Int(rows.0) }
    public var second: Int { Int(rows.1) }

    public init(first: Int, second: Int, score: Double) {
        rows = (Int32(first), Int32(second))
        self.score = score
    }

    /// By both rows.
    static func isInOrder(_ one: SimilarPair, _ other: SimilarPair) -> Bool {
        one.rows < other.rows
    }

    public static func == (one: SimilarPair, other: SimilarPair) -> Bool {
        one.rows == other.rows && one.score == other.score
    }
}

/// Pairs that come in any order and several times, kept once each.
///
/// Memory: 16 bytes for each different pair, at most twice that and some megabytes on the way.
public struct SimilarPairs: Sendable {
    private static let slack = 262_144

    private var pairs: [SimilarPair] = []
    /// So many of the first pairs are in order, each once.
    private var joinedCount = 0

    public init() {}

    public mutating func add(_ found: [SimilarPair]) {
        pairs += found
        if pairs.count > 2 * joinedCount + Self.slack { join() }
    }

    /// The pairs in rising order of (first, second), each once.
    public mutating func joined() -> [SimilarPair] {
        join()
        return pairs
    }

    private mutating func join() {
        pairs.sort(by: SimilarPair.isInOrder)
        var count = 0
        for at in pairs.indices where count == 0 || pairs[at] != pairs[count - 1] {
            pairs[count] = pairs[at]
            count += 1
        }
        pairs.removeLast(pairs.count - count)
        joinedCount = count
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
            require(
                (0..<rowCount).contains(pair.first) && (0..<rowCount).contains(pair.second),
                "a pair lies within its rows")
            sets.union(pair.first, pair.second)
        }
        return sets.smallest()
    }
}

internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// Decides which of the rows that are alike stay, and keeps account of the others.
struct Merge: Sendable {
    enum Kind: String, Sendable, CaseIterable { case exact, near, semantic }

    struct Conflict: Sendable {
        var pair: SimilarPair
        var kind: Kind
    }

    /// The most contradictions that are listed for one row.
    private static let most = 256

    let rows: DedupeTable
    private let stage: DedupeStage
    /// Rows in the order of preference, and the place of each row in it.
    let order: [Int32]
    private var places: [Int32]
    private(set) var isAlive: [Bool]
    /// The number of each row's text among those with several rows; -1 for a row alone.
    private var copyOf: [Int32]
    private var refused: [Int: (match: DuplicateMatch, kind: Kind)] = [:]
    private var links: [SimilarPair] = []
    private var conflicts: [Conflict] = []
    private var protectedPairs = 0
    /// Rows whose vectors say nothing.
    private var passedOver = UnknownTally()

    init(_ rows: DedupeTable, _ stage: DedupeStage) {
        self.rows = rows
        self.stage = stage
        let all = Array(0..<Int32(rows.count))
        order =
            stage.keep == .first
            ? all : all.sorted { (rows.rank(Int($0)), $0) < (rows.rank(Int($1)), $1) }
        isAlive = all.map { !rows.isOut(Int($0)) }
        copyOf = [Int32](repeating: -1, count: rows.count)
        places = [Int32](repeating: 0, count: rows.count)
        for (place, row) in order.enumerated() { places[Int(row)] = Int32(place) }
    }

    /// Merges rows that are copies of one text.
    ///
    /// - Parameter copies: The numbers of the rows with one text, for every text with several.
    mutating func exact(_ copies: [[Int32]]) {
        for (number, rows) in copies.enumerated() {
            for row in rows { copyOf[Int(row)] = Int32(number) }
            let preferred = rows.map(Int.init).sorted { places[$0] < places[$1] }
            merge(copies: preferred[...])
        }
    }

    /// Merges copies of one text, given in the order of preference.
    private mutating func merge(copies: ArraySlice<Int>) {
        guard let first = copies.first, copies.count > 1 else { return }
        var kept: [Int] = []
        var leaders = CopyLeaders()
        for row in copies {
            link(first, row, 1)
            let others = leaders.all.map { (row: $0, score: 1.0) }
            if let best = standIn(for: row, among: others) {
                refuse(row, best, .exact)
            } else {
                kept.append(row)
                leaders.add(row, rows)
            }
        }
        // A row's contradictions may come behind it, so they wait until all leaders are known.
        var seen: Set<Int> = []
        for row in kept {
            var listed = 0
            for other in leaders.all where listed < Self.most && contradicts(row, other) {
                listed += 1
                let pair = SimilarPair(first: min(row, other), second: max(row, other), score: 1)
                if seen.insert(pair.first * rows.count + pair.second).inserted {
                    conflicts.append(Conflict(pair: pair, kind: .exact))
                }
            }
        }
    }

    /// Merges the rows of these pairs, each naming two living rows.
    mutating func take(_ pairs: [SimilarPair], as kind: Kind) {
        var earlier: [Int: [(row: Int, score: Double)]] = [:]
        for pair in pairs where !areCopies(pair.first, pair.second) {
            link(pair.first, pair.second, pair.score)
            let isInOrder = places[pair.first] < places[pair.second]
            let (one, two) = isInOrder ? (pair.first, pair.second) : (pair.second, pair.first)
            earlier[two, default: []].append((one, pair.score))
        }
        for row in order.lazy.map({ Int($0) }) {
            guard let others = earlier[row] else { continue }
            decide(row, others.filter { isAlive[$0.row] }, kind)
        }
    }

    private func areCopies(_ one: Int, _ two: Int) -> Bool {
        copyOf[one] >= 0 && copyOf[one] == copyOf[two]
    }

    private mutating func link(_ one: Int, _ two: Int, _ score: Double) {
        if one == two { return }
        links.append(SimilarPair(first: min(one, two), second: max(one, two), score: score))
    }

    /// Refuses `row` when one of these kept rows stands for it; otherwise notes whom it
    /// contradicts.
    private mutating func decide(_ row: Int, _ kept: [(row: Int, score: Double)], _ kind: Kind) {
        if let best = standIn(for: row, among: kept) {
            refuse(row, best, kind)
            return
        }
        for other in kept where contradicts(row, other.row) {
            let pair = SimilarPair(
                first: min(row, other.row), second: max(row, other.row), score: other.score)
            conflicts.append(Conflict(pair: pair, kind: kind))
        }
    }

    /// The most similar of the kept rows that may stand for `row`, the preferred one among equals.
    private mutating func standIn(
        for row: Int, among kept: [(row: Int, score: Double)]
    ) -> (row: Int, score: Double)? {
        var best: (row: Int, score: Double)?
        for other in kept {
            if isProtected(row, other.row) {
                protectedPairs += 1
            } else if rows.conflicts(row, other.row).isEmpty,
                best.map({ (-other.score, places[other.row]) < (-$0.score, places[$0.row]) })
                    ?? true
            {
                best = other
            }
        }
        return best
    }

    private mutating func refuse(_ row: Int, _ match: (row: Int, score: Double), _ kind: Kind) {
        isAlive[row] = false
        refused[row] = (DuplicateMatch(row: row, kept: match.row, score: match.score), kind)
    }

    private func contradicts(_ one: Int, _ two: Int) -> Bool {
        !isProtected(one, two) && !rows.conflicts(one, two).isEmpty
    }

    private func isProtected(_ one: Int, _ two: Int) -> Bool {
        if rows.areOfOneSet(one, two) { return true }
        return stage.lineage == .protect && rows.areOfOneRoot(one, two)
    }

    /// Counts a row whose vector says nothing.
    mutating func passOver(_ note: UnknownNote?) { passedOver.add(note) }

    func finish() -> DedupeVerdict {
        var conflicts = conflicts
        let clusters = Components.smallestRows(rowCount: rows.count, pairs: links)
        conflicts.sort {
            ($0.pair.first, $0.pair.second) < ($1.pair.first, $1.pair.second)
        }
        return DedupeVerdict(
            rows: rows, refuses: stage.conflicts == .refuseBoth, clusters: clusters,
            refused: refused, conflicts: conflicts, protectedPairs: protectedPairs,
            passedOverNote: passedOver.passedOverNote)
    }
}

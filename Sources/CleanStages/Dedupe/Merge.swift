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

    /// A row that is refused, and the kept row that is most like it.
    struct Refused: Sendable {
        var row: Int32
        var kept: Int32
        var kind: Kind
        var score: Double
    }

    /// The most contradictions that are listed for one row.
    private static let most = 256

    let rows: DedupeTable
    private let stage: DedupeStage
    /// Rows in the order that the settings prefer, and the place of each row in it; nil where that
    /// is the rows' own.
    private let order: [Int32]?
    private let places: [Int32]?
    /// Rows that come before all others, whatever the order.
    private let released: ReleasedRows
    private(set) var isAlive: [Bool]
    /// The living rows with the same text as other living ones, ascending, and the number of it.
    private var copies: [(row: Int32, text: Int32)] = []
    private var refused: [Refused] = []
    /// Rows that stand for a near copy.
    ///
    /// They stay: what they stand for need not be like the row that would take their place.
    private var leadsNear: [Bool]
    /// Rows that are alike, the smaller one first.
    private var links: [(Int32, Int32)] = []
    private var conflicts: [Conflict] = []
    /// Pairs of rows that stay beside each other, being of one set or line of descent.
    private var protectedPairs = 0
    /// Rows whose vectors say nothing.
    private var passedOver = UnknownTally()

    init(_ rows: DedupeTable, _ stage: DedupeStage, released: ReleasedRows = ReleasedRows()) {
        self.rows = rows
        self.stage = stage
        self.released = released
        order = rows.preference(setsFirst: stage.sets == .protect)
        isAlive = (0..<rows.count).map { !rows.isOut($0) }
        leadsNear = [Bool](repeating: false, count: rows.count)
        places = order.map { order in
            var places = [Int32](repeating: 0, count: order.count)
            for (place, row) in order.enumerated() { places[Int(row)] = Int32(place) }
            return places
        }
    }

    /// The place of a row in the order of preference; not every number is the place of a row.
    private func place(of row: Int) -> Int {
        released.rank(row) * rows.count + placeBySettings(of: row)
    }

    /// The place that a row would have without a release.
    private func placeBySettings(of row: Int) -> Int { places.map { Int($0[row]) } ?? row }

    /// The living rows in the order of preference.
    var alive: [Int32] {
        let alive = (order ?? Array(0..<Int32(rows.count))).filter { isAlive[Int($0)] }
        if released.isEmpty { return alive }
        return ReleasedRows.ranks.flatMap { rank in
            alive.filter { released.rank(Int($0)) == rank }
        }
    }

    /// For each living row in the order of preference its place among the living ones by number;
    /// nil where that is the same.
    var aliveOrder: [Int32]? {
        guard order != nil || !released.isEmpty else { return nil }
        let alive = alive
        var places = [Int32](repeating: 0, count: rows.count)
        for (place, row) in alive.sorted().enumerated() { places[Int(row)] = Int32(place) }
        return alive.map { places[Int($0)] }
    }

    /// Merges rows that are copies of one text.
    ///
    /// - Parameter copies: The numbers of the rows with one text, for every text with several.
    mutating func exact(_ texts: [[Int32]]) {
        for (number, rows) in texts.enumerated() {
            merge(copies: rows.map(Int.init).sorted { place(of: $0) < place(of: $1) }[...])
            let alive = rows.filter { isAlive[Int($0)] }
            if alive.count > 1 { copies += alive.map { ($0, Int32(number)) } }
        }
        copies.sort { $0.row < $1.row }
    }

    /// Merges copies of one text, given in the order of preference.
    private mutating func merge(copies: ArraySlice<Int>) {
        guard let first = copies.first, copies.count > 1 else { return }
        var kept: [Int] = []
        var leaders = CopyLeaders()
        for row in copies {
            link(first, row)
            let others = leaders.all.map { (row: $0, score: 1.0) }
            if let best = standIn(for: row, among: others, .exact) {
                refuse(row, best, .exact)
            } else {
                kept.append(row)
                leaders.add(row, rows, protectsSets: stage.sets == .protect)
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
        // The pairs by the place of their less preferred row; equal ones in their own order.
        var queue: [UInt64] = []
        for (number, pair) in pairs.enumerated() where !areCopies(pair.first, pair.second) {
            link(pair.first, pair.second)
            let later = max(place(of: pair.first), place(of: pair.second))
            queue.append(UInt64(later) << 32 | UInt64(number))
        }
        queue.sort()
        var from = 0
        while from < queue.count {
            let later = queue[from] >> 32
            var row = 0
            var others: [(row: Int, score: Double)] = []
            while from < queue.count, queue[from] >> 32 == later {
                let pair = pairs[Int(queue[from] & 0xFFFF_FFFF)]
                let isInOrder = place(of: pair.first) < place(of: pair.second)
                let other = isInOrder ? pair.first : pair.second
                row = isInOrder ? pair.second : pair.first
                if isAlive[other] { others.append((other, pair.score)) }
                from += 1
            }
            decide(row, others, kind)
        }
    }

    private func areCopies(_ one: Int, _ two: Int) -> Bool {
        guard let text = text(of: one) else { return false }
        return text == self.text(of: two)
    }

    /// The number of a text that other living rows have; nil for a row alone.
    private func text(of row: Int) -> Int32? {
        let place = partitionPoint(copies.count) { Int(copies[$0].row) < row }
        return place < copies.count && Int(copies[place].row) == row ? copies[place].text : nil
    }

    private mutating func link(_ one: Int, _ two: Int) {
        if one != two { links.append((Int32(min(one, two)), Int32(max(one, two)))) }
    }

    /// Refuses `row` when one of these kept rows stands for it; otherwise notes whom it
    /// contradicts.
    private mutating func decide(_ row: Int, _ kept: [(row: Int, score: Double)], _ kind: Kind) {
        if let best = standIn(for: row, among: kept, kind) {
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
    ///
    /// Those that would come before it without a release go first: a run on its own release then
    /// names the rows that it named before.
    private mutating func standIn(
        for row: Int, among kept: [(row: Int, score: Double)], _ kind: Kind
    ) -> (row: Int, score: Double)? {
        let isMember = stage.sets == .protect && rows.isInSet(row)
        if isMember || (kind == .semantic && leadsNear[row]) {
            protectedPairs += kept.count
            return nil
        }
        let own = placeBySettings(of: row)
        func key(_ other: (row: Int, score: Double)) -> (Int, Double, Int) {
            let place = placeBySettings(of: other.row)
            return (place < own ? 0 : 1, -other.score, place)
        }
        var best: (row: Int, score: Double)?
        var protected = 0
        for other in kept {
            if isProtected(row, other.row) {
                protected += 1
            } else if rows.conflicts(row, other.row).isEmpty,
                best.map({ key(other) < key($0) }) ?? true
            {
                best = other
            }
        }
        if best == nil { protectedPairs += protected }
        return best
    }

    private mutating func refuse(_ row: Int, _ match: (row: Int, score: Double), _ kind: Kind) {
        isAlive[row] = false
        if kind == .near { leadsNear[match.row] = true }
        refused.append(
            Refused(row: Int32(row), kept: Int32(match.row), kind: kind, score: match.score))
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
        let pairs = links.lazy.map { SimilarPair(first: Int($0.0), second: Int($0.1), score: 1) }
        return DedupeVerdict(
            rows: rows, refusesConflicts: stage.conflicts == .refuseBoth,
            refusesCopies: stage.action == .refuse,
            groups: Components.smallestRows(rowCount: rows.count, pairs: pairs),
            matches: matchesOfKept(),
            conflicts: conflicts.sorted {
                ($0.pair.first, $0.pair.second) < ($1.pair.first, $1.pair.second)
            },
            protectedPairs: protectedPairs, passedOverNote: passedOver.passedOverNote,
            released: released,
            overruled: refused.count {
                placeBySettings(of: Int($0.row)) < placeBySettings(of: Int($0.kept))
            })
    }

    /// What is refused, by rows, each with a row that is kept: where a copy's row was refused in
    /// turn, the copy is as like to the row in its place, having the same text.
    private func matchesOfKept() -> [Refused] {
        let sorted = refused.sorted { $0.row < $1.row }
        return sorted.map { match in
            let place = partitionPoint(sorted.count) { sorted[$0].row < match.kept }
            guard place < sorted.count, sorted[place].row == match.kept else { return match }
            var moved = sorted[place]
            moved.row = match.row
            return moved
        }
    }
}

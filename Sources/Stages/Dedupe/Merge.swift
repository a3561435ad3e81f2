internal import Pipeline
internal import Records
internal import Vectors

/// Decides which of the rows that are alike stay, and keeps account of the others.
struct Merge {
    enum Kind: String, Sendable, CaseIterable { case exact, near, semantic }

    struct Conflict: Sendable {
        var pair: SimilarPair
        var kind: Kind
    }

    /// A text with more kept copies than this is compared with the first ones only.
    private static let most = 256

    private let rows: [DedupeRow]
    private let stage: DedupeStage
    /// Rows in the order of preference, and the place of each row in it.
    let order: [Int]
    private var places: [Int] = []
    private(set) var isAlive: [Bool]
    private var refused: [Int: (match: DuplicateMatch, kind: Kind)] = [:]
    private var links: [SimilarPair] = []
    private var conflicts: [Conflict] = []
    private var protectedPairs = 0

    init(_ rows: [DedupeRow], _ stage: DedupeStage) {
        self.rows = rows
        self.stage = stage
        order = rows.indices.sorted { (rows[$0].rank, $0) < (rows[$1].rank, $1) }
        isAlive = rows.map { !$0.isOut }
        places = [Int](repeating: 0, count: rows.count)
        for (place, row) in order.enumerated() { places[row] = place }
    }

    /// Merges the rows whose keys are equal.
    mutating func exact() {
        // Sorting by key brings copies together, in the order of preference.
        let sorted = order.filter { isAlive[$0] }.sorted {
            (rows[$0].key.0, rows[$0].key.1, places[$0])
                < (rows[$1].key.0, rows[$1].key.1, places[$1])
        }
        var from = 0
        while from < sorted.count {
            var to = from + 1
            while to < sorted.count, rows[sorted[to]].key == rows[sorted[from]].key { to += 1 }
            var kept: [Int] = []
            for row in sorted[from..<to] {
                link(sorted[from], row, 1)
                decide(row, kept.prefix(Self.most).map { ($0, 1) }, .exact)
                if isAlive[row] { kept.append(row) }
            }
            from = to
        }
    }

    /// Merges the rows of these pairs, each naming two living rows.
    mutating func take(_ pairs: [SimilarPair], as kind: Kind) {
        var earlier: [Int: [(row: Int, score: Double)]] = [:]
        for pair in pairs where rows[pair.first].key != rows[pair.second].key {
            link(pair.first, pair.second, pair.score)
            let isInOrder = places[pair.first] < places[pair.second]
            let (one, two) = isInOrder ? (pair.first, pair.second) : (pair.second, pair.first)
            earlier[two, default: []].append((one, pair.score))
        }
        for row in order {
            guard let others = earlier[row] else { continue }
            decide(row, others.filter { isAlive[$0.row] }, kind)
        }
    }

    private mutating func link(_ one: Int, _ two: Int, _ score: Double) {
        if one == two { return }
        links.append(SimilarPair(first: min(one, two), second: max(one, two), score: score))
    }

    /// Refuses `row` when one of these kept rows stands for it.
    ///
    /// That is the most similar, the preferred one among equals. Where labels are contrary, and
    /// nothing stands for the row, that is noted.
    private mutating func decide(_ row: Int, _ kept: [(row: Int, score: Double)], _ kind: Kind) {
        var best: (row: Int, score: Double)?
        var contrary: [(row: Int, score: Double)] = []
        for other in kept {
            if isProtected(row, other.row) {
                protectedPairs += 1
            } else if !rows[row].conflicts(with: rows[other.row]).isEmpty {
                contrary.append(other)
            } else if best.map({
                (-other.score, places[other.row]) < (-$0.score, places[$0.row])
            }) ?? true {
                best = other
            }
        }
        if let best {
            isAlive[row] = false
            refused[row] = (DuplicateMatch(row: row, kept: best.row, score: best.score), kind)
            return
        }
        for other in contrary {
            let pair = SimilarPair(
                first: min(row, other.row), second: max(row, other.row), score: other.score)
            conflicts.append(Conflict(pair: pair, kind: kind))
        }
    }

    private func isProtected(_ one: Int, _ two: Int) -> Bool {
        if let set = rows[one].set, set == rows[two].set { return true }
        return stage.lineage == .protect && rows[one].root == rows[two].root
    }

    consuming func finish() -> DedupeVerdict {
        let clusters = Components.smallestRows(rowCount: rows.count, pairs: links)
        conflicts.sort {
            ($0.pair.first, $0.pair.second) < ($1.pair.first, $1.pair.second)
        }
        return DedupeVerdict(
            rows: rows, refuses: stage.conflicts == .refuseBoth, clusters: clusters,
            refused: refused, conflicts: conflicts, protectedPairs: protectedPairs)
    }
}

/// What became of every row, and the files about it.
struct DedupeVerdict: Sendable {
    private let rows: [DedupeRow]
    private let refuses: Bool
    private let clusters: [Int32]
    private let refused: [Int: (match: DuplicateMatch, kind: Merge.Kind)]
    let conflicts: [Merge.Conflict]
    private let protectedPairs: Int
    /// The first conflict of a row.
    private var conflictOfRow: [Int: (other: Int, score: Double)] = [:]

    init(
        rows: [DedupeRow], refuses: Bool, clusters: [Int32],
        refused: [Int: (match: DuplicateMatch, kind: Merge.Kind)], conflicts: [Merge.Conflict],
        protectedPairs: Int
    ) {
        self.rows = rows
        self.refuses = refuses
        self.clusters = clusters
        self.refused = refused
        self.conflicts = conflicts
        self.protectedPairs = protectedPairs
        for conflict in conflicts {
            let pair = conflict.pair
            for (row, other) in [(pair.first, pair.second), (pair.second, pair.first)]
            where conflictOfRow[row] == nil {
                conflictOfRow[row] = (other, pair.score)
            }
        }
    }

    func outcome(_ row: Int) -> Outcome {
        if rows[row].isContaminated { return .refuse("contaminated", detail: "a run of words") }
        if let found = refused[row] {
            return .refuse(
                "duplicate_\(found.kind.rawValue)", score: found.match.score,
                matched: rows[found.match.kept].id)
        }
        let conflict = conflictOfRow[row]
        if refuses, let conflict {
            return .refuse(
                "label_conflict", score: conflict.score, matched: rows[conflict.other].id)
        }
        var note = JSONObject()
        note["cluster"] = .string(rows[Int(clusters[row])].id)
        note["conflict"] = .boolean(conflict != nil)
        return Outcome(.keep, note: note.bytes)
    }

    var conflictLines: [UInt8] {
        var bytes: [UInt8] = []
        for conflict in conflicts {
            let one = rows[conflict.pair.first]
            let two = rows[conflict.pair.second]
            var line = JSONObject()
            line["ids"] = .strings([one.id, two.id])
            line["categories"] = .strings(one.conflicts(with: two))
            line["kind"] = .string(conflict.kind.rawValue)
            line["score"] = .number(conflict.pair.score)
            bytes += line.bytes
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    var counts: [UInt8] {
        var object = JSONObject()
        for kind in Merge.Kind.allCases {
            object[kind.rawValue] = .integer(refused.values.count { $0.kind == kind })
        }
        object["contaminated"] = .integer(rows.count { $0.isContaminated })
        object["conflicts"] = .integer(conflicts.count)
        object["protected_pairs"] = .integer(protectedPairs)
        return object.bytes + [UInt8(ascii: "\n")]
    }
}

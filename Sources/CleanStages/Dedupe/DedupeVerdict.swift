internal import Pipeline
internal import Records
internal import Vectors

/// What became of every row, and the files about it.
struct DedupeVerdict: Sendable {
    private let rows: DedupeTable
    private let refuses: Bool
    private let clusters: [Int32]
    private let refused: [Int: (match: DuplicateMatch, kind: Merge.Kind)]
    let conflicts: [Merge.Conflict]
    private let protectedPairs: Int
    /// What is said of rows whose vectors say nothing; nil for none.
    let passedOverNote: String?
    /// The first conflict of a row.
    private var conflictOfRow: [Int: (other: Int, score: Double)] = [:]

    init(
        rows: DedupeTable, refuses: Bool, clusters: [Int32],
        refused: [Int: (match: DuplicateMatch, kind: Merge.Kind)], conflicts: [Merge.Conflict],
        protectedPairs: Int, passedOverNote: String?
    ) {
        self.passedOverNote = passedOverNote
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

    /// The verdicts in the form in which they go to the rows.
    var outcomes: DedupeOutcomes {
        var outcomes = DedupeOutcomes()
        for row in 0..<rows.count {
            if let refusal = refusal(of: row) {
                outcomes.refusals[row] = refusal
                continue
            }
            if Int(clusters[row]) != row { outcomes.clusters[row] = rows.id(Int(clusters[row])) }
            if conflictOfRow[row] != nil { outcomes.conflicts.insert(row) }
        }
        return outcomes
    }

    private func refusal(of row: Int) -> Refusal? {
        if rows.isContaminated(row) { return Refusal("contaminated", detail: "a run of words") }
        if let found = refused[row] {
            let lost = lostLabels(of: row, found.match)
            return Refusal(
                "duplicate_\(found.kind.rawValue)", score: found.match.score,
                matched: rows.id(found.match.kept),
                detail: lost.isEmpty ? nil : Self.words(lost))
        }
        guard refuses, let conflict = conflictOfRow[row] else { return nil }
        return Refusal("label_conflict", score: conflict.score, matched: rows.id(conflict.other))
    }

    private func lostLabels(of row: Int, _ match: DuplicateMatch) -> [String] {
        rows.positives(row, unknownTo: match.kept)
    }

    /// Duplicates with labels that the row in their place does not have.
    var relabelled: Int { refused.count { !lostLabels(of: $0.key, $0.value.match).isEmpty } }

    /// Names of categories are those of strangers where there is no taxonomy.
    private static func words(_ categories: [String]) -> String {
        let names = categories.prefix(3).map { name in
            name.unicodeScalars.count > 40
                ? String(String.UnicodeScalarView(name.unicodeScalars.prefix(40))) + "…" : name
        }
        return "labels that the kept row does not have: \(names.joined(separator: ", "))"
            + (categories.count > 3 ? ", …" : "")
    }

    var conflictLines: [UInt8] {
        var bytes: [UInt8] = []
        for conflict in conflicts {
            let (one, two) = (conflict.pair.first, conflict.pair.second)
            var line = JSONObject()
            line["ids"] = .strings([rows.id(one), rows.id(two)])
            line["categories"] = .strings(rows.conflicts(one, two))
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
        object["contaminated"] = .integer((0..<rows.count).count { rows.isContaminated($0) })
        object["conflicts"] = .integer(conflicts.count)
        object["other_labels"] = .integer(relabelled)
        object["protected_pairs"] = .integer(protectedPairs)
        return object.bytes + [UInt8(ascii: "\n")]
    }
}

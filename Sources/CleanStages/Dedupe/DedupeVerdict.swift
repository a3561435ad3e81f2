internal import Pipeline
internal import Records
internal import Vectors

/// What became of every row, and the files about it.
struct DedupeVerdict: Sendable {
    private let rows: DedupeTable
    private let refuses: Bool
    private let clusters: [Int32]
    /// By their rows.
    private let refused: [Merge.Refused]
    /// By their pairs.
    let conflicts: [Merge.Conflict]
    private let protectedPairs: Int
    /// What is said of rows whose vectors say nothing; nil for none.
    let passedOverNote: String?

    init(
        rows: DedupeTable, refuses: Bool, clusters: [Int32], refused: [Merge.Refused],
        conflicts: [Merge.Conflict], protectedPairs: Int, passedOverNote: String?
    ) {
        self.passedOverNote = passedOverNote
        self.rows = rows
        self.refuses = refuses
        self.clusters = clusters
        self.refused = refused
        self.conflicts = conflicts
        self.protectedPairs = protectedPairs
    }

    /// The verdicts in the form in which they go to the rows.
    var outcomes: DedupeOutcomes {
        var outcomes = DedupeOutcomes()
        var names: [Int32: Int32] = [:]
        /// The place of a row's id among the names.
        func name(_ row: Int32) -> Int32 {
            if let place = names[row] { return place }
            let place = outcomes.add(name: rows.id(Int(row)))
            names[row] = place
            return place
        }
        let firstConflicts = firstConflicts
        var (nextRefused, nextConflict) = (0, 0)
        for row in 0..<rows.count {
            var match: Merge.Refused?
            if nextRefused < refused.count, Int(refused[nextRefused].row) == row {
                match = refused[nextRefused]
                nextRefused += 1
            }
            var conflict: Conflict?
            if nextConflict < firstConflicts.count, Int(firstConflicts[nextConflict].row) == row {
                conflict = firstConflicts[nextConflict]
                nextConflict += 1
            }
            if let (refusal, kept) = refusal(of: row, match, conflict) {
                outcomes.append(refusal: refusal, name: kept.map(name))
            } else {
                let cluster = clusters[row]
                outcomes.append(
                    cluster: Int(cluster) == row ? nil : name(cluster), isConflict: conflict != nil)
            }
        }
        return outcomes
    }

    /// A contradiction as one of its rows sees it.
    private struct Conflict {
        var row: Int32
        var other: Int32
        var score: Double
    }

    /// The first conflict of every row that has one, by their rows.
    private var firstConflicts: [Conflict] {
        var places: [UInt64] = []
        for (number, conflict) in conflicts.enumerated() {
            for row in [conflict.pair.first, conflict.pair.second] {
                places.append(UInt64(row) << 32 | UInt64(number))
            }
        }
        places.sort()
        var found: [Conflict] = []
        for place in places {
            let row = Int32(place >> 32)
            if found.last?.row == row { continue }
            let pair = conflicts[Int(place & 0xFFFF_FFFF)].pair
            let other = pair.first == Int(row) ? pair.second : pair.first
            found.append(Conflict(row: row, other: Int32(other), score: pair.score))
        }
        return found
    }

    /// Why a row goes no further, without the id of the row that it matched, and that row.
    private func refusal(
        of row: Int, _ match: Merge.Refused?, _ conflict: Conflict?
    ) -> (Refusal, kept: Int32?)? {
        if rows.isContaminated(row) {
            return (Refusal("contaminated", detail: "a run of words"), nil)
        }
        if let match {
            let lost = lostLabels(match)
            let refusal = Refusal(
                "duplicate_\(match.kind.rawValue)", score: match.score,
                detail: lost.isEmpty ? nil : Self.words(lost))
            return (refusal, match.kept)
        }
        guard refuses, let conflict else { return nil }
        return (Refusal("label_conflict", score: conflict.score), conflict.other)
    }

    private func lostLabels(_ match: Merge.Refused) -> [String] {
        rows.positives(Int(match.row), unknownTo: Int(match.kept))
    }

    /// Duplicates with labels that the row in their place does not have.
    var relabelled: Int { refused.count { !lostLabels($0).isEmpty } }

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
            object[kind.rawValue] = .integer(refused.count { $0.kind == kind })
        }
        object["contaminated"] = .integer((0..<rows.count).count { rows.isContaminated($0) })
        object["conflicts"] = .integer(conflicts.count)
        object["other_labels"] = .integer(relabelled)
        object["protected_pairs"] = .integer(protectedPairs)
        return object.bytes + [UInt8(ascii: "\n")]
    }
}

internal import Pipeline
internal import Records
internal import Vectors

/// What became of every row, and the files about it.
struct DedupeVerdict: Sendable {
    private let rows: DedupeTable
    private let refusesConflicts: Bool
    private let refusesCopies: Bool
    /// The smallest of the rows that are connected with each row by any chain of likenesses.
    private let groups: [Int32]
    /// Rows that are copies of kept rows, by their rows.
    private let matches: [Merge.Refused]
    /// By their pairs.
    let conflicts: [Merge.Conflict]
    private let protectedPairs: Int
    /// What is said of rows whose vectors say nothing; nil for none.
    let passedOverNote: String?
    let released: ReleasedRows
    /// Rows that were refused for a row of the last release, and would have stayed without.
    let overruled: Int

    init(
        rows: DedupeTable, refusesConflicts: Bool, refusesCopies: Bool, groups: [Int32],
        matches: [Merge.Refused], conflicts: [Merge.Conflict], protectedPairs: Int,
        passedOverNote: String?, released: ReleasedRows, overruled: Int
    ) {
        self.released = released
        self.overruled = overruled
        self.passedOverNote = passedOverNote
        self.rows = rows
        self.refusesConflicts = refusesConflicts
        self.refusesCopies = refusesCopies
        self.groups = groups
        self.matches = matches
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
        var (nextMatch, nextConflict) = (0, 0)
        for row in 0..<rows.count {
            var match: Merge.Refused?
            if nextMatch < matches.count, Int(matches[nextMatch].row) == row {
                match = matches[nextMatch]
                nextMatch += 1
            }
            var conflict: Conflict?
            if nextConflict < firstConflicts.count, Int(firstConflicts[nextConflict].row) == row {
                conflict = firstConflicts[nextConflict]
                nextConflict += 1
            }
            let group = Int(groups[row]) == row ? nil : name(groups[row])
            if let (refusal, kept) = refusal(of: row, match, conflict) {
                outcomes.append(refusal: refusal, name: kept.map(name))
            } else if let match {
                outcomes.append(
                    match: Self.refusal(match), name: name(match.kept), group: group,
                    isConflict: conflict != nil)
            } else {
                outcomes.append(group: group, isConflict: conflict != nil)
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

    /// The first conflict of every row that has one, by their rows; for a row of the last release
    /// rather the first with another one of it.
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
            let pair = conflicts[Int(place & 0xFFFF_FFFF)].pair
            let other = pair.first == Int(row) ? pair.second : pair.first
            let conflict = Conflict(row: row, other: Int32(other), score: pair.score)
            if let last = found.last, last.row == row {
                if refuses(last) || !refuses(conflict) { continue }
                found.removeLast()
            }
            found.append(conflict)
        }
        return found
    }

    /// Whether a row goes for a contradiction: not one of the last release for a new one.
    private func refuses(_ conflict: Conflict) -> Bool {
        !released.prefers(Int(conflict.row), to: Int(conflict.other))
    }

    /// Why a row goes no further, without the id of the row that it matched, and that row.
    private func refusal(
        of row: Int, _ match: Merge.Refused?, _ conflict: Conflict?
    ) -> (Refusal, kept: Int32?)? {
        if let shared = rows.contamination(row) {
            return (Refusal("contaminated", detail: shared), nil)
        }
        if let match, refusesCopies {
            let lost = lostLabels(match)
            var refusal = Self.refusal(match)
            refusal.detail = lost.isEmpty ? nil : Self.words(lost)
            return (refusal, match.kept)
        }
        guard refusesConflicts, let conflict, refuses(conflict) else { return nil }
        return (Refusal("label_conflict", score: conflict.score), conflict.other)
    }

    private static func refusal(_ match: Merge.Refused) -> Refusal {
        Refusal("duplicate_\(match.kind.rawValue)", score: match.score)
    }

    private func lostLabels(_ match: Merge.Refused) -> [String] {
        rows.positives(Int(match.row), unknownTo: Int(match.kept))
    }

    /// Duplicates with labels that the row in their place does not have.
    var relabelled: Int { matches.count { !lostLabels($0).isEmpty } }

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
            object[kind.rawValue] = .integer(matches.count { $0.kind == kind })
        }
        object["contaminated"] = .integer((0..<rows.count).count { rows.isContaminated($0) })
        object["conflicts"] = .integer(conflicts.count)
        object["other_labels"] = .integer(relabelled)
        object["protected_pairs"] = .integer(protectedPairs)
        return object.bytes + [UInt8(ascii: "\n")]
    }

    /// The groups of rows of which fewer than this share is kept, not counting exact copies and
    /// groups of fewer than ``leastGroup`` different texts; each in words.
    func wipedOut(below share: Double) -> [String] {
        guard refusesCopies else { return [] }
        // A row for each kind of row, and how many there are and stay.
        var counts: [UInt64: (row: Int, all: Int, kept: Int)] = [:]
        var next = 0
        for row in 0..<rows.count {
            var kind: Merge.Kind?
            if next < matches.count, Int(matches[next].row) == row {
                kind = matches[next].kind
                next += 1
            }
            if rows.isOut(row) || kind == .exact { continue }
            let isKept = kind == nil ? 1 : 0
            let known = counts[rows.kind(row)] ?? (row, 0, 0)
            counts[rows.kind(row)] = (known.row, known.all + 1, known.kept + isKept)
        }
        var groups: [String: (all: Int, kept: Int)] = [:]
        for found in counts.values {
            for group in rows.groups(found.row) {
                let known = groups[group] ?? (0, 0)
                groups[group] = (known.all + found.all, known.kept + found.kept)
            }
        }
        return groups.filter {
            $0.value.all >= Self.leastGroup
                && Double($0.value.kept) < share * Double($0.value.all)
        }.sorted { $0.key < $1.key }.map {
            "\($0.key) keeps \($0.value.kept) of \($0.value.all) different texts"
        }
    }

    /// With fewer texts a group is no evidence of a wrong threshold.
    private static let leastGroup = 20
}

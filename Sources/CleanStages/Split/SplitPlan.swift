internal import Records
internal import StageKit
internal import Vectors

/// Which split every row goes to.
struct SplitPlan: Sendable {
    /// Where a row goes; the raw value of a split is its place in `SplitSettings.shares`, and a
    /// larger one is better protected.
    enum Side: UInt8, Sendable, CaseIterable {
        case train, val, test, unlabelled, refused

        static let splits: [Side] = [.train, .val, .test]
        static let published: [Side] = [.train, .val, .test, .unlabelled]

        var name: String { "\(self)" }
        var isSplit: Bool { rawValue <= 2 }
    }

    private(set) var sides: [Side]
    private(set) var notes: [String] = []
    /// Why rows are refused, by row.
    private(set) var refusals: [Int: SplitRefusal] = [:]
    /// Rows that had a side before, and those of the others that joined relatives which had.
    private(set) var kept = 0
    private(set) var joined = 0
    /// For each split the rows without a side of their own that could have gone there.
    private var candidates = [0, 0, 0]
    private let settings: SplitSettings?

    /// What a group may be given.
    private enum Freedom: Int {
        /// Any split.
        case free
        /// It holds a synthetic row that test must not have.
        case notTest
        /// It holds a row that belongs into train.
        case onlyTrain
    }

    /// A plan that is known already.
    init(sides: [Side]) {
        self.sides = sides
        settings = nil
    }

    init(
        rows: LabelledRows, groups: RowGroups, labels: LabelTable, settings: SplitSettings,
        seed: UInt64, held: HeldSides? = nil, times: RowTimes? = nil
    ) throws(Fault) {
        self.settings = settings
        sides = [Side](repeating: .train, count: rows.count)
        for row in 0..<rows.count where !rows.isLabelled(row) && settings.unlabelled == .file {
            sides[row] = .unlabelled
        }
        let fixed = held.map { hold($0, rows, groups, settings) } ?? []
        if let times, settings.badTimes == .refuse {
            for row in 0..<rows.count where sides[row].isSplit && times[row] == nil {
                if fixed.isEmpty || fixed[row] < 0 { refuse(row, .badTime) }
            }
        }
        let freedoms = freedoms(rows, groups, settings, fixed)
        var members: [[Int32]] = [[], [], []]
        for row in 0..<rows.count where sides[row].isSplit {
            members[freedoms[row].rawValue].append(Int32(row))
        }
        let shares = Self.shares(members.map(\.count), settings)
        for (freedom, rowsOfIt) in members.enumerated() {
            let dealer = SplitDealer(
                shares: shares[freedom], fixed: fixed, groups: groups.ids, settings: settings)
            let folds =
                if let times { dealer.byTime(rowsOfIt, times) } else {
                    try dealer.evenly(rowsOfIt, labels, seed)
                }
            for (row, fold) in zip(rowsOfIt, folds) {
                sides[Int(row)] = Side(rawValue: fold) ?? .train
            }
            let dealt = rowsOfIt.count { fixed.isEmpty || fixed[Int($0)] < 0 }
            // The less free a row is, the fewer splits it may go to, train first.
            for split in candidates.indices.dropLast(freedom) { candidates[split] += dealt }
        }
        let counts = members.map(\.count)
        notes = shortfalls(counts.reduce(0, +), free: counts[0])
        if let note = partedNote(groups) { notes.append(note) }
    }

    /// Gives rows the sides that they or their families have already; refuses those that must not
    /// go there.
    ///
    /// - Returns: The side of each row that has one, -1 for the others; empty where none has.
    private mutating func hold(
        _ held: HeldSides, _ rows: LabelledRows, _ groups: RowGroups, _ settings: SplitSettings
    ) -> [Int32] {
        var ofGroup = [Int32](repeating: -1, count: groups.count)
        for row in 0..<rows.count {
            let most = max(held.own[row], held.family[row])
            let group = Int(groups.ids[row])
            if most > ofGroup[group] { ofGroup[group] = most }
        }
        var fixed = [Int32](repeating: -1, count: rows.count)
        for row in 0..<rows.count where sides[row].isSplit {
            let family = ofGroup[Int(groups.ids[row])]
            guard family >= 0 else { continue }
            let side = held.own[row] >= 0 ? held.own[row] : family
            let isSynthetic = rows.isSynthetic[row]
            if held.own[row] < 0, settings.relatives == .refuse, side > 0 {
                refuse(row, .heldOut)
            } else if isSynthetic,
                side == 2 && !settings.synthesisInTest
                    || side == 1 && !settings.synthesisInVal
            {
                refuse(row, .syntheticHeldOut)
            } else {
                fixed[row] = side
                if held.own[row] >= 0 { kept += 1 } else { joined += 1 }
            }
        }
        return fixed
    }

    private mutating func refuse(_ row: Int, _ why: SplitRefusal) {
        sides[row] = .refused
        refusals[row] = why
    }

    /// What each row may be given, by its group.
    private func freedoms(
        _ rows: LabelledRows, _ groups: RowGroups, _ settings: SplitSettings, _ fixed: [Int32]
    ) -> [Freedom] {
        var ofGroup = [Freedom](repeating: .free, count: groups.count)
        // A synthetic row binds its group even when it is unlabelled and lies in another file.
        for row in 0..<rows.count where sides[row] != .refused {
            let group = Int(groups.ids[row])
            var freedom = Freedom.free
            if rows.isSynthetic[row], !settings.synthesisInTest { freedom = .notTest }
            if rows.isSynthetic[row], !settings.synthesisInVal { freedom = .onlyTrain }
            if !rows.isLabelled(row), settings.unlabelled == .train { freedom = .onlyTrain }
            if freedom.rawValue > ofGroup[group].rawValue { ofGroup[group] = freedom }
        }
        return (0..<rows.count).map { row in
            let freedom = ofGroup[Int(groups.ids[row])]
            guard !fixed.isEmpty, fixed[row] > 0 else { return freedom }
            // A row that has its side already counts among those that may have it.
            return freedom == .notTest && fixed[row] == 1 ? .notTest : .free
        }
    }

    /// The shares of train, val and test among the rows of each freedom, such that all rows
    /// together come as near to the wished shares as the freedoms allow.
    private static func shares(_ counts: [Int], _ settings: SplitSettings) -> [[Double]] {
        let wished = settings.shares
        let (free, notTest, onlyTrain) = (
            Double(counts[0]), Double(counts[1]), Double(counts[2])
        )
        let all = free + notTest + onlyTrain
        if notTest + onlyTrain == 0 { return [wished, wished, wished] }
        // A split that only real rows may fill leaves some of them to the others.
        let test = min(wished[2] * all, max(settings.largestShareOfReal, wished[2]) * free)
        let rest = free - test + notTest
        let learnt = max(wished[0] * all - onlyTrain, 0)
        let usual = wished[1] / (wished[0] + wished[1])
        let wanted = min(wished[1] * all, rest)
        let val = wanted + learnt > 0 ? wanted / (wanted + learnt) : 0
        let valOfRest =
            onlyTrain > 0 ? min(val, max(settings.largestShareOfReal, usual)) : usual
        let testOfFree = free > 0 ? test / free : 0
        let restOfFree = 1 - testOfFree
        return [
            [restOfFree * (1 - valOfRest), restOfFree * valOfRest, testOfFree],
            [1 - valOfRest, valOfRest, 0], [1, 0, 0],
        ]
    }

    /// Says which splits are far from their wish, by more than a row and a hundredth of all.
    private func shortfalls(_ rows: Int, free: Int) -> [String] {
        guard let settings else { return [] }
        var notes: [String] = []
        for side in Side.splits {
            let wished = settings.shares[Int(side.rawValue)] * Double(rows)
            let count = sides.count { $0 == side }
            if abs(Double(count) - wished) <= max(1, 0.01 * Double(rows)) { continue }
            var note =
                "\(side.name) has \(NumberFormat.number(count)) rows, not the "
                + "\(NumberFormat.number(Int(wished.rounded()))) wished for: "
            note +=
                free < rows
                ? "\(NumberFormat.number(rows - free)) of \(NumberFormat.number(rows)) rows are "
                    + "synthetic, tied to such rows or bound to train"
                : "groups of rows that belong together are too large, or rows keep the side that "
                    + "they had"
            notes.append(note)
        }
        return notes
    }

    /// The splits without a row whose share of the rows that could have gone there is a row or
    /// more.
    ///
    /// Rows that the source or an earlier run gave a side, and synthetic rows that test may not
    /// have, could not.
    func emptySplits(_ shares: [Double]) -> [Side] {
        Side.splits.filter { side in
            let split = Int(side.rawValue)
            return shares[split] * Double(candidates[split]) >= 1 && !sides.contains(side)
        }
    }

    /// Says how many families lie on several sides, which only rows with a side of their own can
    /// bring about.
    private func partedNote(_ groups: RowGroups) -> String? {
        var first = [Side?](repeating: nil, count: groups.count)
        var parted: Set<Int32> = []
        for (row, side) in sides.enumerated() where side.isSplit {
            let group = groups.ids[row]
            if let known = first[Int(group)] {
                if known != side { parted.insert(group) }
            } else {
                first[Int(group)] = side
            }
        }
        if parted.isEmpty { return nil }
        let rows = sides.indices.count { sides[$0].isSplit && parted.contains(groups.ids[$0]) }
        return "\(NumberFormat.number(parted.count)) families of "
            + "\(NumberFormat.count(rows, "row")) lie on several sides: their rows had a side "
            + "before they were connected, or their source gave them one; `rebalance: true` deals "
            + "them anew"
    }
}

/// Why `split` refuses a row.
enum SplitRefusal: UInt8, Portable, CaseIterable {
    case heldOut, syntheticHeldOut, badTime

    var code: String {
        switch self {
        case .heldOut: "held_out_relative"
        case .syntheticHeldOut: "synthetic_held_out"
        case .badTime: "bad_time"
        }
    }
}

/// The sides that rows and their families have already.
struct HeldSides: Sendable {
    /// The raw value of each row's own side, -1 for none.
    private(set) var own: [Int32]
    /// The same of what ties the row to others, present or gone.
    private(set) var family: [Int32]

    /// - Parameter earlier: What an earlier run gave; a side that the source gives goes before it.
    init(_ columns: SplitColumns, _ earlier: Assignments) {
        func value(_ side: SplitPlan.Side?) -> Int32 { side.map { Int32($0.rawValue) } ?? -1 }
        own = []
        family = []
        let keys = columns.keys
        // Rows with a known text and another id: the row itself under a new name, or its copy.
        var byText: [SplitKey: [Int]] = [:]
        for row in 0..<keys.count {
            let known = earlier.isEmpty ? nil : earlier[keys.id(row)]
            own.append(value(columns.given(row) ?? known))
            family.append(earlier.isEmpty ? -1 : value(earlier.side(of: keys.ties(row))))
            guard own[row] < 0, !earlier.isEmpty, let text = keys.text(row) else { continue }
            if earlier[text] != nil { byText[text, default: []].append(row) }
        }
        if byText.isEmpty { return }
        var isPresent: Set<SplitKey> = []
        for row in 0..<keys.count where own[row] >= 0 {
            guard let text = keys.text(row) else { continue }
            if byText[text] != nil, earlier[keys.id(row)] != nil { isPresent.insert(text) }
        }
        for (text, rows) in byText {
            let side = value(earlier[text])
            for row in rows {
                if isPresent.contains(text) {
                    family[row] = max(family[row], side)
                } else {
                    own[row] = side
                }
            }
        }
    }
}

/// When each row was, and what decides between equal times.
struct RowTimes: Sendable {
    private let columns: SplitColumns

    init(_ columns: SplitColumns) { self.columns = columns }

    subscript(row: Int) -> Int64? { columns.times[row] }

    func id(_ row: Int) -> SplitKey { columns.keys.id(row) }
}

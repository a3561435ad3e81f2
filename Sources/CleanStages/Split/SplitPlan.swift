internal import Records
internal import StageKit
internal import Vectors

/// Which split every row goes to.
struct SplitPlan: Sendable {
    /// Where a row goes; the raw value is its place in `SplitSettings.shares`.
    enum Side: UInt8, Sendable, CaseIterable {
        case train, val, test, unlabelled

        var name: String { "\(self)" }
    }

    private(set) var sides: [Side]
    private(set) var notes: [String] = []
    private let settings: SplitSettings

    /// What a group may be given.
    private enum Freedom: Int {
        /// Any split.
        case free
        /// It holds a synthetic row that test must not have.
        case notTest
        /// It holds a row that belongs into train.
        case onlyTrain
    }

    init(
        rows: LabelledRows, groups: RowGroups, labels: LabelTable, settings: SplitSettings,
        seed: UInt64
    ) throws(Fault) {
        self.settings = settings
        sides = [Side](repeating: .train, count: rows.count)
        var freedoms = [Freedom](repeating: .free, count: groups.count)
        for row in 0..<rows.count {
            if !rows.isLabelled(row), settings.unlabelled == .file {
                sides[row] = .unlabelled
            }
        }
        // A synthetic row binds its group even when it is unlabelled and lies in another file.
        for row in 0..<rows.count {
            let group = Int(groups.ids[row])
            var freedom = Freedom.free
            if rows.isSynthetic[row], !settings.synthesisInTest { freedom = .notTest }
            if rows.isSynthetic[row], !settings.synthesisInVal { freedom = .onlyTrain }
            if !rows.isLabelled(row), settings.unlabelled == .train { freedom = .onlyTrain }
            if freedom.rawValue > freedoms[group].rawValue { freedoms[group] = freedom }
        }
        var members: [[Int32]] = [[], [], []]
        for row in 0..<rows.count where sides[row] != .unlabelled {
            members[freedoms[Int(groups.ids[row])].rawValue].append(Int32(row))
        }
        let shares = Self.shares(members.map(\.count), settings)
        for (freedom, rowsOfIt) in members.enumerated() {
            let folds = try Self.stratify(
                rowsOfIt, shares[freedom], groups.ids, labels, settings, seed)
            for (row, fold) in zip(rowsOfIt, folds) {
                sides[Int(row)] = Side(rawValue: fold) ?? .train
            }
        }
        let counts = members.map(\.count)
        notes = shortfalls(counts.reduce(0, +), free: counts[0])
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

    private static func stratify(
        _ rows: [Int32], _ shares: [Double], _ groups: [Int32], _ labels: LabelTable,
        _ settings: SplitSettings, _ seed: UInt64
    ) throws(Fault) -> [UInt8] {
        let used = shares.indices.filter { shares[$0] > 1e-12 }
        if rows.isEmpty || used.count == 1 {
            return [UInt8](repeating: UInt8(used.first ?? 0), count: rows.count)
        }
        let stratification = try Stratification(
            shares: used.map { shares[$0] }, seed: seed, attempts: settings.attempts)
        let folds = try stratification.assign(
            LabelRows(labels, rows: rows), groups: rows.map { groups[Int($0)] })
        return folds.map { UInt8(used[Int($0)]) }
    }

    /// Says which splits are far from their wish, by more than a row and a hundredth of all.
    private func shortfalls(_ rows: Int, free: Int) -> [String] {
        var notes: [String] = []
        for side in [Side.train, .val, .test] {
            let wished = settings.shares[Int(side.rawValue)] * Double(rows)
            let count = sides.count { $0 == side }
            if abs(Double(count) - wished) <= max(1, 0.01 * Double(rows)) { continue }
            var note =
                "\(side.name) has \(NumberFormat.number(count)) rows, not the "
                + "\(NumberFormat.number(Int(wished.rounded()))) wished for: "
            note +=
                free < rows
                ? "\(NumberFormat.number(rows - free)) of \(NumberFormat.number(rows)) rows are "
                    + "synthetic, "
                    + "tied to such rows or bound to train"
                : "groups of rows that belong together are too large"
            notes.append(note)
        }
        return notes
    }
}

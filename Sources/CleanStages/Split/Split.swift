internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// The sides and folds of all rows, and what is said of them.
struct Split: Sendable {
    let plan: SplitPlan
    let report: SplitReport
    let assignments: Assignments
    /// The fold of each row, -1 for none; empty where no folds are asked for.
    let folds: [Int32]
    private(set) var notes: [String] = []
    /// Fields that settings name and no row has, each with its setting: slips, as a rule.
    let absent: [String]
    /// What happened to rows of an earlier run; nil where there was none.
    let remark: String?

    /// - Throws: `badData` where there are fewer families than folds.
    init(
        _ found: SplitRows, _ ties: [[Int32]], _ settings: SplitSettings,
        _ earlier: Assignments, seed: UInt64
    ) throws(Fault) {
        let rows = try found.labels.joined() ?? LabelledRows()
        let columns = try found.columns.joined() ?? SplitColumns()
        let groups = RowGroups(ties, rows: rows.count)
        let categories = rows.categories()
        let labels = try rows.table(categories)
        let isHeld = !earlier.isEmpty || settings.given != nil
        let plan = try SplitPlan(
            rows: rows, groups: groups, labels: labels, settings: settings, seed: seed,
            held: isHeld ? HeldSides(columns, earlier) : nil,
            times: settings.time.map { _ in RowTimes(columns) })
        self.plan = plan
        report = try SplitReport(
            plan: plan, labels: labels, categories: categories, shares: settings.shares)
        assignments = Assignments(columns, plan, earlier: earlier)
        folds = try Self.folds(plan, groups, labels, settings, seed)
        remark = earlier.isEmpty ? nil : Self.remark(plan)
        notes = Self.notes(columns, settings)
        absent = rows.count > 0 ? Self.absent(columns, settings) : []
    }

    /// What becomes of each row: the place of its side among the published ones, or behind them
    /// the reason why it is refused.
    var verdicts: [UInt8] {
        var verdicts = plan.sides.map(\.rawValue)
        for (row, refusal) in plan.refusals {
            verdicts[row] = UInt8(SplitPlan.Side.published.count) + refusal.rawValue
        }
        return verdicts
    }

    private static func folds(
        _ plan: SplitPlan, _ groups: RowGroups, _ labels: LabelTable, _ settings: SplitSettings,
        _ seed: UInt64
    ) throws(Fault) -> [Int32] {
        guard let count = settings.folds else { return [] }
        let rows = (0..<Int32(plan.sides.count)).filter {
            [.train, .val].contains(plan.sides[Int($0)])
        }
        var folds = [Int32](repeating: -1, count: plan.sides.count)
        if rows.isEmpty { return folds }
        let stratification = try Stratification(
            folds: count, seed: seed, order: settings.balance == .pairs ? .second : .first,
            attempts: settings.attempts)
        let dealt = try stratification.assign(
            LabelRows(labels, rows: rows), groups: rows.map { groups.ids[Int($0)] })
        for (row, fold) in zip(rows, dealt) { folds[Int(row)] = fold }
        return folds
    }

    private static func remark(_ plan: SplitPlan) -> String {
        let placed = plan.sides.count { $0.isSplit }
        return "\(NumberFormat.count(plan.kept, "row")) on the side that they had before, "
            + "\(NumberFormat.number(plan.joined)) new joined relatives, "
            + "\(NumberFormat.number(placed - plan.kept - plan.joined)) new dealt out"
    }

    private static func absent(_ columns: SplitColumns, _ settings: SplitSettings) -> [String] {
        var absent = zip(settings.groups, columns.grouped).filter { $0.1 == 0 }
            .map { "`group: \($0.0.name)`" }
        if let given = settings.given, columns.namedGiven == 0 {
            switch given {
            case .field(let field): absent.append("`given: \(field.name)`")
            case .file: absent.append("`given: file`")
            }
        }
        if let field = settings.time, columns.times.isEmpty { absent.append("`by: \(field.name)`") }
        return absent
    }

    private static func notes(_ columns: SplitColumns, _ settings: SplitSettings) -> [String] {
        var notes: [String] = []
        if settings.isRebalanced {
            notes.append(
                "`rebalance`: every row was dealt anew, so that rows of an earlier train may be in "
                    + "test now; take the setting out again to keep sides from here on")
        }
        if columns.ungrouped > 0 {
            notes.append(
                "\(NumberFormat.count(columns.ungrouped, "row")) without a value of "
                    + settings.groups.map { "`\($0.name)`" }.joined(separator: " or ")
                    + " are in no group by it")
        }
        if columns.unknownGiven > 0 {
            notes.append(
                "\(NumberFormat.count(columns.unknownGiven, "row")) whose `given` names neither "
                    + "train, validation nor test were dealt out")
        }
        let rows = columns.keys.count
        if let field = settings.time {
            let missing = (0..<rows).count { columns.times[$0] == nil }
            if missing > 0 {
                notes.append(
                    "\(NumberFormat.count(missing, "row")) without a readable time in "
                        + "`\(field.name)`: "
                        + (settings.badTimes == .train
                            ? "without newer relatives they are in train"
                            : "refused, unless they had a side"))
            }
        }
        return notes
    }
}

public import Pipeline
public import Records

/// Divides rows into train, val and test, and publishes them as JSON lines and as Parquet.
///
/// A worked example (`Tests/StagesTests/SplitTests.swift`): ten real rows and a perturbed child of
/// the first; with `{use: split, train: 0.8, val: 0.1, test: 0.1}` the child is with its parent,
/// neither is in test, and every file has the records' lines as they stand.
public struct SplitStage: Stage {
    public static let description = StageDescription(
        name: "split", version: 2, role: .annotator,
        summary: "Divides rows into train, val and test, and publishes the files.",
        method: """
            Rows that share wording stay on one side: a root and all its descendants, a contrast \
            set, a cluster of duplicates (where `dedupe` ran before), and whatever these connect. \
            Such groups are dealt out by iterative stratification, so that every category keeps \
            its share in every split (Sechidis, Tsoumakas, Vlahavas 2011, over groups instead of \
            rows). A group with a synthetic row never goes to test unless `synthetic_in_test`; \
            test then takes more of the other rows to reach its size, up to `test_share_of_real` \
            of them. Unlabelled rows go to a file of their own. A wish that groups or synthetic \
            rows make impossible is missed by as little as possible, and said. splits.json has \
            the counts per category and the evenness of labels (LD), of pairs of labels (LPD) and \
            of sizes (ED). Every split is published twice with the same rows, as JSON lines and as \
            typed Parquet, which has the number of the category as well where the taxonomy gives \
            a text just one.
            """,
        cost: """
            Two passes over the rows; memory about 150 bytes a row; time in proportion to rows, \
            labels and `attempts`, about 1 second per 100,000 rows.
            """,
        readsIfPresent: ["dedupe"], writes: "split", usesTaxonomy: true)

    private let settings: SplitSettings
    private let schema: ReleaseSchema

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        self.settings = SplitSettings(settings)
        schema = ReleaseSchema(setup.taxonomy)
    }

    public func run(_ work: StageWork) async throws(Fault) {
        let rows = try await work.labelledRows()
        let categories = rows.categories()
        let labels = try rows.table(categories)
        let plan = try SplitPlan(rows: rows, labels: labels, settings: settings, seed: work.seed)
        let report = try SplitReport(
            plan: plan, labels: labels, categories: categories, shares: settings.shares)
        let sides = plan.sides
        let lines = SplitPlan.Side.allCases.map { Array("{\"split\":\"\($0.name)\"}".utf8) }
        try await work.mapRows { row throws(Fault) in
            Outcome(.keep, note: lines[Int(sides[row.index].rawValue)])
        }
        try await publish(work, sides)
        try work.write(report.json, to: SplitCounts.fileName)
        if !sides.isEmpty, sides.allSatisfy({ $0 == .unlabelled }) {
            work.gate(
                "labels", passed: false,
                detail: "none of \(Words.count(sides.count, "row")) has a label, so that train, "
                    + "val and test are empty; `label` or `labels` of the source names the field")
        }
        work.note(report.sentence)
        if let holes = report.holes { work.note(holes) }
        for note in plan.notes { work.note(note) }
    }

    /// The files of the splits that have a share, and of unlabelled rows if there are any.
    private func publish(_ work: StageWork, _ sides: [SplitPlan.Side]) async throws(Fault) {
        var names: [String] = []
        var files = [Int?](repeating: nil, count: SplitPlan.Side.allCases.count)
        for side in SplitPlan.Side.allCases {
            let isWanted =
                side == .unlabelled
                ? sides.contains(.unlabelled) : settings.shares[Int(side.rawValue)] > 0
            if isWanted || sides.contains(side) {
                files[Int(side.rawValue)] = names.count
                names.append("\(side.name).jsonl")
            }
        }
        try await work.deal(to: names) { [files] index in files[Int(sides[index].rawValue)] }
        for name in names {
            try await ReleaseTable.write(
                name, to: ReleaseSchema.table(of: name), schema, work)
        }
    }
}

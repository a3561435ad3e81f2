public import Pipeline
public import Records
internal import StageKit

/// Divides rows into train, val and test, and publishes them as JSON lines and as Parquet.
///
/// A worked example (`SplitTests.swift`): ten real rows and a perturbed child of
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
            Two passes over the rows; memory about 100 bytes a row; time in proportion to rows, \
            labels and `attempts`, about 1 second per 100,000 rows.
            """,
        readsIfPresent: [DedupeNote.sidecar], writes: SplitSide.sidecar, usesTaxonomy: true)

    private let settings: SplitSettings
    private let schema: ReleaseSchema

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        self.settings = SplitSettings(settings)
        schema = ReleaseSchema(setup.taxonomy)
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let rows = graph.tiedRows(keepsIDs: false)
        let split = graph.solve("stratify", rows) { context, rows throws(Fault) in
            try Split(rows, settings, seed: context.seed)
        }
        let sides = graph.solve("sides", split) { _, split in split.plan.sides.map(\.rawValue) }
        graph.mapRows("assign", sides) { _, sides in
            let outcomes = SplitPlan.Side.allCases.map { side in
                Outcome(
                    .keep, note: SplitSide.line(side.name),
                    lines: [.record(in: Self.fileName(side))])
            }
            return { row in outcomes[Int(sides[row.index])] }
        }
        graph.finish(split) { output, split throws(Fault) in
            try await publish(output, split.plan.sides)
            try report(output, split)
        }
    }

    /// The sides of all rows, and how evenly they share the labels.
    private struct Split: Sendable {
        let plan: SplitPlan
        let report: SplitReport

        init(_ tied: TiedRows, _ settings: SplitSettings, seed: UInt64) throws(Fault) {
            let rows = tied.rows
            let categories = rows.categories()
            let labels = try rows.table(categories)
            plan = try SplitPlan(
                rows: rows, groups: tied.groups, labels: labels, settings: settings, seed: seed)
            report = try SplitReport(
                plan: plan, labels: labels, categories: categories, shares: settings.shares)
        }
    }

    private static func fileName(_ side: SplitPlan.Side) -> String { "\(side.name).jsonl" }

    private func report(_ output: StageOutput, _ split: Split) throws(Fault) {
        let sides = split.plan.sides
        try output.write(split.report.json, to: SplitCounts.fileName)
        if !sides.isEmpty, sides.allSatisfy({ $0 == .unlabelled }) {
            output.gate(
                "labels", passed: false,
                detail:
                    "none of \(NumberFormat.count(sides.count, "row")) has a label, so that train, "
                    + "val and test are empty; `label` or `labels` of the source names the field")
        }
        output.note(split.report.sentence)
        if let holes = split.report.holes { output.note(holes) }
        for note in split.plan.notes { output.note(note) }
    }

    /// The files of the splits that have a share, and of unlabelled rows if there are any.
    private func publish(_ output: StageOutput, _ sides: [SplitPlan.Side]) async throws(Fault) {
        let published = SplitPlan.Side.allCases.filter { side in
            let isWanted = side != .unlabelled && settings.shares[Int(side.rawValue)] > 0
            return isWanted || sides.contains(side)
        }
        for side in published { try output.lines(Self.fileName(side), isPublished: true) }
        for side in published {
            let name = Self.fileName(side)
            try await ReleaseTable.write(name, to: ReleaseSchema.table(of: name), schema, output)
        }
    }
}

public import Pipeline
public import Records
internal import StageKit

/// Divides rows into train, val and test, and publishes them as JSON lines and as Parquet.
///
/// A worked example (`SplitTests.swift`): ten real rows and a perturbed child of
/// the first; with `{use: split, train: 0.8, val: 0.1, test: 0.1}` the child is with its parent,
/// neither is in test, and every file has the records' lines as they stand. Run again with more
/// rows, the eleven stay where they are.
public struct SplitStage: Stage {
    public static let description = StageDescription(
        name: "split", version: 3, role: .annotator,
        summary: "Divides rows into train, val and test, and publishes the files.",
        method: """
            Rows that share wording stay on one side: a root and all its descendants, a contrast \
            set, rows of one text (but for case, width and spaces), a cluster of duplicates (where \
            `dedupe` ran before), rows with one value of a field of `group`, and whatever these \
            connect. Such families are dealt out by iterative stratification, so that every \
            category, and with `balance: pairs` every pair of categories, keeps its share in every \
            split (Sechidis, Tsoumakas, Vlahavas 2011; Szymański, Kajdanowicz 2017; over families \
            instead of rows). Rows keep the side that they had in the last release, by id or text; \
            only new families are dealt out, such that all rows together come to the shares. A new \
            row of a family with a side joins it, test before val before train, or is refused with \
            `relatives: refuse`; it never goes to train when its family is in val or test. Rows \
            with a side never change it, also where a new row connects two sides; how many \
            families lie on several sides is said. `given` names the source's own splits, which \
            go before. `by` gives the newest rows to test. A family with a synthetic row never \
            goes to test unless `synthetic_in_test`; test then takes more of the other rows to \
            reach its size, up to `test_share_of_real` of them; a synthetic relative of a row \
            that is in test already is refused. Unlabelled rows go to a file of their own. A wish \
            that families, synthetic or earlier rows make impossible is missed by as little as \
            possible, and said. splits.json has the counts per category and the evenness of labels \
            (LD), of pairs of labels (LPD) and of sizes (ED). Every split is \
            published twice with the same rows, as JSON lines and as typed Parquet, which has the \
            number of the category as well where the taxonomy gives a text just one; \
            `assignments` beside them has the side of every row by hashes of ids and texts, also \
            of rows that are gone, for the next run.
            """,
        cost: """
            Two passes over the rows; memory about 100 bytes a row with one label, and 40 for each \
            further label; time in proportion to rows, labels and `attempts`, about 2 seconds of \
            processor time per 100,000 rows; the file `assignments` has about 45 bytes a row.
            """,
        readsIfPresent: [DedupeNote.sidecar, IngestNote.sidecar], writes: SplitSide.sidecar,
        refusals: [
            .init(
                SplitRefusal.heldOut.code,
                "New, and its family is in val or test (`relatives: refuse`).", isChosen: true),
            .init(
                SplitRefusal.syntheticHeldOut.code,
                "Synthetic, and its family is in a split that takes no synthetic row."),
            .init(
                SplitRefusal.badTime.code,
                "The time is missing or cannot be read (`bad_times: refuse`).", isChosen: true),
        ], usesTaxonomy: true)

    private let settings: SplitSettings
    private let schema: ReleaseSchema

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        self.settings = SplitSettings(settings)
        schema = ReleaseSchema(setup.taxonomy)
    }

    public var continues: String? {
        settings.keep == .last && !settings.isRebalanced ? Assignments.fileName : nil
    }

    public func dependencies() throws(Fault) -> [StageDependency] {
        guard case .path(let path) = settings.keep, !settings.isRebalanced else { return [] }
        if !Paths.isFolder(path) {
            return [try .file(path).written(as: Assignments.fileName)]
        }
        let file = "\(path)/\(Assignments.fileName)"
        if Paths.exists(file) { return [try .file(file).written(as: Assignments.fileName)] }
        var lines: [StageDependency] = []
        for side in SplitPlan.Side.splits where Paths.exists("\(path)/\(side.name).jsonl") {
            lines.append(try .file("\(path)/\(side.name).jsonl"))
        }
        if !lines.isEmpty { return lines }
        throw Fault(
            .configuration, "`keep` leads to no release",
            why: "\(path) has neither `\(Assignments.fileName)` nor train.jsonl",
            hint: "name the folder of a release, or a file `\(Assignments.fileName)`")
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let rows = graph.fold("labels", initial: SplitRows()) { _ in
            { (block) throws(Fault) in try SplitRows(block, settings) }
        }
        let ties = graph.groupTies(rows) { rows throws(Fault) in
            try rows.columns.joined()?.keys.rows
        }
        let split = graph.solve("stratify", rows, ties) { context, rows, ties throws(Fault) in
            try Split(rows, ties, settings, try earlier(context), seed: context.seed)
        }
        let verdicts = graph.solve("sides", split) { _, split in split.verdicts }
        let folds = graph.solve("folds", split) { _, split in split.folds }
        graph.mapRows("assign", verdicts, folds) { _, verdicts, folds in
            let refusals = SplitRefusal.allCases.map { Outcome.refuse($0.code) }
            let sides = SplitPlan.Side.published
            return { row in
                let verdict = Int(verdicts[row.index])
                if verdict >= sides.count { return refusals[verdict - sides.count] }
                let fold = folds.isEmpty ? -1 : folds[row.index]
                return Self.outcome(row, sides[verdict], fold: fold < 0 ? nil : Int(fold))
            }
        }
        graph.finish(split) { output, split throws(Fault) in
            try await publish(output, split)
            try report(output, split)
        }
    }

    private static let foldsFile = "folds.jsonl"

    private static func outcome(_ row: Row, _ side: SplitPlan.Side, fold: Int?) -> Outcome {
        var outcome = Outcome(
            .keep, note: SplitSide.line(side.name, fold: fold),
            lines: [.record(in: fileName(side))])
        if let fold {
            var line = JSONObject()
            line["id"] = .string(row.record.id)
            line["fold"] = .integer(fold)
            outcome.lines.append(FileLine(foldsFile, line.bytes))
        }
        return outcome
    }

    /// The sides of the run that this one goes on from; none where all are dealt anew.
    private func earlier(_ context: StageContext) throws(Fault) -> Assignments {
        if settings.isRebalanced { return Assignments() }
        let release: String
        switch settings.keep {
        case .last:
            guard let folder = context.lastRelease else { return Assignments() }
            release = folder
        case .path(let path):
            if !Paths.isFolder(path) { return try Assignments(reading: path) }
            release = path
        }
        return try Assignments(release: release, settings)
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
        if !split.absent.isEmpty {
            output.gate(
                "fields", passed: false,
                detail: "no row has a value that can be used for "
                    + split.absent.joined(separator: " or ")
                    + ": the rows were divided as without it; "
                    + "`metadata` of the source names what is kept of a row")
        }
        let empty = split.plan.emptySplits(settings.shares)
        if !empty.isEmpty {
            output.gate(
                "splits", passed: false,
                detail: "no row in " + empty.map { "`\($0.name)`" }.joined(separator: " and ")
                    + ", which should have a share of the "
                    + NumberFormat.count(sides.count { $0.isSplit }, "row")
                    + ": too many rows belong together")
        }
        output.note(split.report.sentence)
        if let holes = split.report.holes { output.note(holes) }
        for note in split.plan.notes + split.notes { output.note(note) }
        // What is the same without an earlier run has the same bytes: such counts are this run's.
        output.count("kept_sides", Double(split.plan.kept))
        output.count("joined_relatives", Double(split.plan.joined))
        if let remark = split.remark { output.remark(remark) }
    }

    /// The files of the splits that have a share, and of unlabelled rows if there are any.
    private func publish(_ output: StageOutput, _ split: Split) async throws(Fault) {
        let published = SplitPlan.Side.published.filter { side in
            let isWanted = side.isSplit && settings.shares[Int(side.rawValue)] > 0
            return isWanted || split.plan.sides.contains(side)
        }
        for side in published { try output.lines(Self.fileName(side), isPublished: true) }
        for side in published {
            let name = Self.fileName(side)
            try await ReleaseTable.write(name, to: ReleaseSchema.table(of: name), schema, output)
        }
        if settings.folds != nil { try output.lines(Self.foldsFile, isPublished: true) }
        let file = try output.open(Assignments.fileName)
        try split.assignments.write { bytes throws(Fault) in try file.append(raw: bytes) }
        try output.close(file, isPublished: true)
    }
}

internal import ArgumentParser
internal import CleanStages
internal import Pipeline
internal import Records
internal import Store

struct LabelInCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "label-in",
        abstract: "Take labels of picked rows back, for the next round of `select`.",
        discussion: """
            Reads the labels that people gave the rows of picks.jsonl, checks all of them, and \
            puts those that are new or another than before into the file that `labels` of the \
            stage names; the next `curate run` learns from them and picks other rows. A line is \
            {"id","category","value"}, or {"id","labels"} with an object, a list or one name, as a \
            filled-in copy of picks.jsonl has it; a JSON export of Label Studio is read as well. \
            The same labels again change nothing. Rows that no round picked are refused and \
            counted: the exit code is 1.
            """)

    enum Unlisted: String, CaseIterable, ExpressibleByArgument {
        case unknown, zero
    }

    @Argument(help: "The labels: JSON lines or a JSON array.", completion: .file())
    var file: String

    @Option(
        name: .customLong("pipeline"), help: "The pipeline file.", completion: .pipelineFile)
    var pipelineFile: String

    @Option(help: "The stage that picked the rows, where the pipeline has several.")
    var stage: String?

    @Option(
        help: ArgumentHelp(
            "What a category is that a row's `labels` do not name: unknown, or zero, as a form "
                + "with a box for every category means it."))
    var unlisted = Unlisted.unknown

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var output: OutputOption
    @OptionGroup var format: JSONOption

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let plan = try PipelinePlan.read(
            pipelineFile, overrides: try pipeline.overrides(), catalogue: context.catalogue)
        let (step, stage) = try chosen(plan)
        let workspace = Workspace(root: output.root, pipeline: plan.file.name)
        let folder = workspace.folder(of: step)
        guard Paths.exists(workspace.storePath), let manifest = Manifest.read(folder: folder) else {
            throw Fault(
                .usage, "`\(step.entry.name)` has picked no rows yet", at: .file(folder),
                hint: "`curate run \(pipelineFile)` picks them; -o names another workspace")
        }
        // Its lock: a run reads the file that is written here.
        let store = try WorkspaceStore(path: workspace.storePath)
        defer { try? store.close() }
        let intake = try stage.takeIn(
            file, fillsZeros: unlisted == .zero,
            finished: FinishedStage(folder: folder, manifest: manifest))
        let sheet = LabelInSheet(intake, file: file, pipelineFile: pipelineFile)
        let code: Int32 = intake.strange.isEmpty ? 0 : 1
        if format.json { return try context.console.print(sheet.object, exit: code) }
        for line in sheet.lines where !context.console.print(line) { break }
        try context.console.checkOutput()
        return code
    }

    private func chosen(_ plan: PipelinePlan) throws(Fault) -> (PipelinePlan.Step, SelectStage) {
        let steps = plan.steps.compactMap { step in
            (step.stage as? SelectStage).map { (step, $0) }
        }
        let names = steps.map(\.0.entry.name)
        if let stage {
            guard let found = steps.first(where: { $0.0.entry.name == stage }) else {
                throw Fault(
                    .usage, "the pipeline has no stage `\(stage)` that picks rows",
                    at: .file(pipelineFile), hint: NearestName.hint(stage, in: names))
            }
            return found
        }
        guard let first = steps.first else {
            throw Fault(
                .usage, "no stage of the pipeline picks rows", at: .file(pipelineFile),
                hint: "add `- use: select`")
        }
        if steps.count > 1 {
            throw Fault(
                .usage, "several stages of the pipeline pick rows", at: .file(pipelineFile),
                hint: "name one with --stage: \(names.joined(separator: ", "))")
        }
        return first
    }
}

/// What became of labels, and what the rounds found.
struct LabelInSheet {
    private let intake: LabelIntake
    private let file: String
    private let pipelineFile: String

    /// Refused rows that are named.
    private static let named = 20

    init(_ intake: LabelIntake, file: String, pipelineFile: String) {
        self.intake = intake
        self.file = file
        self.pipelineFile = pipelineFile
    }

    var object: JSONObject {
        var object = JSONObject()
        object["labels"] = .string(intake.path)
        object["rows"] = .integer(intake.rows)
        object["new"] = .integer(intake.new)
        object["changed"] = .integer(intake.changed)
        object["unchanged"] = .integer(intake.unchanged)
        object["undecided"] = .integer(intake.undecided)
        object["open"] = .integer(intake.open)
        object["refused"] = .array(
            intake.strange.map { id, line in
                var object = JSONObject()
                object["id"] = .string(id)
                object["line"] = .integer(line)
                return object.bytes
            })
        object["rounds"] = .array(intake.table.json)
        object["next_round"] = .integer(intake.nextRound)
        return object
    }

    var lines: [String] {
        var counts = [
            "\(NumberFormat.number(intake.new)) new",
            "\(NumberFormat.number(intake.changed)) changed",
            "\(NumberFormat.number(intake.unchanged)) as they were",
        ]
        if intake.undecided > 0 {
            counts.append("\(NumberFormat.number(intake.undecided)) undecided among them")
        }
        var lines = [
            "\(intake.path): labels of \(NumberFormat.count(intake.rows, "row")): "
                + counts.joined(separator: ", ")
        ]
        if intake.open > 0 {
            lines.append("\(NumberFormat.count(intake.open, "line")) without a label")
        }
        if !intake.strange.isEmpty {
            lines.append(
                "refused: \(NumberFormat.count(intake.strange.count, "row")) that no round picked")
            for (id, line) in intake.strange.prefix(Self.named) {
                lines.append("  \(file):\(line): `\(id)`")
            }
            let rest = intake.strange.count - Self.named
            if rest > 0 { lines.append("  and \(NumberFormat.number(rest)) more") }
        }
        lines += table
        return lines + ["", "`curate run \(pipelineFile)` makes round \(intake.nextRound)"]
    }

    private var table: [String] {
        if intake.table.rows.isEmpty { return [] }
        var table = Table(
            [
                "round", "picked by", "category", "picked", "labelled", "positive", "share",
                "95 %", "random", "95 %", "times random", "95 %",
            ], left: [1, 2])
        for row in intake.table.rows {
            let random = intake.table.randomDraw(row.category)
            table.add([
                "\(row.round)", row.pipeline, row.category, NumberFormat.number(row.picked),
                NumberFormat.number(row.found.labelled), NumberFormat.number(row.found.positive),
                Self.percent(row.found.share), Self.percents(row.found.interval),
                Self.percent(random?.count.share), Self.percents(random?.count.interval),
                intake.table.times(row).map(NumberFormat.tenths) ?? "-",
                intake.table.timesInterval(row).map {
                    "\(NumberFormat.tenths($0.low)) to \(NumberFormat.tenths($0.high))"
                } ?? "-",
            ])
        }
        let isOfPicks = intake.table.rows.contains {
            intake.table.randomDraw($0.category)?.isOfPicks ?? false
        }
        return [""] + table.lines + [
            "",
            isOfPicks
                ? "random: what the picks at random of all rounds found"
                : "random: the share among the rows that no round picked; "
                    + "`mixture: {random: …}` measures it",
        ]
    }

    private static func percent(_ share: Double?) -> String {
        share.map { "\(NumberFormat.tenths(100 * $0)) %" } ?? "-"
    }

    private static func percents(_ interval: (low: Double, high: Double)?) -> String {
        interval.map {
            "\(NumberFormat.tenths(100 * $0.low)) to \(NumberFormat.tenths(100 * $0.high))"
        } ?? "-"
    }
}

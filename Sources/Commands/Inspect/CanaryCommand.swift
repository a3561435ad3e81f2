internal import ArgumentParser
internal import MakeStages
internal import Pipeline
internal import Providers
internal import Records
internal import Stages
internal import Store

struct CanaryCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "canary",
        abstract: "Measure how often orders hidden in texts change the labels a model gives.",
        discussion: """
            Asks the label stage's model about texts with known labels, as they are and with an \
            injected order, and compares. The answers are kept in the workspace: the same \
            question is never paid for twice.
            """)

    @Argument(
        help: "A pipeline file with a label stage that asks a model.", completion: .pipelineFile)
    var file: String

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var output: OutputOption

    @Option(
        help: "A folder with texts.jsonl and injections.jsonl; curate's own unless given.",
        completion: .directory)
    var canaries: String?

    @Flag(help: "Say how many calls it takes, and ask nothing.")
    var dryRun = false

    @OptionGroup var format: JSONOption

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let plan = try PipelinePlan.read(
            file, overrides: try pipeline.overrides(), catalogue: context.catalogue)
        let stages = plan.steps.compactMap { $0.stage as? LabelStage }
        guard let stage = stages.first(where: \.usesProvider) else {
            throw Fault(
                .usage, "no label stage of the pipeline asks a model", at: .file(file),
                hint: "add `- use: label`")
        }
        let folder = canaries ?? ResourceFolder.path(LabelStage.canaries)
        if dryRun {
            let calls = try stage.canaryCalls(folder: folder)
            if format.json {
                var object = JSONObject()
                object["calls"] = .integer(calls)
                return try context.console.print(object, exit: 0)
            }
            context.console.print(
                "at most \(NumberFormat.count(calls, "call")), re-asked ones aside")
            return 0
        }
        let report = try await measure(plan, stage, folder)
        if format.json {
            return try context.console.print(CanarySheet(report).object, exit: 0)
        }
        for line in CanarySheet(report).lines where !context.console.print(line) { break }
        try context.console.checkOutput()
        return 0
    }

    private func measure(
        _ plan: PipelinePlan, _ stage: LabelStage, _ folder: String
    ) async throws(Fault) -> CanaryReport {
        try FileSystem.makeFolder(output.root)
        let workspace = Workspace(root: output.root, pipeline: plan.file.name)
        let store = try WorkspaceStore(path: workspace.storePath)
        defer { try? store.close() }
        guard OfflineProvider.isAsked(by: plan) else {
            return try await stage.measureCanaries(folder: folder, ledger: store.ledger)
        }
        return try await OfflineServer.serving(seed: plan.file.seed) { url throws(Fault) in
            try await stage.measureCanaries(
                folder: folder, ledger: store.ledger, offlineBaseURL: url)
        }
    }
}

/// A measurement as a table, a kind of injection a line.
struct CanarySheet {
    private let report: CanaryReport

    init(_ report: CanaryReport) { self.report = report }

    var object: JSONObject {
        var object = JSONObject()
        object["kinds"] = .array(
            report.kinds.map { kind, answered, flipped in
                var object = JSONObject()
                object["injection"] = .string(kind)
                object["answered"] = .integer(answered)
                object["label_changed"] = .integer(flipped)
                return object.bytes
            })
        object["answered"] = .integer(report.answered)
        object["label_changed"] = .integer(report.flipped)
        object["obeyed"] = .integer(report.obeyed)
        object["refused"] = .integer(report.injections.reduce(0) { $0 + $1.refused })
        object["unusable"] = .integer(report.injections.reduce(0) { $0 + $1.unusable })
        object["plain_known"] = .integer(report.plainKnown)
        object["plain_right"] = .integer(report.plainRight)
        object["without_plain_answer"] = .integer(report.withoutPlainAnswer)
        return object
    }

    var lines: [String] {
        var table = Table(["injection", "answered", "label changed", "share"])
        for (kind, answered, flipped) in report.kinds {
            table.add([
                kind, NumberFormat.number(answered), NumberFormat.number(flipped),
                Self.share(flipped, answered),
            ])
        }
        table.add([
            "all", NumberFormat.number(report.answered), NumberFormat.number(report.flipped),
            Self.share(report.flipped, report.answered),
        ])
        var lines = table.lines + [""]
        let sum = { (count: (CanaryReport.Injection) -> Int) in
            report.injections.reduce(0) { $0 + count($1) }
        }
        lines.append(
            "\(NumberFormat.number(report.obeyed)) answers were exactly what the order wanted, "
                + "\(NumberFormat.number(sum(\.refused))) were refused, "
                + "\(NumberFormat.number(sum(\.unusable))) had no usable form")
        lines.append(
            "without an order, \(NumberFormat.number(report.plainRight)) of "
                + "\(NumberFormat.number(report.plainKnown)) texts got the labels they should")
        if report.withoutPlainAnswer > 0 {
            lines.append(
                "\(NumberFormat.count(report.withoutPlainAnswer, "text")) got no answer even "
                    + "without one"
            )
        }
        return lines
    }

    private static func share(_ part: Int, _ whole: Int) -> String {
        whole == 0 ? "-" : "\(NumberFormat.tenths(100 * Double(part) / Double(whole))) %"
    }
}

internal import ArgumentParser
internal import Pipeline
internal import Records

struct ExplainCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what each stage did to one record, and why it was refused.")

    @Argument(help: "The record's id.", completion: .recordIdentifier)
    var id: String

    @Option(
        help: "The pipeline's name; every one of the workspace unless given.",
        completion: .pipelineOfWorkspace)
    var pipeline: String?

    @Flag(help: "Show texts as well.")
    var showText = false

    @OptionGroup var output: OutputOption

    func run(_ context: Context) async throws(Fault) -> Int32 {
        if let pipeline, !WorkspaceFolder.pipelines(in: output.root).contains(pipeline) {
            throw Fault(
                .usage, "there is no pipeline `\(pipeline)`", at: .file(output.root),
                hint: NearestName.hint(pipeline, in: WorkspaceFolder.pipelines(in: output.root)))
        }
        let names = pipeline.map { [$0] } ?? WorkspaceFolder.pipelines(in: output.root)
        var isFound = false
        for name in names {
            let workspace = Workspace(root: output.root, pipeline: name)
            let explanation: Explanation
            do throws(Fault) {
                explanation = try Explanation.of(id, in: workspace)
            } catch {
                if error.kind == .usage { continue }
                throw error
            }
            if isFound { context.console.print("") }
            isFound = true
            for line in Self.lines(explanation, pipeline: name, showsText: showText) {
                context.console.print(line)
            }
        }
        guard isFound else {
            throw Fault(
                .usage, "no finished stage knows the record `\(id)`", at: .file(output.root),
                hint: "ids stand in every records/*.jsonl and refused.jsonl; "
                    + "-o names another workspace")
        }
        try context.console.checkOutput()
        return 0
    }

    static func lines(
        _ explanation: Explanation, pipeline: String, showsText: Bool
    ) -> [String] {
        var lines = ["\(explanation.id) in \(pipeline)"]
        var before: [UInt8]?
        for step in explanation.steps {
            if let refusal = step.refusal {
                lines.append("\(step.stage): refused: \(RecordDifference.refusal(refusal))")
            } else if let record = step.record {
                lines.append("\(step.stage): \(before == nil ? "appears" : "kept")")
                lines += RecordDifference.lines(from: before, to: record, showsText: showsText)
                    .map { "  \($0)" }
                before = record
            }
            for (name, note) in step.notes.sorted(by: { $0.key < $1.key })
            where name == step.stage && note != Array("null".utf8) {
                lines.append("  \(name): \(String(decoding: note, as: UTF8.self))")
            }
        }
        return lines
    }
}

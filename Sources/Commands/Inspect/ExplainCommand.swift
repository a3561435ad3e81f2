internal import ArgumentParser
internal import Pipeline
internal import Records

struct ExplainCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what each stage did to one record, why it was refused, and where it is.")

    @Argument(help: "The record's id.", completion: .recordIdentifier)
    var id: String

    @Argument(
        help: "A pipeline file, or the name of a pipeline in the workspace; all without one.",
        completion: .pipelineFile)
    var file: String?

    @Option(help: "The name of a pipeline in the workspace.", completion: .pipelineOfWorkspace)
    var pipeline: String?

    @Flag(help: "Show texts as well.")
    var showText = false

    @OptionGroup var output: OutputOption
    @OptionGroup var format: JSONOption

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let workspaces = try workspaces()
        var found: [(FolderName, Explanation)] = []
        for workspace in workspaces {
            do throws(Fault) {
                found.append((workspace.pipeline, try Explanation.of(id, in: workspace)))
            } catch {
                if error.kind != .usage { throw error }
            }
        }
        if found.isEmpty { throw unknown(workspaces) }
        if format.json {
            var object = JSONObject()
            object["id"] = .string(id)
            object["pipelines"] = .array(
                found.map { ExplanationSheet($1, pipeline: $0, showsText: showText).object.bytes })
            return try context.console.print(object, exit: 0)
        }
        let sheets = found.map {
            ExplanationSheet($1, pipeline: $0, showsText: showText).lines
        }
        for line in sheets.joined(separator: [""]) { context.console.print(line) }
        try context.console.checkOutput()
        return 0
    }

    /// The pipeline that is meant, by its name; nil for all.
    private func chosen() throws(Fault) -> String? {
        guard let file else { return pipeline }
        guard pipeline == nil else {
            throw Fault(.usage, "a pipeline is named twice: `\(file)` and by --pipeline")
        }
        guard file.hasSuffix(".yaml") || file.hasSuffix(".yml") else { return file }
        return try PipelineFile.examine(yaml: try TextFile.read(file), path: file).file.name.text
    }

    private func workspaces() throws(Fault) -> [Workspace] {
        let pipeline = try chosen()
        let known = WorkspaceFolder.pipelines(in: output.root)
        let chosen = known.filter { pipeline == nil || $0.text == pipeline }
        if let pipeline, chosen.isEmpty {
            throw Fault(
                .usage, "there is no pipeline `\(pipeline)`", at: .file(output.root),
                hint: NearestName.hint(pipeline, in: known.map(\.text)))
        }
        return chosen.map { Workspace(root: output.root, pipeline: $0) }
    }

    private func unknown(_ workspaces: [Workspace]) -> Fault {
        let nearest = workspaces.lazy.compactMap { Explanation.nearest(id, in: $0) }.first
        return Fault(
            .usage, "no finished stage and no release knows the record `\(id)`",
            at: .file(output.root),
            hint: nearest.map { "did you mean `\($0)`?" }
                ?? "ids stand in every records/*.jsonl and refused.jsonl; "
                + "-o names another workspace")
    }
}

/// What a pipeline knows of a record.
struct ExplanationSheet {
    private let explanation: Explanation
    private let pipeline: FolderName
    private let showsText: Bool

    init(_ explanation: Explanation, pipeline: FolderName, showsText: Bool) {
        self.explanation = explanation
        self.pipeline = pipeline
        self.showsText = showsText
    }

    var lines: [String] {
        var lines = ["\(explanation.id) in \(pipeline)"]
        var before: [UInt8]?
        var isOfLastRun = true
        for step in explanation.steps {
            if step.isOfLastRun != isOfLastRun {
                lines.append("in folders of earlier runs, which the last one left alone:")
                (before, isOfLastRun) = (nil, false)
            }
            let stage = step.isOfLastRun ? step.stage : step.stage + Self.run(step.run)
            if let refusal = step.refusal {
                lines.append("\(stage): refused: \(RecordDifference.refusal(refusal))")
            } else if let record = step.record {
                lines.append("\(stage): \(before == nil ? "appears" : "kept")")
                lines += RecordDifference.lines(from: before, to: record, showsText: showsText)
                    .map { "  \($0)" }
                before = record
            }
            for (name, note) in step.notes.sorted(by: { $0.key < $1.key })
            where name == step.stage && note != Array("null".utf8) {
                lines.append("  \(name): \(String(decoding: note, as: UTF8.self))")
            }
        }
        return lines + explanation.published.map(Self.line)
    }

    private static func run(_ run: Int64?) -> String { run.map { " (run \($0))" } ?? "" }

    private static func line(_ place: Explanation.Published) -> String {
        let name = place.release.map { " \($0)\(run(place.run))" } ?? ""
        return "\(place.isCurrent ? "release" : "older release")\(name): \(place.file)"
    }

    var object: JSONObject {
        var object = JSONObject()
        object["pipeline"] = .string(pipeline.text)
        object["stages"] = .array(explanation.steps.map(member))
        object["releases"] = .array(
            explanation.published.map { place in
                var object = JSONObject()
                object["release"] = JSONOutput.string(place.release)
                object["run"] = JSONOutput.integer(place.run.map { Int($0) })
                object["file"] = .string(place.file)
                object["is_published"] = .boolean(place.isCurrent)
                return object.bytes
            })
        return object
    }

    /// The record itself only where texts are shown.
    private func member(_ step: Explanation.Step) -> [UInt8] {
        var object = JSONObject()
        object["stage"] = .string(step.stage)
        object["run"] = JSONOutput.integer(step.run.map { Int($0) })
        object["is_of_last_run"] = .boolean(step.isOfLastRun)
        object["verdict"] = .string(step.refusal == nil ? "kept" : "refused")
        if let refusal = step.refusal { object["refusal"] = .raw(refusal) }
        if showsText, let record = step.record { object["record"] = .raw(record) }
        if let note = step.notes[step.stage] { object["note"] = .raw(note) }
        return object.bytes
    }
}

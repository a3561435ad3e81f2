internal import ArgumentParser
internal import Pipeline
internal import Records
internal import Store

struct StatusCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what is finished and published, what a run would take over, and past runs.")

    @Argument(
        help: "A pipeline file, or the name of a pipeline in the workspace; all without one.",
        completion: .pipelineFile)
    var pipeline: String?

    @OptionGroup var settings: PipelineOptions
    @OptionGroup var output: OutputOption
    @OptionGroup var format: JSONOption

    /// Runs shown of each pipeline.
    private static let runs = 5

    func run(_ context: Context) async throws(Fault) -> Int32 {
        guard Paths.isFolder(output.root) else {
            throw Fault(
                .usage, "there is no workspace", at: .file(output.root),
                hint: "name its folder with -o, or make one with `curate run`")
        }
        let sheets = try sheets(context.catalogue)
        let path = Workspace.storePath(root: output.root)
        let snapshot = Paths.exists(path) ? try ReadOnlySnapshot(path: path, runs: Self.runs) : nil
        if format.json {
            var object = JSONObject()
            object["pipelines"] = .array(sheets.map { $0.object.bytes })
            object["under_way"] = JSONOutput.string(snapshot?.holder)
            object["batches"] = .array((snapshot?.batches ?? []).map(BatchWords.object))
            object["runs"] = .array((snapshot?.runs ?? []).map(Self.object))
            object["last_failed"] =
                Self.lastFailed(snapshot?.runs ?? []).map { .raw(Self.object($0.run)) } ?? .null
            return try context.console.print(object, exit: 0)
        }
        let lines = Array(sheets.map(\.lines).joined(separator: [""]))
        for line in lines + (snapshot.map(Self.history) ?? []) where !context.console.print(line) {
            break
        }
        try context.console.checkOutput()
        return 0
    }

    private func sheets(_ catalogue: Catalogue) throws(Fault) -> [StatusSheet] {
        guard let pipeline, pipeline.hasSuffix(".yaml") || pipeline.hasSuffix(".yml") else {
            return try names().map {
                StatusSheet(finishedIn: Workspace(root: output.root, pipeline: $0))
            }
        }
        let plan = try PipelinePlan.read(
            pipeline, overrides: try settings.overrides(), catalogue: catalogue)
        let workspace = Workspace(root: output.root, pipeline: plan.file.name)
        return [try StatusSheet(plan, in: workspace)]
    }

    private func names() throws(Fault) -> [FolderName] {
        let known = WorkspaceFolder.pipelines(in: output.root)
        guard let pipeline else { return known }
        guard let name = known.first(where: { $0.text == pipeline }) else {
            throw Fault(
                .usage, "the workspace has no pipeline `\(pipeline)`", at: .file(output.root),
                hint: NearestName.hint(pipeline, in: known.map(\.text)))
        }
        return [name]
    }

    static func words(_ state: StagePreview.State) -> String {
        switch state {
        case .missing: "do it"
        case .reusable: "reuse it"
        case .stale(let reasons): "do it again: " + reasons.joined(separator: "; ")
        case .waiting: "see after the stages before it"
        }
    }

    private static func history(_ snapshot: ReadOnlySnapshot) -> [String] {
        var lines = snapshot.holder.map { ["", "a run is under way: \($0)"] } ?? []
        if lines.isEmpty, !snapshot.batches.isEmpty { lines.append("") }
        lines += snapshot.batches.map(BatchWords.line)
        if snapshot.runs.isEmpty { return lines }
        var table = Table(["run", "pipeline", "began (UTC)", "took", "end"], left: [1, 2, 4])
        for run in snapshot.runs {
            let took = run.finishedMilliseconds.map {
                NumberFormat.seconds(Double($0 - run.startedMilliseconds) / 1_000)
            }
            table.add([
                "\(run.id)", run.pipeline, DateFormat.text(milliseconds: run.startedMilliseconds),
                took ?? "", run.state.rawValue,
            ])
        }
        lines += [""] + table.lines
        guard let (run, end) = lastFailed(snapshot.runs) else { return lines }
        var words = "last failed: run \(run.id) of \(run.pipeline), "
        if let finished = run.finishedMilliseconds {
            words += "ended \(DateFormat.text(milliseconds: finished)) UTC"
        } else {
            words += "began \(DateFormat.text(milliseconds: run.startedMilliseconds)) UTC"
        }
        if let exit = end.exit { words += ", exit code \(exit)" }
        return lines + ["", words] + (end.reason.map { ["  \($0)"] } ?? [])
    }

    /// The latest of these runs that did not end with 0; nil when all did, or are under way.
    private static func lastFailed(_ runs: [RunRecord]) -> (run: RunRecord, end: RunEnd)? {
        runs.first { $0.state != .done && $0.state != .running }.map { ($0, RunEnd($0)) }
    }

    private static func object(_ run: RunRecord) -> [UInt8] {
        var object = JSONObject()
        object["run"] = .integer(Int(run.id))
        object["pipeline"] = .string(run.pipeline)
        object["began"] = .string(DateFormat.text(milliseconds: run.startedMilliseconds))
        object["seconds"] =
            run.finishedMilliseconds.map {
                .number(Double($0 - run.startedMilliseconds) / 1_000)
            } ?? .null
        object["ended"] = JSONOutput.string(
            run.finishedMilliseconds.map { DateFormat.text(milliseconds: $0) })
        object["end"] = .string(run.state.rawValue)
        let end = RunEnd(run)
        object["exit"] = JSONOutput.integer(end.exit)
        object["reason"] = JSONOutput.string(end.reason)
        return object.bytes
    }
}

/// What lies in a workspace's folder.
enum WorkspaceFolder {
    /// The pipelines that have at least one finished stage or a release.
    static func pipelines(in root: String) -> [FolderName] {
        FileSystem.names(in: root).compactMap { FolderName($0) }.filter {
            let workspace = Workspace(root: root, pipeline: $0)
            return !workspace.finished().isEmpty || !workspace.releases.names.isEmpty
        }
    }
}

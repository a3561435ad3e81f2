internal import ArgumentParser
internal import Pipeline
internal import Records
internal import Store

struct StatusCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what is finished, what a run would take over, and the last runs.")

    @Argument(
        help: "A pipeline file, or the name of a pipeline in the workspace; all without one.",
        completion: .pipelineFile)
    var pipeline: String?

    @OptionGroup var settings: PipelineOptions
    @OptionGroup var output: OutputOption

    /// Runs shown of each pipeline.
    private static let runs = 5

    func run(_ context: Context) async throws(Fault) -> Int32 {
        guard Paths.isFolder(output.root) else {
            throw Fault(
                .usage, "there is no workspace", at: .file(output.root),
                hint: "name its folder with -o, or make one with `curate run`")
        }
        var lines: [String] = []
        if let pipeline, pipeline.hasSuffix(".yaml") || pipeline.hasSuffix(".yml") {
            let plan = try PipelinePlan.read(
                pipeline, overrides: try settings.overrides(), catalogue: context.catalogue)
            let workspace = Workspace(root: output.root, pipeline: plan.file.name)
            lines = try Self.compared(plan, workspace)
        } else {
            for name in try names() {
                if !lines.isEmpty { lines.append("") }
                lines += Self.finished(Workspace(root: output.root, pipeline: name))
            }
        }
        lines += try history()
        for line in lines where !context.console.print(line) { break }
        try context.console.checkOutput()
        return 0
    }

    private func names() throws(Fault) -> [String] {
        let known = WorkspaceFolder.pipelines(in: output.root)
        guard let pipeline else { return known }
        guard known.contains(pipeline) else {
            throw Fault(
                .usage, "the workspace has no pipeline `\(pipeline)`", at: .file(output.root),
                hint: NearestName.hint(pipeline, in: known))
        }
        return [pipeline]
    }

    private static func finished(_ workspace: Workspace) -> [String] {
        var table = Table(["stage", "in", "added", "kept", "refused"])
        for (_, manifest) in workspace.finished() {
            table.add([manifest.stage] + counts(manifest.counts))
        }
        return ["pipeline \(workspace.pipeline)"] + table.lines + release(workspace)
    }

    private static func compared(
        _ plan: PipelinePlan, _ workspace: Workspace
    ) throws(Fault) -> [String] {
        var table = Table(
            ["stage", "in", "added", "kept", "refused", "a run would"], left: [0, 5])
        for preview in try StagePreview.of(plan, in: workspace) {
            let counts = preview.manifest.map { Self.counts($0.counts) } ?? ["", "", "", ""]
            table.add([preview.stage] + counts + [words(preview.state)])
        }
        return ["pipeline \(workspace.pipeline)"] + table.lines + release(workspace)
    }

    private static func counts(_ counts: Manifest.Counts) -> [String] {
        [counts.input, counts.added, counts.kept, counts.refused].map(Words.number)
    }

    static func words(_ state: StagePreview.State) -> String {
        switch state {
        case .missing: "do it"
        case .reusable: "reuse it"
        case .stale(let reasons): "do it again: " + reasons.joined(separator: "; ")
        case .waiting: "see after the stages before it"
        }
    }

    private static func release(_ workspace: Workspace) -> [String] {
        [Paths.isFolder(workspace.release) ? "release: \(workspace.release)" : "no release yet"]
    }

    private func history() throws(Fault) -> [String] {
        let path = Workspace(root: output.root, pipeline: "").storePath
        guard Paths.exists(path) else { return [] }
        let glance = try WorkspaceGlance(path: path, runs: Self.runs)
        var lines = glance.holder.map { ["", "a run is under way: \($0)"] } ?? []
        if glance.runs.isEmpty { return lines }
        var table = Table(["run", "pipeline", "began (UTC)", "took", "end"], left: [1, 2, 4])
        for run in glance.runs {
            let took = run.finishedMilliseconds.map {
                Words.seconds(Double($0 - run.startedMilliseconds) / 1_000)
            }
            table.add([
                "\(run.id)", run.pipeline, Moments.text(milliseconds: run.startedMilliseconds),
                took ?? "", run.state.rawValue,
            ])
        }
        lines += [""] + table.lines
        return lines
    }
}

/// What lies in a workspace's folder.
enum WorkspaceFolder {
    /// The pipelines that have at least one finished stage.
    static func pipelines(in root: String) -> [String] {
        FileSystem.names(in: root).filter {
            !Workspace(root: root, pipeline: $0).finished().isEmpty
        }
    }
}

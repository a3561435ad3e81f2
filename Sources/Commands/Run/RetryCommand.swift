internal import ArgumentParser
internal import Pipeline
internal import Records
internal import Store

struct RetryCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Ask again what got no usable answer, and run what depends on it.",
        discussion: """
            Forgets the workspace's replies that are dead, cut or unusable, and refusals too \
            unless --errors-only is given; then runs the pipeline from the first stage that asks \
            a model. Answers that were usable stay, and are never paid for twice.
            """)

    @Argument(help: "The pipeline file.", completion: .pipelineFile)
    var file: String

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var output: OutputOption
    @OptionGroup var jobs: JobsOption
    @OptionGroup var end: DeadlineOption

    @Flag(help: "Leave refusals: they are results, and say something about the text.")
    var errorsOnly = false

    @Flag(help: "Say how many would be asked again; forgets and spends nothing.")
    var dryRun = false

    @Flag(help: "Do not show progress.")
    var noProgress = false

    @OptionGroup var format: JSONOption

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let plan = try PipelinePlan.read(
            file, overrides: try pipeline.overrides(), catalogue: context.catalogue)
        let workspace = Workspace(root: output.root, pipeline: plan.file.name)
        guard let first = plan.steps.first(where: { $0.stage.usesProvider })?.entry.name else {
            throw Fault(
                .usage, "no stage of the pipeline asks a model", at: .file(file),
                hint: "`curate run` does stages again whose settings have changed")
        }
        guard Paths.exists(workspace.storePath) else {
            throw Fault(
                .usage, "there is no workspace", at: .file(output.root),
                hint: "name its folder with -o, or make one with `curate run`")
        }
        let jobs = try jobs.count()
        let deadline = try end.said(context.console)
        let (found, unfinished) = try await forget(workspace)
        let ends = dryRun || (found.isEmpty && unfinished == nil)
        if format.json {
            if ends { return try context.console.print(Self.object(found), exit: 0) }
        } else {
            for (state, count) in found {
                context.console.print(
                    "\(state.rawValue): \(Words.count(count, "reply", "replies"))")
            }
            if found.isEmpty { context.console.print("nothing to ask again") }
            if let unfinished {
                context.console.print(
                    "run \(unfinished.id) was \(unfinished.state.rawValue): it goes on")
            }
            try context.console.checkOutput()
            if ends { return 0 }
        }
        let session = PipelineSession(
            plan: plan, workspace: workspace,
            options: RunOptions(jobs: jobs, from: found.isEmpty ? nil : first), context: context,
            showsProgress: !noProgress, deadline: deadline)
        return try await session.run().show(context.console, json: format.json)
    }

    /// Replies that would be asked for again, by how they ended.
    private static func object(_ found: [(StoredReply.State, Int)]) -> JSONObject {
        var object = JSONObject()
        object["replies"] = JSONOutput.counts(
            Dictionary(uniqueKeysWithValues: found.map { ($0.0.rawValue, $0.1) }))
        return object
    }

    /// What is asked again, by how it ended, which is forgotten unless this is a dry run; and the
    /// pipeline's last run if that was stopped or its process died: then its calls are yet to come.
    private func forget(
        _ workspace: Workspace
    ) async throws(Fault) -> (found: [(StoredReply.State, Int)], unfinished: RunRecord?) {
        let store = try WorkspaceStore(path: workspace.storePath)
        let counts = try await store.ledger.countsByState()
        var states: [StoredReply.State] = [.dead, .truncated, .invalid]
        if !errorsOnly { states.append(.refused) }
        let found = states.compactMap { state in
            counts[state].flatMap { $0 > 0 ? (state, $0) : nil }
        }
        if !dryRun {
            for (state, _) in found { try store.ledger.forget(state) }
        }
        let last = try await store.runs.latest().first { $0.pipeline == workspace.pipeline.text }
        try store.close()
        return (found, [.stopped, .interrupted].contains(last?.state) ? last : nil)
    }
}

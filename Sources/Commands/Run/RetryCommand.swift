internal import ArgumentParser
internal import Pipeline
internal import Records
internal import Store
internal import StoreProtocols

struct RetryCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Ask again what got no usable answer, and run what depends on it.",
        discussion: """
            Forgets the workspace's replies that are dead, cut or unusable, and refusals too \
            unless --errors-only is given; then runs the pipeline from the first stage that asks \
            a model. Answers that were usable stay, and are never paid for twice. A run that did \
            not reach its end goes on, whatever ended it; where nothing is left to ask, a run that \
            ended with exit code 1 is said, and so does this command end.
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
        let (found, last) = try await forget(workspace)
        guard !found.isEmpty || last != nil else {
            throw Fault(
                .usage, "`\(plan.file.name)` has not run in this workspace",
                at: .file(output.root), hint: "`curate run \(file)` begins it")
        }
        let end = Last(
            last, asksReplies: !found.isEmpty,
            unasked: found.isEmpty ? Self.unasked(plan, workspace) : 0)
        let ends = dryRun || (found.isEmpty && !end.goesOn)
        let code: Int32 = found.isEmpty && !end.goesOn ? end.exit : 0
        if format.json {
            if ends { return try context.console.print(Self.object(found, end), exit: code) }
        } else {
            for (state, count) in found {
                context.console.print(
                    "\(state.rawValue): \(NumberFormat.count(count, "reply", "replies"))")
            }
            if found.isEmpty, end.unasked == 0 { context.console.print("nothing to ask again") }
            for line in end.lines { context.console.print(line) }
            try context.console.checkOutput()
            if ends { return code }
        }
        let asksAgain = !found.isEmpty || end.unasked > 0
        let session = PipelineSession(
            plan: plan, workspace: workspace,
            options: RunOptions(jobs: jobs, from: asksAgain ? first : nil), context: context,
            showsProgress: !noProgress, deadline: deadline)
        return try await session.run().show(context.console, json: format.json)
    }

    /// How the pipeline's last run stands, and what follows from it.
    private struct Last {
        let lines: [String]
        /// Whether something is to be done although no stored reply is to be asked for again.
        let goesOn: Bool
        /// The exit code where nothing is to be done.
        let exit: Int32
        let unasked: Int

        init(_ run: RunRecord?, asksReplies: Bool, unasked: Int) {
            self.unasked = unasked
            let end = run.map(RunEnd.init)
            var lines =
                unasked > 0
                ? ["\(NumberFormat.count(unasked, "row")) had no answer: asked again"] : []
            if let run, let end, run.state != .done, !end.isWhole {
                let code = end.exit.map { " with exit code \($0)" } ?? ""
                let how =
                    switch run.state {
                    case .failed: "ended\(code)"
                    default: "was \(run.state.rawValue)"
                    }
                lines.append("run \(run.id) \(how): it goes on")
                (goesOn, exit) = (true, 0)
            } else if let run, let end, run.state != .done, unasked == 0, !asksReplies {
                lines.append(
                    "run \(run.id) ended with exit code 1"
                        + (end.reason.map { ": \($0)" } ?? ""))
                lines.append("change what it names, then `curate run`")
                (goesOn, exit) = (false, 1)
            } else {
                (goesOn, exit) = (unasked > 0, 0)
            }
            self.lines = lines
        }
    }

    /// Rows that a stage got no answer for and that left no reply behind: an endpoint was down,
    /// and the next labeller took its place.
    private static func unasked(_ plan: PipelinePlan, _ workspace: Workspace) -> Int {
        plan.steps.reduce(0) { sum, step in
            guard step.stage.usesProvider else { return sum }
            let statistics = StageStatistics.read(folder: workspace.folder(of: step))
            return sum + Int(statistics?[.failedRows(Counter.unavailable)] ?? 0)
        }
    }

    /// Replies that would be asked for again, by how they ended, and what of the last run is to be
    /// said.
    private static func object(_ found: [(StoredReply.State, Int)], _ end: Last) -> JSONObject {
        var object = JSONObject()
        object["replies"] = JSONOutput.counts(
            Dictionary(uniqueKeysWithValues: found.map { ($0.0.rawValue, $0.1) }))
        object["unasked"] = .integer(end.unasked)
        object["notes"] = .strings(end.lines)
        return object
    }

    /// What is asked again, by how it ended, which is forgotten unless this is a dry run; and the
    /// pipeline's last run.
    private func forget(
        _ workspace: Workspace
    ) async throws(Fault) -> (found: [(StoredReply.State, Int)], last: RunRecord?) {
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
        let last = try await store.runs.latest(pipeline: workspace.pipeline.text)
        try store.close()
        return (found, last)
    }
}

internal import ArgumentParser
internal import Pipeline
internal import Records

struct RunCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a pipeline, taking over every stage that is finished and unchanged.")

    @Argument(help: "The pipeline file.", completion: .pipelineFile)
    var file: String

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var output: OutputOption
    @OptionGroup var jobs: JobsOption
    @OptionGroup var workers: WorkersOption
    @OptionGroup var end: DeadlineOption

    @Option(help: "Do this stage and those after it again.", completion: .stageOfPipeline)
    var from: String?

    @Option(help: "Stop after this stage.", completion: .stageOfPipeline)
    var to: String?

    @Option(help: "When to take finished stages over: if-possible, never or always.")
    var resume: ResumeChoice = .ifPossible

    @Option(
        help: """
            When the published release gives way: `passed` keeps it against one that is empty, \
            partial (-n), much smaller (allow.shrink) or ended with exit code 1, `always` does not.
            """)
    var publish: PublishChoice = .passed

    @Flag(help: "Do not show progress.")
    var noProgress = false

    @OptionGroup var format: JSONOption

    @Flag(help: "Say what would be done, like `curate plan`; spends nothing.")
    var dryRun = false

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let overrides = try pipeline.overrides()
        let workers = try workers.count()
        let text = PipelineText(
            yaml: try TextFile.read(file), path: file, overrides: pipeline.arguments)
        let plan = try PipelinePlan.read(
            text.yaml, path: file, overrides: overrides, catalogue: context.catalogue)
        let deadline = try end.said(context.console)
        let workspace = Workspace(root: output.root, pipeline: plan.file.name)
        if dryRun {
            return try PlanSheet(plan, in: workspace, showsPrompts: false).show(
                context.console, json: format.json)
        }
        var options = RunOptions(
            jobs: try jobs.count(), from: from, to: to, resume: resume.option,
            publish: publish.policy)
        if workers > 0 { options.workers = WorkerCommand.settings(workers, text) }
        let session = PipelineSession(
            plan: plan, workspace: workspace, options: options,
            context: context, showsProgress: !noProgress, deadline: deadline)
        return try await session.run().show(context.console, json: format.json)
    }
}

/// The values of `--resume`.
enum ResumeChoice: String, CaseIterable, ExpressibleByArgument {
    case ifPossible = "if-possible"
    case never
    case always

    var option: RunOptions.Resume {
        switch self {
        case .ifPossible: .ifPossible
        case .never: .never
        case .always: .always
        }
    }
}

/// The values of `--publish`.
enum PublishChoice: String, CaseIterable, ExpressibleByArgument {
    case passed
    case always

    var policy: PublishPolicy {
        switch self {
        case .passed: .passed
        case .always: .always
        }
    }
}

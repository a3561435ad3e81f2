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
    @OptionGroup var end: DeadlineOption

    @Option(help: "Do this stage and those after it again.", completion: .stageOfPipeline)
    var from: String?

    @Option(help: "Stop after this stage.", completion: .stageOfPipeline)
    var to: String?

    @Option(help: "When to take finished stages over: if-possible, never or always.")
    var resume: ResumeChoice = .ifPossible

    @Flag(help: "Do not show progress.")
    var noProgress = false

    @Flag(help: "Print the report as JSON.")
    var json = false

    @Flag(help: "Say what would be done, like `curate plan`; spends nothing.")
    var dryRun = false

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let plan = try PipelinePlan.read(
            file, overrides: try pipeline.overrides(), catalogue: context.catalogue)
        let deadline = try end.said(context.console)
        let workspace = Workspace(root: output.root, pipeline: plan.file.name)
        if dryRun {
            return try PlanSheet(plan, in: workspace, showsPrompts: false).show(context.console)
        }
        let session = PipelineSession(
            plan: plan, workspace: workspace,
            options: RunOptions(
                jobs: try jobs.count(), from: from, to: to, resume: resume.option),
            context: context, showsProgress: !noProgress, deadline: deadline)
        let report = try await session.run()
        if json {
            context.console.print(String(decoding: RunJSON.bytes(report), as: UTF8.self))
        } else {
            for line in RunSummary(report: report).lines { context.console.print(line) }
        }
        try context.console.checkOutput()
        return report.exitCode
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

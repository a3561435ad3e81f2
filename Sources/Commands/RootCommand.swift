internal import ArgumentParser
internal import Pipeline
internal import Records

struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "curate",
        abstract: "Makes and cleans labelled text datasets.",
        discussion: """
            `curate STAGE` runs one stage on records from standard input or files, and so does the \
            executable `curate-STAGE`; `curate stages` lists them.
            Exit codes: 0 done, 1 done but a gate or rows failed, 64 usage, 65 bad data, \
            69 endpoint unavailable, 70 defect, 75 stopped and can be continued, 78 configuration.
            """,
        version: "curate \(Tool.version)",
        subcommands: [
            RunCommand.self, LabelInCommand.self, RetryCommand.self, PlanCommand.self,
            ValidateCommand.self,
            StatusCommand.self,
            ExplainCommand.self, StagesCommand.self, CanaryCommand.self, DoctorCommand.self,
            InitCommand.self,
            ServeOfflineCommand.self, CacheCommand.self, WorkerCommand.self,
        ])

    /// Every word that may come first, `help` among them.
    static var verbs: [String] {
        configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    }
}

/// Where a pipeline file's settings are changed from the command line.
struct PipelineOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Change a setting, for example stages.dedupe.near.threshold=0.8.", valueName: "a.b=c"))
    var settings: [String] = []

    @Option(
        name: [.customShort("n"), .long], help: "Only the first so many rows of all sources.")
    var limit: Int?

    @Option(help: "Decides every draw.")
    var seed: Int?

    @Flag(help: "Stop at the first bad row instead of refusing it.")
    var strict = false

    /// The options as overrides, the more special ones last.
    func overrides() throws(Fault) -> [Override] {
        var overrides: [Override] = []
        for argument in arguments { overrides.append(try Override(argument)) }
        return overrides
    }

    /// The options as arguments of `--set`, the more special ones last.
    var arguments: [String] {
        settings + (limit.map { ["run.limit=\($0)"] } ?? [])
            + (seed.map { ["run.seed=\($0)"] } ?? []) + (strict ? ["run.strict=true"] : [])
    }
}

struct OutputOption: ParsableArguments {
    @Option(
        name: [.customShort("o"), .customLong("out")], help: "The workspace's folder.",
        completion: .directory)
    var folder = "out"

    var root: String {
        folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    }
}

struct JobsOption: ParsableArguments {
    @Option(
        name: [.short, .long], help: "Threads; all processors unless given. Never changes a result."
    )
    var jobs: Int?

    func count() throws(Fault) -> Int {
        let jobs = jobs ?? Machine.processors
        guard jobs >= 1 else { throw Fault(.usage, "`--jobs \(jobs)` is not 1 or more") }
        return jobs
    }
}

internal import ArgumentParser
internal import Pipeline
internal import Records

/// `curate <stage>` and `curate-<stage>`: one stage on records that come from outside, through the
/// same runner as a whole pipeline.
struct StageCommand: ParsableArguments {
    @Argument(
        help: "Files of records, JSONL or what else `ingest` takes; standard input without one.",
        completion: .file())
    var files: [String] = []

    @Option(
        name: [.customShort("c"), .customLong("config")],
        help: "A pipeline file to take this stage's settings, the taxonomy and the provider from.",
        completion: .pipelineFile)
    var config: String?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Change a setting of the stage, or of its sources: sources.0.text=body, or text=body "
                + "for all of them.", valueName: "key=value"))
    var settings: [String] = []

    @Option(help: "A taxonomy file.", completion: .pipelineFile)
    var taxonomy: String?

    @Option(name: [.customShort("n"), .long], help: "Only the first so many rows.")
    var limit: Int?

    @Option(help: "Decides every draw.")
    var seed: Int?

    @Flag(help: "Stop at the first bad row instead of refusing it.")
    var strict = false

    @Option(
        name: [.customShort("o"), .customLong("out")],
        help: "Keep the whole workspace in this folder.", completion: .directory)
    var folder: String?

    @OptionGroup var jobs: JobsOption

    @Flag(help: "Do not show progress.")
    var noProgress = false

    @Flag(help: "Print the report as JSON instead of the kept rows.")
    var json = false

    @Flag(help: "Say what would be done; makes nothing and spends nothing.")
    var dryRun = false

    func run(stage: String, _ context: Context) async throws(Fault) -> Int32 {
        let scratch = try ScratchFolder()
        defer { scratch.remove() }
        let inputs = try sources(scratch, context.stop)
        do throws(Fault) {
            return try await run(stage, on: inputs, scratch, context)
        } catch {
            throw scratch.hidden(in: error)
        }
    }

    private func run(
        _ stage: String, on inputs: [String], _ scratch: ScratchFolder, _ context: Context
    ) async throws(Fault) -> Int32 {
        let recipe = StageRecipe(
            stage: stage, config: config, settings: settings, taxonomy: taxonomy, limit: limit,
            seed: seed, isStrict: strict, inputs: inputs)
        let plan = try recipe.plan(context.catalogue)
        let root = folder ?? "\(scratch.path)/out"
        let workspace = Workspace(root: root, pipeline: plan.file.name)
        if dryRun {
            return try PlanSheet(plan, in: workspace, showsPrompts: false).show(
                context.console, json: json)
        }
        let session = PipelineSession(
            plan: plan, workspace: workspace, options: RunOptions(jobs: try jobs.count()),
            context: context, showsProgress: !noProgress && context.console.width() != nil)
        let report: RunReport
        switch try await session.run() {
        case .finished(let done): report = done
        case .stopped(let found, let run):
            let fault = scratch.hidden(in: found)
            // Standard output is for rows, of which there are none yet.
            if json {
                context.console.print(String(decoding: RunJSON.bytes(fault, run), as: UTF8.self))
            } else if let words = run.progressWords {
                context.console.talk(words)
            }
            context.console.report(fault)
            return fault.kind.exitCode
        }
        if json {
            context.console.print(String(decoding: RunJSON.bytes(report), as: UTF8.self))
        } else if let last = plan.steps.last {
            try printRows(of: workspace.folder(of: last), context.console)
        }
        say(report, context.console)
        if folder == nil, let step = plan.steps.last {
            let sidecar = step.description.writes.map { "`\($0)`, " } ?? ""
            let answers = step.stage.usesProvider ? " and the model's answers" : ""
            context.console.talk(
                "\(stage): the rows alone were kept: \(sidecar)refused.jsonl\(answers) are gone; "
                    + "-o DIR keeps them")
        }
        try context.console.checkOutput()
        return report.exitCode
    }

    /// The files, with standard input put into one: a stage may read its input more than once.
    private func sources(_ scratch: ScratchFolder, _ stop: StopFlag) throws(Fault) -> [String] {
        var inputs: [String] = []
        for file in files.isEmpty ? ["-"] : files {
            if file != "-" {
                guard Paths.exists(file) else {
                    throw Fault(.usage, "there is no such file", at: .file(file))
                }
                inputs.append(file)
            } else {
                inputs.append(try Spool.standardInput(into: scratch.path, stop))
            }
        }
        return inputs
    }

    private func printRows(of folder: String, _ console: Console) throws(Fault) {
        let dataset = try Dataset.open(folder: folder)
        for file in dataset.manifest.records {
            var reader = try LineReader(
                path: "\(folder)/\(file.path)", maximumLineBytes: Spool.longestLineBytes)
            var block = LineBlock()
            while try reader.read(into: &block) {
                var bytes: [UInt8] = []
                bytes.reserveCapacity(block.bytes.count)
                for line in block.lines {
                    bytes += block.bytes[line.range]
                    bytes.append(UInt8(ascii: "\n"))
                }
                if !console.write(bytes) { return }
            }
        }
    }

    /// Why it ends with exit code 1, and refusals, on standard error; notes came when their stage
    /// ended.
    private func say(_ report: RunReport, _ console: Console) {
        report.reasons.forEach(console.talk)
        for stage in report.stages {
            let reasons = stage.counts.refusedByReason.sorted { $0.key < $1.key }
            for (reason, rows) in reasons {
                console.talk(
                    "\(stage.stage): refused \(NumberFormat.count(rows, "row")): \(reason)")
            }
        }
    }
}

internal import ArgumentParser
internal import Pipeline
internal import Records

struct PlanCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say what a run would do and about what it would cost; spends nothing.")

    @Argument(help: "The pipeline file.")
    var file: String

    @OptionGroup var pipeline: PipelineOptions

    @Flag(help: "Show one fully rendered prompt of each template.")
    var showPrompts = false

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let plan = try PipelinePlan.read(
            file, overrides: try pipeline.overrides(), catalogue: context.catalogue)
        return try PlanSheet(plan, showsPrompts: showPrompts).show(context.console)
    }
}

/// Rows, calls, tokens and money of every stage, as far as they can be known beforehand.
struct PlanSheet {
    private let plan: PipelinePlan
    private let showsPrompts: Bool

    init(_ plan: PipelinePlan, showsPrompts: Bool) {
        self.plan = plan
        self.showsPrompts = showsPrompts
    }

    func show(_ console: Console) throws(Fault) -> Int32 {
        let preflight = Preflight(plan)
        preflight.unready.forEach(console.warn)
        if let fault = Fault.combined(preflight.faults) { throw fault }
        for line in try lines() where !console.print(line) { break }
        try console.checkOutput()
        return 0
    }

    func lines() throws(Fault) -> [String] {
        let forecast = try Forecast(plan, checksFiles: false)
        var table = Table(["stage", "rows", "calls", "prompt tokens", "answer tokens", "money"])
        var notes: [String] = []
        var prompts: [String] = []
        for (name, stage) in forecast.stages {
            table.add([
                name, stage.rows.map(Words.number) ?? "?", Words.number(stage.calls),
                Words.number(stage.promptTokens), Words.number(stage.completionTokens),
                Words.money(stage.costMicrounits),
            ])
            notes += stage.notes.map { "\(name): \($0)" }
            for prompt in stage.prompts {
                prompts += ["", "\(name), template \(prompt.template):", prompt.text]
            }
        }
        var lines = table.lines + [""]
        lines.append(
            "about \(Words.count(forecast.calls, "call")), "
                + "\(Words.count(forecast.tokens, "token")) and "
                + "\(Words.money(forecast.microunits)) of money; "
                + "cached answers are not paid for again")
        return lines + notes + (showsPrompts ? prompts : [])
    }
}

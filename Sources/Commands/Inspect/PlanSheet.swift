internal import ArgumentParser
internal import Pipeline
internal import Records

struct PlanCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say what a run would do and cost at most; spends nothing.")

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
        for line in try lines() where !console.print(line) { break }
        try console.checkOutput()
        return 0
    }

    func lines() throws(Fault) -> [String] {
        var table = Table(["stage", "rows", "calls", "prompt tokens", "answer tokens", "money"])
        var notes: [String] = []
        var prompts: [String] = []
        var input = PlanInput(rows: nil)
        var (calls, tokens, money) = (0, 0, Int64(0))
        for step in plan.steps {
            _ = try step.stage.dependencies()
            let stage = try step.stage.plan(input)
            input = PlanInput(rows: stage.rows, example: stage.example ?? input.example)
            calls += stage.calls
            tokens += stage.promptTokens + stage.completionTokens
            money += stage.costMicrounits
            table.add([
                step.entry.name, stage.rows.map(Words.number) ?? "?", Words.number(stage.calls),
                Words.number(stage.promptTokens), Words.number(stage.completionTokens),
                Words.money(stage.costMicrounits),
            ])
            notes += stage.notes.map { "\(step.entry.name): \($0)" }
            for prompt in stage.prompts {
                prompts += ["", "\(step.entry.name), template \(prompt.template):", prompt.text]
            }
        }
        var lines = table.lines + [""]
        lines.append(
            "at most \(Words.count(calls, "call")), \(Words.count(tokens, "token")) and "
                + "\(Words.money(money)) of money; cached answers are not paid for again")
        return lines + notes + (showsPrompts ? prompts : [])
    }
}

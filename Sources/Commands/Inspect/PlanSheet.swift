internal import ArgumentParser
internal import Pipeline
internal import Records
internal import Store
internal import StoreProtocols

struct PlanCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say what a run would do and about what it would cost; spends nothing.")

    @Argument(help: "The pipeline file.", completion: .pipelineFile)
    var file: String

    @OptionGroup var pipeline: PipelineOptions
    @OptionGroup var output: OutputOption
    @OptionGroup var format: JSONOption

    @Flag(help: "Show one fully rendered prompt of each template.")
    var showPrompts = false

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let plan = try PipelinePlan.read(
            file, overrides: try pipeline.overrides(), catalogue: context.catalogue)
        let workspace = Workspace(root: output.root, pipeline: plan.file.name)
        return try PlanSheet(plan, in: workspace, showsPrompts: showPrompts).show(
            context.console, json: format.json)
    }
}

/// Rows, calls, tokens and money of every stage, as far as they can be known beforehand.
struct PlanSheet {
    private let plan: PipelinePlan
    /// Where finished stages and stored answers may lie.
    private let workspace: Workspace
    private let showsPrompts: Bool

    init(_ plan: PipelinePlan, in workspace: Workspace, showsPrompts: Bool) {
        self.plan = plan
        self.workspace = workspace
        self.showsPrompts = showsPrompts
    }

    func show(_ console: Console, json: Bool) throws(Fault) -> Int32 {
        let warnings = Preflight.unready(plan) + Preflight.warnings(plan)
        warnings.forEach(console.warn)
        if let fault = Fault.combined(Preflight.faults(plan)) { throw fault }
        if json { return try console.print(try object(warnings), exit: 0) }
        for line in try lines() where !console.print(line) { break }
        try console.checkOutput()
        return 0
    }

    func lines() throws(Fault) -> [String] {
        let forecast = try forecast()
        let showsStored = forecast.stages.contains { $0.plan.stored != nil }
        let heads = ["prompt tokens", "answer tokens", "money"]
        var table = Table(["stage", "rows", "calls"] + (showsStored ? ["stored"] : []) + heads)
        var notes: [String] = []
        var prompts: [String] = []
        for (name, stage) in forecast.stages {
            var cells = [
                name, stage.rows.map(NumberFormat.number) ?? "?", NumberFormat.number(stage.calls),
            ]
            if showsStored {
                cells.append(stage.stored.map(NumberFormat.number) ?? (stage.calls > 0 ? "?" : "0"))
            }
            cells += [
                NumberFormat.number(stage.promptTokens),
                NumberFormat.number(stage.completionTokens),
                NumberFormat.money(stage.costMicrounits),
            ]
            table.add(cells)
            notes += stage.notes.map { "\(name): \($0)" }
            for prompt in stage.prompts {
                prompts += ["", "\(name), template \(prompt.template):", prompt.text]
            }
        }
        let budgets = BudgetForecast.all(forecast).compactMap(\.warning)
        return table.lines + ["", Self.sum(forecast)] + (try batches().map(BatchWords.line))
            + budgets + notes
            + (showsPrompts ? prompts : [])
    }

    private func forecast() throws(Fault) -> Forecast {
        let path = workspace.storePath
        let answers = Paths.exists(path) ? try WorkspaceAnswers(path: path) : nil
        return try Forecast(plan, in: workspace, answers: answers, checksFiles: false)
    }

    /// Calls that are with a provider: their answers are paid for, and not stored yet.
    private func batches() throws(Fault) -> [BatchRecord] {
        let path = workspace.storePath
        return Paths.exists(path) ? try ReadOnlySnapshot(path: path, runs: 0).batches : []
    }

    private func object(_ warnings: [Fault]) throws(Fault) -> JSONObject {
        let forecast = try forecast()
        var object = JSONObject()
        object["pipeline"] = .string(plan.file.name.text)
        object["stages"] = .array(
            forecast.stages.map { name, stage in
                var object = JSONObject()
                object["stage"] = .string(name)
                object["rows"] = JSONOutput.integer(stage.rows)
                Self.add(
                    stage.calls, stage.promptTokens + stage.completionTokens,
                    stage.costMicrounits, to: &object)
                object["prompt_tokens"] = .integer(stage.promptTokens)
                object["completion_tokens"] = .integer(stage.completionTokens)
                object["stored"] = JSONOutput.integer(stage.stored)
                object["notes"] = .strings(stage.notes)
                if showsPrompts {
                    object["prompts"] = .array(
                        stage.prompts.map { prompt in
                            var object = JSONObject()
                            object["template"] = .string(prompt.template)
                            object["text"] = .string(prompt.text)
                            return object.bytes
                        })
                }
                return object.bytes
            })
        Self.add(forecast.calls, forecast.tokens, forecast.microunits, to: &object)
        object["stored"] = .integer(forecast.stored)
        var left = JSONObject()
        Self.add(
            forecast.left.calls, forecast.left.tokens, forecast.left.microunits, to: &left)
        object["left"] = .raw(left.bytes)
        object["batches"] = .array(try batches().map(BatchWords.object))
        let budgets = BudgetForecast.all(forecast).compactMap(\.warning)
        object["warnings"] = .strings(warnings.map { Redaction.redact("\($0)") } + budgets)
        return object
    }

    private static func add(
        _ calls: Int, _ tokens: Int, _ microunits: Int64, to object: inout JSONObject
    ) {
        object["calls"] = .integer(calls)
        object["tokens"] = .integer(tokens)
        object["money"] = JSONOutput.money(microunits)
    }

    /// What it comes to, and what of it is yet to be paid for.
    private static func sum(_ forecast: Forecast) -> String {
        func words(_ calls: Int, _ tokens: Int, _ microunits: Int64) -> String {
            "\(NumberFormat.count(calls, "call")), \(NumberFormat.count(tokens, "token")) and "
                + "\(NumberFormat.money(microunits)) of money"
        }
        let all = "about \(words(forecast.calls, forecast.tokens, forecast.microunits))"
        guard forecast.stored > 0 else { return "\(all); cached answers are not paid for again" }
        let left = forecast.left
        return
            "\(all); \(NumberFormat.number(forecast.stored)) of the calls are answered already, "
            + "which "
            + "leaves about \(words(left.calls, left.tokens, left.microunits))"
    }
}

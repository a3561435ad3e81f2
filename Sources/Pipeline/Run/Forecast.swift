public import Records
public import StoreProtocols

/// What a whole run would do and about what it would cost, stage by stage; made before it.
public struct Forecast: Sendable {
    public var stages: [(name: String, plan: StagePlan)] = []
    /// Whether there is a store that may hold answers.
    public private(set) var hasAnswers = false

    /// Asks every stage in order, each with the rows that the one before it would pass on.
    ///
    /// - Parameters:
    ///   - workspace: Where finished stages are looked up, and nothing changes.
    ///   - answers: What is held already; nil where there is no store yet.
    ///   - checksFiles: Whether everything that stages depend on is looked at; a run has done so.
    /// - Throws: When a file that a stage depends on is missing.
    public init(
        _ plan: PipelinePlan, in workspace: Workspace? = nil,
        answers: (any StoredAnswers)? = nil, checksFiles: Bool = true
    ) throws(Fault) {
        var input = PlanInput(rows: nil, answers: answers)
        hasAnswers = answers != nil
        let previews =
            if let workspace { try StagePreview.of(plan, in: workspace) } else { [StagePreview]() }
        for (index, step) in plan.steps.enumerated() {
            if checksFiles { _ = try step.stage.dependencies() }
            var stage = try step.stage.plan(input)
            input = PlanInput(
                rows: stage.rows, example: stage.example ?? input.example,
                sample: stage.sample ?? input.sample, answers: answers)
            if index < previews.count, previews[index].state == .reusable {
                let finished = try Dataset.open(folder: previews[index].folder)
                stage.rows = finished.rows
                stage.stored = stage.calls
                (input.rows, input.finished) = (finished.rows, finished)
            }
            stages.append((step.entry.name, stage))
        }
    }

    /// Calls to a model.
    public var calls: Int { stages.reduce(0) { $0 + $1.plan.calls } }
    /// Prompts and answers together.
    public var tokens: Int {
        stages.reduce(0) { $0 + $1.plan.promptTokens + $1.plan.completionTokens }
    }
    /// Millionths of the price table's currency.
    public var microunits: Int64 { stages.reduce(0) { $0 + $1.plan.costMicrounits } }

    /// What is left to ask and to pay for.
    public var left: (calls: Int, tokens: Int, microunits: Int64) {
        stages.reduce((0, 0, 0)) { sum, stage in
            let left = stage.plan.left
            return (
                sum.calls + left.calls, sum.tokens + left.tokens,
                sum.microunits + left.microunits
            )
        }
    }

    /// Of the calls: those whose answers the workspace holds.
    public var stored: Int { stages.reduce(0) { $0 + ($1.plan.stored ?? 0) } }

    /// Whether a stage has calls to make whose answers are not stored, as far as anybody knows.
    func needsCalls(of stage: String) -> Bool {
        guard let plan = stages.first(where: { $0.name == stage })?.plan else { return true }
        // Without rows that could be counted there are no calls that could.
        if plan.calls == 0 { return plan.rows == nil }
        return plan.left.calls > 0
    }

    /// What was foreseen of one stage; empty without calls.
    func counters(of stage: String) -> [Counter: Double] {
        guard let plan = stages.first(where: { $0.name == stage })?.plan, plan.calls > 0 else {
            return [:]
        }
        return [
            .plannedCalls: Double(plan.calls),
            .plannedTokens: Double(plan.promptTokens + plan.completionTokens),
            .plannedMoney: Double(plan.costMicrounits) / 1e6,
        ]
    }
}

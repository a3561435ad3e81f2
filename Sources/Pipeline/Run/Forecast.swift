public import Records

/// What a whole run would do and about what it would cost, stage by stage; made before it.
public struct Forecast: Sendable {
    public var stages: [(name: String, plan: StagePlan)] = []

    /// Asks every stage in order, each with the rows that the one before it would pass on.
    ///
    /// - Parameter checksFiles: Whether everything that stages depend on is looked at; a run has
    ///   done so.
    /// - Throws: When a file that a stage depends on is missing.
    public init(_ plan: PipelinePlan, checksFiles: Bool = true) throws(Fault) {
        var input = PlanInput(rows: nil)
        for step in plan.steps {
            if checksFiles { _ = try step.stage.dependencies() }
            let stage = try step.stage.plan(input)
            input = PlanInput(rows: stage.rows, example: stage.example ?? input.example)
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

    /// What was foreseen of one stage, under the names of `stats.json`; empty without calls.
    func counters(of stage: String) -> [String: Double] {
        guard let plan = stages.first(where: { $0.name == stage })?.plan, plan.calls > 0 else {
            return [:]
        }
        return [
            "planned_calls": Double(plan.calls),
            "planned_tokens": Double(plan.promptTokens + plan.completionTokens),
            "planned_money": Double(plan.costMicrounits) / 1e6,
        ]
    }
}

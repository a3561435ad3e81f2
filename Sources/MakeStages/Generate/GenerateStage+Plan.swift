public import Pipeline
internal import Prompts
internal import Providers
public import Records
internal import Remote
internal import StoreProtocols

extension GenerateStage {
    public func plan(_ input: PlanInput) throws(Fault) -> StagePlan {
        let (prompts, ingredients) = try parts()
        let texts = settings.tasks.reduce(0) { $0 + $1.target }
        var plan = StagePlan(rows: input.rows.map { $0 + texts }, example: input.example)
        var shown: Set<String> = []
        let sample = input.example?.text ?? "A text of the dataset would stand here."
        let settings = withFewShot(settings)
        for (index, task) in settings.tasks.enumerated() {
            let examples = task.category.map { [$0: [sample]] } ?? [:]
            func request(_ number: Int) -> GenerationRequest {
                var draws = CounterRNG(
                    seed: seed, purpose: "\(name)/request",
                    id: "\(task.kind.rawValue)/\(task.category ?? "")/\(number)")
                return GenerationRequest.draw(
                    &draws, task: index, number: number, settings: settings, taxonomy: taxonomy,
                    ingredients: ingredients, examples: examples)
            }
            let messages = try prompts.messages(request(0), task.kind, count: task.perCall)
            let calls = (task.target + task.perCall - 1) / task.perCall
            plan.calls += calls
            plan.promptTokens +=
                calls * (provider?.estimatedTokens(messages.map(\.content)) ?? 0)
            // Sixty tokens a text: three sentences.
            plan.completionTokens += calls * min(settings.maxTokens, 60 * task.perCall)
            if shown.insert(task.kind.rawValue).inserted {
                plan.prompts.append(
                    (GenerationPrompts.path(task.kind, in: templates), Prompting.text(messages)))
            }
            guard let answers = input.answers, let provider, !needsExamples else { continue }
            let endpoint = try provider.endpoint(seed: seed)
            var stored = 0
            for number in 0..<calls {
                let messages = try prompts.messages(
                    request(number), task.kind, count: task.perCall)
                let key = try endpoint.key(
                    of: prompts.request(messages, task.kind, count: task.perCall))
                if try answers.holds(key) { stored += 1 }
            }
            plan.stored = (plan.stored ?? 0) + stored
        }
        plan.costMicrounits =
            provider?.costMicrounits(
                promptTokens: plan.promptTokens, completionTokens: plan.completionTokens) ?? 0
        plan.limits = try provider?.limits(seed: seed, input.answers)
        plan.notes += provider?.priceNotes ?? []
        let most = settings.tasks.reduce(0) { $0 + $1.mostRequests }
        plan.notes.append(
            "up to \(NumberFormat.number(most)) calls when answers are refused or come short")
        return plan
    }

    /// With a task that shows the few-shot prompt: which categories are rare is known only in the
    /// run.
    private func withFewShot(_ settings: GenerationSettings) -> GenerationSettings {
        var settings = settings
        if needsExamples, !settings.tasks.contains(where: { $0.kind == .fewShot }),
            var rare = settings.tasks.first(where: { $0.kind == .positives })
        {
            rare.kind = .fewShot
            rare.target = 0
            settings.tasks.append(rare)
        }
        return settings
    }
}

public import Pipeline
internal import Prompts
public import Records
internal import Remote
internal import Store

extension LabelStage {
    /// Rows whose prompts are written out for a plan; beyond, their average stands for the rest.
    private static let plannedPrompts = 20_000

    /// What the labellers would be asked.
    private struct Questions {
        var calls = 0
        var promptTokens = 0
        /// nil when nobody can know.
        var stored: Int?
    }

    public func plan(_ input: PlanInput) throws(Fault) -> StagePlan {
        var plan = StagePlan(rows: input.rows)
        guard let provider, let rows = input.rows else { return plan }
        plan.limits = try provider.limits(seed: offlineSeed, input.answers)
        var isCounted = false
        for (place, labeller) in labellers.enumerated() where labeller.asks {
            let isModel = labeller.kind == .model
            let messages =
                isModel
                ? try prompt().messages(
                    input.example?.text ?? "A text of the dataset would stand here.") : []
            var questions = Questions(
                calls: rows, promptTokens: rows * provider.estimatedTokens(messages.map(\.content)))
            // Whom a later labeller is asked about, the earlier ones' answers decide.
            if place == 0, let finished = input.finished,
                let counted = try count(labeller, provider, finished, input.answers)
            {
                questions = counted
                isCounted = true
            }
            plan.calls += questions.calls
            if let stored = questions.stored { plan.stored = (plan.stored ?? 0) + stored }
            guard isModel else { continue }
            // The answer names every category once: about eight tokens each, and a frame.
            let answer = min(maxTokens, 8 * space.ids.count + 8 * attributes.count + 16)
            plan.promptTokens += questions.promptTokens
            plan.completionTokens += questions.calls * answer
            plan.costMicrounits += provider.costMicrounits(
                promptTokens: questions.promptTokens,
                completionTokens: questions.calls * answer)
            plan.prompts.append((template, Prompting.text(messages)))
        }
        plan.notes += provider.priceNotes
        if !isCounted, rowsToLabel == .unlabelled {
            plan.notes.append("rows that have labels already are not asked about")
        }
        if labellers.count > 1 {
            plan.notes.append("the first labeller that answers saves the others their calls")
        }
        return plan
    }

    /// Counts the questions about rows that are there, equal ones once; nil where other values
    /// than the record's own decide what is asked.
    private func count(
        _ labeller: LabellerSettings, _ provider: ProviderSettings, _ rows: Dataset,
        _ answers: StoredAnswers?
    ) throws(Fault) -> Questions? {
        if rowsToLabel == .flagged { return nil }
        var provider = provider
        if labeller.kind == .moderation { provider.model = labeller.moderationModel }
        let endpoint = try provider.endpoint(seed: offlineSeed)
        let prompt = labeller.kind == .model ? try prompt() : nil
        var seen: Set<SHA256.Digest> = []
        var questions = Questions(stored: answers == nil ? nil : 0)
        var wanted = 0
        var written = 0
        try rows.forEachRecord { record throws(Fault) in
            if rowsToLabel == .unlabelled, !record.labels.isEmpty { return }
            if record.text.unicodeScalars.count > mostCharacters { return }
            wanted += 1
            if written == Self.plannedPrompts || labeller.kind == .moderation && record.text.isEmpty
            {
                return
            }
            written += 1
            let key: SHA256.Digest
            if let prompt {
                let request = try prompt.request(record.text)
                key = try endpoint.key(of: request)
                guard seen.insert(key).inserted else { return }
                questions.promptTokens += provider.estimatedTokens(request.messages.map(\.content))
            } else {
                key = try endpoint.key(ofModerating: record.text)
                guard seen.insert(key).inserted else { return }
            }
            questions.calls += 1
            if let answers, try answers.holds(key) {
                questions.stored = (questions.stored ?? 0) + 1
            }
        }
        guard wanted > written, written == Self.plannedPrompts else { return questions }
        func scaled(_ part: Int) -> Int {
            Int((Double(part) * Double(wanted) / Double(written)).rounded())
        }
        return Questions(
            calls: scaled(questions.calls), promptTokens: scaled(questions.promptTokens),
            stored: questions.stored.map(scaled))
    }
}

public import Pipeline
internal import Prompts
internal import Providers
public import Records
internal import Remote
internal import StoreProtocols

extension LabelStage {
    /// Rows whose prompts are written out for a plan; beyond, their average stands for the rest.
    private static let plannedPrompts = 20_000
    /// The same for a sample, which every run looks at: a prompt takes 1 to 2 ms.
    private static let sampledPrompts = 50

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
            if place == 0, let counted = try count(labeller, provider, input) {
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

    /// Counts the questions about rows that are there, or about a sample of those that will come,
    /// equal ones once; nil where other values than the record's own decide what is asked.
    private func count(
        _ labeller: LabellerSettings, _ provider: ProviderSettings, _ input: PlanInput
    ) throws(Fault) -> Questions? {
        if rowsToLabel == .flagged { return nil }
        let answers = input.answers
        let looked = input.finished?.rows ?? input.sample?.rows ?? 0
        guard let rows = input.rows, looked > 0 else { return nil }
        var provider = provider
        if labeller.kind == .moderation { provider.model = labeller.moderationModel }
        let endpoint = try provider.endpoint(seed: offlineSeed)
        let prompt = labeller.kind == .model ? try prompt() : nil
        var seen: Set<SHA256.Digest> = []
        var questions = Questions(stored: answers == nil ? nil : 0)
        var wanted = 0
        var written = 0
        let stride = input.finished == nil ? stride(input.sample) : 1
        try forEachRecord(input) { record throws(Fault) in
            guard isToBeAsked(record) else { return }
            wanted += 1
            if (wanted - 1) % stride != 0 || written == Self.plannedPrompts { return }
            if labeller.kind == .moderation && record.text.isEmpty { return }
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
        var share = Double(rows) / Double(looked)
        if stride > 1 || written == Self.plannedPrompts {
            share *= Double(wanted) / Double(max(1, written))
        }
        func scaled(_ part: Int) -> Int { Int((Double(part) * share).rounded()) }
        return Questions(
            calls: scaled(questions.calls), promptTokens: scaled(questions.promptTokens),
            stored: questions.stored.map(scaled))
    }

    private func isToBeAsked(_ record: Record) -> Bool {
        if rowsToLabel == .unlabelled, !record.labels.isEmpty { return false }
        return record.text.unicodeScalars.count <= mostCharacters
    }

    /// Every how many questions of a sample one is written out.
    private func stride(_ sample: RowSample?) -> Int {
        let questions = sample?.records.count(where: isToBeAsked) ?? 0
        return max(1, (questions + Self.sampledPrompts - 1) / Self.sampledPrompts)
    }

    /// The rows that are there, or else the sample.
    private func forEachRecord(
        _ input: PlanInput, _ body: (Record) throws(Fault) -> Void
    ) throws(Fault) {
        if let finished = input.finished { return try finished.forEachRecord(body) }
        for record in input.sample?.records ?? [] { try body(record) }
    }
}

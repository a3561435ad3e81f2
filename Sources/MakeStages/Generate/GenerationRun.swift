internal import Pipeline
internal import Providers
internal import Records
internal import Remote

/// Asks in rounds until every task has its texts or has asked often enough.
///
/// A round asks each task's requests for exactly what it lacks, waits for all of them, and takes
/// the answers in the order of tasks and numbers. How many requests are made therefore depends on
/// the answers alone, never on their timing.
struct GenerationRun: Sendable {
    let settings: GenerationSettings
    let prompts: GenerationPrompts
    let ingredients: IngredientPools
    /// Category → texts that prompts may show.
    let examples: [String: [String]]
    /// Generated texts that the dataset has already: an id must not come twice.
    let known: Set<String>
    let session: ModelSession
    let context: StageContext

    /// What one task has so far.
    private struct State {
        /// Kept and refused, as they came.
        var additions: [Addition] = []
        var kept = 0
        /// Refused texts by reason.
        var reasons: [String: Int] = [:]
        var requests = 0
        var refused = 0
        var unusable = 0
    }

    private struct Answer: Sendable {
        var request: GenerationRequest
        var reply: ChatReply
        var texts: [String]?
    }

    /// - Returns: The new rows, those that are refused among them.
    func run(_ report: inout GenerationReport) async throws(Fault) -> [Addition] {
        let tasks = settings.tasks
        var states = [State](repeating: State(), count: tasks.count)
        var seen = known
        context.progress.begin(total: tasks.reduce(0) { $0 + $1.target })
        while true {
            try context.checkStop()
            var round: [GenerationRequest] = []
            for (index, task) in tasks.enumerated() {
                let state = states[index]
                let lacks = task.target - state.kept
                let wanted = (lacks + task.perCall - 1) / task.perCall
                let allowed = min(wanted, task.mostRequests - state.requests)
                for number in 0..<max(0, allowed) {
                    round.append(request(index, number: state.requests + number))
                }
            }
            if round.isEmpty { break }
            for answer in try await ask(round) {
                let index = answer.request.task
                states[index].requests += 1
                let before = states[index].kept
                try take(answer, tasks[index], &states[index], &seen)
                context.progress.add(states[index].kept - before)
            }
        }
        for (task, state) in zip(tasks, states) {
            if let note = note(task, state) { report.notes.append(note) }
        }
        report.gate = gate(zip(tasks, states).map { ($0, $1.kept) })
        return states.flatMap(\.additions)
    }

    private func ask(_ round: [GenerationRequest]) async throws(Fault) -> [Answer] {
        try await ModelSession.fill([session], context) { () async throws(Fault) in
            _ = try await Parallel.map(round, limit: session.limit) { request throws(Fault) in
                do throws(Fault) {
                    _ = try await ask(request)
                } catch  where error.awaitsBatch {
                    return
                }
            }
        }
        return try await Parallel.map(round, limit: session.limit) { request throws(Fault) in
            try await ask(request)
        }
    }

    private func ask(_ request: GenerationRequest) async throws(Fault) -> Answer {
        try context.checkStop()
        let task = settings.tasks[request.task]
        let messages = try prompts.messages(request, task.kind, count: task.perCall)
        let (reply, texts) = try await session.chat.completeJSON(
            prompts.request(messages, task.kind, count: task.perCall),
            validate: GenerationPrompts.read)
        session.say()
        return Answer(request: request, reply: reply, texts: texts)
    }

    func request(_ index: Int, number: Int) -> GenerationRequest {
        let task = settings.tasks[index]
        var draws = context.draws(
            "\(task.kind.rawValue)/\(task.category ?? "")/\(number)", "request")
        return GenerationRequest.draw(
            &draws, task: index, number: number, settings: settings, taxonomy: prompts.taxonomy,
            ingredients: ingredients, examples: examples)
    }

    private func take(
        _ answer: Answer, _ task: GenerationTask, _ state: inout State, _ seen: inout Set<String>
    ) throws(Fault) {
        guard let texts = answer.texts else {
            if answer.reply.outcome == .refused {
                state.refused += 1
                session.add("refusals.\(task.key)")
            } else {
                state.unusable += 1
                session.add("unusable.\(task.key)")
            }
            return
        }
        let check = GeneratedTextCheck(settings, answer.request, prompts.taxonomy)
        for (place, text) in texts.enumerated() {
            if state.kept >= task.target {
                session.add("surplus")
                continue
            }
            let text = framed(text, answer.request)
            var record = record(text, answer, task)
            var refusal = try check.refusal(of: text)
            if refusal == nil, !seen.insert(text).inserted {
                refusal = Refusal("duplicate", matched: record.id)
            }
            if let refusal {
                // Never the name of a row that is kept, which the same text may be.
                let name = "\(task.key)/\(answer.request.number)/\(place)"
                record.id = RecordIdentifier.derived(
                    source: "generate/\(context.stage)/refused/\(name)", content: text)
                state.reasons[refusal.code, default: 0] += 1
            } else {
                state.kept += 1
            }
            state.additions.append(Addition(record, refusal: refusal))
        }
    }

    /// The text as it becomes a row: without blanks at its ends, with its platform in front.
    private func framed(_ text: String, _ request: GenerationRequest) -> String {
        let text = Self.trimmed(text)
        if let platform = request.ingredients["platform"], !text.hasPrefix(platform), !text.isEmpty
        {
            return "\(platform) \(text)"
        }
        return text
    }

    /// Without white space and control characters at both ends.
    private static func trimmed(_ text: String) -> String {
        func isBlank(_ scalar: Unicode.Scalar) -> Bool {
            scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
        }
        let scalars = text.unicodeScalars.drop(while: isBlank)
        let count = scalars.reversed().prefix(while: isBlank).count
        return String(String.UnicodeScalarView(scalars.dropLast(count)))
    }

    private func record(_ text: String, _ answer: Answer, _ task: GenerationTask) -> Record {
        Record(
            id: RecordIdentifier.derived(source: "generate/\(context.stage)", content: text),
            text: text, labels: labels(answer.request, task.kind),
            provenance: Provenance(
                source: task.kind.source, category: task.category,
                template: prompts.version(of: task.kind), model: answer.reply.model,
                reply: answer.reply.key.hex, labelledBy: GenerateStage.labeller))
    }

    /// What is known of a text by the way it was made; everything else stays unknown.
    private func labels(_ request: GenerationRequest, _ kind: GenerationKind) -> Labels {
        let taxonomy = prompts.taxonomy
        var labels = Labels()
        switch kind {
        case .positives, .fewShot:
            // Where a text has exactly one category, one known is all known.
            if taxonomy.isSingleLabel { taxonomy.categories.forEach { labels[$0.id] = false } }
            for category in request.categories {
                for id in taxonomy.closure(of: category) { labels[id] = true }
            }
        case .hardNegatives:
            request.categories.forEach { labels[$0] = false }
        case .innocuous:
            for category in taxonomy.categories {
                labels[category.id] = category.id == settings.safeCategory
            }
        }
        return labels
    }

    /// Whether every task came near enough to its target; exit code 1 says that one did not.
    private func gate(
        _ results: [(task: GenerationTask, kept: Int)]
    ) -> (passed: Bool, detail: String) {
        // Few-shot tasks without an example were dropped before, and made nothing.
        let all = results + settings.dropped.map { ($0, 0) }
        let short = all.filter { task, kept in
            Double(task.target - kept) > settings.mostShort * Double(task.target)
        }
        let words = short.prefix(Self.mostNamed).map { task, kept in
            "\(task.words) \(NumberFormat.number(kept)) of \(NumberFormat.number(task.target))"
        }
        let more = short.count - words.count
        let wanted = all.reduce(0) { $0 + $1.task.target }
        let made = all.reduce(0) { $0 + $1.kept }
        return (
            short.isEmpty,
            short.isEmpty
                ? "\(NumberFormat.number(made)) of \(NumberFormat.count(wanted, "text"))"
                : words.joined(separator: "; ")
                    + (more > 0 ? "; \(NumberFormat.number(more)) more fell short" : "")
        )
    }

    /// Tasks that a gate names one by one.
    private static let mostNamed = 6

    /// A task that fell short says so, in the statistics and to the user.
    private func note(_ task: GenerationTask, _ state: State) -> String? {
        context.count("made.\(task.key)", Double(state.kept))
        let short = task.target - state.kept
        guard short > 0 else { return nil }
        context.count("shortfall.\(task.key)", Double(short))
        var reasons = ["\(NumberFormat.number(state.requests)) requests"]
        if state.refused > 0 { reasons.append("\(NumberFormat.number(state.refused)) refused") }
        if state.unusable > 0 {
            reasons.append("\(NumberFormat.number(state.unusable)) without a usable answer")
        }
        for (code, number) in state.reasons.sorted(by: { $0.key < $1.key }) {
            reasons.append("\(NumberFormat.count(number, "text")) refused (\(code))")
        }
        return
            "\(task.words): \(NumberFormat.number(state.kept)) of "
            + "\(NumberFormat.number(task.target)) "
            + "texts after " + reasons.joined(separator: ", ")
    }
}

extension GenerationRequest {
    /// Draws everything that is random about a request.
    static func draw(
        _ draws: inout CounterRNG, task index: Int, number: Int, settings: GenerationSettings,
        taxonomy: Taxonomy, ingredients: IngredientPools, examples: [String: [String]]
    ) -> GenerationRequest {
        let task = settings.tasks[index]
        var categories = task.category.map { [$0] } ?? []
        // Always the same number of draws before the ingredients, so that those do not move when
        // the share changes.
        let isJoint = draws.chance(settings.coOccurrence)
        let others = taxonomy.categories.map(\.id).filter { id in
            id != task.category && GenerationSettings.isAllowed(id, taxonomy)
                && !taxonomy.closure(of: id).contains(task.category ?? "")
                && !taxonomy.closure(of: task.category ?? "").contains(id)
        }
        let other = draws.pick(others)
        if isJoint, task.kind == .positives, let other { categories.append(other) }
        let drawn = ingredients.draw(&draws)
        let pool = task.category.flatMap { examples[$0] } ?? []
        return GenerationRequest(
            task: index, number: number, categories: categories, ingredients: drawn,
            examples: task.kind == .fewShot ? draws.sample(settings.examples, of: pool) : [])
    }
}

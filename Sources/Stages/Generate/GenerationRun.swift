internal import Pipeline
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
    let work: StageWork

    /// What one task has so far.
    private struct State {
        var made: [Addition] = []
        var requests = 0
        var refused = 0
        var unusable = 0
    }

    private struct Answer: Sendable {
        var request: GenerationRequest
        var reply: ChatReply
        var texts: [String]?
    }

    func run() async throws(Fault) -> [Addition] {
        let tasks = settings.tasks
        var states = [State](repeating: State(), count: tasks.count)
        var seen = known
        work.progress.begin(total: tasks.reduce(0) { $0 + $1.target })
        while true {
            try work.checkStop()
            var round: [GenerationRequest] = []
            for (index, task) in tasks.enumerated() {
                let state = states[index]
                let lacks = task.target - state.made.count
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
                let before = states[index].made.count
                take(answer, tasks[index], &states[index], &seen)
                work.progress.add(states[index].made.count - before)
            }
        }
        for (task, state) in zip(tasks, states) { report(task, state) }
        return states.flatMap(\.made)
    }

    private func ask(_ round: [GenerationRequest]) async throws(Fault) -> [Answer] {
        try await ModelSession.fill([session], work) { () async throws(Fault) in
            _ = try await InFlight.map(round, limit: session.limit) { request throws(Fault) in
                do throws(Fault) {
                    _ = try await ask(request)
                } catch  where error.awaitsBatch {
                    return
                }
            }
        }
        return try await InFlight.map(round, limit: session.limit) { request throws(Fault) in
            try await ask(request)
        }
    }

    private func ask(_ request: GenerationRequest) async throws(Fault) -> Answer {
        try work.checkStop()
        let task = settings.tasks[request.task]
        let messages = try prompts.messages(request, task.kind, count: task.perCall)
        let (reply, texts) = try await session.chat.completeJSON(
            prompts.request(messages, task.kind), validate: GenerationPrompts.read)
        session.say()
        return Answer(request: request, reply: reply, texts: texts)
    }

    func request(_ index: Int, number: Int) -> GenerationRequest {
        let task = settings.tasks[index]
        var draws = work.draws("\(task.kind.rawValue)/\(task.category ?? "")/\(number)", "request")
        return GenerationRequest.draw(
            &draws, task: index, number: number, settings: settings, taxonomy: prompts.taxonomy,
            ingredients: ingredients, examples: examples)
    }

    private func take(
        _ answer: Answer, _ task: GenerationTask, _ state: inout State, _ seen: inout Set<String>
    ) {
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
        for text in texts {
            if state.made.count >= task.target {
                session.add("surplus")
                continue
            }
            guard let text = clean(text, answer.request) else { continue }
            guard seen.insert(text).inserted else {
                session.add("dropped.duplicate")
                continue
            }
            state.made.append(Addition(record(text, answer, task)))
        }
    }

    /// The text as it becomes a row, or nil when it cannot.
    private func clean(_ text: String, _ request: GenerationRequest) -> String? {
        var text = Self.trimmed(text)
        if let platform = request.ingredients["platform"], !text.hasPrefix(platform), !text.isEmpty
        {
            text = "\(platform) \(text)"
        }
        let length = text.unicodeScalars.count
        if length < settings.leastCharacters || length > settings.mostCharacters {
            session.add("dropped.length")
            return nil
        }
        if let word = request.ingredients["must_contain"], !text.contains(word) {
            session.add("dropped.must_contain")
            return nil
        }
        if let phrase = request.ingredients["must_not_contain"],
            text.lowercased().contains(phrase.lowercased())
        {
            session.add("dropped.must_not_contain")
            return nil
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
            id: RecordIdentifier.derived(source: "generate/\(work.stage)", content: text),
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

    /// A task that fell short says so, in the statistics and to the user.
    private func report(_ task: GenerationTask, _ state: State) {
        work.count("made.\(task.key)", Double(state.made.count))
        let short = task.target - state.made.count
        guard short > 0 else { return }
        work.count("shortfall.\(task.key)", Double(short))
        var reasons = ["\(Words.number(state.requests)) requests"]
        if state.refused > 0 { reasons.append("\(Words.number(state.refused)) refused") }
        if state.unusable > 0 {
            reasons.append("\(Words.number(state.unusable)) without a usable answer")
        }
        work.note(
            "\(task.words): \(Words.number(state.made.count)) of \(Words.number(task.target)) "
                + "texts after "
                + reasons.joined(separator: ", "))
    }
}

extension GenerationRequest {
    /// Draws everything that is random about a request.
    static func draw(
        _ draws: inout Draws, task index: Int, number: Int, settings: GenerationSettings,
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

internal import Records

/// Answers generation requests from grammars.
struct Generation: Sendable {
    let grammars: GrammarLibrary
    /// Tries for each text before the reply comes out shorter than asked for.
    private static let triesPerText = 60

    /// What a request comes to.
    enum Result: Sendable {
        case texts([String])
        /// The server declines; the sentence goes into `message.refusal`.
        case refusal(String)
    }

    func answer(_ request: TaskRequest, draws: inout CounterRNG) throws(Refused) -> Result {
        let free = [request.mustContain, request.level] + request.ingredients.values
        for category in request.categories
        where DenyList.denies(category: category, ingredients: free) {
            return .refusal(
                "I cannot write this: texts that sexualise minors are never generated.")
        }
        let root = root(of: request.task)
        var sources: [Grammar] = []
        for category in request.task == .innocuous ? ["innocuous"] : request.categories {
            guard let grammar = grammars.grammar(of: category), grammar.has(root) else {
                throw Refused(
                    400,
                    "There is no offline grammar with '\(root)' for the category '\(category)'. "
                        + "Known: \(grammars.categories.joined(separator: ", ")).",
                    param: "messages", code: "unknown_category")
            }
            sources.append(grammar)
        }
        return .texts(texts(request, sources, root, &draws))
    }

    private func root(of task: TaskRequest.Task) -> String {
        switch task {
        case .hardNegatives: "hard_negative"
        case .innocuous: "innocuous"
        case .positives, .fewShot, .label: "positive"
        }
    }

    /// Different texts that keep the request's conditions; fewer when too few can be found.
    private func texts(
        _ request: TaskRequest, _ sources: [Grammar], _ root: String, _ draws: inout CounterRNG
    ) -> [String] {
        var texts: [String] = []
        var seen: Set<String> = []
        let forbidden = request.mustNotContain.lowercased()
        let root = request.task == .innocuous ? innocuousRoot(request, sources) : root
        for _ in 0..<request.count * Self.triesPerText where texts.count < request.count {
            var parts: [String] = []
            for source in sources {
                let text = source.text(root, draws: &draws, given: request.ingredients)
                if let text { parts.append(text) }
            }
            var text = WritingLevel.apply(request.level, to: parts.joined(separator: " "), &draws)
            text = Self.weave(request.mustContain, into: text, &draws)
            if !request.platform.isEmpty { text = "\(request.platform) \(text)" }
            if !forbidden.isEmpty && text.lowercased().contains(forbidden) { continue }
            if seen.insert(text).inserted { texts.append(text) }
        }
        return texts
    }

    /// The register of innocuous text that the kind asks for, where the grammar has it.
    private func innocuousRoot(_ request: TaskRequest, _ sources: [Grammar]) -> String {
        let kind = (request.ingredients["kind"] ?? "").lowercased()
        let platform = request.platform.lowercased()
        for root in ["bio", "listing", "review", "chat"]
        where (kind + platform).contains(root == "chat" ? "message" : root) {
            if sources.first?.has(root) == true { return root }
        }
        return "innocuous"
    }

    /// Puts a word that must appear into a text that lacks it, as a person would tack it on.
    private static func weave(_ word: String, into text: String, _ draws: inout CounterRNG)
        -> String
    {
        if word.isEmpty || text.contains(word) { return text }
        switch draws.below(6) {
        case 0: return "\(text) \(word)"
        case 1: return "\(word): \(text)"
        case 2: return "\(text) (\(word))"
        case 3: return "Re: \(word). \(text)"
        case 4: return "\(text) It is about \(word)."
        default: return "About \(word): \(text)"
        }
    }
}

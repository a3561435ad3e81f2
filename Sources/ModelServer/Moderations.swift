internal import Records

/// `POST /v1/moderations` in OpenAI's shape, scored by lexicons.
///
/// A category is answered only when at least one of its lexicons is loaded: an absent category is
/// unknown, never 0. Category names: OpenAI's moderation API (openai-python 3.52.0, types).
struct Moderations: Sendable {
    let seed: UInt64
    let lexicons: Lexicons

    /// OpenAI's category → lexicons; the highest score counts.
    private static let sources: [(name: String, lexicons: [String])] = [
        ("harassment", ["harassment", "profanity"]), ("harassment/threatening", ["threats"]),
        ("hate", ["hate_speech", "hate"]), ("hate/threatening", ["hate/threatening"]),
        ("illicit", ["scam_patterns", "trafficking", "solicitation", "law_enforcement"]),
        ("illicit/violent", ["illicit_violent"]), ("self-harm", ["self_harm"]),
        ("self-harm/intent", ["self_harm"]), ("self-harm/instructions", ["self_harm_instructions"]),
        ("sexual", ["adult_content", "sexual"]), ("sexual/minors", ["csam"]),
        ("violence", ["threats", "violence"]), ("violence/graphic", ["violence_graphic"]),
    ]

    func answer(_ body: JSONValue) throws(Refused) -> Answer {
        guard let input = body["input"] else { throw .missing("input") }
        var texts: [String] = []
        if let text = input.string {
            texts = [text]
        } else if let list = input.array, !list.isEmpty, list.count <= Embeddings.inputLimit {
            for item in list {
                guard let text = item.string ?? item["text"]?.string else {
                    throw .wrong("input", "strings or text parts")
                }
                texts.append(text)
            }
        } else {
            throw .wrong("input", "a string or a list of 1 to \(Embeddings.inputLimit) strings")
        }
        let key = RequestKey(seed, body)
        return .ok(
            .members([
                ("id", .string("modr-\(key.hex)")),
                ("model", .string("curate-offline-lexicon-1 (not a language model)")),
                ("results", .array(texts.map(result))),
            ]))
    }

    private func result(_ text: String) -> JSONValue {
        let scores = lexicons.scores(of: text)
        var flags: [JSONValue.Member] = []
        var values: [JSONValue.Member] = []
        var types: [JSONValue.Member] = []
        var isFlagged = false
        for source in Self.sources {
            let known = source.lexicons.compactMap { scores[$0] }
            guard let score = known.max() else { continue }
            let isHit = score >= Labelling.threshold
            isFlagged = isFlagged || isHit
            flags.append(.init(key: source.name, value: .bool(isHit)))
            values.append(.init(key: source.name, value: .number(score)))
            types.append(.init(key: source.name, value: .array([.string("text")])))
        }
        return .members([
            ("flagged", .bool(isFlagged)), ("categories", .object(flags)),
            ("category_scores", .object(values)), ("category_applied_input_types", .object(types)),
        ])
    }
}

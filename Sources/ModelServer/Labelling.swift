internal import Records

/// Answers labelling requests from lexicons.
struct Labelling: Sendable {
    let lexicons: Lexicons
    /// For the other names of a category.
    let grammars: GrammarLibrary
    /// A category is answered 1 from here on: more likely than not.
    static let threshold = 0.5

    /// The JSON object of one text, or `{"results": […]}` for several.
    func answer(_ request: TaskRequest) throws(Refused) -> JSONValue {
        guard let first = request.texts.first else {
            throw Refused(
                400, "The prompt holds no fenced text to label.", param: "messages",
                code: "missing_text")
        }
        if request.texts.count == 1 { return label(first, request) }
        return .members([("results", .array(request.texts.map { label($0, request) }))])
    }

    private func label(_ text: String, _ request: TaskRequest) -> JSONValue {
        let scores = lexicons.scores(of: text)
        var labels: [JSONValue.Member] = []
        var confidence = 1.0
        for category in request.categories {
            // Without a lexicon nothing speaks for the category, and nothing against it either.
            let known = scores[category] ?? scores[grammars.canonicalName(of: category)]
            let score = known ?? 0
            labels.append(.init(key: category, value: .integer(score >= Self.threshold ? 1 : 0)))
            let sure = known == nil ? 0.5 : max(score, 1 - score)
            confidence = min(confidence, sure)
        }
        let attributes = request.attributes.map { name in
            JSONValue.Member(
                key: name, value: name == "sentiment" ? .string(Sentiment.of(text)) : .null)
        }
        return .members([
            ("labels", .object(labels)), ("attributes", .object(attributes)),
            ("confidence", .number((confidence * 1_000).rounded() / 1_000)),
        ])
    }
}

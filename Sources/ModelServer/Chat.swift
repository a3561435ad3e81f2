internal import Records

/// `POST /v1/chat/completions`.
struct Chat: Sendable {
    /// In every answer's `model` field: nobody shall take these texts for a language model's.
    static let model = "curate-offline-grammar-1 (not a language model)"
    /// More choices than this are refused.
    private static let choiceLimit = 16

    let seed: UInt64
    let generation: Generation
    let labelling: Labelling
    let faults: SimulatedFaults

    func answer(_ body: JSONValue) throws(Refused) -> Answer {
        let messages = try Self.messages(of: body)
        if case .bool(true)? = body["stream"] {
            throw Refused(
                400, "Streaming is not supported.", param: "stream", code: "unsupported_value")
        }
        let choices = try Self.integer("n", in: body, 1...Self.choiceLimit) ?? 1
        let limitName =
            body["max_completion_tokens"] == nil ? "max_tokens" : "max_completion_tokens"
        let limit = try Self.integer(limitName, in: body, 1...Int(Int32.max))
        let prompt = messages.map(\.content).joined(separator: "\n")
        let request = try TaskRequest(prompt: prompt)
        let key = RequestKey(seed, body)
        var replies: [JSONValue] = []
        var completionTokens = 0
        for index in 0..<choices {
            var draws = key.draws("choice \(index)")
            let (reply, tokens) = try choice(index, request, limit, &draws)
            replies.append(reply)
            completionTokens += tokens
        }
        let promptTokens = messages.reduce(0) { $0 + Usage.tokens($1.content) }
        return .ok(
            .members([
                ("id", .string("chatcmpl-\(key.hex)")), ("object", .string("chat.completion")),
                ("created", .integer(key.created)), ("model", .string(Self.model)),
                ("system_fingerprint", .string("curate-offline-1")), ("choices", .array(replies)),
                ("usage", Usage.object(prompt: promptTokens, completion: completionTokens)),
            ]))
    }

    private func choice(
        _ index: Int, _ request: TaskRequest, _ limit: Int?, _ draws: inout CounterRNG
    ) throws(Refused) -> (JSONValue, tokens: Int) {
        var content = ""
        var finish = "stop"
        if request.task == .label {
            content = Self.text(try labelling.answer(request))
        } else {
            let refusesOnPurpose = request.categories.contains { category in
                faults.refusalRates[category].map { draws.chance($0) } ?? false
            }
            switch try generation.answer(request, draws: &draws) {
            case .refusal(let why): return refusal(index, why)
            case .texts where refusesOnPurpose:
                return refusal(index, "I cannot help with this (simulated refusal).")
            case .texts(let texts):
                let list = JSONValue.array(texts.map { .string($0) })
                content = Self.text(.members([("texts", list)]))
            }
        }
        var limit = limit
        if faults.cutRate > 0, draws.chance(faults.cutRate) {
            limit = min(limit ?? Int.max, max(1, Usage.tokens(content) / 2))
        }
        if let limit {
            let (kept, wasCut) = Usage.prefix(content, tokens: limit)
            content = kept
            if wasCut { finish = "length" }
        }
        let reply = Self.choice(index, content: .string(content), refusal: .null, finish)
        return (reply, Usage.tokens(content))
    }

    private static func text(_ document: JSONValue) -> String {
        String(decoding: JSONWriter.write(document, order: .declared), as: UTF8.self)
    }

    private func refusal(_ index: Int, _ why: String) -> (JSONValue, tokens: Int) {
        let reply = Self.choice(
            index, content: .null, refusal: .string(why), "content_filter")
        return (reply, Usage.tokens(why))
    }

    private static func choice(
        _ index: Int, content: JSONValue, refusal: JSONValue, _ finish: String
    ) -> JSONValue {
        .members([
            ("index", .integer(index)),
            (
                "message",
                .members([
                    ("role", .string("assistant")), ("content", content), ("refusal", refusal),
                ])
            ), ("logprobs", .null), ("finish_reason", .string(finish)),
        ])
    }

    /// The messages' text; content may be a string or a list of text parts.
    private static func messages(
        of body: JSONValue
    ) throws(Refused) -> [(role: String, content: String)] {
        if body["model"]?.string == nil {
            throw body["model"] == nil ? .missing("model") : .wrong("model", "a string")
        }
        guard let list = body["messages"] else { throw .missing("messages") }
        guard let items = list.array, !items.isEmpty else {
            throw .wrong("messages", "a list with at least one message")
        }
        var messages: [(role: String, content: String)] = []
        for (index, item) in items.enumerated() {
            let name = "messages[\(index)]"
            guard let role = item["role"]?.string else { throw .missing("\(name).role") }
            guard ["system", "developer", "user", "assistant"].contains(role) else {
                throw .wrong("\(name).role", "system, developer, user or assistant")
            }
            guard let content = item["content"] else { throw .missing("\(name).content") }
            if let text = content.string {
                messages.append((role, text))
            } else if let parts = content.array {
                let texts = parts.map { $0["text"]?.string }
                if texts.contains(nil) { throw .wrong("\(name).content", "text parts") }
                messages.append((role, texts.compactMap(\.self).joined(separator: "\n")))
            } else {
                throw .wrong("\(name).content", "a string or a list of text parts")
            }
        }
        return messages
    }

    private static func integer(
        _ name: String, in body: JSONValue, _ range: ClosedRange<Int>
    ) throws(Refused) -> Int? {
        guard let value = body[name], !value.isNull else { return nil }
        guard let number = value.integer, range.contains(number) else {
            throw .wrong(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

internal import Pipeline
internal import Prompts
internal import Records
internal import Remote

/// The prompt that asks a model for the labels of one text, and the form of its answer.
struct LabelPrompt: Sendable {
    let template: PromptTemplate
    let space: LabelSpace
    /// Name → values; no values means free text.
    let attributes: [(name: String, values: [String])]
    let maxTokens: Int
    let temperature: Double?
    private let fixed: [String: PromptValue]
    private let schema: ChatRequest.Schema

    init(
        template: PromptTemplate, space: LabelSpace, attributes: [(name: String, values: [String])],
        maxTokens: Int, temperature: Double?
    ) {
        self.template = template
        self.space = space
        self.attributes = attributes
        self.maxTokens = maxTokens
        self.temperature = temperature
        var values: [String: PromptValue] = [
            "categories": .list(space.taxonomy.categories.map(Self.fields))
        ]
        if !attributes.isEmpty {
            values["attributes"] = .list(
                attributes.map { attribute in
                    var fields: [String: PromptValue] = ["name": .line(attribute.name)]
                    if !attribute.values.isEmpty {
                        fields["values"] = .line(attribute.values.joined(separator: ", "))
                    }
                    return .fields(fields)
                })
        }
        fixed = values
        schema = Self.schema(space.ids, attributes)
    }

    private static func fields(_ category: Records.Category) -> PromptValue {
        var fields: [String: PromptValue] = [
            "name": .line(category.id), "definition": .text(category.definition),
        ]
        if !category.not.isEmpty {
            fields["exclusions"] = .text(category.not.joined(separator: " "))
        }
        var border = category.borderline
        for example in category.examples {
            border.append("\"\(example.text)\" is \(example.label ? 1 : 0): \(example.why)")
        }
        if !border.isEmpty { fields["borderline"] = .text(border.joined(separator: " ")) }
        return .fields(fields)
    }

    func messages(_ text: String) throws(Fault) -> [Message] {
        var values = fixed
        values["text"] = .untrusted(text)
        return try template.render(values)
    }

    func request(_ text: String) throws(Fault) -> ChatRequest {
        ChatRequest(
            messages: Prompting.messages(try messages(text)), temperature: temperature,
            maxTokens: maxTokens, schema: schema)
    }

    /// A closed set: every category is answered, and nothing else can be.
    private static func schema(
        _ ids: [String], _ attributes: [(name: String, values: [String])]
    ) -> ChatRequest.Schema {
        func object(_ members: [(String, String)]) -> String {
            var properties: [UInt8] = []
            for (index, member) in members.enumerated() {
                if index > 0 { properties.append(UInt8(ascii: ",")) }
                JSONText.append(member.0, to: &properties)
                properties.append(contentsOf: ":\(member.1)".utf8)
            }
            return #"{"type":"object","properties":{"# + String(decoding: properties, as: UTF8.self)
                + #"},"required":"# + jsonArray(members.map(\.0))
                + #","additionalProperties":false}"#
        }
        let values = attributes.map { attribute in
            (
                attribute.name,
                attribute.values.isEmpty
                    ? #"{"type":["string","null"]}"#
                    : #"{"type":["string","null"],"enum":"#
                        + jsonArray(attribute.values).dropLast() + ",null]}"
            )
        }
        let json = object([
            ("labels", object(ids.map { ($0, #"{"type":"integer","enum":[0,1]}"#) })),
            ("attributes", object(values)), ("confidence", #"{"type":"number"}"#),
        ])
        return ChatRequest.Schema(name: "labels", json: json)
    }

    /// Reads an answer.
    ///
    /// - Throws: When a category is missing or unknown, or a value is none of the allowed: the
    ///   client asks again then.
    func read(_ json: String) throws(Fault) -> LabelAnswer {
        var parser = JSONParser()
        var nested = JSONParser()
        let ids = space.ids
        let attributes = attributes
        return try parser.children(of: Array(json.utf8)) { fields throws(Fault) in
            guard let found = fields["labels"], case .object = found.kind else {
                throw Fault(.badData, "the answer has no labels")
            }
            var answer = LabelAnswer(labels: [:], confidence: 1)
            answer.labels = try nested.children(of: Array(found.raw)) { members throws(Fault) in
                var labels: [String: Bool] = [:]
                for member in members {
                    let number = member.number
                    guard ids.contains(member.key), number == 0 || number == 1 else {
                        throw Fault(.badData, "a label is not of the taxonomy, or not 0 or 1")
                    }
                    labels[member.key] = number == 1
                }
                return labels
            }
            guard answer.labels.count == ids.count else {
                throw Fault(.badData, "the answer leaves a category out")
            }
            if let number = fields["confidence"]?.number, (0...1).contains(number) {
                answer.confidence = number
            }
            if let found = fields["attributes"], case .object = found.kind {
                answer.attributes = try nested.children(of: Array(found.raw)) { members in
                    var values: [String: String] = [:]
                    for attribute in attributes {
                        let value = members.first { $0.key == attribute.name }?.string
                        guard let value else { continue }
                        if attribute.values.isEmpty || attribute.values.contains(value) {
                            values[attribute.name] = value
                        }
                    }
                    return values
                }
            }
            return answer
        }
    }
}

/// Asks the provider's chat model.
struct ModelLabeller: Labeller {
    let name: String
    let isRemote = true
    let prompt: LabelPrompt
    let session: ModelSession
    let minimumConfidence: Double

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        let (reply, value) = try await session.chat.completeJSON(
            try prompt.request(row.record.text), validate: prompt.read)
        session.say()
        if reply.outcome == .refused { return .refused }
        guard var answer = value else { return .pass("unusable") }
        guard let labels = prompt.space.closed(answer.labels) else { return .pass("not_single") }
        guard answer.confidence >= minimumConfidence else { return .pass("unsure") }
        answer.labels = labels
        answer.model = reply.model
        answer.reply = reply.key.hex
        return .answer(answer)
    }
}

/// Asks a moderation endpoint, whose categories are not ours.
struct ModerationLabeller: Labeller {
    let name: String
    let isRemote = true
    let space: LabelSpace
    let session: ModelSession
    /// Our category → theirs; any of them speaks for it.
    let categories: [(key: String, values: [String])]
    /// nil takes the endpoint's own flags.
    let threshold: Double?
    let minimumConfidence: Double

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        if row.record.text.isEmpty { return .pass("unusable") }
        guard let reply = try await session.moderation.moderate(row.record.text) else {
            return .pass("unusable")
        }
        session.say()
        var scores: [String: Double] = [:]
        var labels: [String: Bool] = [:]
        for (ours, theirs) in categories {
            let found = reply.categories.filter { theirs.contains($0.name) }
            let flags = found.compactMap { category in
                threshold.map { limit in category.score.map { $0 >= limit } } ?? category.isFlagged
            }
            // A part that the endpoint leaves out is unknown: only a yes outweighs it.
            if flags.contains(true) {
                labels[ours] = true
            } else if flags.count == theirs.count {
                labels[ours] = false
            } else {
                continue
            }
            if let score = found.compactMap(\.score).max() { scores[ours] = score }
        }
        guard !labels.isEmpty else { return .pass("unusable") }
        guard let closed = space.closed(labels) else { return .pass("not_single") }
        let confidence = LabelAnswer.confidence(of: scores)
        guard confidence >= minimumConfidence else { return .pass("unsure") }
        return .answer(
            LabelAnswer(
                labels: closed, confidence: confidence, scores: scores, model: reply.model))
    }
}

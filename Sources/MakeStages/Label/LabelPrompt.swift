internal import Prompts
internal import Providers
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
    private let schema: ChatRequest.Schema
    private let reader: LabelAnswerReader

    /// - Parameter needsConfidence: Whether an answer without a confidence is asked again.
    init(
        template: PromptTemplate, space: LabelSpace, attributes: [(name: String, values: [String])],
        maxTokens: Int, temperature: Double?, needsConfidence: Bool = false
    ) {
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
        // A template of the user's own may do without.
        if space.taxonomy.isSingleLabel,
            template.variables.contains(where: { $0.name == "single_label" })
        {
            values["single_label"] = .flag(true)
        }
        // The categories are most of the prompt, and the same for every text.
        self.template = template.filled(with: values)
        schema = Self.schema(space.ids, attributes)
        reader = LabelAnswerReader(
            space: space, attributes: attributes, needsConfidence: needsConfidence)
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
        try template.render(["text": .untrusted(text)])
    }

    /// Renders a prompt as a run would.
    ///
    /// - Throws: What the template lacks, has too much or uses in a wrong way, or that it never
    ///   shows the text.
    func check() throws(Fault) {
        let sample = "A text of the dataset would stand here."
        let messages = try messages(sample)
        if messages.contains(where: { $0.content.contains(sample) }) { return }
        throw Fault(
            .configuration, "the template never shows the text that is to be labelled",
            at: .file(template.file), hint: "put {{ text }} where the model shall read it")
    }

    func request(_ text: String) throws(Fault) -> ChatRequest {
        var request = ChatRequest(
            messages: Prompting.messages(try messages(text)), temperature: temperature,
            maxTokens: maxTokens, schema: schema)
        request.purpose = template.name
        return request
    }

    /// The most characters of an attribute without a list of values.
    private static let longestAttribute = 200

    /// A closed set: every category is answered, and nothing else can be.
    ///
    /// In this order, since a model writes an object's members in the order of the schema: the
    /// confidence is in the labels that stand before it.
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
                    ? #"{"type":["string","null"],"maxLength":\#(longestAttribute)}"#
                    : #"{"type":["string","null"],"enum":"#
                        + jsonArray(attribute.values).dropLast() + ",null]}"
            )
        }
        let json = object([
            ("labels", object(ids.map { ($0, #"{"type":"integer","enum":[0,1]}"#) })),
            ("attributes", object(values)),
            ("confidence", #"{"type":"number","minimum":0,"maximum":1}"#),
        ])
        return ChatRequest.Schema(name: "labels", json: json)
    }

    /// Reads one document of an answer.
    ///
    /// - Throws: Why it does not fit: the client asks again then.
    func read(_ json: String) throws(Misfit) -> LabelAnswer { try reader.read(json) }
}

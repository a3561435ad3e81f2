internal import Prompts
internal import Records
internal import Remote

/// The prompts of all kinds, and the form of their answers.
struct GenerationPrompts: Sendable {
    let taxonomy: Taxonomy
    private let templates: [GenerationKind: PromptTemplate]
    let maxTokens: Int
    let temperature: Double?
    private static let schema = ChatRequest.Schema(
        name: "texts",
        json: #"{"type":"object","properties":{"texts":{"type":"array","items":"#
            + #"{"type":"string"}}},"required":["texts"],"additionalProperties":false}"#)

    /// - Parameter folder: Holds `<kind>.jinja` for each kind.
    init(
        folder: String, kinds: [GenerationKind], taxonomy: Taxonomy, maxTokens: Int,
        temperature: Double?
    ) throws(Fault) {
        var templates: [GenerationKind: PromptTemplate] = [:]
        var faults: [Fault] = []
        for kind in kinds {
            do throws(Fault) {
                templates[kind] = try PromptTemplate(file: Self.path(kind, in: folder))
            } catch {
                faults += error.all
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
        self.templates = templates
        self.taxonomy = taxonomy
        self.maxTokens = maxTokens
        self.temperature = temperature
    }

    static func path(_ kind: GenerationKind, in folder: String) -> String {
        "\(folder)/\(kind.rawValue).jinja"
    }

    /// `positives@` and the head of the template's fingerprint.
    func version(of kind: GenerationKind) -> String {
        "\(kind.rawValue)@\((templates[kind]?.fingerprint ?? "").prefix(12))"
    }

    func messages(
        _ request: GenerationRequest, _ kind: GenerationKind, count: Int
    ) throws(Fault) -> [Message] {
        guard let template = templates[kind] else {
            throw Fault(.defect, "a kind of text has no template")
        }
        var values: [String: PromptValue] = [
            "count": .number(count), "variation": .number(request.number + 1),
        ]
        for (name, value) in request.ingredients { values[name] = .line(value) }
        if kind == .innocuous {
            values["avoid"] = .list(taxonomy.categories.map { .line($0.id) })
        } else {
            values["categories"] = .list(
                request.categories.compactMap { taxonomy[$0] }.map(Self.fields))
        }
        if kind == .fewShot { values["examples"] = .list(request.examples.map { .untrusted($0) }) }
        return try template.render(values)
    }

    /// Renders a prompt of each kind as a run would.
    ///
    /// - Throws: All that the templates lack, have too much or use in a wrong way, and those that
    ///   never show the category or the examples.
    func check(
        _ kinds: [GenerationKind], _ ingredients: IngredientPools, seed: UInt64
    ) throws(Fault) {
        guard let category = taxonomy.categories.first?.id else { return }
        let sample = "A text of the dataset would stand here."
        var faults: [Fault] = []
        for kind in kinds {
            do throws(Fault) {
                var draws = Draws(seed: seed, purpose: "check", id: kind.rawValue)
                let request = GenerationRequest(
                    task: 0, number: 0, categories: kind == .innocuous ? [] : [category],
                    ingredients: ingredients.draw(&draws),
                    examples: kind == .fewShot ? [sample] : [])
                let prompt = Prompting.text(try messages(request, kind, count: 1))
                var needed = kind == .innocuous ? [] : [("categories", category)]
                if kind == .fewShot { needed.append(("examples", sample)) }
                for (name, value) in needed where !prompt.contains(value) {
                    throw Fault(
                        .configuration, "the template never shows `\(name)`",
                        at: (templates[kind]?.file).map { .file($0) },
                        hint: "print it in a loop: {% for … in \(name) %}")
                }
            } catch {
                faults += error.all
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
    }

    private static func fields(_ category: Records.Category) -> PromptValue {
        var fields: [String: PromptValue] = [
            "name": .line(category.id), "definition": .text(category.definition),
        ]
        if !category.not.isEmpty {
            fields["exclusions"] = .text(category.not.joined(separator: " "))
        }
        return .fields(fields)
    }

    func request(_ messages: [Message], _ kind: GenerationKind) -> ChatRequest {
        var request = ChatRequest(
            messages: Prompting.messages(messages), temperature: temperature,
            maxTokens: maxTokens, schema: Self.schema)
        request.purpose = templates[kind]?.name
        return request
    }

    /// Reads an answer.
    ///
    /// - Throws: When it holds no list of texts: the client asks again then.
    static func read(_ json: String) throws(Fault) -> [String] {
        var parser = JSONParser()
        var nested = JSONParser()
        return try parser.children(of: Array(json.utf8)) { fields throws(Fault) in
            guard let found = fields["texts"], case .array = found.kind else {
                throw Fault(.badData, "the answer has no texts")
            }
            return try nested.children(of: Array(found.raw)) { items throws(Fault) in
                var texts: [String] = []
                for item in items {
                    guard let text = item.string else {
                        throw Fault(.badData, "a text is not a string")
                    }
                    texts.append(text)
                }
                guard !texts.isEmpty else { throw Fault(.badData, "the answer has no texts") }
                return texts
            }
        }
    }
}

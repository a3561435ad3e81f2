internal import Prompts
internal import Providers
internal import Records
internal import Remote

/// The prompts of all kinds, and the form of their answers.
struct GenerationPrompts: Sendable {
    let taxonomy: Taxonomy
    private let templates: [GenerationKind: PromptTemplate]
    let maxTokens: Int
    let temperature: Double?
    private let longestText: Int

    /// The form of an answer with so many texts; most dialects leave the bounds out.
    private func schema(_ count: Int) -> ChatRequest.Schema {
        ChatRequest.Schema(
            name: "texts",
            json: #"{"type":"object","properties":{"texts":{"type":"array","items":"#
                + #"{"type":"string","maxLength":\#(longestText)},"maxItems":\#(count)}},"#
                + #""required":["texts"],"additionalProperties":false}"#)
    }

    /// - Parameter folder: Holds `<kind>.jinja` for each kind.
    init(
        folder: String, kinds: [GenerationKind], taxonomy: Taxonomy, maxTokens: Int,
        temperature: Double?, longestText: Int
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
        self.longestText = longestText
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
                var draws = CounterRNG(seed: seed, purpose: "check", id: kind.rawValue)
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

    func request(_ messages: [Message], _ kind: GenerationKind, count: Int) -> ChatRequest {
        var request = ChatRequest(
            messages: Prompting.messages(messages), temperature: temperature,
            maxTokens: maxTokens, schema: schema(count))
        request.purpose = templates[kind]?.name
        return request
    }

    /// Reads one document of an answer: `texts`, or the one list that it holds in its place, of
    /// texts or of objects with one text each.
    ///
    /// - Throws: Why it does not fit: the client asks again then.
    static func read(_ json: String) throws(Misfit) -> [String] {
        let document = Array(json.utf8)
        var list = document
        if document.first != UInt8(ascii: "[") {
            let fields = try AnswerField.children(of: document)
            let lists = fields.filter { if case .array = $0.kind { true } else { false } }
            guard
                let found = lists.first(where: { $0.isNamed("texts") })
                    ?? (lists.count == 1 ? lists[0] : nil)
            else { throw Misfit("no_texts") }
            list = found.raw
        }
        var texts: [String] = []
        for item in try AnswerField.children(of: list) { texts.append(try text(item)) }
        if texts.isEmpty { throw Misfit("no_texts") }
        return texts
    }

    private static func text(_ item: AnswerField) throws(Misfit) -> String {
        if let text = item.string { return text }
        guard case .object = item.kind else { throw Misfit("text_form") }
        let members = try AnswerField.children(of: item.raw)
        let named = members.filter { $0.isNamed("text") }
        let strings = (named.isEmpty ? members : named).compactMap(\.string)
        guard strings.count == 1 else { throw Misfit("text_form") }
        return strings[0]
    }
}

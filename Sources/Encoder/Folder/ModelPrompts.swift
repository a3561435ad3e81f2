internal import Records

/// What a model was trained to find before its texts, by name: config_sentence_transformers.json.
struct ModelPrompts: Sendable, Equatable {
    private(set) var texts: [String: String] = [:]
    /// The name of the one that is used unless another is asked for.
    private(set) var standard: String?
    private let path: String

    init(folder: String) throws(Fault) {
        path = folder + "/config_sentence_transformers.json"
        let fields = try ModelFields.ifPresent(path)
        let kind = try fields.text("model_type", default: "SentenceTransformer")
        try fields.refuse(kind != "SentenceTransformer", "model_type")
        if let prompts = fields["prompts"] {
            guard let members = prompts.members else { throw fields.wrongType("prompts") }
            for prompt in members {
                // sentence-transformers writes null for a name it has no text for.
                guard let text = prompt.value.isNull ? "" : prompt.value.string else {
                    throw fields.wrongType("prompts.\(prompt.key)")
                }
                texts[prompt.key] = text
            }
        }
        let name = try fields.text("default_prompt_name", default: "")
        guard !name.isEmpty else { return }
        try fields.refuse(texts[name] == nil, "default_prompt_name")
        standard = name
    }

    /// The text to put before every text of the caller's.
    func text(of prompt: SentenceEncoder.Prompt) throws(Fault) -> String {
        switch prompt {
        case .standard: return standard.flatMap { texts[$0] } ?? ""
        case .text(let text): return text
        case .named(let name):
            if let text = texts[name] { return text }
            let names = texts.keys.sorted().joined(separator: ", ")
            throw Fault(
                .configuration, "the model has no prompt of that name", at: .file(path),
                why: names.isEmpty ? "it has none at all" : "it has \(names)",
                hint: NearestName.hint(name, in: texts.keys.sorted())
                    ?? "leave `prompt` out, or write the words themselves as `prefix`")
        }
    }
}

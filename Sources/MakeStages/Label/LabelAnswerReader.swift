internal import Records
internal import Remote

/// Reads a model's answer to a label prompt.
///
/// What can only mean one thing is taken: true and "yes" for 1, names in another case or with
/// spaces, a list of the categories that hold, pairs of category and value, an object without the
/// frame around it, a percentage as confidence. Everything else does not fit, with its reason.
struct LabelAnswerReader: Sendable {
    let space: LabelSpace
    /// Name → values; no values means free text.
    let attributes: [(name: String, values: [String])]
    /// Whether an answer without a readable confidence is of no use.
    let needsConfidence: Bool
    /// Category by the form of its name in which spelling does not count; nil where two share it.
    private let byName: [String: String?]

    init(
        space: LabelSpace, attributes: [(name: String, values: [String])], needsConfidence: Bool
    ) {
        self.space = space
        self.attributes = attributes
        self.needsConfidence = needsConfidence
        byName = Dictionary(space.ids.map { (AnswerField.folded($0), $0) }) { _, _ in nil }
    }

    /// - Parameter json: One document of the answer.
    /// - Throws: Why it does not fit.
    func read(_ json: String) throws(Misfit) -> LabelAnswer {
        let document = Array(json.utf8)
        var answer = LabelAnswer(labels: [:], confidence: nil)
        var fields: [AnswerField] = []
        if document.first == UInt8(ascii: "[") {
            answer.labels = try labels(ofList: document)
        } else {
            fields = try AnswerField.children(of: document)
            answer.labels = try labels(of: fields)
        }
        guard answer.labels.count == space.ids.count else { throw Misfit("category_missing") }
        guard space.closed(answer.labels) != nil else { throw Misfit("not_single") }
        if !isCategory("confidence") || frame(of: fields) != nil,
            let field = fields.first(where: { $0.isNamed("confidence") })
        {
            answer.confidence = field.share
            answer.hasUnreadConfidence = answer.confidence == nil
        }
        if needsConfidence, answer.confidence == nil { throw Misfit("confidence") }
        if let field = fields.first(where: { $0.isNamed("attributes") }) {
            answer.attributes = values(field)
        }
        return answer
    }

    // MARK: - Labels

    private static let frames = ["labels", "label", "categories"]

    private func labels(of fields: [AnswerField]) throws(Misfit) -> [String: Bool] {
        if let found = frame(of: fields) {
            switch found.kind {
            case .object: return try labels(ofPairs: AnswerField.children(of: found.raw))
            case .array: return try labels(ofList: found.raw)
            case .string where space.taxonomy.isSingleLabel:
                return try labels(named: [found.string ?? ""])
            default: throw Misfit("labels_form")
            }
        }
        // An object of the categories themselves, perhaps with what stands beside the labels.
        let beside = ["confidence", "attributes"].filter { !isCategory($0) }
        let pairs = fields.filter { field in !beside.contains { field.isNamed($0) } }
        guard pairs.contains(where: { category($0.key) != nil }) else { throw Misfit("no_labels") }
        return try labels(ofPairs: pairs.filter { category($0.key) != nil || $0.flag != nil })
    }

    /// The member that holds the labels; one of a category's name may as well be a label itself.
    private func frame(of fields: [AnswerField]) -> AnswerField? {
        for name in Self.frames {
            guard let found = fields.first(where: { $0.isNamed(name) }) else { continue }
            switch found.kind {
            case .object, .array: return found
            default: if !isCategory(name) { return found }
            }
        }
        return nil
    }

    private func isCategory(_ name: String) -> Bool { category(name) != nil }

    private func category(_ name: String) -> String? {
        if space.ids.contains(name) { return name }
        return byName[AnswerField.folded(name)] ?? nil
    }

    private func labels(ofPairs fields: [AnswerField]) throws(Misfit) -> [String: Bool] {
        var labels: [String: Bool] = [:]
        for field in fields { try set(field.key, field.value, &labels) }
        return labels
    }

    private func set(
        _ name: String, _ flag: Bool?, _ labels: inout [String: Bool]
    ) throws(Misfit) {
        guard let id = category(name) else {
            // A category of the model's own that does not hold says nothing.
            if flag == false { return }
            throw Misfit("category_unknown")
        }
        guard let flag else { throw Misfit("label_value") }
        if let known = labels[id], known != flag { throw Misfit("category_twice") }
        labels[id] = flag
    }

    private func labels(ofList list: [UInt8]) throws(Misfit) -> [String: Bool] {
        let items = try AnswerField.children(of: list)
        if items.isEmpty { throw Misfit("labels_form") }
        let names = items.compactMap(\.string)
        if names.count == items.count { return try labels(named: names) }
        var labels: [String: Bool] = [:]
        for item in items {
            guard case .object = item.kind else { throw Misfit("labels_form") }
            let fields = try AnswerField.children(of: item.raw)
            if fields.count == 1 {
                try set(fields[0].key, fields[0].value, &labels)
                continue
            }
            let named = fields.filter { $0.string.flatMap(category) != nil }
            guard named.count == 1, let name = named[0].string else {
                throw Misfit("labels_form")
            }
            let flags = fields.filter { field in
                field.key != named[0].key && !Self.measures.contains { field.isNamed($0) }
            }.compactMap(\.flag)
            guard flags.count == 1 else { throw Misfit("label_value") }
            try set(name, flags[0], &labels)
        }
        return labels
    }

    /// Numbers beside a label that are none.
    private static let measures = ["confidence", "score", "probability", "severity"]

    /// The categories that hold; a list of all of them may as well be the question once more.
    private func labels(named names: [String]) throws(Misfit) -> [String: Bool] {
        var labels = Dictionary(uniqueKeysWithValues: space.ids.map { ($0, false) })
        for name in names {
            guard let id = category(name) else { throw Misfit("category_unknown") }
            labels[id] = true
        }
        if space.ids.count > 1, !labels.values.contains(false) { throw Misfit("labels_form") }
        return labels
    }

    // MARK: - Attributes

    /// Values of the wanted attributes; one that is not allowed is as good as none.
    private func values(_ field: AnswerField) -> [String: String] {
        guard case .object = field.kind, let members = try? AnswerField.children(of: field.raw)
        else { return [:] }
        var values: [String: String] = [:]
        for attribute in attributes {
            guard let text = members.first(where: { $0.isNamed(attribute.name) })?.string else {
                continue
            }
            let allowed = attribute.values.first {
                AnswerField.folded($0) == AnswerField.folded(text)
            }
            if let value = attribute.values.isEmpty ? text : allowed {
                values[attribute.name] = value
            }
        }
        return values
    }
}

/// A child of a JSON document, kept beyond its parser.
struct AnswerField {
    var key: String
    var kind: JSONField.Kind
    var number: Double?
    var string: String?
    /// Of an object or array alone.
    var raw: [UInt8] = []

    static func children(of document: [UInt8]) throws(Misfit) -> [AnswerField] {
        var parser = JSONParser()
        do throws(Fault) {
            return try parser.children(of: document) { children in
                children.map { child in
                    let isNested =
                        switch child.kind {
                        case .object, .array: true
                        default: false
                        }
                    return AnswerField(
                        key: child.key, kind: child.kind, number: child.number,
                        string: child.string, raw: isNested ? Array(child.raw) : [])
                }
            }
        } catch {
            throw Misfit("form")
        }
    }

    /// A name without what people and models spell differently: case, blanks, `-` and `_`.
    static func folded(_ name: String) -> String {
        name.lowercased().split { $0.isWhitespace || $0 == "_" || $0 == "-" }
            .joined(separator: "_")
    }

    func isNamed(_ name: String) -> Bool { key == name || Self.folded(key) == Self.folded(name) }

    /// 0 or 1 in any of the ways in which it is commonly written.
    var flag: Bool? {
        switch kind {
        case .boolean(let flag): flag
        case .number: number == 1 ? true : number == 0 ? false : nil
        case .string: string.flatMap { Self.words[Self.folded($0)] }
        default: nil
        }
    }

    private static let words = [
        "1": true, "true": true, "yes": true, "1.0": true, "0": false, "false": false,
        "no": false, "0.0": false,
    ]

    /// The flag, also where it is the one thing that an object says: `{"value": 1, "reason": "…"}`.
    var value: Bool? {
        guard case .object = kind, let members = try? Self.children(of: raw) else { return flag }
        let named = members.filter { member in
            ["value", "label", "answer", "present"].contains { member.isNamed($0) }
        }
        return named.count == 1 ? named[0].flag : nil
    }

    /// A share of 1: as it is, or as a percentage.
    ///
    /// Between 1 and 10 a number may be of any scale.
    var share: Double? {
        var text = string.map { $0.filter { !$0.isWhitespace } }
        let isPercentage = text?.last == "%"
        if isPercentage { text?.removeLast() }
        guard let value = number ?? text.flatMap(Double.init), value.isFinite else { return nil }
        if isPercentage { return (0...100).contains(value) ? value / 100 : nil }
        if (0...1).contains(value) { return value }
        return value > 10 && value <= 100 ? value / 100 : nil
    }
}

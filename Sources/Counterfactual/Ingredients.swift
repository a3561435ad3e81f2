public import Records

/// Readers of the three kinds of file; each shows every fault of its file at once.
public enum Ingredients {
    /// Templates from the text of a YAML file; `file` is the name for faults.
    ///
    /// - Throws: `configuration` with the places of all faults of the text.
    public static func templates(yaml: String, file: String) throws(Fault) -> [Template] {
        var reader = NodeReader(file: file)
        var result: [Template] = []
        for row in try NodeReader.rows(yaml, file: file, key: "templates") {
            reader.check(row, known: ["id", "ver", "lang", "frame", "text"])
            let id = reader.text(row, "id")
            let version = Int(reader.text(row, "ver"))
            if version == nil, let node = row["ver"] { reader.fail(node, "`ver` is not a number") }
            let text = reader.text(row, "text")
            let start = Self.start(of: row["text"])
            do throws(Fault) {
                result.append(
                    try Template(
                        id: id, version: version ?? 1,
                        language: reader.optional(row, "lang") ?? "en",
                        frame: reader.optional(row, "frame") ?? "predicative", text: text,
                        file: file, line: start.line, column: start.column))
            } catch {
                reader.add(error)
            }
        }
        try finish(reader, result.map(\.id), "template")
        return result
    }

    /// Where a text's first character stands.
    private static func start(of node: YAMLNode?) -> (line: Int, column: Int) {
        guard let node, case .file(_, let line, let column) = node.place else { return (1, 1) }
        return (line ?? 1, (column ?? 1) + (node.isQuoted ? 1 : 0))
    }

    /// Predicates from the text of a YAML file.
    ///
    /// - Throws: `configuration` with the line and column of everything that is wrong.
    public static func predicates(yaml: String, file: String) throws(Fault) -> [Predicate] {
        var reader = NodeReader(file: file)
        var result: [Predicate] = []
        for row in try NodeReader.rows(yaml, file: file, key: "predicates") {
            reader.check(row, known: ["id", "text", "pos", "pool"])
            guard let pool = reader.one(row, "pool", Predicate.Pool.self) else { continue }
            result.append(
                Predicate(
                    id: reader.text(row, "id"), text: reader.text(row, "text"),
                    pos: reader.text(row, "pos"), pool: pool))
        }
        try finish(reader, result.map(\.id), "predicate")
        return result
    }

    private static let subjectKeys = [
        "concept_id", "type", "axis", "subaxis", "sg", "pl", "adj", "head_noun", "article",
        "number", "register", "polarity_status", "symmetric_class", "collides_with",
        "incompatible_predicates", "source", "reviewed_by", "lang",
    ]

    /// Subjects from the text of a YAML file.
    ///
    /// - Throws: `configuration` with the line and column of everything that is wrong.
    public static func subjects(yaml: String, file: String) throws(Fault) -> [Subject] {
        var reader = NodeReader(file: file)
        var result: [Subject] = []
        for row in try NodeReader.rows(yaml, file: file, key: "subjects") {
            reader.check(row, known: subjectKeys)
            guard let kind = reader.one(row, "type", Subject.Kind.self) else { continue }
            let id = reader.text(row, "concept_id")
            let axis = reader.optional(row, "axis")
            if kind == .group, axis == nil, let node = row["type"] {
                reader.fail(node, "the group `\(id)` has no `axis`")
            }
            let article = reader.text(row, "article")
            if !["a", "an", "none"].contains(article), let node = row["article"] {
                reader.fail(
                    node, "`article` cannot be `\(article)`", hint: "it is `a`, `an` or `none`")
            }
            let adjective = reader.optional(row, "adj")
            let head = reader.optional(row, "head_noun")
            if adjective != nil, head == nil, let node = row["adj"] {
                reader.fail(node, "an adjective needs its `head_noun`")
            }
            result.append(
                Subject(
                    conceptID: id, kind: kind, axis: axis, sg: reader.text(row, "sg"),
                    pl: reader.optional(row, "pl"), adj: adjective, headNoun: head,
                    article: article, register: reader.optional(row, "register") ?? "neutral",
                    polarityStatus: reader.optional(row, "polarity_status"),
                    symmetricClass: reader.optional(row, "symmetric_class") ?? axis
                        ?? kind.rawValue,
                    incompatiblePredicates: reader.list(row, "incompatible_predicates")))
        }
        try finish(reader, result.map(\.conceptID), "subject")
        return result
    }

    private static func finish(
        _ reader: NodeReader, _ ids: [String], _ kind: String
    ) throws(Fault) {
        var reader = reader
        let sorted = ids.sorted()
        for (one, next) in zip(sorted, sorted.dropFirst()) where one == next {
            reader.add(
                Fault(
                    .configuration, "the \(kind) `\(one)` stands twice", at: .file(reader.file)))
        }
        if let fault = Fault.combined(reader.faults) { throw fault }
    }
}

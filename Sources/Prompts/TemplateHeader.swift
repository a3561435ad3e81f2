internal import Records

/// The variables a template declares in the comment it opens with.
///
/// `{# variables: category, count, topic?, categories[name, definition, note?] #}`: a `?` makes a
/// variable or a field optional (it prints as nothing and counts as false); the names in brackets
/// are the fields of a record, or of each record of a list.
struct TemplateHeader: Sendable {
    var variables: [PromptTemplate.Variable]
    /// Where each variable is declared.
    var positions: [String: Position]

    func variable(_ name: String) -> PromptTemplate.Variable? {
        variables.first { $0.name == name }
    }

    init(of source: TemplateSource) throws(Fault) {
        let first = source.tags.first
        guard let first, first.kind == .comment,
            source.scalars[..<first.range.lowerBound].allSatisfy(\.properties.isWhitespace),
            var words = try? TagWords.of(first, in: source)[...],
            words.popFirst()?.text == "variables", words.popFirst()?.text == ":"
        else {
            throw Fault(
                .configuration, "The template does not open with the list of its variables",
                at: .file(source.file, line: 1, column: 1),
                hint: "begin with {# variables: name, other? #}")
        }
        variables = []
        positions = [:]
        while let word = words.popFirst() {
            try expect(word, ofKind: .name, in: source)
            var variable = PromptTemplate.Variable(name: word.text, isOptional: false, fields: [])
            if words.first?.text == "[" {
                words.removeFirst()
                variable.fields = try Self.fields(&words, in: source, after: word)
            }
            variable.isOptional = Self.takeMark(&words)
            if positions[variable.name] != nil {
                throw Fault(
                    .configuration, "The variable '\(variable.name)' is declared twice",
                    at: word.position.place(in: source.file))
            }
            variables.append(variable)
            positions[variable.name] = word.position
            guard let comma = words.popFirst() else { break }
            try expect(comma, toBe: ",", in: source)
        }
    }

    private static func fields(
        _ words: inout ArraySlice<TagWords.Word>, in source: TemplateSource, after: TagWords.Word
    ) throws(Fault) -> [PromptTemplate.Field] {
        var fields: [PromptTemplate.Field] = []
        while let word = words.popFirst() {
            try expect(word, ofKind: .name, in: source)
            fields.append(.init(name: word.text, isOptional: takeMark(&words)))
            guard let next = words.popFirst() else { break }
            if next.text == "]" { return fields }
            try expect(next, toBe: ",", in: source)
        }
        throw Fault(
            .configuration, "The fields of '\(after.text)' are not closed with ']'",
            at: after.position.place(in: source.file))
    }

    private static func takeMark(_ words: inout ArraySlice<TagWords.Word>) -> Bool {
        guard words.first?.text == "?" else { return false }
        words.removeFirst()
        return true
    }
}

/// Words that a variable cannot be called, since the engine reads them as something else.
private let reserved: Set<String> = [
    "in", "not", "and", "or", "if", "else", "true", "false", "forloop", "nan", "inf", "infinity",
    "block",
]

private func expect(
    _ word: TagWords.Word, ofKind kind: TagWords.Kind, in source: TemplateSource
) throws(Fault) {
    if word.kind != kind || word.text.contains(".") || reserved.contains(word.text.lowercased()) {
        throw Fault(
            .configuration, "'\(word.text)' cannot be the name of a variable",
            at: word.position.place(in: source.file))
    }
}

private func expect(
    _ word: TagWords.Word, toBe text: String, in source: TemplateSource
) throws(Fault) {
    if word.text != text {
        throw Fault(
            .configuration, "'\(word.text)' stands where '\(text)' is expected",
            at: word.position.place(in: source.file))
    }
}

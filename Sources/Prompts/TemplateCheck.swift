internal import Records

/// Reads every tag of a template and finds what it uses: the engine prints an undefined variable
/// as nothing, and a prompt without its text is the dearest kind of silent fault.
struct TemplateCheck {
    /// How a value is used, and so what it must be.
    enum Use: Sendable { case print, loop, test, join }

    /// One use of a variable.
    struct Reference: Sendable {
        /// The variable's name, then fields; `*` stands for every item of a list.
        var path: [String]
        var use: Use
        var position: Position
    }

    private(set) var references: [Reference] = []
    private(set) var faults: [Fault] = []

    private let source: TemplateSource
    private let header: TemplateHeader
    /// The open blocks, innermost last; a loop carries its variable and what it stands for.
    private var open: [Open] = []

    private struct Open {
        var tag: String
        var position: Position
        var local: (name: String, path: [String])?
    }

    private static let filters: Set<String> = [
        "uppercase", "lowercase", "capitalize", "join", "default",
    ]
    private static let loopFields: Set<String> = ["first", "last", "counter", "counter0", "length"]
    /// Blocks in each other and words of a condition, at most: the engine goes down a level of its
    /// own stack for each.
    private static let deepest = 32
    private static let longestCondition = 200
    private static let operators: Set<String> = ["in", "not", "and", "or"]

    init(_ source: TemplateSource, _ header: TemplateHeader) {
        self.source = source
        self.header = header
        for tag in source.tags {
            do throws(Fault) {
                let text = tag.kind == .comment ? [] : try TagWords.of(tag, in: source)
                switch tag.kind {
                case .comment: if Message.Role(of: tag, in: source) != nil { try closeAll() }
                case .variable: try printed(text[...], tag)
                case .block: try block(text[...], tag)
                }
            } catch {
                faults.append(error)
            }
        }
        do throws(Fault) { try closeAll() } catch { faults.append(error) }
    }

    private mutating func closeAll() throws(Fault) {
        guard let last = open.last else { return }
        open = []
        throw fault("'\(last.tag)' is not closed in its section", last.position)
    }

    private mutating func printed(
        _ words: ArraySlice<TagWords.Word>, _ tag: TemplateSource.Tag
    ) throws(Fault) {
        guard let first = words.first else {
            throw fault("The tag names no variable", tag.position)
        }
        guard first.kind == .name, words.count == 1 || words[words.startIndex + 1].text == "|"
        else {
            throw fault(
                "A printed tag is one variable with filters", first.position,
                hint: "use {% if … %} for conditions")
        }
        let filters = try filters(words.dropFirst())
        try refer(first, filters.contains("join") ? .join : .print)
    }

    /// The names of `| name : argument` parts; arguments must be literals.
    private func filters(_ words: ArraySlice<TagWords.Word>) throws(Fault) -> [String] {
        var words = words
        var names: [String] = []
        while let bar = words.popFirst() {
            guard bar.text == "|", let name = words.popFirst() else {
                throw fault("'\(bar.text)' stands where a filter is expected", bar.position)
            }
            guard Self.filters.contains(name.text) else {
                throw fault(
                    "The filter '\(name.text)' is not known", name.position,
                    hint: NearestName.hint(name.text, in: Self.filters.sorted()))
            }
            names.append(name.text)
            guard words.first?.text == ":" else { continue }
            words.removeFirst()
            guard let argument = words.popFirst(), [.string, .number].contains(argument.kind)
            else { throw fault("A filter's argument must be a literal", name.position) }
        }
        return names
    }

    private mutating func block(
        _ words: ArraySlice<TagWords.Word>, _ tag: TemplateSource.Tag
    ) throws(Fault) {
        guard let name = words.first else { throw fault("The tag is empty", tag.position) }
        if open.count == Self.deepest, ["for", "if"].contains(name.text) {
            throw fault(
                "Blocks are nested more than \(Self.deepest) deep", name.position,
                hint: "take one apart into two sections")
        }
        switch name.text {
        case "for": try loop(Array(words), tag)
        case "if":
            open.append(Open(tag: "if", position: tag.position))
            try condition(words.dropFirst(), tag)
        case "elif", "else", "endif":
            guard open.last?.tag == "if" else {
                throw fault("'\(name.text)' without an open 'if'", name.position)
            }
            if name.text == "endif" { open.removeLast() }
            if name.text == "elif" { try condition(words.dropFirst(), tag) }
        case "empty", "endfor":
            guard open.last?.tag == "for" else {
                throw fault("'\(name.text)' without an open 'for'", name.position)
            }
            if name.text == "endfor" { open.removeLast() }
        default:
            let known = ["for", "empty", "endfor", "if", "elif", "else", "endif"]
            throw fault(
                "The tag '\(name.text)' is not known", name.position,
                hint: NearestName.hint(name.text, in: known))
        }
    }

    private mutating func loop(
        _ words: [TagWords.Word], _ tag: TemplateSource.Tag
    ) throws(Fault) {
        // Opened first, so that a fault here does not make `endfor` a second one.
        open.append(Open(tag: "for", position: tag.position))
        guard words.count == 4, words[1].kind == .name, !words[1].text.contains("."),
            words[2].text == "in", words[3].kind == .name
        else {
            throw fault("A loop reads: for name in list", tag.position)
        }
        let path = try path(of: words[3])
        open[open.count - 1].local = (words[1].text, path + ["*"])
        references.append(Reference(path: path, use: .loop, position: words[3].position))
    }

    private mutating func condition(
        _ words: ArraySlice<TagWords.Word>, _ tag: TemplateSource.Tag
    ) throws(Fault) {
        if words.isEmpty { throw fault("The condition is empty", tag.position) }
        if words.count > Self.longestCondition {
            throw fault(
                "The condition has more than \(Self.longestCondition) words", tag.position)
        }
        for word in words {
            switch word.kind {
            case .name where Self.operators.contains(word.text): continue
            case .name: try refer(word, .test)
            case .symbol where !"()".contains(word.text) && !word.standsAlone:
                throw fault("'\(word.text)' needs a space on both sides", word.position)
            case .symbol where !["(", ")", "==", "!=", "<", ">", "<=", ">="].contains(word.text):
                throw fault("'\(word.text)' has no meaning in a condition", word.position)
            default: continue
            }
        }
    }

    private mutating func refer(_ word: TagWords.Word, _ use: Use) throws(Fault) {
        if ["true", "false"].contains(word.text) { return }
        let parts = word.text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.first == "forloop", open.contains(where: { $0.tag == "for" }) {
            guard parts.count == 2, Self.loopFields.contains(String(parts[1])) else {
                throw fault(
                    "'\(word.text)' is not defined", word.position,
                    hint: "a loop knows forloop.counter, .first, .last and .length")
            }
            return
        }
        if parts.last == "count" && parts.count > 1 {
            var list = word
            list.text = String(word.text.dropLast(".count".count))
            references.append(
                Reference(path: try path(of: list), use: .loop, position: word.position))
            return
        }
        references.append(
            Reference(path: try path(of: word), use: use, position: word.position))
    }

    /// The declared variable (and field) that a name means, loops resolved.
    private func path(of word: TagWords.Word) throws(Fault) -> [String] {
        let parts = word.text.split(separator: ".", omittingEmptySubsequences: false)
            .map(String.init)
        let locals = open.compactMap(\.local)
        let root: [String]
        if let local = locals.last(where: { $0.name == parts[0] }) {
            root = local.path
        } else if header.variable(parts[0]) != nil {
            root = [parts[0]]
        } else {
            let names = header.variables.map(\.name) + locals.map(\.name)
            throw fault(
                "The variable '\(parts[0])' is not declared", word.position,
                hint: NearestName.hint(parts[0], in: names))
        }
        if parts.count == 1 { return root }
        let fields = header.variable(root[0])?.fields.map(\.name) ?? []
        let isRecord = root.count == 1 || (root.count == 2 && root[1] == "*")
        guard isRecord, parts.count == 2, fields.contains(parts[1]) else {
            throw fault(
                "'\(word.text)' is not declared", word.position,
                hint: NearestName.hint(parts[1], in: fields))
        }
        return root + [parts[1]]
    }

    private func fault(_ what: String, _ at: Position, hint: String? = nil) -> Fault {
        Fault(.configuration, what, at: at.place(in: source.file), hint: hint)
    }
}

internal import Records
internal import Stencil
internal import Synchronization

extension Message.Role {
    /// The role that a comment `{# role: user #}` names.
    init?(of tag: TemplateSource.Tag, in source: TemplateSource) {
        guard tag.kind == .comment else { return nil }
        let parts = source.text(tag.content.startIndex..<tag.content.endIndex)
            .split { $0 == ":" || $0.isWhitespace }
        guard parts.count == 2, parts[0] == "role" else { return nil }
        self.init(rawValue: String(parts[1]))
    }
}

/// One role's part of a template, parsed once and rendered many times.
///
/// The engine's nodes are classes without promises about threads, so each section keeps its own
/// behind a lock. The engine takes milliseconds for a loop over the categories of a taxonomy;
/// ``filled(with:)`` renders such a loop once for all requests.
final class CompiledSection: Sendable {
    let role: Message.Role
    private let text: String
    private let file: String
    private let firstLine: Int
    /// The variables that each block and each printed value uses, in their order.
    private let uses: [Set<String>]
    /// The variables of what is rendered for each request.
    private let needed: Set<String>
    private let nodes: Mutex<[any NodeType]>

    /// The sections of a template in order.
    ///
    /// Faults: none at all, text before the first, an unknown
    /// role, or something the engine does not accept.
    ///
    /// - Parameter references: What the tags of the template use.
    static func all(
        of source: TemplateSource, _ references: [TemplateCheck.Reference]
    ) throws(Fault) -> [CompiledSection] {
        var starts: [(role: Message.Role, start: Int, end: Int)] = []
        var bodyStart = source.tags.first?.range.upperBound ?? 0
        for tag in source.tags where tag.kind == .comment {
            let text = source.text(tag.content.startIndex..<tag.content.endIndex)
            guard let role = Message.Role(of: tag, in: source) else {
                if text.drop(while: \.isWhitespace).hasPrefix("role:") {
                    throw Fault(
                        .configuration, "The role is not known",
                        at: tag.position.place(in: source.file),
                        hint: "a role is system, user or assistant")
                }
                if starts.isEmpty { bodyStart = tag.range.upperBound }
                continue
            }
            if starts.isEmpty {
                let before = source.scalars[bodyStart..<tag.range.lowerBound]
                if let stray = before.firstIndex(where: { !$0.properties.isWhitespace }) {
                    throw Fault(
                        .configuration, "Text stands before the first role comment",
                        at: source.position(of: stray).place(in: source.file))
                }
            } else {
                starts[starts.count - 1].end = tag.range.lowerBound
            }
            starts.append((role, tag.range.upperBound, source.scalars.count))
        }
        if starts.isEmpty {
            throw Fault(
                .configuration, "The template has no section", at: .file(source.file),
                hint: "begin one with {# role: user #}")
        }
        var sections: [CompiledSection] = []
        for part in starts {
            sections.append(
                try CompiledSection(
                    part.role, StandaloneTags.text(of: source, part.start..<part.end),
                    file: source.file, firstLine: source.position(of: part.start).line,
                    uses: uses(of: source, part.start..<part.end, references)))
        }
        return sections
    }

    /// The variables that each outermost block and printed value of a range uses.
    private static func uses(
        of source: TemplateSource, _ range: Range<Int>, _ references: [TemplateCheck.Reference]
    ) -> [Set<String>] {
        var uses: [Set<String>] = []
        var (depth, start) = (0, 0)
        for tag in source.tags where range.contains(tag.range.lowerBound) {
            if depth == 0 { start = tag.range.lowerBound }
            switch tag.kind {
            case .comment: continue
            case .variable: break
            case .block:
                let words = source.text(tag.content.startIndex..<tag.content.endIndex)
                    .split(whereSeparator: \.isWhitespace)
                if ["for", "if"].contains(words.first) { depth += 1 }
                if ["endfor", "endif"].contains(words.first) { depth -= 1 }
            }
            guard depth == 0 else { continue }
            let (first, end) = (
                source.position(of: start), source.position(of: tag.range.upperBound)
            )
            let inside = references.filter { first < $0.position && $0.position < end }
            uses.append(Set(inside.map { $0.path[0] }))
        }
        return uses
    }

    private init(
        _ role: Message.Role, _ text: String, file: String, firstLine: Int, uses: [Set<String>],
        filling values: [String: PromptValue]? = nil
    ) throws(Fault) {
        self.role = role
        self.text = text
        self.file = file
        self.firstLine = firstLine
        self.uses = uses
        let open = uses.filter { used in !used.allSatisfy { values?[$0] != nil } }
        needed = open.reduce(into: []) { $0.formUnion($1) }
        do {
            nodes = Mutex(try Self.parse(text, uses, filling: values))
        } catch {
            throw Self.fault(error, file, firstLine)
        }
    }

    /// The section with what depends on these values alone rendered, and the rest as it was.
    ///
    /// - Throws: `configuration` when the engine cannot render it.
    func filled(with values: [String: PromptValue]) throws(Fault) -> CompiledSection {
        try CompiledSection(
            role, text, file: file, firstLine: firstLine, uses: uses, filling: values)
    }

    private static func parse(
        _ text: String, _ uses: [Set<String>], filling values: [String: PromptValue]?
    ) throws -> sending [any NodeType] {
        guard let values else { return try parse(text) }
        let context = Context(
            dictionary: values.mapValues(\.rendered), environment: Environment())
        var rest = uses[...]
        var filled: [any NodeType] = []
        for node in try parse(text) {
            var isFixed = node is TextNode
            if !isFixed, let used = rest.popFirst() {
                isFixed = used.allSatisfy { values[$0] != nil }
            }
            filled.append(isFixed ? TextNode(text: try node.render(context)) : node)
        }
        return filled
    }

    private static func parse(_ text: String) throws -> sending [any NodeType] {
        let environment = Environment()
        let template = Template(templateString: text, environment: environment)
        return try TokenParser(tokens: template.tokens, environment: environment).parse()
    }

    /// The section's text with values put in, without white space at either end.
    func render(_ values: [String: PromptValue]) throws(Fault) -> String {
        do {
            return try nodes.withLock { nodes in
                let used = values.filter { needed.contains($0.key) }
                let context = Context(
                    dictionary: used.mapValues(\.rendered), environment: Environment())
                return Self.trimmed(try renderNodes(nodes, context))
            }
        } catch {
            throw Self.fault(error, file, firstLine)
        }
    }

    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }

    private static func fault(_ error: any Error, _ file: String, _ firstLine: Int) -> Fault {
        let location = (error as? TemplateSyntaxError)?.token?.sourceMap.location
        return Fault(
            .configuration, "The template is not valid",
            at: .file(
                file, line: location.map { firstLine + Int($0.lineNumber) - 1 },
                column: location.map { $0.lineOffset + 1 }),
            why: "\(error)")
    }
}

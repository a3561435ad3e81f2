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
/// behind a lock; rendering takes microseconds beside the request it is for.
final class CompiledSection: Sendable {
    let role: Message.Role
    private let file: String
    private let firstLine: Int
    private let nodes: Mutex<[any NodeType]>

    /// The sections of a template in order.
    ///
    /// Faults: none at all, text before the first, an unknown
    /// role, or something the engine does not accept.
    static func all(of source: TemplateSource) throws(Fault) -> [CompiledSection] {
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
                    file: source.file,
                    firstLine: source.position(of: part.start).line))
        }
        return sections
    }

    private init(
        _ role: Message.Role, _ text: String, file: String, firstLine: Int
    ) throws(Fault) {
        self.role = role
        self.file = file
        self.firstLine = firstLine
        do {
            nodes = Mutex(try Self.parse(text))
        } catch {
            throw Self.fault(error, file, firstLine)
        }
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
                let context = Context(
                    dictionary: values.mapValues(\.rendered), environment: Environment())
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

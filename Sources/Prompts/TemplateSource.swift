internal import Records

/// A place in a template file; line and column count from 1, columns in Unicode scalars.
struct Position: Sendable, Equatable, Comparable {
    var line: Int
    var column: Int

    static func < (one: Position, other: Position) -> Bool {
        (one.line, one.column) < (other.line, other.column)
    }

    func place(in file: String) -> Fault.Place {
        .file(file, line: line, column: column)
    }
}

/// A template file cut into its tags, with the place of each.
///
/// The engine's own lexer keeps no exact places and drops an unclosed tag in silence, so the
/// checks of ``TemplateCheck`` stand on this one. It finds the same tags: the first `}}`, `%}` or
/// `#}` behind an opening closes it.
struct TemplateSource {
    enum Kind: Sendable { case variable, block, comment }

    struct Tag {
        var kind: Kind
        /// What stands between the delimiters, without `-` and `+` beside them.
        var content: ArraySlice<Unicode.Scalar>
        /// Of the opening brace.
        var position: Position
        /// Of the whole tag in the file's scalars.
        var range: Range<Int>
    }

    let file: String
    let scalars: [Unicode.Scalar]
    let tags: [Tag]
    private let lineStarts: [Int]

    init(_ text: String, file: String) throws(Fault) {
        self.file = file
        let scalars = Array(text.unicodeScalars)
        self.scalars = scalars
        let lineStarts = [0] + scalars.indices.filter { scalars[$0] == "\n" }.map { $0 + 1 }
        self.lineStarts = lineStarts
        var tags: [Tag] = []
        var at = 0
        while at + 1 < scalars.count {
            guard scalars[at] == "{", let kind = Self.kinds[scalars[at + 1]] else {
                at += 1
                continue
            }
            let closer = scalars[at + 1] == "{" ? "}" : scalars[at + 1]
            var end = at + 2
            while end + 1 < scalars.count, !(scalars[end] == closer && scalars[end + 1] == "}") {
                end += 1
            }
            let position = Self.position(of: at, lineStarts)
            guard end + 1 < scalars.count else {
                throw Fault(
                    .configuration, "The tag is never closed", at: position.place(in: file),
                    hint: "close it with '\(closer)}'")
            }
            var content = scalars[at + 2..<end]
            if kind == .block {
                if content.first == "-" || content.first == "+" { content.removeFirst() }
                if content.last == "-" || content.last == "+" { content.removeLast() }
            }
            tags.append(
                Tag(kind: kind, content: content, position: position, range: at..<end + 2))
            at = end + 2
        }
        self.tags = tags
    }

    func position(of index: Int) -> Position { Self.position(of: index, lineStarts) }

    func text(_ range: Range<Int>) -> String {
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars[range])
        return String(result)
    }

    private static let kinds: [Unicode.Scalar: Kind] = [
        "{": .variable, "%": .block, "#": .comment,
    ]

    private static func position(of index: Int, _ lineStarts: [Int]) -> Position {
        let line = lineStarts.lastIndex { $0 <= index } ?? 0
        return Position(line: line + 1, column: index - lineStarts[line] + 1)
    }
}

/// The names of a tag's text, with the place of each: what the small parsers below read.
struct TagWords {
    enum Kind: Equatable { case name, number, string, symbol }

    struct Word: Equatable {
        var kind: Kind
        var text: String
        var position: Position
        /// White space (or the tag's edge) stands on both sides.
        var standsAlone: Bool
    }

    /// Names may hold dots (`category.name`); symbols are single characters or comparisons.
    static func of(_ tag: TemplateSource.Tag, in source: TemplateSource) throws(Fault) -> [Word] {
        let text = tag.content
        var words: [Word] = []
        var at = text.startIndex
        while at < text.endIndex {
            let first = text[at]
            if first.properties.isWhitespace {
                at += 1
                continue
            }
            let (kind, end) = try end(of: text, from: at, source)
            let before = at == text.startIndex || text[at - 1].properties.isWhitespace
            let after = end == text.endIndex || text[end].properties.isWhitespace
            words.append(
                Word(
                    kind: kind, text: source.text(at..<end), position: source.position(of: at),
                    standsAlone: before && after))
            at = end
        }
        return words
    }

    private static func end(
        of text: ArraySlice<Unicode.Scalar>, from start: Int, _ source: TemplateSource
    ) throws(Fault) -> (Kind, Int) {
        let first = text[start]
        var end = start + 1
        if isNameStart(first) {
            while end < text.endIndex, isNamePart(text[end]) || text[end] == "." { end += 1 }
            return (.name, end)
        }
        if ("0"..."9").contains(first) {
            while end < text.endIndex, ("0"..."9").contains(text[end]) || text[end] == "." {
                end += 1
            }
            return (.number, end)
        }
        if first == "'" || first == "\"" {
            while end < text.endIndex, text[end] != first { end += 1 }
            if end < text.endIndex { return (.string, end + 1) }
        } else if "=!<>".unicodeScalars.contains(first) {
            if end < text.endIndex, text[end] == "=" { end += 1 }
            return (.symbol, end)
        } else if "|:,()[]?".unicodeScalars.contains(first) {
            return (.symbol, end)
        }
        throw Fault(
            .configuration, "The character '\(first)' has no meaning in a tag",
            at: source.position(of: start).place(in: source.file))
    }

    private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        isNameStart(scalar) || ("0"..."9").contains(scalar)
    }
}

/// A piece of a page: text, or an element with attributes and children.
///
/// A page is built of these and never of strings, so that nothing can be forgotten to be escaped.
/// The written page is well-formed XML as well as HTML.
indirect enum HTMLNode: Sendable, Equatable {
    case text(String)
    case element(String, [Attribute], [HTMLNode])
    /// A style sheet of our own, written as it is: it holds neither `<` nor `&`.
    case style(StaticSheet)

    struct Attribute: Sendable, Equatable {
        let name: String
        let value: String
    }

    /// Text that stands in the program: nothing from outside can become one.
    struct StaticSheet: Sendable, Equatable {
        let text: String

        init(_ text: StaticString) { self.text = text.description }
    }

    /// An element; attributes are written in the order given.
    static func of(
        _ name: StaticString, _ attributes: KeyValuePairs<String, String> = [:],
        _ children: [HTMLNode] = []
    ) -> HTMLNode {
        .element(
            name.description, attributes.map { Attribute(name: $0.key, value: $0.value) }, children)
    }

    /// An element that holds a text.
    static func of(
        _ name: StaticString, _ attributes: KeyValuePairs<String, String> = [:], _ text: String
    ) -> HTMLNode {
        of(name, attributes, [.text(text)])
    }

    /// The elements of HTML that have no end tag.
    private static let void: [String] = ["meta", "br"]

    /// The element with one more attribute; text stays as it is.
    func with(_ name: StaticString, _ value: String) -> HTMLNode {
        guard case .element(let element, let attributes, let children) = self else { return self }
        return .element(
            element, attributes + [Attribute(name: name.description, value: value)], children)
    }

    /// A sentence in which what stands between backticks is code.
    ///
    /// A backtick without a partner stays.
    static func prose(_ text: String) -> [HTMLNode] {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false).map(String.init)
        if parts.count < 3 { return [.text(text)] }
        var nodes: [HTMLNode] = []
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, index % 2 == 1 {
                nodes.append(.text("`" + part))
            } else if !part.isEmpty {
                nodes.append(index % 2 == 1 ? .of("code", [:], part) : .text(part))
            }
        }
        return nodes
    }

    func write(to page: inout String) {
        switch self {
        case .text(let text): page += Self.escaped(text)
        case .style(let sheet): page += "<style>\(sheet.text)</style>"
        case .element(let name, let attributes, let children):
            page += "<\(name)"
            for attribute in attributes {
                page += " \(attribute.name)=\"\(Self.escaped(attribute.value))\""
            }
            if Self.void.contains(name) {
                page += "/>"
                return
            }
            page += ">"
            for child in children { child.write(to: &page) }
            page += "</\(name)>"
            if Self.endsLine(name) { page += "\n" }
        }
    }

    private static func endsLine(_ name: String) -> Bool {
        ["tr", "section", "p", "h1", "h2", "h3", "svg", "ul", "li", "table", "g"].contains(name)
    }

    /// `text` for an element's content or an attribute in double quotes.
    ///
    /// Control characters, which XML has no form for, and the invisible ones that turn the
    /// direction of what follows, become U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}",
                "\u{2066}"..."\u{2069}", "\u{FFFE}", "\u{FFFF}":
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

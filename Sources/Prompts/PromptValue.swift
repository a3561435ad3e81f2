/// What a template's variable is given.
///
/// The case says how far a value is trusted. Whatever the case, chat-template control tokens are
/// split (``ControlTokens``) and the value is never read as a template again.
public enum PromptValue: Sendable, Equatable {
    /// Text of the project's own files (a definition, a rule): may span lines.
    case text(String)
    /// A short ingredient on one line: line ends and runs of white space become one space, so that
    /// it cannot start a line of its own (`Task: …`).
    case line(String)
    /// Text that anybody may have written: always fenced (``Fence``).
    case untrusted(String)
    case number(Int)
    case decimal(Double)
    case flag(Bool)
    case list([PromptValue])
    case fields([String: PromptValue])

    /// Something a template can print as it is.
    var isScalar: Bool {
        switch self {
        case .list, .fields: false
        default: true
        }
    }

    /// The value in the form the template engine reads.
    var rendered: Any {
        switch self {
        case .text(let text): ControlTokens.split(text, fences: true)
        case .line(let text): ControlTokens.split(Self.onOneLine(text), fences: true)
        case .untrusted(let text): Fence.around(text)
        case .number(let number): number
        case .decimal(let number): number
        case .flag(let flag): flag
        case .list(let values): values.map(\.rendered)
        case .fields(let values): values.mapValues(\.rendered)
        }
    }

    /// The text with every run of white space and control characters as one space.
    private static func onOneLine(_ text: String) -> String {
        text.unicodeScalars
            .split { $0.properties.isWhitespace || $0.properties.generalCategory == .control }
            .map { String($0) }
            .joined(separator: " ")
    }
}

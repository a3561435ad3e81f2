public import Records

/// A sentence frame with slots.
///
///     {S:cap|num=pl} {be} {P|pos=adj}.
///
/// A slot is a role, then `:form`s, then `|feature=value`s. Roles: `S` the subject, `P` the
/// predicate. Forms of S: `cap` (capitalised), `a` (with its indefinite article), `the`, `poss`
/// (possessive), `adj`; of P: `cap`. Features: `num=sg|pl` of S, `pos=…` of P. `{be}` `{have}`
/// `{do}` `{they}` agree with S. Every template needs S and P; whatever else is an error.
public struct Template: Sendable, Equatable {
    public enum Number: String, Sendable, CaseIterable { case sg, pl }

    public enum Form: String, Sendable, CaseIterable { case cap, a, the, poss, adj }

    public enum Agreement: String, Sendable, CaseIterable { case be, have, `do`, they }

    enum Piece: Sendable, Equatable {
        case literal([UInt8])
        case subject(Set<Form>)
        case predicate(capitalised: Bool)
        /// `afterPronoun`: the verb follows `{they}` and agrees with that word.
        case agreement(Agreement, afterPronoun: Bool)
    }

    public let id: String
    public let version: Int
    public let language: String
    public let frame: String
    public let text: String
    /// The number the subject takes where it has both; plural unless a slot says otherwise.
    public let number: Number
    /// The part of speech the predicate must have; nil: any.
    public let pos: String?
    let pieces: [Piece]

    /// Parses a template.
    ///
    /// - Parameters:
    ///   - file: for faults.
    ///   - line: of the text in the file, from 1.
    ///   - column: of the text's first character in the file, from 1.
    /// - Throws: `configuration` with the place of what is wrong in the template.
    public init(
        id: String, version: Int = 1, language: String = "en", frame: String = "predicative",
        text: String, file: String = "template", line: Int = 1, column: Int = 1
    ) throws(Fault) {
        var parser = TemplateParser(text, file: file, line: line, column: column)
        try parser.parse()
        self.id = id
        self.version = version
        self.language = language
        self.frame = frame
        self.text = text
        number = parser.number ?? .pl
        pos = parser.pos
        pieces = parser.pieces
    }
}

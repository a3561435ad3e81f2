/// A subject's words in one number, ready to be put into a sentence.
struct Surface: Sendable {
    let concept: String
    let number: Template.Number
    let kind: Subject.Kind
    private let bare: [UInt8]
    private let definite: [UInt8]
    private let indefinite: [UInt8]
    private let adjective: [UInt8]
    private let possessiveMark: [UInt8]

    /// The subject in a number, or in the only one it has.
    init(_ subject: Subject, number: Template.Number) {
        let actual: Template.Number = subject.pl == nil ? .sg : number
        let noun = actual == .pl ? (subject.pl ?? subject.sg) : subject.sg
        concept = subject.conceptID
        kind = subject.kind
        self.number = actual
        let isName = subject.article == "none"
        indefinite =
            Array((isName || actual == .pl ? noun : "\(subject.article) \(noun)").utf8)
        // A bare singular is no English: it takes its article.
        bare = actual == .pl ? Array(noun.utf8) : indefinite
        definite = Array((isName ? noun : "the \(noun)").utf8)
        adjective = Array((subject.adj ?? noun).utf8)
        possessiveMark = Array((actual == .pl && noun.hasSuffix("s") ? "'" : "'s").utf8)
    }

    func append(_ forms: Set<Template.Form>, to bytes: inout [UInt8]) {
        let start = bytes.count
        if forms.contains(.adj) {
            bytes += adjective
        } else if forms.contains(.the) {
            bytes += definite
        } else {
            bytes += forms.contains(.a) ? indefinite : bare
        }
        if forms.contains(.poss) { bytes += possessiveMark }
        if forms.contains(.cap) { bytes.capitalise(at: start) }
    }

    /// The agreeing word; after `they`, a person's verb is plural.
    func agree(_ agreement: Template.Agreement, afterPronoun: Bool) -> StaticString {
        let isPlural = number == .pl || afterPronoun && kind.isPerson
        switch agreement {
        case .be: return isPlural ? "are" : "is"
        case .have: return isPlural ? "have" : "has"
        case .do: return isPlural ? "do" : "does"
        case .they: return isPlural || kind.isPerson ? "they" : "it"
        }
    }
}

extension [UInt8] {
    /// Makes an ASCII letter a capital; other scripts of our lexicons need none.
    mutating func capitalise(at index: Int) {
        if index < count, (0x61...0x7A).contains(self[index]) { self[index] &= 0xDF }
    }

    mutating func append(_ text: StaticString) {
        append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

extension Template {
    /// The sentence; `bytes` is reused from row to row.
    func render(_ subject: Surface, _ predicate: [UInt8], into bytes: inout [UInt8]) -> String {
        bytes.removeAll(keepingCapacity: true)
        for piece in pieces {
            switch piece {
            case .literal(let literal): bytes += literal
            case .subject(let forms): subject.append(forms, to: &bytes)
            case .predicate(let capitalised):
                let start = bytes.count
                bytes += predicate
                if capitalised { bytes.capitalise(at: start) }
            case .agreement(let agreement, let afterPronoun):
                bytes.append(subject.agree(agreement, afterPronoun: afterPronoun))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

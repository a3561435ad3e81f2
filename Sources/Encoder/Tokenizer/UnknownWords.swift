/// What of a text is not in a model's vocabulary, so that its vector does not show it.
public struct UnknownWords: Sendable, Equatable {
    /// The runs between white space that hold something unknown, in order, without the punctuation
    /// round them.
    public var words: [String]
    /// Tokens of the text without special ones and outer punctuation, 1 or more.
    public var tokens: Int
    /// Those of `tokens` that stand for something unknown, 1 or more.
    public var unknownTokens: Int
}

/// Finds unknown words; nearly all texts are settled without looking a token up.
struct UnknownWordFinder: Sendable {
    private let tokenizer: Tokenizer
    /// nil for a vocabulary that lacks nothing.
    private let unknown: Int32?
    /// Whether every ASCII character is known, alone and inside a word.
    private let knowsASCII: Bool

    /// Longer runs may be unknown as a whole (`max_input_chars_per_word`, 100 where not given).
    private static let longestPlainRun = 100

    init(_ tokenizer: Tokenizer) {
        self.tokenizer = tokenizer
        unknown = tokenizer.unknown
        guard let unknown else {
            knowsASCII = true
            return
        }
        knowsASCII = (0x21...0x7E).allSatisfy { (byte: UInt8) in
            let character = String(UnicodeScalar(byte))
            return !tokenizer.identifiers(character).contains(unknown)
                && !tokenizer.identifiers("a\(character)").contains(unknown)
        }
    }

    /// nil when the vocabulary knows all that the model reads of the text.
    func find(_ text: String) -> UnknownWords? {
        guard let unknown else { return nil }
        if knowsASCII, Self.isPlain(text) { return nil }
        if !tokenizer.identifiers(text).contains(unknown) { return nil }
        var found = UnknownWords(words: [], tokens: 0, unknownTokens: 0)
        for run in text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
            let word = String(Self.withoutOuterPunctuation(run))
            if word.isEmpty { continue }
            let tokens = tokenizer.identifiers(word)
            found.tokens += tokens.count - tokenizer.specialTokenCount
            let count = tokens.count { $0 == unknown }
            if count > 0 {
                found.words.append(word)
                found.unknownTokens += count
            }
        }
        return found.words.isEmpty ? nil : found
    }

    /// ASCII in runs that are short enough.
    private static func isPlain(_ text: String) -> Bool {
        var run = 0
        for byte in text.utf8 {
            if byte >= 0x80 { return false }
            run = byte <= 0x20 ? 0 : run + 1
            if run > longestPlainRun { return false }
        }
        return true
    }

    private static func withoutOuterPunctuation(
        _ run: Substring.UnicodeScalarView
    ) -> Substring.UnicodeScalarView {
        var run = run
        while let first = run.first, isPunctuation(first) { run.removeFirst() }
        while let last = run.last, isPunctuation(last) { run.removeLast() }
        return run
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
            .initialPunctuation, .finalPunctuation, .otherPunctuation:
            true
        default: false
        }
    }
}

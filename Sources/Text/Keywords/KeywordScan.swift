public import Records

/// A risk for each category from the phrases of lexicons, in one pass over a text: the cheap filter
/// before anything costly.
///
/// A category's risk is 1 − Π(1 − weight) over the different phrases found, as if each were an
/// independent sign (noisy or; Pearl 1988, section 4.3.2). Texts and phrases are compared after
/// ``TextNormaliser`` at `folded`; a phrase must begin and end at a word's border. The word inside
/// a placeholder of ``PersonalData`` (`[PHONE]`) is no sign of anything: the pipeline itself put it
/// there; only a phrase with the brackets in it finds one.
public struct KeywordScan: Sendable {
    /// What one text holds.
    public struct Finding: Sendable, Equatable {
        /// For each category, 0…1.
        public var risks: [Double]
        /// The phrases found, ascending, each once: places in ``KeywordScan/phrases``.
        public var phrases: [Int]

        /// The highest risk of all categories, 0 when there are none.
        public var highest: Double { risks.max() ?? 0 }
    }

    /// A phrase of a lexicon.
    public struct Phrase: Sendable, Equatable {
        /// The place of its category in ``KeywordScan/categories``.
        public var category: Int
        public var weight: Double
        public var text: String
    }

    /// The lexicons' categories, in their order.
    public let categories: [String]
    /// All phrases, lexicon by lexicon.
    public let phrases: [Phrase]

    private let normaliser = TextNormaliser(.folded)
    private let automaton: PhraseAutomaton
    /// For each phrase: its bytes, and whether its first and last must lie at a word's border.
    private let shapes: [Shape]

    private struct Shape {
        var count: Int
        var bordersStart: Bool
        var bordersEnd: Bool
        /// Whether the phrase is the name of a placeholder, without its brackets.
        var isMaskName: Bool
    }

    /// - Throws: `configuration` when a weight is not in 0 < weight ≤ 1, a phrase is empty, a
    ///   category comes twice, or all phrases together are beyond 256 KiB.
    public init(_ lexicons: [Lexicon]) throws(Fault) {
        var phrases: [Phrase] = []
        var keys: [[UInt8]] = []
        for (category, lexicon) in lexicons.enumerated() {
            if lexicons[..<category].contains(where: { $0.category == lexicon.category }) {
                throw Fault(.configuration, "two lexicons are for \(lexicon.category)")
            }
            for entry in lexicon.entries {
                let key = normaliser.normalise(Array(entry.phrase.utf8))
                guard entry.weight > 0, entry.weight <= 1, !key.isEmpty else {
                    throw Fault(
                        .configuration,
                        "a phrase for \(lexicon.category) is empty or has a weight outside 0…1")
                }
                phrases.append(
                    Phrase(category: category, weight: entry.weight, text: entry.phrase))
                keys.append(key)
            }
        }
        guard keys.reduce(0, { $0 + $1.count }) <= 256 << 10 else {
            throw Fault(.configuration, "the lexicons hold more than 256 KiB of phrases")
        }
        categories = lexicons.map(\.category)
        self.phrases = phrases
        automaton = PhraseAutomaton(keys)
        shapes = keys.map { key in
            key.withUnsafeBytes { bytes in
                Shape(
                    count: key.count, bordersStart: Self.isWord(key[0]),
                    bordersEnd: Self.isWordEnd(bytes, key.count),
                    isMaskName: Self.maskNames.contains(key))
            }
        }
    }

    /// The risks of a text as it is.
    public func scan(_ text: [UInt8]) -> Finding {
        normaliser.normalise(text).withUnsafeBytes { scan(normalised: $0) }
    }

    public func scan(_ text: String) -> Finding { scan(Array(text.utf8)) }

    /// The risks of a text that is already normalised at `folded`.
    public func scan(normalised text: UnsafeRawBufferPointer) -> Finding {
        var found: [Int] = []
        automaton.scan(text) { phrase, end in
            let shape = shapes[phrase]
            let start = end - shape.count
            if shape.bordersStart, start > 0, Self.isWordEnd(text, start) { return }
            if shape.bordersEnd, end < text.count, Self.isWord(text[end]) { return }
            if shape.isMaskName, start > 0, text[start - 1] == UInt8(ascii: "["), end < text.count,
                text[end] == UInt8(ascii: "]")
            {
                return
            }
            found.append(phrase)
            // A long text may repeat a few phrases any number of times.
            if found.count > 2 * phrases.count + 64 { Self.makeUnique(&found) }
        }
        if found.count > 1 { Self.makeUnique(&found) }
        // In the order of the phrases, so that the product is the same on every machine.
        var safe = [Double](repeating: 1, count: categories.count)
        for phrase in found { safe[phrases[phrase].category] *= 1 - phrases[phrase].weight }
        for category in safe.indices { safe[category] = 1 - safe[category] }
        return Finding(risks: safe, phrases: found)
    }

    /// `email`, `phone` and so on, as they stand in a normalised text.
    private static let maskNames: Set<[UInt8]> = Set(
        PersonalData.Kind.allCases.map { Array($0.placeholder.utf8.dropFirst().dropLast()) }
            .map { TextNormaliser(.folded).normalise($0) })

    /// Ascending, each once.
    private static func makeUnique(_ phrases: inout [Int]) {
        phrases.sort()
        var kept = 0
        for phrase in phrases where kept == 0 || phrases[kept - 1] != phrase {
            phrases[kept] = phrase
            kept += 1
        }
        phrases.removeSubrange(kept...)
    }

    /// A byte a word can begin with.
    ///
    /// ASCII letters, digits, `_`, and the first byte of a two-byte letter (Latin, Greek, Cyrillic,
    /// Hebrew, Arabic). East Asian scripts put no border between
    /// words, so three-byte characters ask for none.
    private static func isWord(_ byte: UInt8) -> Bool {
        Ascii.isWord(byte) || (0xC3...0xDF).contains(byte)
    }

    /// True when the character that ends at `end` is of a word.
    private static func isWordEnd(_ text: UnsafeRawBufferPointer, _ end: Int) -> Bool {
        var at = end - 1
        while at > 0, text[at] & 0xC0 == 0x80 { at -= 1 }
        return Ascii.isWord(text[at]) || (0xC3...0xDF).contains(text[at])
    }
}

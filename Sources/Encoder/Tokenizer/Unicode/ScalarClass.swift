internal import CKernels
internal import CNormalization
internal import Normalization

/// What `tokenizers` takes a scalar for: bits as generate_tokenizer_tables.py writes them.
struct ScalarClass: OptionSet, Sendable {
    var rawValue: UInt16

    /// \p{L}, \p{N} and white space of the GPT-2 expression; space is that of Rust as well.
    static let letter = ScalarClass(rawValue: 1)
    static let number = ScalarClass(rawValue: 2)
    static let space = ScalarClass(rawValue: 4)
    /// \w of the pre-tokenizer Whitespace.
    static let word = ScalarClass(rawValue: 8)
    /// \w beside an added token that is a single word.
    static let single = ScalarClass(rawValue: 16)
    static let punctuation = ScalarClass(rawValue: 32)
    /// Stripped by BertNormalizer and by StripAccents.
    static let nonspacing = ScalarClass(rawValue: 64)
    static let mark = ScalarClass(rawValue: 128)
    /// Control and other scalars that BertNormalizer's cleaning removes.
    static let removed = ScalarClass(rawValue: 256)
    static let chinese = ScalarClass(rawValue: 512)

    static let table: ScalarTable = {
        let flags = tokenizer_class_flags()
        return ScalarTable(tokenizer_classes()) { flags[$0] }
    }()

    @inline(__always) static func of(_ scalar: UInt32) -> ScalarClass {
        ScalarClass(rawValue: table[scalar])
    }

    /// The property grapheme clusters are made by.
    var cluster: Cluster { Cluster(rawValue: UInt8(rawValue >> 12)) ?? .other }

    /// Unicode Standard Annex 29, table 2; Hangul syllables are told apart by arithmetic.
    enum Cluster: UInt8 {
        case other, carriageReturn, lineFeed, control, extend, joiner, regional, prepend, spacing
        case leading, vowel, trailing, pictographic, consonant, linker, extendNoLink
    }
}

internal import Normalization
internal import Records

/// What is left of a text when everything is taken away that a writer changes to disguise it or
/// by the way: its words in lower-case letters, without marks, separators and invisible characters,
/// look-alikes of other scripts replaced by the Latin letters that they imitate.
///
/// The name is that of Unicode Technical Standard 39, section 4. Digits stay, so that numbers can
/// be told apart; where a digit or sign stands among letters, ``letters`` reads it as the letter
/// that it replaces (`l33t`). Time and memory are proportional to the text.
public struct TextSkeleton: Sendable {
    enum Kind: UInt8, Sendable {
        /// Has a letter; one ideograph is a word of its own.
        case word
        /// Has digits and no letter.
        case number
        /// An emoji or another sign.
        case symbol
        /// A URL or the name of an account.
        case address
    }

    struct Word: Sendable, Equatable {
        let start: Int32
        let end: Int32
        let kind: Kind
        /// Of its scalars.
        let hash: UInt64

        var range: Range<Int> { Int(start)..<Int(end) }
        var count: Int { Int(end - start) }
    }

    /// The words' scalars, one word after the other.
    private(set) var scalars: [UInt32] = []
    private(set) var words: [Word] = []

    public init(_ text: String) {
        var text = text
        if text.utf8.contains(UInt8(ascii: "&")) { text = HTMLEntities.decode(text) }
        text.withUTF8 { bytes in
            var reader = SkeletonReader(UnsafeRawBufferPointer(bytes))
            reader.read(into: &self)
        }
    }

    mutating func append(_ word: ArraySlice<UInt32>, _ kind: Kind) {
        let start = Int32(scalars.count)
        scalars += word
        words.append(
            Word(
                start: start, end: Int32(scalars.count), kind: kind,
                hash: Self.hash(word, kind)))
    }

    static func hash(_ word: ArraySlice<UInt32>, _ kind: Kind) -> UInt64 {
        word.reduce(UInt64(kind.rawValue)) { StableHash.mix($0, UInt64($1)) }
    }

    func scalars(of word: Word) -> ArraySlice<UInt32> { scalars[word.range] }

    /// The hashes of its different words that have letters, rising.
    public var wordHashes: [UInt64] {
        let found = words.lazy.filter { $0.kind == .word }.map(\.hash).sorted()
        return found.enumerated().filter { $0.offset == 0 || found[$0.offset - 1] != $0.element }
            .map(\.element)
    }

    /// The letters and digits of all words as UTF-8 without spaces; empty for a text of signs.
    ///
    /// `i`, `l` and what may be either are one letter here.
    public var letters: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(scalars.count + 8)
        for word in words where word.kind != .symbol {
            let isWord = word.kind != .number
            for value in scalars[word.range] {
                let letter = isWord ? Lookalikes.letter(value) : value
                if letter == Lookalikes.mask { continue }
                UTF8Scan.append(letter == 0x6C ? 0x69 : letter, to: &bytes)
            }
        }
        return bytes
    }
}

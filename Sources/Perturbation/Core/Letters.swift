/// The letters of one word, each with its marks: what a word operator sees.
struct Letters {
    let bytes: [UInt8]
    let word: TokenizedText.Word
    /// Where each letter starts, and the end; empty for ASCII, where letter i is byte i.
    private let offsets: [Int]

    init(_ bytes: [UInt8], _ word: TokenizedText.Word) {
        self.bytes = bytes
        self.word = word
        var offsets: [Int] = []
        if !word.isASCII {
            var at = word.start
            while at < word.end {
                let (scalar, length) = UTF8Bytes.decode(bytes, at: at)
                if !(0x300...0x36F).contains(scalar) { offsets.append(at) }
                at += length
            }
            offsets.append(word.end)
        }
        self.offsets = offsets
    }

    var count: Int { word.letters }

    /// The bytes of letter `index`.
    func range(_ index: Int) -> Range<Int> {
        word.isASCII
            ? word.start + index..<word.start + index + 1 : offsets[index]..<offsets[index + 1]
    }

    /// The byte of letter `index` when it is a bare ASCII letter, else 0.
    func ascii(_ index: Int) -> UInt8 {
        let range = range(index)
        return range.count == 1 ? bytes[range.lowerBound] : 0
    }

    /// The first scalar of letter `index`.
    func scalar(_ index: Int) -> UInt32 {
        UTF8Bytes.decode(bytes, at: range(index).lowerBound).scalar
    }

    /// Whether letter `index` is a bare ASCII vowel.
    func isVowel(_ index: Int) -> Bool { ascii(index).isASCIIVowel }

    /// The offset of the gap before letter `index`.
    func gap(_ index: Int) -> Int { range(index).lowerBound }

    /// Whether every letter is a bare ASCII one.
    var isASCII: Bool { word.isASCII }

    /// All ASCII letters are capitals.
    var isShouted: Bool { isASCII && bytes[word.start..<word.end].allSatisfy(\.isASCIIUpper) }
}

/// A text cut into words, with everything that must not be touched marked.
///
/// One pass over the bytes; ASCII is classified by the byte alone, grapheme questions are asked
/// only around other scalars. A word is a run of letters of one alphabetic script with their marks.
struct TokenizedText {
    struct Word {
        var start: Int
        var end: Int
        /// Letters with their marks: what the operators count and edit.
        var letters: Int
        var key: UInt64
        var isASCII: Bool
        /// In a protected span, a stop word, a negator, or of a script we leave alone.
        var isProtected: Bool
        var isSalient: Bool = false
    }

    let bytes: [UInt8]
    private(set) var words: [Word] = []
    /// Letters of the whole text, protected ones too.
    private(set) var letterCount = 0

    private var chunkStart = 0
    private var chunkWords = 0
    private var isSuspect = false
    private var hasSpanMarks = false
    private var lastWasFormat = false

    init(_ bytes: [UInt8], _ settings: Perturber.Settings) {
        self.bytes = bytes
        words.reserveCapacity(bytes.count / 5 + 4)
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte.isASCIILetter || byte >= 0x80 {
                at = scanWord(at, settings)
                continue
            }
            lastWasFormat = false
            if byte.isASCIISpace {
                closeChunk(at)
            } else {
                note(byte)
            }
            at += 1
        }
        closeChunk(bytes.count)
        if hasSpanMarks { protect(ProtectedSpans.bracketed(bytes)) }
        if !settings.phrases.isEmpty {
            protect(settings.phrases.matches(words))
        }
    }

    /// Remembers punctuation that can make its chunk, or a longer span, protected.
    private mutating func note(_ byte: UInt8) {
        switch byte {
        case 0x40, 0x2E, 0x2F, 0x3A, 0x5C, 0x30...0x39, 0x5F, 0x26, 0x25: isSuspect = true
        case 0x3C, 0x5B, 0x7B, 0x60: hasSpanMarks = true
        default: break
        }
    }

    /// Ends the run of non-space bytes that a protected span may cover as a whole.
    private mutating func closeChunk(_ end: Int) {
        if isSuspect, chunkWords < words.count,
            ProtectedSpans.isProtected(bytes, chunkStart..<end)
        {
            for index in chunkWords..<words.count { words[index].isProtected = true }
        }
        chunkStart = end + 1
        chunkWords = words.count
        isSuspect = false
    }

    /// Reads the word, or the one other scalar, at `start`; returns the offset after it.
    private mutating func scanWord(_ start: Int, _ settings: Perturber.Settings) -> Int {
        var word = Word(
            start: start, end: start, letters: 0, key: WordSet.emptyKey, isASCII: true,
            isProtected: lastWasFormat)
        var at = start
        lastWasFormat = false
        scan: while at < bytes.count {
            let byte = bytes[at]
            if byte.isASCIILetter {
                word.letters += 1
                word.key = WordSet.extend(word.key, UInt32(byte | 0x20))
                at += 1
                continue
            }
            if byte == 0x27, word.letters > 0, at + 1 < bytes.count, bytes[at + 1].isASCIILetter {
                word.isProtected = true
                at += 1
                continue
            }
            if byte < 0x80 { break }
            let (scalar, length) = UTF8Bytes.decode(bytes, at: at)
            switch Scalars.kind(scalar) {
            case .plainLetter:
                word.letters += 1
            case .otherLetter:
                word.letters += 1
                word.isProtected = true
            case .joiner:
                // A lone mark, or one that hangs on something else than our letter.
                if at == start || !(0x300...0x36F).contains(scalar) { word.isProtected = true }
            case .format:
                word.isProtected = true
                lastWasFormat = true
                at += length
                break scan
            case .other:
                if scalar == 0x2019, word.letters > 0 { word.isProtected = true }
                if at == start { at += length }
                break scan
            }
            word.isASCII = false
            word.key = WordSet.extend(word.key, Scalars.lower(scalar))
            at += length
        }
        word.end = at
        if word.letters > 0 {
            letterCount += word.letters
            if settings.stopWords.contains(key: word.key) { word.isProtected = true }
            word.isSalient = settings.salient.contains(key: word.key)
            words.append(word)
        }
        return at
    }

    /// Marks the words that any of the spans touches; one sweep over both.
    private mutating func protect(_ spans: [Range<Int>]) {
        let spans = spans.sorted { $0.lowerBound < $1.lowerBound }
        var next = 0
        var reach = 0
        for index in words.indices {
            while next < spans.count, spans[next].lowerBound < words[index].end {
                reach = max(reach, spans[next].upperBound)
                next += 1
            }
            if reach > words[index].start { words[index].isProtected = true }
        }
    }

    /// Whether more than half of the letters are Latin: English words put beside a text of another
    /// script would be the mark of every such child.
    var isMostlyLatin: Bool {
        var latin = 0
        for word in words {
            let (scalar, _) = UTF8Bytes.decode(bytes, at: word.start)
            switch scalar {
            case 0x41...0x24F, 0x1E00...0x1EFF: latin += word.letters
            default: break
            }
        }
        return latin * 2 > letterCount
    }

    func letters(of word: Word) -> Letters { Letters(bytes, word) }
}

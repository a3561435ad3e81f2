internal import CKernels

/// Gathers one word after the other and turns each into the longest pieces the vocabulary has.
struct WordSplitter {
    private let vocabulary: Vocabulary
    /// The word so far, folded, as UTF-8.
    private var word: [UInt8] = []
    /// Its length in scalars.
    private var scalars = 0
    /// Running hashes of a piece's prefixes; kept for its storage.
    private var hashes: [UInt64] = []

    init(vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
        word.reserveCapacity(4 * BertTokenizer.longestWord)
    }

    /// Adds a lower-case letter or a digit.
    @inline(__always) mutating func add(_ byte: UInt8) {
        scalars += 1
        if scalars <= BertTokenizer.longestWord { word.append(byte) }
    }

    /// Adds an ASCII punctuation mark, a word of its own.
    mutating func addAlone(_ byte: UInt8, _ output: inout [Int32]) {
        endWord(&output)
        add(byte)
        endWord(&output)
    }

    /// Adds a scalar of the raw text that is not ASCII.
    mutating func addScalar(_ scalar: UInt32, _ output: inout [Int32]) {
        let kind = unicode_kind_of(scalar)
        if kind == unicode_removed { return }
        if kind == unicode_space { return endWord(&output) }
        if kind == unicode_chinese { endWord(&output) }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4) { folded in
            guard let base = folded.baseAddress else { return }
            for index in 0..<Int(unicode_fold(scalar, base)) { addFolded(folded[index], &output) }
        }
        if kind == unicode_chinese { endWord(&output) }
    }

    private mutating func addFolded(_ scalar: UInt32, _ output: inout [Int32]) {
        let alone = unicode_is_punctuation(scalar) != 0
        if alone { endWord(&output) }
        scalars += 1
        if scalars <= BertTokenizer.longestWord, let scalar = Unicode.Scalar(scalar) {
            word.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        if alone { endWord(&output) }
    }

    /// Ends the word, if there is one, and appends its pieces.
    @inline(__always) mutating func endWord(_ output: inout [Int32]) {
        if scalars == 0 { return }
        if scalars > BertTokenizer.longestWord {
            output.append(vocabulary.unknown)
        } else {
            appendPieces(&output)
        }
        word.removeAll(keepingCapacity: true)
        scalars = 0
    }

    /// Greedy, longest piece first; a word with a part that is no piece is unknown as a whole.
    private mutating func appendPieces(_ output: inout [Int32]) {
        let before = output.count
        let tokens = vocabulary.tokens
        word.withUnsafeBufferPointer { word in
            var from = 0
            while from < word.count {
                var hash = from == 0 ? TokenTable.start : TokenTable.startContinuing
                hashes.removeAll(keepingCapacity: true)
                for index in from..<min(word.count, from + tokens.longest) {
                    hash = TokenTable.mix(hash, word[index])
                    hashes.append(hash)
                }
                var found: Int32?
                var length = hashes.count
                while length > 0 {
                    let piece = UnsafeBufferPointer(rebasing: word[from..<from + length])
                    found = tokens.find(piece, hashes[length - 1], continuing: from > 0)
                    if found != nil { break }
                    length -= 1
                }
                guard let found else {
                    output.removeSubrange(before...)
                    output.append(vocabulary.unknown)
                    return
                }
                output.append(found)
                from += length
            }
        }
    }
}

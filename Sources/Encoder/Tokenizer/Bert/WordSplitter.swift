internal import CKernels

/// Gathers one word after the other and turns each into the longest pieces the vocabulary has.
struct WordSplitter {
    private let model: WordPiece
    private let folds: Bool
    private let isolatesChinese: Bool
    /// The word so far, folded, as UTF-8.
    private var word: [UInt8] = []
    /// Its length in scalars.
    private var scalars = 0
    /// Running hashes of a piece's prefixes; kept for its storage.
    private var hashes: [UInt64] = []

    init(_ rules: BertTokenizer.Rules) {
        model = rules.model
        folds = rules.folds
        isolatesChinese = rules.isolatesChinese
        word.reserveCapacity(4 * model.longestWord)
    }

    /// Adds a lower-case letter or a digit.
    @inline(__always) mutating func add(_ byte: UInt8) {
        scalars += 1
        if scalars <= model.longestWord { word.append(byte) }
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
        let alone = kind == unicode_chinese && isolatesChinese
        if alone { endWord(&output) }
        defer { if alone { endWord(&output) } }
        if !folds { return addFolded(scalar, &output) }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4) { folded in
            guard let base = folded.baseAddress else { return }
            for index in 0..<Int(unicode_fold(scalar, base)) { addFolded(folded[index], &output) }
        }
    }

    private mutating func addFolded(_ scalar: UInt32, _ output: inout [Int32]) {
        let alone = unicode_is_punctuation(scalar) != 0
        if alone { endWord(&output) }
        scalars += 1
        if scalars <= model.longestWord, let scalar = Unicode.Scalar(scalar) {
            word.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        if alone { endWord(&output) }
    }

    /// Ends the word, if there is one, and appends its pieces.
    @inline(__always) mutating func endWord(_ output: inout [Int32]) {
        if scalars == 0 { return }
        if scalars > model.longestWord {
            output.append(model.unknown)
        } else {
            word.withUnsafeBufferPointer { model.appendPieces($0, &hashes, &output) }
        }
        word.removeAll(keepingCapacity: true)
        scalars = 0
    }
}

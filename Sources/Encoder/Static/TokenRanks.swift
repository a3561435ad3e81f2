/// How frequent each token is among the others, as far as the order of a vocabulary tells: 0 for
/// the most frequent.
///
/// Vocabularies are written by falling frequency. Those of word pieces begin with identifiers that
/// are kept free (`[unused17]`), which have no rank, and with the alphabet in the order of its
/// codes: special tokens and single characters are all taken for the most frequent ones, and words
/// and pieces are counted from 0. (Model2Vec counts from the alphabet's first character, by which
/// "!" is the most frequent token of English and "the" the thousandth.)
struct TokenRanks {
    private let ranks: [Int?]
    /// The identifiers that have a rank, ascending.
    let used: [Int]

    init(_ tokenizer: Tokenizer) {
        let count = tokenizer.identifierCount
        guard let tokens = tokenizer.wordPiece?.tokens else {
            ranks = Array(0..<count)
            used = Array(0..<count)
            return
        }
        var next = 0
        let ranks = (0..<count).map { identifier -> Int? in
            let token =
                identifier < tokens.count
                ? String(decoding: tokens.token(Int32(identifier)), as: UTF8.self) : ""
            if token.hasPrefix("[unused"), token.hasSuffix("]") { return nil }
            let isSpecial = token.hasPrefix("[") && token.hasSuffix("]")
            let piece = token.hasPrefix("##") ? token.dropFirst(2) : token[...]
            if isSpecial || piece.unicodeScalars.count <= 1 { return 0 }
            defer { next += 1 }
            return next
        }
        self.ranks = ranks
        used = ranks.indices.filter { ranks[$0] != nil }
    }

    /// nil for an identifier that no text has.
    subscript(identifier: Int) -> Int? { ranks[identifier] }
}

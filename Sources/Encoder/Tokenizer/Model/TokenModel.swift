/// What turns a word into identifiers.
enum TokenModel: Sendable {
    case wordPiece(WordPiece)
    case pairs(PairEncoding)
    case unigram(Unigram)

    /// The token of what the vocabulary lacks; nil for a vocabulary that lacks nothing.
    var unknown: Int32? {
        switch self {
        case .wordPiece(let model): model.unknown
        case .pairs(let model): model.unknown
        case .unigram(let model): model.unknown
        }
    }

    func append(_ word: Bytes, _ work: inout TokenizerWork) {
        switch self {
        case .wordPiece(let model): model.append(word, &work.hashes, &work.output)
        case .pairs(let model): model.append(word, &work)
        case .unigram(let model): model.append(word, &work)
        }
    }
}

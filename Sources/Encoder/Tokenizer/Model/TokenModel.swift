/// What turns a word into identifiers.
enum TokenModel: Sendable {
    case wordPiece(WordPiece)
    case pairs(PairEncoding)
    case unigram(Unigram)

    func append(_ word: Bytes, _ work: inout TokenizerWork) {
        switch self {
        case .wordPiece(let model): model.append(word, &work.hashes, &work.output)
        case .pairs(let model): model.append(word, &work)
        case .unigram(let model): model.append(word, &work)
        }
    }
}

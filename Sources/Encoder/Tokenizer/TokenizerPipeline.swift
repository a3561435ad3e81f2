/// Any tokenizer of tokenizer.json: added tokens, normalizer, pre-tokenizer, model, special
/// tokens.
///
/// The order of things is that of Hugging Face's `tokenizers`, src/tokenizer/mod.rs: added tokens
/// are found in the raw text, what lies between them is normalized, those that are normalized
/// themselves are found in that, and only what lies between these is split and looked up.
///
/// A class, so that a text retains one object and not each table.
final class TokenizerPipeline: Sendable {
    private let added: AddedTokens
    private let addedNormalized: AddedTokens
    private let normalizer: Normalizer
    private let preTokenizer: PreTokenizer
    private let model: TokenModel
    /// Special tokens before and after every text.
    private let before: [Int32]
    private let after: [Int32]
    private let maximumTokens: Int

    /// `normalized` are those of the added tokens that are found in the normalized text.
    init(
        added: [AddedTokens.Token], normalized: [AddedTokens.Token],
        _ description: TokenizerDescription, maximumTokens: Int
    ) {
        self.added = AddedTokens(added)
        addedNormalized = AddedTokens(normalized)
        normalizer = Normalizer(steps: description.normalizer)
        preTokenizer = PreTokenizer(steps: description.preTokenizer)
        model = description.model
        before = description.frame.before
        after = description.frame.after
        self.maximumTokens = maximumTokens
    }

    var unknown: Int32? { model.unknown }
    /// nil for a model of another kind.
    var wordPiece: WordPiece? {
        if case .wordPiece(let model) = model { model } else { nil }
    }

    func append(_ text: String, to identifiers: inout [Int32]) {
        var text = text
        var work = TokenizerWork(output: [])
        swap(&work.output, &identifiers)
        for token in before { work.output.append(token) }
        work.limit = work.output.count + maximumTokens - before.count - after.count
        text.withUTF8 { append($0, &work) }
        if work.output.count > work.limit { work.output.removeSubrange(work.limit...) }
        for token in after { work.output.append(token) }
        swap(&work.output, &identifiers)
    }

    private func append(_ text: Bytes, _ work: inout TokenizerWork) {
        added.split(text) { part, token in
            if let token {
                work.output.append(token)
            } else if normalizer.steps.isEmpty {
                appendNormalized(part, isFirst: part.baseAddress == text.baseAddress, &work)
            } else {
                var normal = work.takeNormal()
                normal.append(contentsOf: part)
                let isWhole = normalizer.apply(&normal, &work.scratch)
                let isFirst = isWhole && part.baseAddress == text.baseAddress
                normal.withUnsafeBufferPointer { appendNormalized($0, isFirst: isFirst, &work) }
                work.putNormal(normal)
            }
            return !work.isFull
        }
    }

    private func appendNormalized(_ text: Bytes, isFirst: Bool, _ work: inout TokenizerWork) {
        addedNormalized.split(text) { part, token in
            if let token {
                work.output.append(token)
            } else {
                let isFirst = isFirst && part.baseAddress == text.baseAddress
                preTokenizer.split(part, isFirst: isFirst, model, &work)
            }
            return !work.isFull
        }
    }
}

/// The identifiers of one text in the making, and storage that its words share.
struct TokenizerWork {
    var output: [Int32]
    /// As many identifiers are enough.
    var limit = Int.max
    var scratch: [UInt8] = []
    /// For the models.
    var hashes: [UInt64] = []
    var symbols = PairMerger.Symbols()
    var path: [Unigram.Step] = []

    private var normal: [UInt8] = []
    private var buffers: [[UInt8]] = []

    init(output: [Int32]) { self.output = output }

    var isFull: Bool { output.count >= limit }

    /// An empty buffer for the pre-tokenizer of this number, to be put back.
    mutating func take(_ step: Int) -> [UInt8] {
        while buffers.count <= step { buffers.append([]) }
        var buffer: [UInt8] = []
        swap(&buffer, &buffers[step])
        buffer.removeAll(keepingCapacity: true)
        return buffer
    }

    mutating func put(_ buffer: consuming [UInt8], _ step: Int) { buffers[step] = buffer }

    mutating func takeNormal() -> [UInt8] {
        var buffer: [UInt8] = []
        swap(&buffer, &normal)
        buffer.removeAll(keepingCapacity: true)
        return buffer
    }

    mutating func putNormal(_ buffer: consuming [UInt8]) { normal = buffer }
}

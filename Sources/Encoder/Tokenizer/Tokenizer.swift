internal import Records

/// Turns a text into the identifiers a model was trained on, those of Hugging Face's `tokenizers`
/// to the last one.
///
/// BERT's lower-cased word pieces have a path of their own (`BertTokenizer`); everything else that
/// a tokenizer.json may describe runs through `TokenizerPipeline`. Truncation and padding written
/// in tokenizer.json are those of whoever saved it and are not looked at: a text is cut at
/// `maximumTokens`, on its right, and keeps its special tokens; nothing is padded.
struct Tokenizer: Sendable {
    private enum Method: Sendable {
        case bert(BertTokenizer)
        case pipeline(TokenizerPipeline)
    }

    /// Most tokens of a text, special ones included.
    let maximumTokens: Int
    /// The special tokens before and after every text: [CLS] and [SEP].
    let frame: (before: [Int32], after: [Int32])
    /// How many special tokens every text gets: two for [CLS] … [SEP].
    let specialTokenCount: Int
    /// One more than the largest identifier; a model needs as many vectors.
    let identifierCount: Int
    /// Whether upper and lower case give the same identifiers.
    let lowersCase: Bool
    /// The files read, in a fixed order: what a fingerprint must cover.
    let files: [String]

    private let method: Method

    /// BERT's tokenizer, lower-cased, from the lines of vocab.txt.
    init(vocabulary: Vocabulary, maximumTokens: Int) {
        self.init(vocabulary: vocabulary, maximumTokens: maximumTokens, files: [])
    }

    init(vocabulary: Vocabulary, maximumTokens: Int, files: [String]) {
        self.maximumTokens = maximumTokens
        self.files = files
        frame = ([vocabulary.classify], [vocabulary.separate])
        specialTokenCount = 2
        identifierCount = vocabulary.tokens.count
        lowersCase = true
        method = .bert(
            BertTokenizer(rules: vocabulary.rules, maximumTokens: maximumTokens))
    }

    /// The tokenizer that the text of a tokenizer.json describes.
    ///
    /// Throws a `Fault` of kind `configuration` that names the field when the description is
    /// broken or asks for something this encoder does not have, and when `maximumTokens` leaves
    /// no room beside the special tokens. `path` is for messages.
    init(json: [UInt8], path: String, maximumTokens: Int, files: [String] = []) throws(Fault) {
        let root = DescriptionField(
            name: "", value: try JSONValue(json, path: path), path: path)
        try self.init(
            TokenizerDescription(root), path: path, maximumTokens: maximumTokens, files: files)
    }

    init(
        _ description: TokenizerDescription, path: String, maximumTokens: Int, files: [String],
        isFast: Bool = true
    ) throws(Fault) {
        self.maximumTokens = maximumTokens
        self.files = files
        frame = (description.frame.before, description.frame.after)
        specialTokenCount = frame.before.count + frame.after.count
        identifierCount = description.identifierCount
        lowersCase = description.normalizer.contains(where: \.lowersCase)
        guard maximumTokens > specialTokenCount else {
            throw Fault(
                .configuration, "the tokens of a text leave no room beside the special ones",
                at: .file(path), why: "\(maximumTokens), \(specialTokenCount) of them special")
        }
        if isFast, let bert = description.bert(maximumTokens: maximumTokens) {
            method = .bert(bert)
        } else {
            method = .pipeline(description.pipeline(maximumTokens: maximumTokens))
        }
    }

    /// The tokenizer of a model folder: tokenizer.json, or else vocab.txt (BERT, DistilBERT,
    /// MPNet), or else vocab.json with merges.txt (RoBERTa).
    ///
    /// tokenizer_config.json is read beside the latter two, and must not contradict the first.
    init(folder: String, maximumTokens: Int) throws(Fault) {
        let reader = try FolderReader(folder)
        try self.init(
            TokenizerDescription(reader.root), path: reader.root.path,
            maximumTokens: maximumTokens, files: reader.files)
    }

    /// The token of what the vocabulary lacks; nil for a vocabulary that lacks nothing.
    var unknown: Int32? {
        switch method {
        case .bert(let tokenizer): tokenizer.unknown
        case .pipeline(let pipeline): pipeline.unknown
        }
    }

    /// The word pieces; nil for a model of another kind.
    var wordPiece: WordPiece? {
        switch method {
        case .bert(let tokenizer): tokenizer.model
        case .pipeline(let pipeline): pipeline.wordPiece
        }
    }

    /// The identifiers of a text, special tokens included.
    func identifiers(_ text: String) -> [Int32] {
        var identifiers: [Int32] = []
        append(text, to: &identifiers)
        return identifiers
    }

    /// Appends the identifiers of a text, special tokens included.
    func append(_ text: String, to identifiers: inout [Int32]) {
        switch method {
        case .bert(let tokenizer): tokenizer.append(text, to: &identifiers)
        case .pipeline(let pipeline): pipeline.append(text, to: &identifiers)
        }
    }
}

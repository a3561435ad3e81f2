internal import CKernels
public import Records

/// Turns texts into unit vectors with a sentence encoder of BERT's family: BERT (all-MiniLM-L6-v2),
/// DistilBERT, MPNet, RoBERTa or XLM-RoBERTa with mean, first-token or last-token pooling (Reimers
/// and Gurevych 2019; with 32-bit floats the vectors of the Python package sentence-transformers
/// within 2e-6).
///
/// Vectors have length 1 even if the model's folder lists no Normalize.
///
/// A text's vector is the same to the last bit whatever the number of threads, the order and the
/// company it is encoded in, on one kind of processor with one library; see `kernelDescription`.
public final class SentenceEncoder: Sendable {
    /// What stands before every text, for models that were trained with it.
    public enum Prompt: Sendable, Equatable {
        /// What config_sentence_transformers.json takes unless told otherwise, if anything.
        case standard
        /// One of those it lists, by name.
        case named(String)
        /// This, whatever the model lists.
        case text(String)
    }

    /// Components of a vector.
    public let dimension: Int
    /// Most tokens of a text, prompt and special tokens included; what is longer is cut.
    public let maximumTokens: Int
    /// SHA-256, 64 hexadecimal digits, of what decides the vectors: weights, tokenizer, settings,
    /// prompt, precision and this encoder's version.
    ///
    /// Computed beside the first texts: asking at once waits for about a tenth of a second.
    public var fingerprint: String {
        Self.fingerprint(lateFingerprint.wait ?? "", prompt: prompt)
    }
    /// What computes: library, kernels, precision, and how texts share a matrix product.
    public let kernelDescription: String
    /// What is put before every text.
    public let prompt: String

    let tokenizer: Tokenizer
    private let unknownWordFinder: UnknownWordFinder
    private let transformer: Transformer
    private let prompts: ModelPrompts
    /// So many tokens at the start of every text are the prompt's and left out of pooling.
    private let promptTokens: Int
    /// Of the model without a prompt.
    private let lateFingerprint: Deferred<String>

    /// Raised when the vectors change.
    static let version = 2

    /// Loads a model folder as Hugging Face serves it.
    ///
    /// Throws a `Fault` of kind `configuration` when a file is missing or broken, when a setting
    /// is one this encoder does not have, when the model has no such prompt, when neither oneDNN
    /// nor OpenBLAS is installed, or when this machine cannot compute in that precision.
    public convenience init(
        folder: String, prompt: Prompt = .standard, precision: Precision = .fp32
    ) throws(Fault) {
        try self.init(
            folder: folder, prompt: prompt, precision: precision, library: nil, packing: nil,
            level: ckernels_best_level())
    }

    /// For tests: `library` and `packing` replace what would be chosen; `packing` false computes
    /// text by text, as on libraries whose rows depend on each other.
    init(
        folder: String, prompt: Prompt = .standard, precision: Precision,
        library: GEMM.Library?, packing: Bool?, level: ckernels_level
    ) throws(Fault) {
        let settings = try ModelSettings(folder: folder)
        prompts = try ModelPrompts(folder: folder)
        self.prompt = try prompts.text(of: prompt)
        tokenizer = try Self.tokenizer(settings)
        unknownWordFinder = UnknownWordFinder(tokenizer)
        let files = try WeightFiles(folder: settings.modules.transformerFolder)
        let hashed = try Self.mapped(tokenizer.files) + files.files.map(\.file)
        let checked = Deferred { Self.product(settings, precision, library, packing) }
        let weights = try Weights(files, settings)
        guard let product = try checked.wait?.get() else {
            throw Fault(.configuration, "the matrix products could not be checked")
        }
        // Reading all weights for the hash takes about as long as all else together.
        lateFingerprint = Deferred { Self.fingerprint(settings, precision, hashed) }
        dimension = settings.width
        maximumTokens = settings.maximumTokens
        promptTokens = Self.tokensToSkip(self.prompt, settings, tokenizer)
        transformer = try Transformer(
            settings: settings, weights: weights, product: product, level: level)
        kernelDescription =
            transformer.description
            + (settings.modules.isPlain ? ", mean pooling as no file names another" : "")
    }

    private init(_ other: SentenceEncoder, prompt: String) {
        dimension = other.dimension
        maximumTokens = other.maximumTokens
        kernelDescription = other.kernelDescription
        tokenizer = other.tokenizer
        unknownWordFinder = other.unknownWordFinder
        transformer = other.transformer
        prompts = other.prompts
        lateFingerprint = other.lateFingerprint
        self.prompt = prompt
        promptTokens = Self.tokensToSkip(prompt, transformer.settings, tokenizer)
    }

    /// The same model with another prompt; the weights are shared.
    ///
    /// Throws a `Fault` of kind `configuration` when the model has no prompt of that name.
    public func prompted(_ prompt: Prompt) throws(Fault) -> SentenceEncoder {
        SentenceEncoder(self, prompt: try prompts.text(of: prompt))
    }

    /// One vector for each text, row-major [texts.count, dimension], each of length 1.
    ///
    /// Texts of any length and content are taken; an empty one has the vector of [CLS][SEP].
    /// `threads` is 1 or more, the caller's thread among them. Throws a `Fault` of kind `usage`
    /// for fewer, and of kind `badData` when the model gives something that is not a number.
    public func encode(_ texts: [String], threads: Int) throws(Fault) -> [Float] {
        guard threads >= 1 else {
            throw Fault(.usage, "encoding needs at least one thread", why: "given \(threads)")
        }
        return try encode(identifiers: identifiers(of: texts, threads: threads), threads: threads)
    }

    /// The vectors of texts that are identifiers already, of which none is empty.
    func encode(identifiers tokens: [[Int32]], threads: Int) throws(Fault) -> [Float] {
        let lengths = tokens.map(\.count)
        // Few texts are shared out too.
        let share = lengths.reduce(0, +) / threads + 1
        let batches = Batch.plan(lengths: lengths, capacity: min(Batch.capacity, share))
        let rows = batches.map(\.tokens).max() ?? 0
        let longest = lengths.max() ?? 0
        let width = dimension
        let transformer = transformer
        let promptTokens = promptTokens
        let parts = Parallel.map(
            batches.count, threads: threads,
            state: { transformer.workspace(rows: rows, longest: longest) },
            { workspace, index in
                transformer.encode(
                    batches[index].texts.map { tokens[$0] }, promptTokens: promptTokens, workspace)
            })
        var vectors = [Float](repeating: 0, count: tokens.count * width)
        for (batch, part) in zip(batches, parts) {
            for (place, index) in batch.texts.enumerated() {
                vectors.withUnsafeMutableBufferPointer { vectors in
                    for column in 0..<width {
                        vectors[index * width + column] = part[place * width + column]
                    }
                }
            }
        }
        for index in tokens.indices where !vectors[index * width].isFinite {
            throw Fault(
                .badData, "the model gives a vector that is not a number",
                why: "text \(index) of the batch", hint: "the weights may be damaged")
        }
        return vectors
    }

    /// The identifiers a text is turned into, prompt and special tokens included, at most
    /// `maximumTokens`.
    public func tokenIdentifiers(_ text: String) -> [Int32] {
        tokenizer.identifiers(prompt.isEmpty ? text : prompt + text)
    }

    /// What of a text the model does not know; nil when it knows all that it reads of it.
    ///
    /// Texts that differ in unknown words only have one and the same vector.
    public func unknownWords(in text: String) -> UnknownWords? { unknownWordFinder.find(text) }

    private func identifiers(of texts: [String], threads: Int) -> [[Int32]] {
        let chunk = 256
        let parts = Parallel.map(
            (texts.count + chunk - 1) / chunk, threads: threads, state: {},
            { _, index in
                texts[index * chunk..<min((index + 1) * chunk, texts.count)]
                    .map(tokenIdentifiers)
            })
        return Array(parts.joined())
    }
}

internal import CKernels
public import Records

/// Turns texts into unit vectors with all-MiniLM-L6-v2 or another BERT sentence encoder of its
/// kind: mean pooling over all tokens, length 1 (Reimers and Gurevych 2019; with 32-bit floats the
/// vectors of the Python package sentence-transformers within 1e-6).
///
/// A text's vector is the same to the last bit whatever the number of threads, the order and the
/// company it is encoded in, on one kind of processor with one library; see `kernelDescription`.
public final class SentenceEncoder: Sendable {
    /// Components of a vector.
    public let dimension: Int
    /// Most tokens of a text, [CLS] and [SEP] included; what is longer is cut.
    public let maximumTokens: Int
    /// SHA-256, 64 hexadecimal digits, of what decides the vectors: weights, vocabulary, settings,
    /// precision and this encoder's version.
    ///
    /// Computed beside the first texts: asking at once waits for about a tenth of a second.
    public var fingerprint: String { lateFingerprint.wait ?? "" }
    /// What computes: library, kernels, precision, and how texts share a matrix product.
    public let kernelDescription: String

    private let tokenizer: Tokenizer
    private let transformer: Transformer
    private let lateFingerprint: Late<String>

    /// Raised when the vectors change.
    static let version = 2

    /// Loads a model folder as Hugging Face serves it.
    ///
    /// Throws a `Fault` of kind `configuration` when a file is missing or broken, when a setting
    /// is one this encoder does not have, when neither oneDNN nor OpenBLAS is installed, or when
    /// this machine cannot compute in that precision.
    public convenience init(
        folder: String, precision: Precision = .fp32
    ) throws(Fault) {
        try self.init(
            folder: folder, precision: precision, library: nil, packing: nil,
            level: ckernels_best_level())
    }

    /// For tests: `library` and `packing` replace what would be chosen; `packing` false computes
    /// text by text, as on libraries whose rows depend on each other.
    init(
        folder: String, precision: Precision, library: Product.Library?, packing: Bool?,
        level: ckernels_level
    ) throws(Fault) {
        let settings = try ModelSettings(folder: folder)
        let vocabularyPath = folder + "/vocab.txt"
        let vocabulary = try Vocabulary(path: vocabularyPath)
        guard vocabulary.tokens.count <= settings.vocabulary else {
            throw Fault(
                .configuration, "the vocabulary has more lines than 'vocab_size' says",
                at: .file(vocabularyPath),
                why: "\(vocabulary.tokens.count) lines, \(settings.vocabulary) vectors")
        }
        let weightsPath = folder + "/model.safetensors"
        let file = try MappedFile(path: weightsPath)
        let vocabularyFile = try MappedFile(path: vocabularyPath)
        // Reading all weights for the hash takes about as long as all else together.
        lateFingerprint = Late {
            Self.fingerprint(settings, precision, vocabulary: vocabularyFile, weights: file)
        }
        let weights = try Weights(Safetensors(file, path: weightsPath), settings)
        let shapes = [
            (settings.width, 3 * settings.width), (settings.width, settings.width),
            (settings.width, settings.innerWidth), (settings.innerWidth, settings.width),
        ]
        let product = try Product(
            shapes: shapes, precision: precision, library: library, packs: packing)
        dimension = settings.width
        maximumTokens = settings.maximumTokens
        tokenizer = Tokenizer(vocabulary: vocabulary, maximumTokens: settings.maximumTokens)
        transformer = try Transformer(
            settings: settings, weights: weights, product: product, level: level)
        kernelDescription = transformer.description
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
        let tokens = identifiers(of: texts, threads: threads)
        let lengths = tokens.map(\.count)
        // Few texts are shared out too.
        let share = lengths.reduce(0, +) / threads + 1
        let batches = Batch.plan(lengths: lengths, capacity: min(Batch.capacity, share))
        let rows = batches.map(\.tokens).max() ?? 0
        let longest = lengths.max() ?? 0
        let width = dimension
        let transformer = transformer
        let parts = inParallel(
            batches.count, threads: threads,
            state: { transformer.workspace(rows: rows, longest: longest) },
            { workspace, index in
                transformer.encode(batches[index].texts.map { tokens[$0] }, workspace)
            })
        var vectors = [Float](repeating: 0, count: texts.count * width)
        for (batch, part) in zip(batches, parts) {
            for (place, index) in batch.texts.enumerated() {
                vectors.withUnsafeMutableBufferPointer { vectors in
                    for column in 0..<width {
                        vectors[index * width + column] = part[place * width + column]
                    }
                }
            }
        }
        for index in texts.indices where !vectors[index * width].isFinite {
            throw Fault(
                .badData, "the model gives a vector that is not a number",
                why: "text \(index) of the batch", hint: "the weights may be damaged")
        }
        return vectors
    }

    /// The identifiers a text is turned into, from [CLS] to [SEP], at most `maximumTokens`.
    public func tokenIdentifiers(_ text: String) -> [Int32] { tokenizer.identifiers(text) }

    private func identifiers(of texts: [String], threads: Int) -> [[Int32]] {
        let chunk = 256
        let tokenizer = tokenizer
        let parts = inParallel(
            (texts.count + chunk - 1) / chunk, threads: threads, state: {},
            { _, index in
                texts[index * chunk..<min((index + 1) * chunk, texts.count)]
                    .map(tokenizer.identifiers)
            })
        return Array(parts.joined())
    }
}

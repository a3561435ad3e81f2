internal import Encoder
internal import Pipeline
internal import Providers
internal import Records
internal import Remote

/// Where vectors come from.
protocol Embedder: Sendable {
    /// Everything that shapes a vector besides the text.
    var key: SHA256.Digest { get }
    /// How long the vectors are; nil when only the first one tells.
    var columns: Int? { get }
    /// How many texts are made between two looks for a signal.
    var textsPerStep: Int { get }
    /// Vectors of length 1 in the order of `texts`; nil for a text that can have none.
    ///
    /// - Parameter keep: Is given vectors as they are made, with the places of their texts, so
    ///   that they outlive a fault further on.
    func vectors(
        of texts: [String], keep: @escaping Keep
    ) async throws(Fault) -> (vectors: [[Float]?], tokens: Int)
    /// What of a text the model does not know; nil when it knows all, or nobody can tell.
    func unknownWords(in text: String) -> UnknownWords?
}

extension Embedder {
    typealias Keep = @Sendable (_ places: [Int], _ vectors: [[Float]]) async throws(Fault) -> Void
}

/// The model in a folder of this machine.
struct LocalEmbedder: Embedder {
    let encoder: SentenceEncoder

    // Vectors of another processor or BLAS differ in their last bits: they are others.
    var key: SHA256.Digest {
        SHA256.hash("embed/1\u{0}\(encoder.fingerprint)\u{0}\(encoder.kernelDescription)")
    }

    var columns: Int? { encoder.dimension }

    /// A second or so of work.
    var textsPerStep: Int { 128 }

    func vectors(
        of texts: [String], keep: @escaping Keep
    ) async throws(Fault) -> (vectors: [[Float]?], tokens: Int) {
        let made = try encoder.encode(texts, threads: 1)
        let width = encoder.dimension
        let tokens = texts.reduce(0) { $0 + encoder.tokenIdentifiers($1).count }
        let vectors = texts.indices.map { Array(made[$0 * width..<($0 + 1) * width]) }
        try await keep(Array(texts.indices), vectors)
        return (vectors, tokens)
    }

    func unknownWords(in text: String) -> UnknownWords? { encoder.unknownWords(in: text) }
}

/// A static model distilled from the model in a folder of this machine.
struct StaticEmbedder: Embedder {
    let encoder: StaticEncoder
    let teacher: SentenceEncoder
    let key: SHA256.Digest

    var columns: Int? { encoder.dimension }

    /// A tenth of a second of work or less.
    var textsPerStep: Int { 4_096 }

    func vectors(
        of texts: [String], keep: @escaping Keep
    ) async throws(Fault) -> (vectors: [[Float]?], tokens: Int) {
        let (made, tokens) = encoder.encode(texts)
        let width = encoder.dimension
        let vectors = texts.indices.map { Array(made[$0 * width..<($0 + 1) * width]) }
        try await keep(Array(texts.indices), vectors)
        return (vectors, tokens)
    }

    func unknownWords(in text: String) -> UnknownWords? { teacher.unknownWords(in: text) }
}

/// The pipeline's provider, any endpoint of OpenAI's `/v1/embeddings`.
struct EndpointEmbedder: Embedder {
    struct Settings: Sendable, Equatable {
        var provider: ProviderSettings
        var dimensions: Int?
        var batch: Int
    }

    /// The encoder that the offline server computes with, where there is one.
    static let offlineModel = "models/all-MiniLM-L6-v2"

    private let session: ModelSession
    private let settings: Settings
    private let stop: @Sendable () throws(Fault) -> Void
    /// The offline server's; an endpoint's own tokenizer is not known here.
    private let encoder: SentenceEncoder?
    let key: SHA256.Digest

    init(_ settings: Settings, _ session: ModelSession, _ context: StageContext) throws(Fault) {
        self.session = session
        self.settings = settings
        stop = { () throws(Fault) in try context.checkStop() }
        encoder = try Self.offlineEncoder(settings.provider)
        key = try Self.key(settings, session.identity)
    }

    /// - Parameter identity: ``ModelSession/identity``.
    static func key(_ settings: Settings, _ identity: String) throws(Fault) -> SHA256.Digest {
        let offline = try offlineFingerprint(settings.provider) ?? "-"
        let dimensions = settings.dimensions.map { "\($0)" } ?? "-"
        return SHA256.hash("embed/endpoint/1\0\(identity)\0\(dimensions)\0\(offline)")
    }

    var columns: Int? { settings.dimensions }

    /// As many as keep every place in flight taken.
    var textsPerStep: Int { max(128, settings.batch * session.limit) }

    /// The offline server's vectors are those of a model folder, which is no part of its name.
    static func offlineFingerprint(_ provider: ProviderSettings) throws(Fault) -> String? {
        try offlineEncoder(provider)?.fingerprint
    }

    private static func offlineEncoder(
        _ provider: ProviderSettings
    ) throws(Fault) -> SentenceEncoder? {
        let folder = ResourceFolder.path(offlineModel)
        guard provider.isOffline, Paths.exists(folder + "/model.safetensors") else { return nil }
        return try EncoderCache.encoder(folder: folder)
    }

    func unknownWords(in text: String) -> UnknownWords? { encoder?.unknownWords(in: text) }

    func vectors(
        of texts: [String], keep: @escaping Keep
    ) async throws(Fault) -> (vectors: [[Float]?], tokens: Int) {
        // The protocol has no vector for no text: asking would only cost a refusal.
        let asked = texts.indices.filter { !texts[$0].isEmpty }
        let batches = stride(from: 0, to: asked.count, by: settings.batch).map {
            Array(asked[$0..<min($0 + settings.batch, asked.count)])
        }
        let client = session.embeddings(batch: settings.batch, dimensions: settings.dimensions)
        let parts = try await Parallel.map(batches, limit: session.limit) { batch throws(Fault) in
            try stop()
            let vectors = try await client.embed(batch.map { texts[$0] }) {
                start, vectors throws(Fault) in
                try await keep(Array(batch[start..<start + vectors.count]), vectors)
            }
            session.say()
            return vectors
        }
        var vectors = [[Float]?](repeating: nil, count: texts.count)
        for (at, vector) in zip(asked, parts.joined()) { vectors[at] = vector }
        return (vectors, 0)
    }
}

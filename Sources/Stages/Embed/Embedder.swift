internal import Encoder
internal import Pipeline
internal import Records
internal import Remote

/// Where vectors come from.
protocol Embedder: Sendable {
    /// Everything that shapes a vector besides the text.
    var key: SHA256.Digest { get }
    /// How long the vectors are; nil when only the first one tells.
    var columns: Int? { get }
    /// Vectors of length 1 in the order of `texts`; nil for a text that can have none.
    func vectors(of texts: [String]) async throws(Fault) -> (vectors: [[Float]?], tokens: Int)
}

/// The model in a folder of this machine.
struct LocalEmbedder: Embedder {
    let encoder: SentenceEncoder

    // Vectors of another processor or BLAS differ in their last bits: they are others.
    var key: SHA256.Digest {
        SHA256.hash("embed/1\u{0}\(encoder.fingerprint)\u{0}\(encoder.kernelDescription)")
    }

    var columns: Int? { encoder.dimension }

    func vectors(of texts: [String]) async throws(Fault) -> (vectors: [[Float]?], tokens: Int) {
        let made = try encoder.encode(texts, threads: 1)
        let width = encoder.dimension
        let tokens = texts.reduce(0) { $0 + encoder.tokenIdentifiers($1).count }
        return (texts.indices.map { Array(made[$0 * width..<($0 + 1) * width]) }, tokens)
    }
}

/// Any endpoint of OpenAI's `/v1/embeddings`, the pipeline's provider.
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
    let key: SHA256.Digest

    init(_ settings: Settings, _ session: ModelSession, _ work: StageWork) throws(Fault) {
        self.session = session
        self.settings = settings
        stop = { () throws(Fault) in try work.checkStop() }
        let offline = try Self.offlineFingerprint(settings.provider) ?? "-"
        let dimensions = settings.dimensions.map { "\($0)" } ?? "-"
        key = SHA256.hash("embed/endpoint/1\0\(session.identity)\0\(dimensions)\0\(offline)")
    }

    var columns: Int? { settings.dimensions }

    /// The offline server's vectors are those of a model folder, which is no part of its name.
    static func offlineFingerprint(_ provider: ProviderSettings) throws(Fault) -> String? {
        let folder = ResourceFolder.path(offlineModel)
        guard provider.isOffline, Paths.exists(folder + "/model.safetensors") else { return nil }
        return try EncoderShelf.encoder(folder: folder).fingerprint
    }

    func vectors(of texts: [String]) async throws(Fault) -> (vectors: [[Float]?], tokens: Int) {
        // The protocol has no vector for no text: asking would only cost a refusal.
        let asked = texts.indices.filter { !texts[$0].isEmpty }
        let batches = stride(from: 0, to: asked.count, by: settings.batch).map {
            asked[$0..<min($0 + settings.batch, asked.count)].map { texts[$0] }
        }
        let client = session.embeddings(batch: settings.batch, dimensions: settings.dimensions)
        let parts = try await InFlight.map(batches, limit: session.limit) { batch throws(Fault) in
            try stop()
            let vectors = try await client.embed(batch)
            session.say()
            return vectors
        }
        var vectors = [[Float]?](repeating: nil, count: texts.count)
        for (at, vector) in zip(asked, parts.joined()) { vectors[at] = vector }
        return (vectors, 0)
    }
}

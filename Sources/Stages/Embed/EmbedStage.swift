internal import Encoder
public import Pipeline
public import Records
internal import Store
internal import Synchronization

/// Gives every row a vector of length 1: rows that mean alike point alike.
///
/// ```yaml
/// - use: embed
///   model: models/all-MiniLM-L6-v2
/// ```
///
/// Two rows with equal texts get equal vectors, to the last bit; the matrix is `embeddings.npy`,
/// one row of 32-bit floats for each record, in the records' order.
public struct EmbedStage: Stage {
    public static let description = StageDescription(
        name: "embed", version: 1, role: .annotator,
        summary: "Writes a sentence vector beside every row.",
        method: """
            A BERT sentence encoder with mean pooling over all tokens and length 1 (Reimers and \
            Gurevych 2019), computed here; longer texts are cut at the model's limit, an empty \
            text has the vector of no words. Vectors are kept in the workspace by text and model.
            """,
        cost: "All-MiniLM-L6-v2: some hundred short texts a second and thread; 1.5 kB a row.",
        writes: Sidecar.embeddings)

    private let model: String
    private let prefix: String
    private let usesCache: Bool

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        model = settings.path(
            "model", "models/all-MiniLM-L6-v2",
            help: "The model's folder, as Hugging Face serves it.")
        prefix = settings.string(
            "prefix", "", help: "Put before every text, for models that were trained with one.")
        usesCache = settings.flag(
            "cache", true, help: "Keep vectors in the workspace for later runs.",
            affectsResult: false)
    }

    public func dependencies() throws(Fault) -> [StageDependency] {
        let encoder = try EncoderShelf.encoder(folder: model)
        return [StageDependency(name: "model", digest: encoder.fingerprint)]
    }

    public func run(_ work: StageWork) async throws(Fault) {
        let encoder = try EncoderShelf.encoder(folder: model)
        // Vectors of another processor or BLAS differ in their last bits: they are others.
        let key = SHA256.hash(
            "embed/1\u{0}\(encoder.fingerprint)\u{0}\(encoder.kernelDescription)\u{0}\(prefix)")
        let cache = usesCache ? work.store.vectors : nil
        let tally = Mutex(Tally())
        let start = ContinuousClock.now
        try await work.map { block throws(Fault) in
            let texts = block.rows.map { prefix + $0.record.text }
            let part = try await Self.vectors(of: texts, encoder, cache, key)
            tally.withLock { $0.add(part.tally) }
            return BlockResult(block.rows.map { _ in .keep }, vectors: part.vectors)
        }
        let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1_000
        let total = tally.withLock { $0 }
        work.count("cached", Double(total.cached))
        work.count("embedded", Double(total.embedded))
        work.count("tokens", Double(total.tokens))
        if total.embedded > 0, seconds > 0 {
            work.count("texts_per_second", Double(total.embedded) / seconds)
        }
        work.note("the vectors come from \(encoder.kernelDescription)")
    }

    struct Tally {
        var cached = 0
        var embedded = 0
        var tokens = 0

        mutating func add(_ other: Tally) {
            cached += other.cached
            embedded += other.embedded
            tokens += other.tokens
        }
    }

    /// The vectors of some texts, row after row: stored ones as they are, the others computed, each
    /// text once.
    private static func vectors(
        of texts: [String], _ encoder: SentenceEncoder, _ cache: VectorCache?, _ key: SHA256.Digest
    ) async throws(Fault) -> (vectors: [Float], tally: Tally) {
        let digests = texts.map { SHA256.hash($0) }
        var found: [[Float]?] = texts.map { _ in nil }
        if let cache { found = try await cache.vectors(model: key, texts: digests) }
        var tally = Tally()
        var places: [SHA256.Digest: Int] = [:]
        var missing: [Int] = []
        for at in texts.indices {
            // A stored vector of another length or with a broken number is computed again.
            if let vector = found[at], vector.count == encoder.dimension,
                vector.allSatisfy(\.isFinite)
            {
                tally.cached += 1
            } else {
                found[at] = nil
                if places.updateValue(places[digests[at]] ?? missing.count, forKey: digests[at])
                    == nil
                {
                    missing.append(at)
                }
            }
        }
        let made = try encoder.encode(missing.map { texts[$0] }, threads: 1)
        tally.embedded = missing.count
        for at in missing { tally.tokens += encoder.tokenIdentifiers(texts[at]).count }
        let width = encoder.dimension
        func slice(_ place: Int) -> ArraySlice<Float> { made[place * width..<(place + 1) * width] }
        if let cache {
            try await cache.store(
                missing.indices.map { (digests[missing[$0]], Array(slice($0))) }, model: key)
        }
        var vectors: [Float] = []
        vectors.reserveCapacity(texts.count * width)
        for at in texts.indices {
            if let vector = found[at] {
                vectors += vector
            } else if let place = places[digests[at]] {
                vectors += slice(place)
            }
        }
        return (vectors, tally)
    }
}

internal import Encoder
internal import Pipeline
internal import Records
internal import StageKit
internal import StoreProtocols

/// Embeds blocks of rows: stored vectors as they are, the others made, each text once a block.
struct EmbedRun: Sendable {
    private let embedder: any Embedder
    private let cache: (any VectorStore)?
    private let prefix: String
    private let key: SHA256.Digest
    private let checkStop: @Sendable () throws(Fault) -> Void

    /// - Parameter checkStop: Throws when the run has to end.
    init(
        _ embedder: any Embedder, _ cache: (any VectorStore)?, prefix: String,
        checkStop: @escaping @Sendable () throws(Fault) -> Void
    ) {
        self.embedder = embedder
        self.checkStop = checkStop
        self.cache = cache
        self.prefix = prefix
        key = Self.key(embedder.key, prefix: prefix)
    }

    /// The model's key in the cache.
    static func key(_ embedder: SHA256.Digest, prefix: String) -> SHA256.Digest {
        SHA256.hash("\(embedder.hex)\0\(prefix)")
    }

    func result(_ block: RowBlock) async throws(Fault) -> (BlockResult, EmbedTally) {
        var tally = EmbedTally(columns: embedder.columns)
        let vectors = try await vectors(of: block.rows.map { prefix + $0.record.text }, &tally)
        var outcomes: [Outcome] = []
        var values: [Float] = []
        values.reserveCapacity(block.rows.count * (tally.columns ?? 0))
        for (row, vector) in zip(block.rows, vectors) {
            if let vector {
                values += vector
                let note = embedder.unknownWords(in: row.record.text).map {
                    UnknownNote($0.words, tokens: $0.tokens, unknownTokens: $0.unknownTokens)
                }
                tally.unknown.add(note)
                outcomes.append(Outcome(.keep, note: note?.line))
            } else {
                outcomes.append(.refuse("not_embedded"))
            }
        }
        return (BlockResult(outcomes, vectors: values), tally)
    }

    /// The vectors of texts that are no rows, in their order; nil for one that can have none.
    func vectors(of texts: [String]) async throws(Fault) -> [[Float]?] {
        var tally = EmbedTally(columns: embedder.columns)
        return try await vectors(of: texts.map { prefix + $0 }, &tally)
    }

    private func vectors(
        of texts: [String], _ tally: inout EmbedTally
    ) async throws(Fault) -> [[Float]?] {
        let digests = texts.map { SHA256.hash($0) }
        var (found, damaged) = ([[Float]?](repeating: nil, count: texts.count), [Int]())
        if let cache { (found, damaged) = try await cache.vectors(model: key, texts: digests) }
        var places: [SHA256.Digest: Int] = [:]
        var missing: [Int] = []
        for at in texts.indices {
            if let vector = found[at] {
                if isUsable(vector) { continue }
                damaged.append(at)
                found[at] = nil
            }
            if places[digests[at]] == nil {
                places[digests[at]] = missing.count
                missing.append(at)
            }
        }
        // Another vector can be kept only where none is.
        try await cache?.forget(damaged.map { digests[$0] }, model: key)
        tally.damaged += damaged.count
        tally.cached += found.count { $0 != nil }
        let made = try await make(missing, texts, digests)
        for at in texts.indices where found[at] == nil {
            if let place = places[digests[at]] { found[at] = made.vectors[place] }
        }
        tally.embedded += made.vectors.count { $0 != nil }
        tally.tokens += made.tokens
        for vector in found {
            guard let vector, !tally.take(columns: vector.count) else { continue }
            throw Outcome.unevenVectors
        }
        return found
    }

    /// How far from 1 the square of a vector's length may be: rounding to 32 bits moves it by less
    /// than 10⁻⁴, also for vectors that an endpoint rounded to 16.
    private static let lengthTolerance: Float = 0.01

    /// Whether a stored vector has the right number of columns and the length 1 that all have.
    private func isUsable(_ vector: [Float]) -> Bool {
        let square = vector.reduce(0) { $0 + $1 * $1 }
        return abs(square - 1) < Self.lengthTolerance
            && embedder.columns.map { $0 == vector.count } ?? true
    }

    /// Makes the vectors of `missing`, a step at a time, and keeps them as they come: what was
    /// made before a signal, a fault or a crash is not made again, nor paid for.
    private func make(
        _ missing: [Int], _ texts: [String], _ digests: [SHA256.Digest]
    ) async throws(Fault) -> (vectors: [[Float]?], tokens: Int) {
        var all: (vectors: [[Float]?], tokens: Int) = ([], 0)
        for start in stride(from: 0, to: missing.count, by: embedder.textsPerStep) {
            try checkStop()
            let step = Array(missing[start..<min(missing.count, start + embedder.textsPerStep)])
            let made = try await embedder.vectors(of: step.map { texts[$0] }) {
                [cache, key] places, vectors throws(Fault) in
                try await cache?.store(
                    zip(places, vectors).map { (text: digests[step[$0]], vector: $1) }, model: key)
            }
            all.vectors += made.vectors
            all.tokens += made.tokens
        }
        return all
    }
}

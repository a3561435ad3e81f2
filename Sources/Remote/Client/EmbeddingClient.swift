public import Records
internal import Store
internal import Synchronization

/// Turns texts into vectors of length 1.
///
/// Keeps nothing: vectors belong into the store's `VectorCache`, by text, which does not depend on
/// how texts were batched.
public struct EmbeddingClient: Sendable {
    /// Is given each call's vectors as they come, and where the first of them stands in the list:
    /// what is kept there is safe from whatever happens to the calls behind.
    public typealias Keep =
        @Sendable (_ start: Int, _ vectors: [[Float]]) async throws(Fault) -> Void

    private let connection: Connection
    private let batch: BatchSize
    private let dimensions: Int?

    /// - Parameters:
    ///   - batchSize: texts in one call; never more than the dialect allows.
    ///   - dimensions: the length to ask for, where the model offers a choice.
    public init(_ connection: Connection, batchSize: Int = 32, dimensions: Int? = nil) {
        self.connection = connection
        let most = max(1, connection.endpoint.dialect.rules.largestEmbeddingBatch)
        batch = BatchSize(min(max(1, batchSize), most))
        self.dimensions = dimensions
    }

    /// The vectors in the order of their texts; nil for a text the endpoint can never take.
    ///
    /// Batches run one after the other; call it for several lists at once to keep more in flight.
    ///
    /// - Throws: `.badData` for an empty text, for vectors of different lengths or such that
    ///   cannot be used; otherwise as ``ChatClient/complete(_:)``.
    public func embed(
        _ texts: [String], keep: Keep = { _, _ throws(Fault) in }
    ) async throws(Fault) -> [[Float]?] {
        guard !texts.contains("") else {
            throw Fault(.badData, "an empty text has no vector", hint: "filter it out before")
        }
        var vectors: [[Float]?] = []
        while vectors.count < texts.count {
            let start = vectors.count
            let range = start..<min(start + batch.most, texts.count)
            vectors += try await embed(range, texts, keep).vectors
        }
        let lengths = Set(vectors.compactMap { $0?.count })
        guard lengths.count <= 1 else {
            throw Fault(
                .badData, "the endpoint's vectors do not have the length they should",
                hint: "check the model and its dimensions")
        }
        return vectors
    }

    /// Halves a batch that is too much for the server, or that it answers wrongly twice.
    private func embed(
        _ range: Range<Int>, _ texts: [String], _ keep: Keep
    ) async throws(Fault) -> (vectors: [[Float]?], isWhole: Bool) {
        let call = try OpenAIEmbeddings.call(
            Array(texts[range]), dimensions: dimensions, connection.endpoint)
        var reply = try await connection.runner.run(call).reply
        if reply.state == .invalid { reply = try await connection.runner.run(call).reply }
        let isUsable = reply.state == .answered || (reply.state == .invalid && range.count == 1)
        if isUsable, let value = try? JSONReader.read(reply.body) {
            // For a single text this says what is wrong with its vector.
            let vectors = try OpenAIEmbeddings.vectors(
                value, count: range.count, dimensions: dimensions)
            try await keep(range.lowerBound, vectors)
            return (vectors, true)
        }
        if range.count == 1 { return ([nil], false) }
        let middle = range.lowerBound + range.count / 2
        let first = try await embed(range.lowerBound..<middle, texts, keep)
        let second = try await embed(middle..<range.upperBound, texts, keep)
        // With one text that no batch can have, some part fails however small it is.
        if reply.state == .dead, first.isWhole, second.isWhole {
            batch.lower(to: range.upperBound - middle)
        }
        return (first.vectors + second.vectors, false)
    }
}

/// How many texts go into a call: fewer once the server has shown that it takes no more.
private final class BatchSize: Sendable {
    private let size: Mutex<Int>

    init(_ size: Int) { self.size = Mutex(size) }

    var most: Int { size.withLock { $0 } }

    func lower(to most: Int) {
        size.withLock { $0 = max(1, min($0, most)) }
    }
}

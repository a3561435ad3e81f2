public import Records
internal import Store

/// Turns texts into vectors of length 1.
///
/// Keeps nothing: vectors belong into the store's `VectorCache`, by text, which does not depend on
/// how texts were batched.
public struct EmbeddingClient: Sendable {
    private let connection: Connection
    /// Texts in one call.
    ///
    /// 32 is what the strictest server takes by default (text-embeddings-inference,
    /// `max_client_batch_size`); OpenAI takes 2048.
    private let batchSize: Int
    private let dimensions: Int?

    /// - Parameter dimensions: the length to ask for, where the model offers a choice.
    public init(_ connection: Connection, batchSize: Int = 32, dimensions: Int? = nil) {
        self.connection = connection
        self.batchSize = min(max(1, batchSize), 2048)
        self.dimensions = dimensions
    }

    /// The vectors in the order of their texts; nil for a text the endpoint can never take.
    ///
    /// Batches run one after the other; call it for several lists at once to keep more in flight.
    ///
    /// - Throws: `.badData` for an empty text or vectors of different lengths; otherwise as
    ///   ``ChatClient/complete(_:)``.
    public func embed(_ texts: [String]) async throws(Fault) -> [[Float]?] {
        guard !texts.contains("") else {
            throw Fault(.badData, "an empty text has no vector", hint: "filter it out before")
        }
        var vectors: [[Float]?] = []
        var start = 0
        while start < texts.count {
            let end = min(start + batchSize, texts.count)
            vectors += try await embed(batch: Array(texts[start..<end]))
            start = end
        }
        let lengths = Set(vectors.compactMap { $0?.count })
        guard lengths.count <= 1, dimensions.map({ lengths.isSubset(of: [$0]) }) ?? true else {
            throw Fault(
                .badData, "the endpoint's vectors do not have the length they should",
                hint: "check the model and its dimensions")
        }
        return vectors
    }

    /// Halves a batch that is too much for the server, down to single texts.
    private func embed(batch: [String]) async throws(Fault) -> [[Float]?] {
        let call = OpenAIEmbeddings.call(
            batch, dimensions: dimensions, connection.endpoint)
        let reply = try await connection.runner.run(call).reply
        if reply.state == .answered, let value = try? JSONReader.read(reply.body) {
            return try OpenAIEmbeddings.vectors(
                value, count: batch.count, dimensions: dimensions)
        }
        if batch.count == 1 { return [nil] }
        let middle = batch.count / 2
        return try await embed(batch: Array(batch[..<middle]))
            + embed(batch: Array(batch[middle...]))
    }
}

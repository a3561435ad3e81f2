public import Records
internal import StoreProtocols
internal import Synchronization

/// Turns texts into vectors of length 1.
///
/// Keeps nothing: vectors belong into a `VectorStore`, by text, which does not depend on
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
            var trouble = Trouble()
            vectors += try await embed(range, texts, keep, &trouble).vectors
        }
        let lengths = Set(vectors.compactMap { $0?.count })
        guard lengths.count <= 1 else {
            throw Fault(
                .badData, "the endpoint's vectors do not have the length they should",
                hint: "check the model and its dimensions")
        }
        return vectors
    }

    /// What is known of a batch that was answered with 500.
    private struct Trouble {
        /// 500s from the whole batch down to this part of it.
        var failures = 0
        /// A text that was answered: then the endpoint is well, and a 500 is its part's own fault.
        var answered: Int?
    }

    /// Halves a batch that is too much for the server, or that it answers wrongly twice.
    private func embed(
        _ range: Range<Int>, _ texts: [String], _ keep: Keep, _ trouble: inout Trouble
    ) async throws(Fault) -> (vectors: [[Float]?], isWhole: Bool) {
        var call = try call(range, texts)
        call.serverErrors = serverErrors(range, trouble)
        var reply = try await connection.runner.run(call).reply
        if reply.state == .invalid { reply = try await connection.runner.run(call).reply }
        let isUsable = reply.state == .answered || (reply.state == .invalid && range.count == 1)
        if isUsable, let value = try? JSONReader.read(reply.body) {
            // For a single text this says what is wrong with its vector.
            let vectors = try OpenAIEmbeddings.vectors(
                value, count: range.count, dimensions: dimensions)
            try await keep(range.lowerBound, vectors)
            trouble.answered = range.lowerBound
            return (vectors, true)
        }
        let isServerError = reply.reason == CallRunner.serverError
        if range.count == 1 {
            guard isServerError, let known = trouble.answered, try await !answers(known, texts)
            else { return ([nil], false) }
            // The endpoint has failed meanwhile: no text is to blame.
            trouble.answered = nil
            return try await embed(range, texts, keep, &trouble)
        }
        if isServerError {
            trouble.failures += 1
            if trouble.answered == nil { trouble.answered = try await control(of: range, texts) }
        }
        let middle = range.lowerBound + range.count / 2
        let failures = trouble.failures
        let first = try await embed(range.lowerBound..<middle, texts, keep, &trouble)
        trouble.failures = failures
        let second = try await embed(middle..<range.upperBound, texts, keep, &trouble)
        // With one text that no batch can have, some part fails however small it is. A single 500
        // says nothing of the size.
        if reply.state == .dead, !isServerError, first.isWhole, second.isWhole {
            batch.lower(to: range.upperBound - middle)
        }
        return (first.vectors + second.vectors, false)
    }

    /// A text that is too long is answered with 500, for all that came with it, by llama-server
    /// 0.3.36: no reason to doubt the endpoint, nor to try each part of the batch three times.
    private func serverErrors(_ range: Range<Int>, _ trouble: Trouble) -> Call.ServerErrors {
        switch (trouble.answered != nil, range.count) {
        case (true, 1): .blamed(tries: max(1, Retry.mostServerErrors - trouble.failures))
        case (true, _): .blamed(tries: 1)
        case (false, 1): .retried
        case (false, _): .reported
        }
    }

    /// One of the two shortest texts, if it is answered; length is the usual trouble.
    private func control(of range: Range<Int>, _ texts: [String]) async throws(Fault) -> Int? {
        // Two texts are asked next, each alone, in any case.
        guard range.count > 2 else { return nil }
        let byLength = range.sorted { (texts[$0].utf8.count, $0) < (texts[$1].utf8.count, $1) }
        for at in byLength.prefix(2) where try await answers(at, texts) { return at }
        return nil
    }

    private func answers(_ at: Int, _ texts: [String]) async throws(Fault) -> Bool {
        try await connection.runner.run(try call(at..<at + 1, texts)).reply.state == .answered
    }

    private func call(_ range: Range<Int>, _ texts: [String]) throws(Fault) -> Call {
        try OpenAIEmbeddings.call(
            Array(texts[range]), dimensions: dimensions, connection.endpoint)
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

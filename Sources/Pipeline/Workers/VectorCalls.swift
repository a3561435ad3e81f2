internal import Records
internal import StoreProtocols
internal import Synchronization

/// What a worker asks of the run's store of vectors, as a message.
///
/// A worker opens no store: the process of the run has the one connection, and its answers are the
/// same for threads and for workers.
enum VectorCall: Portable {
    case find([SHA256.Digest])
    case keep([SHA256.Digest], [[Float]])
    case forget([SHA256.Digest])

    func write(to bytes: inout PortableWriter) {
        switch self {
        case .find(let texts):
            0.write(to: &bytes)
            texts.write(to: &bytes)
        case .keep(let texts, let vectors):
            1.write(to: &bytes)
            texts.write(to: &bytes)
            vectors.write(to: &bytes)
        case .forget(let texts):
            2.write(to: &bytes)
            texts.write(to: &bytes)
        }
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        let kind = try Int(from: &bytes)
        let texts = try [SHA256.Digest](from: &bytes)
        switch kind {
        case 0: self = .find(texts)
        case 1:
            let vectors = try [[Float]](from: &bytes)
            guard vectors.count == texts.count else { throw PortableReader.damaged }
            self = .keep(texts, vectors)
        case 2: self = .forget(texts)
        default: throw PortableReader.damaged
        }
    }

    /// Does in the run's process what a worker asks for.
    func perform(
        on store: any VectorStore, model: SHA256.Digest
    ) async -> VectorAnswer {
        var answer = VectorAnswer()
        do throws(Fault) {
            switch self {
            case .find(let texts):
                (answer.vectors, answer.damaged) = try await store.vectors(
                    model: model, texts: texts)
            case .keep(let texts, let vectors):
                try await store.store(
                    zip(texts, vectors).map { (text: $0, vector: $1) }, model: model)
            case .forget(let texts): try await store.forget(texts, model: model)
            }
        } catch {
            answer.fault = error
        }
        return answer
    }
}

/// What the run's process says to a ``VectorCall``.
struct VectorAnswer: Portable {
    var vectors: [[Float]?] = []
    var damaged: [Int] = []
    var fault: Fault?

    init() {}

    func write(to bytes: inout PortableWriter) {
        vectors.write(to: &bytes)
        damaged.write(to: &bytes)
        fault.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        vectors = try [[Float]?](from: &bytes)
        damaged = try [Int](from: &bytes)
        fault = try Fault?(from: &bytes)
    }
}

/// The run's store of vectors as a worker sees it: every call is a message and waits for its
/// answer.
///
/// Threads of a worker call one at a time; while a task is under way nobody else reads the channel.
final class ChannelVectorStore: VectorStore {
    private let channel: Mutex<WorkerChannel>

    init(_ channel: WorkerChannel) { self.channel = Mutex(channel) }

    func vectors(
        model: SHA256.Digest, texts: [SHA256.Digest]
    ) async throws(Fault) -> (vectors: [[Float]?], damaged: [Int]) {
        let answer = try call(.find(texts), model)
        guard answer.vectors.count == texts.count else { throw PortableReader.damaged }
        return (answer.vectors, answer.damaged)
    }

    func store(
        _ vectors: [(text: SHA256.Digest, vector: [Float])], model: SHA256.Digest
    ) async throws(Fault) {
        _ = try call(.keep(vectors.map(\.text), vectors.map(\.vector)), model)
    }

    func forget(_ texts: [SHA256.Digest], model: SHA256.Digest) async throws(Fault) {
        if !texts.isEmpty { _ = try call(.forget(texts), model) }
    }

    private func call(
        _ call: VectorCall, _ model: SHA256.Digest
    ) throws(Fault) -> VectorAnswer {
        let message = WorkerMessage.call(call, model: model).portableBytes
        let answer = try channel.withLock { channel throws(Fault) in
            try channel.send(message)
            guard let bytes = try channel.receive() else {
                throw Fault(.stopped, "the other process is gone")
            }
            return try VectorAnswer(portableBytes: bytes)
        }
        if let fault = answer.fault { throw fault }
        return answer
    }
}

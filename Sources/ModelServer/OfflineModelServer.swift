internal import FlyingFox
internal import FlyingSocks
internal import FoundationEssentials
internal import Glibc
public import Records
internal import Synchronization

/// A model server that needs no model: it speaks OpenAI's protocol on this machine alone, and
/// answers from grammars, lexicons and an injected embedder.
///
/// `POST /v1/chat/completions`, `/v1/embeddings`, `/v1/moderations`, `GET /v1/models`, `/health`,
/// and batches of calls: `/v1/files`, `/v1/batches`.
/// Every answer is a function of the seed and the request (``RequestKey``): no clock, no counter,
/// except the faults that are simulated on purpose. It is not a language model and says so in
/// every answer's `model`. It binds 127.0.0.1 only and asks for no key.
///
/// HTTP is FlyingFox's, which bounds a request's time, not the length of a header line.
public final class OfflineModelServer: Sendable {
    private struct Running {
        var server: HTTPServer
        var task: Task<Void, any Error>
    }

    private let responder: Responder
    private let port: UInt16
    private let running = Mutex<Running?>(nil)
    /// A reply may wait for the embedder; nothing else takes long.
    private static let requestTimeoutSeconds = 600.0
    private static let startTimeoutSeconds = 10.0

    public init(_ settings: Settings) {
        responder = Responder(settings)
        port = settings.port
    }

    /// Binds the port and begins to answer; gives the port.
    ///
    /// Faults (configuration): it cannot be
    /// bound, or the server runs already.
    ///
    /// - Throws: `configuration` when the port cannot be listened on, `defect` when the server runs
    ///   already.
    public func start() async throws(Fault) -> UInt16 {
        if running.withLock({ $0 != nil }) {
            throw Fault(.defect, "The offline server runs already")
        }
        do {
            let address = try sockaddr_in.inet(ip4: "127.0.0.1", port: port)
            let responder = responder
            let server = HTTPServer(
                address: address, timeout: Self.requestTimeoutSeconds, logger: .disabled,
                handler: ClosureHTTPHandler { try await Self.handle($0, responder) })
            let task = Task { try await server.run() }
            try await Self.waitUntilListening(server, task)
            running.withLock { $0 = Running(server: server, task: task) }
            guard case .ip4(_, let port)? = await server.listeningAddress else {
                await stop()
                throw SocketError.unsupportedAddress
            }
            return port
        } catch {
            throw Fault(
                .configuration, "The offline server cannot listen on 127.0.0.1:\(port)",
                why: "\(error)", hint: "choose another port, or 0 for any free one")
        }
    }

    /// Returns when the server listens, and throws as soon as it has failed to.
    private static func waitUntilListening(
        _ server: HTTPServer, _ task: Task<Void, any Error>
    ) async throws {
        let ready = Task { try await server.waitUntilListening(timeout: startTimeoutSeconds) }
        Task {
            _ = await task.result
            ready.cancel()
        }
        do {
            try await ready.value
        } catch {
            task.cancel()
            // The reason why it could not bind, where there is one.
            try await task.value
            throw error
        }
    }

    /// Stops listening and closes every connection; does nothing when the server is not running.
    public func stop() async {
        let last = running.withLock { current in
            defer { current = nil }
            return current
        }
        guard let last else { return }
        await last.server.stop(timeout: 0)
        last.task.cancel()
        _ = try? await last.task.value
    }

    private static func handle(
        _ request: HTTPRequest, _ responder: Responder
    ) async throws -> HTTPResponse {
        var body: [UInt8] = []
        var isTooLarge = false
        // A body over the limit is still read to its end, piece by piece and thrown away: a client
        // that is cut off in the middle of sending never sees the 413.
        for try await chunk in request.bodySequence {
            if isTooLarge { continue }
            isTooLarge = body.count + chunk.count > responder.bodyLimit(path: request.path)
            if isTooLarge { body = [] } else { body += chunk }
        }
        let answer =
            isTooLarge
            ? responder.tooLarge
            : responder.answer(method: request.method.rawValue, path: request.path, body: body)
        var headers = HTTPHeaders()
        headers[.contentType] = "application/json"
        for header in answer.headers { headers[HTTPHeader(header.name)] = header.value }
        return HTTPResponse(
            statusCode: HTTPStatusCode(answer.status, phrase: phrases[answer.status] ?? "Error"),
            headers: headers, body: Data(answer.bytes))
    }

    private static let phrases: [Int: String] = [
        200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed",
        413: "Payload Too Large", 429: "Too Many Requests", 500: "Internal Server Error",
        501: "Not Implemented", 503: "Service Unavailable",
    ]
}

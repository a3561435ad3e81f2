internal import Records
internal import Synchronization

/// The server without its socket: a request in, an answer out.
final class Responder: Sendable {
    private let chat: Chat
    private let embeddings: Embeddings
    private let moderations: Moderations
    private let settings: OfflineModelServer.Settings
    private let shelf = ServerBatches()
    /// POST requests so far, for the faults that come every n-th time.
    private let posts = Mutex(0)

    init(_ settings: OfflineModelServer.Settings) {
        self.settings = settings
        chat = Chat(
            seed: settings.seed, generation: Generation(grammars: settings.grammars),
            labelling: Labelling(lexicons: settings.lexicons, grammars: settings.grammars),
            faults: settings.faults)
        embeddings = Embeddings(model: settings.embeddingModel, embedder: settings.embedder)
        moderations = Moderations(seed: settings.seed, lexicons: settings.lexicons)
    }

    var bodyLimitBytes: Int { settings.bodyLimitBytes }

    /// A file of calls may be as large as OpenAI takes it.
    func bodyLimit(path: String) -> Int {
        path == ServerBatches.filesPath
            ? max(bodyLimitBytes, ServerBatches.mostBytes) : bodyLimitBytes
    }

    var tooLarge: Answer {
        .error(
            413, "The request body is larger than \(settings.bodyLimitBytes) bytes.",
            code: "request_too_large")
    }

    /// The answer to a request whose body is already in memory.
    func answer(method: String, path: String, body: [UInt8]) -> Answer {
        if body.count > bodyLimit(path: path) { return tooLarge }
        if let answer = shelf.answer(method: method, path: path, body: body, to: self) {
            return answer
        }
        let isPost: Bool
        switch path {
        case "/v1/chat/completions", "/v1/embeddings", "/v1/moderations": isPost = true
        case "/v1/models", "/health": isPost = false
        default: return .error(404, "Unknown request URL: \(method) \(path).", code: "unknown_url")
        }
        guard method == (isPost ? "POST" : "GET") else {
            var answer = Answer.error(
                405, "Not allowed: \(method) \(path).", code: "method_not_allowed")
            answer.headers.append(("Allow", isPost ? "POST" : "GET"))
            return answer
        }
        if path == "/health" { return .ok(.members([("status", .string("ok"))])) }
        if path == "/v1/models" { return models }
        if let fault = simulatedFault() { return fault }
        guard let json = try? JSONReader.read(body), case .object = json else {
            return .error(
                400, "We could not parse the JSON body of your request: expected an object.",
                code: "invalid_json")
        }
        do throws(Refused) {
            switch path {
            case "/v1/chat/completions": return try chat.answer(json)
            case "/v1/embeddings": return try embeddings.answer(json)
            default: return try moderations.answer(json)
            }
        } catch {
            return error.answer
        }
    }

    private var models: Answer {
        let names = [Chat.model] + (settings.embedder == nil ? [] : [settings.embeddingModel])
        let list = names.map { name in
            JSONValue.members([
                ("id", .string(name)), ("object", .string("model")), ("created", .integer(0)),
                ("owned_by", .string("curate")),
            ])
        }
        return .ok(.members([("object", .string("list")), ("data", .array(list))]))
    }

    private func simulatedFault() -> Answer? {
        let count = posts.withLock { count in
            count += 1
            return count
        }
        let faults = settings.faults
        if let every = faults.rateLimitEvery, every > 0, count % every == 0 {
            var answer = Answer.error(
                429, "Rate limit reached (simulated).", code: "rate_limit_exceeded")
            answer.headers.append(("Retry-After", "\(faults.retryAfterSeconds)"))
            return answer
        }
        if let every = faults.unavailableEvery, every > 0, count % every == 0 {
            return .error(503, "Overloaded (simulated).", code: "server_is_overloaded")
        }
        return nil
    }
}

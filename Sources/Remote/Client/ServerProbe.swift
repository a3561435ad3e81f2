public import Records

/// What a server tells of itself before it is asked anything.
public struct ServerFacts: Sendable, Equatable {
    /// The status of its reply.
    public var status: Int
    /// Calls that it works on at once; more of them wait in its queue.
    public var slots: Int?
    /// The most tokens of a prompt with its answer.
    public var contextTokens: Int?
    /// Whether `max_tokens` must fit beside the prompt, rather than being cut at the context's end.
    public var reservesAnswer = false

    public init(status: Int) { self.status = status }
}

/// Asks a server what costs nothing: whether it is there, how much it takes at once, how long a
/// prompt may be.
///
/// `/models` of OpenAI's protocol (with vLLM's `max_model_len`), `/props` of llama-server,
/// `/api/show` and `/api/ps` of Ollama. What a server does not know, it answers with 404, and
/// nothing is known then.
public struct ServerProbe: Sendable {
    /// Why no reply came.
    public struct Silence: Error, Sendable, Equatable {
        public var reason: String
        /// Whether a connection was made at all.
        public var isConnected: Bool
    }

    static let connectMilliseconds = 5_000
    /// How often, a second apart, a server is asked again that is still loading its model.
    private static let mostWaits = 15

    private let endpoint: Endpoint
    private let url: BaseURL
    private let template: HTTPRequest
    private let redactor: Redactor
    private let transfer: Transfer

    /// - Throws: `.configuration` for settings or a key that cannot work.
    public init(_ endpoint: Endpoint) throws(Fault) {
        let key = try Credential.key(of: endpoint)
        let url = try BaseURL(endpoint.baseURL)
        self.init(
            endpoint, url, CallRunner.template(endpoint, url, key: key),
            Redactor(secrets: [key].compactMap { $0 }), try Transfer(inFlight: 1))
    }

    init(
        _ endpoint: Endpoint, _ url: BaseURL, _ template: HTTPRequest, _ redactor: Redactor,
        _ transfer: Transfer,
        timeoutMilliseconds: Int = OutageSettings().probeTimeoutMilliseconds
    ) {
        self.endpoint = endpoint
        self.url = url
        self.redactor = redactor
        self.transfer = transfer
        var template = template
        template.method = .get
        template.timeoutMilliseconds = timeoutMilliseconds
        template.connectTimeoutMilliseconds = Self.connectMilliseconds
        template.largestReplyBytes = 8 << 20
        self.template = template
    }

    /// Scheme, host, port and path.
    public var address: String { url.text }

    /// The status of the server's reply.
    ///
    /// - Throws: When no reply came.
    func status() async throws(Silence) -> Int { try await get(url.text + "/models").status }

    /// - Parameter notice: Hears, in a sentence, that a server is waited for which loads its model.
    /// - Throws: When no reply came.
    public func facts(
        notice: @Sendable (String) -> Void = { _ in }
    ) async throws(Silence) -> ServerFacts {
        var (status, models) = try await get(url.text + "/models")
        var waits = 0
        while status == 503, waits < Self.mostWaits {
            waits += 1
            if waits == 2 {
                notice(
                    "\(url.text) answers HTTP 503, as a server does that loads its model: waiting "
                        + "for up to \(Self.mostWaits) s")
            }
            try? await Task.sleep(for: .seconds(1))
            (status, models) = try await get(url.text + "/models")
        }
        var facts = ServerFacts(status: status)
        let list = models?["data"]?.array ?? []
        let own =
            list.first { $0["id"]?.string == endpoint.model } ?? (list.count == 1 ? list[0] : nil)
        if let length = own?["max_model_len"]?.integer, length > 0 {
            facts.contextTokens = length
            facts.reservesAnswer = true
        }
        let owner = own?["owned_by"]?.string
        if endpoint.dialect == .llamaCpp || owner == "llamacpp" {
            try? await readProperties(&facts)
        } else if endpoint.dialect == .ollama {
            try? await readOllama(&facts)
        }
        return facts
    }

    /// Why the endpoint cannot make vectors: nothing is there under that address, or it wants
    /// another key; nil where nothing is known to be wrong.
    ///
    /// Asks for the vectors of no texts, which no provider charges for: what knows the call
    /// refuses the empty list, or gives an empty one.
    ///
    /// - Throws: When no reply came.
    public func embeddingFault() async throws(Silence) -> Fault? {
        let body = JSONWriter.write(
            .members([("model", .string(endpoint.model)), ("input", .array([]))]))
        var request = template
        request.url = url.text + OpenAIEmbeddings.path
        request.method = .post
        request.body = body
        let reply = try await reply(to: request)
        let classifier = Classifier(
            endpointName: endpoint.name, redactor: redactor, address: url.text,
            model: endpoint.model)
        switch classifier.verdict(reply, asked: body, nowSeconds: 0) {
        case .stop(let fault) where fault.kind != .stopped: return fault
        case .rejected where reply.status == 405:
            return Fault(
                .configuration, "endpoint \(endpoint.name) makes no vectors",
                why: "\(url.text)\(OpenAIEmbeddings.path): HTTP 405",
                hint: "name an endpoint with `/embeddings`")
        case .success where (try? JSONReader.read(reply.body)) == nil:
            _ = classifier.words(reply, .badReply, asked: body)
            return classifier.exhausted(.badReply)
        default: return nil
        }
    }

    /// How many tokens llama-server makes of a text; nil where nobody says.
    public func tokens(of text: String) async -> Int? {
        guard endpoint.dialect == .llamaCpp || endpoint.dialect == .openai else { return nil }
        let body = JSONWriter.write(.members([("content", .string(text))]))
        let reply = try? await ask(root + "/tokenize", body)
        return reply?.value?["tokens"]?.array.map(\.count)
    }

    /// The address without the protocol's version, where servers keep what is their own.
    private var root: String {
        url.text.hasSuffix("/v1") ? String(url.text.dropLast(3)) : url.text
    }

    private func readProperties(_ facts: inout ServerFacts) async throws(Silence) {
        guard let value = try await get(root + "/props").value else { return }
        if let slots = value["total_slots"]?.integer, slots > 0 { facts.slots = slots }
        // Of one slot, as llama-server 0.3.36 counts it.
        let context =
            value["default_generation_settings"]?["n_ctx"]?.integer ?? value["n_ctx"]?.integer
        if let context, context > 0 { facts.contextTokens = context }
    }

    /// The context that the model is loaded with, or will be; else the most that it was made for.
    private func readOllama(_ facts: inout ServerFacts) async throws(Silence) {
        let loaded = try await get(root + "/api/ps").value?["models"]?.array ?? []
        let own = loaded.first {
            [$0["name"]?.string, $0["model"]?.string].contains(endpoint.model)
        }
        if let length = own?["context_length"]?.integer, length > 0 {
            facts.contextTokens = length
            return
        }
        let body = JSONWriter.write(.members([("model", .string(endpoint.model))]))
        guard let shown = try await ask(root + "/api/show", body).value else { return }
        let parameters = shown["parameters"]?.string ?? ""
        for line in parameters.split(whereSeparator: \.isNewline) {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == "num_ctx", let length = Int(words[1]), length > 0 {
                facts.contextTokens = length
                return
            }
        }
        guard case .object(let members)? = shown["model_info"] else { return }
        let longest = members.first { $0.key.hasSuffix(".context_length") }?.value.integer
        if let longest, longest > 0 { facts.contextTokens = longest }
    }

    private func get(_ address: String) async throws(Silence) -> (status: Int, value: JSONValue?) {
        try await ask(address, nil)
    }

    private func ask(
        _ address: String, _ body: [UInt8]?
    ) async throws(Silence) -> (status: Int, value: JSONValue?) {
        var request = template
        request.url = address
        if let body {
            request.method = .post
            request.body = body
        }
        let reply = try await reply(to: request)
        let value = (200..<300).contains(reply.status) ? try? JSONReader.read(reply.body) : nil
        return (reply.status, value)
    }

    private func reply(to request: HTTPRequest) async throws(Silence) -> HTTPReply {
        switch await transfer.send(request) {
        case .reply(let reply): return reply
        case .failed(let failure):
            throw Silence(
                reason: "\(redactor.redact(failure.message)) (libcurl \(failure.code))",
                isConnected: failure.wasSent)
        }
    }
}

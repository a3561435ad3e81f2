internal import Records
internal import StoreProtocols

/// How a dialect writes a question to a chat model and reads the answer.
protocol ChatForm: Sendable {
    /// The protocol with its version, as ledger keys name it: never change it in place.
    var keyName: String { get }
    /// After the base URL, with a slash in front.
    var path: String { get }
    /// Whether a seed can be sent; where not, it tells samples apart in the ledger alone.
    var sendsSeed: Bool { get }
    /// The members of the request's body.
    ///
    /// - Throws: `.configuration` for what this dialect has no words for.
    func body(_ request: ChatRequest, _ endpoint: Endpoint) throws(Fault) -> JSONValue
    /// Reads a raw reply; nil when it is none of this dialect's at all.
    func parse(_ body: [UInt8]) -> ChatParsed?
}

/// A chat reply's content and how it ended.
struct ChatParsed: Sendable, Equatable {
    var read: Reading.Read
    var content: String
    var logprobs: [TokenLogprob]?

    /// With the content; one that was to hold JSON and does not makes the reply invalid.
    func reading(wantsJSON: Bool) -> Reading.Read {
        var read = read
        var documents: [String]?
        if wantsJSON && read.state == .answered {
            let found = EmbeddedJSON.documents(in: content)
            if found.isEmpty { (read.state, read.reason) = (.invalid, Misfit.notJSON.code) }
            documents = found
        }
        read.content = ChatContent(text: content, documents: documents, logprobs: logprobs)
        return read
    }
}

/// Makes calls out of chat requests, in the endpoint's dialect.
enum ChatCall {
    /// The dialect's way to chat.
    ///
    /// - Throws: `.configuration` when the endpoint has none.
    static func form(_ endpoint: Endpoint) throws(Fault) -> any ChatForm {
        if let form = endpoint.dialect.rules.chat { return form }
        throw Fault(
            .configuration, "endpoint \(endpoint.name) has no chat",
            why: "its dialect is \(endpoint.dialect.rawValue)",
            hint: "name another endpoint, or correct `dialect`")
    }

    /// - Parameter reask: how often the same was asked before and answered unusably.
    /// - Throws: `.configuration` for a request no endpoint could answer.
    static func make(
        _ request: ChatRequest, reask: Int = 0, _ endpoint: Endpoint
    ) throws(Fault) -> Call {
        let form = try form(endpoint)
        try check(request)
        let value = try form.body(request, endpoint)
        // Not `sample + reask`: that would be the answer some other caller asked for.
        var sample = reask == 0 ? "\(request.sample)" : "\(request.sample).\(reask)"
        if !form.sendsSeed, let seed = request.seed { sample += ".seed\(seed)" }
        // Sent as declared, since a model writes an object's members in the schema's order; keyed
        // by the canonical form, so that no order is paid for twice.
        let canonical = JSONWriter.write(value)
        let body = request.schema == nil ? canonical : JSONWriter.write(value, order: .declared)
        let wantsJSON = request.schema != nil
        return Call(
            path: form.path, body: body,
            key: Call.key(
                dialect: form.keyName, endpoint: endpoint.name, path: form.path,
                body: Call.keyed(value, canonical), sample: sample),
            promptTokens: Call.estimatedTokens(bytes: body.count),
            completionTokens: request.maxTokens, group: request.purpose ?? "chat",
            read: { body in
                form.parse(body).map { .reply($0.reading(wantsJSON: wantsJSON)) } ?? .garbage
            })
    }

    private static func check(_ request: ChatRequest) throws(Fault) {
        guard !request.messages.isEmpty, request.maxTokens > 0, request.sample >= 0 else {
            throw Fault(.configuration, "a chat request needs a message and a token limit")
        }
        if let temperature = request.temperature, !(0...2).contains(temperature) {
            throw Fault(.configuration, "the temperature lies outside 0 to 2")
        }
        if let topP = request.topP, !(topP > 0 && topP <= 1) {
            throw Fault(.configuration, "top_p lies outside 0 to 1")
        }
        if let count = request.topLogprobs, !(0...20).contains(count) {
            throw Fault(.configuration, "the number of likely tokens lies outside 0 to 20")
        }
    }

    private static let bounds: Set<String> = [
        "minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum",
    ]

    /// A schema without the bounds that strict modes refuse; members of `properties` are names and
    /// stay, whatever they are called.
    static func withoutBounds(_ schema: JSONValue) -> JSONValue {
        switch schema {
        case .array(let items): .array(items.map(withoutBounds))
        case .object(let members):
            .object(
                members.filter { !bounds.contains($0.key) }.map { member in
                    var member = member
                    if member.key == "properties", case .object(let named) = member.value {
                        member.value = .object(
                            named.map { .init(key: $0.key, value: withoutBounds($0.value)) })
                    } else {
                        member.value = withoutBounds(member.value)
                    }
                    return member
                })
        default: schema
        }
    }

    /// A schema as JSON.
    static func schema(_ schema: ChatRequest.Schema) throws(Fault) -> JSONValue {
        do {
            return try schema.parsed.get()
        } catch {
            throw Fault(
                .configuration, "the schema \(schema.name) is not JSON",
                why: "\(error.what) at byte \(error.offset)")
        }
    }
}

extension Call {
    /// Top-level members that cannot change an answer: who asks, what is kept, how soon.
    private static let withoutEffect: Set<String> = [
        "user", "metadata", "store", "stream", "prompt_cache_key", "safety_identifier",
        "service_tier",
    ]

    /// The part of a body that its key is made of; `body` itself where nothing is left out.
    static func keyed(_ value: JSONValue, _ body: [UInt8]) -> [UInt8] {
        guard case .object(let members) = value,
            members.contains(where: { withoutEffect.contains($0.key) })
        else { return body }
        return JSONWriter.write(.object(members.filter { !withoutEffect.contains($0.key) }))
    }
}

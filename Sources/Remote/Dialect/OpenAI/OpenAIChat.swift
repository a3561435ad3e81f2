internal import Records
internal import StoreProtocols

/// OpenAI's Chat Completions, as OpenAI and local servers serve it.
///
/// Source: openai-python 3.52.0, whose types are made from OpenAI's own specification.
struct OpenAIChat: ChatForm {
    /// How the form of an answer is asked for.
    enum SchemaForm: Sendable {
        /// `{"type":"json_schema","json_schema":{name, strict, schema}}`.
        case jsonSchema
        /// `{"type":"json_object","schema":…}`.
        case jsonObject
    }

    var keyName = "openai-chat/1"
    var schemaForm = SchemaForm.jsonSchema
    /// Whether a schema may bound lengths, counts and numbers; OpenAI's strict mode refuses that.
    var boundsSchemas = false
    /// Sent where a request leaves them open.
    var neutralSampling: [(String, JSONValue)] = []

    let path = "/chat/completions"
    let sendsSeed = true

    /// No sampling at all beyond the model's own distribution (vLLM's SamplingParams).
    static let vllmNeutral: [(String, JSONValue)] = [
        ("temperature", .integer(1)), ("top_p", .integer(1)), ("top_k", .integer(-1)),
        ("min_p", .integer(0)), ("repetition_penalty", .integer(1)),
        ("presence_penalty", .integer(0)), ("frequency_penalty", .integer(0)),
    ]

    func body(_ request: ChatRequest, _ endpoint: Endpoint) throws(Fault) -> JSONValue {
        // In the order in which they are written, so that nothing has to be sorted.
        var members: [(String, JSONValue?)] = [
            ("logprobs", request.topLogprobs.map { _ in .bool(true) }),
            (endpoint.maxTokensField.rawValue, .integer(Int64(request.maxTokens))),
            ("messages", .array(request.messages.map(Self.message))),
            ("model", .string(request.model ?? endpoint.model)),
            ("response_format", try request.schema.map(format)),
            ("seed", request.seed.map { .integer(Int64($0)) }),
            ("service_tier", endpoint.serviceTier.map { .string($0) }),
            ("stop", request.stop.isEmpty ? nil : .array(request.stop.map { .string($0) })),
            ("temperature", request.temperature.map { .number($0) }),
            ("top_logprobs", request.topLogprobs.map { .integer(Int64($0)) }),
            ("top_p", request.topP.map { .number($0) }),
        ]
        for (name, value) in neutralSampling {
            if !members.contains(where: { $0.0 == name && $0.1 != nil }) {
                members.append((name, value))
            }
        }
        return .members(members)
    }

    private static func message(_ message: ChatMessage) -> JSONValue {
        .members([
            ("content", .string(message.content)), ("role", .string(message.role.rawValue)),
        ])
    }

    private func format(_ schema: ChatRequest.Schema) throws(Fault) -> JSONValue {
        let declared = try ChatCall.schema(schema)
        let value = boundsSchemas ? declared : ChatCall.withoutBounds(declared)
        switch schemaForm {
        case .jsonObject:
            return .members([("schema", value), ("type", .string("json_object"))])
        case .jsonSchema:
            return .members([
                (
                    "json_schema",
                    .members([
                        ("name", .string(schema.name)), ("schema", value),
                        ("strict", .bool(true)),
                    ])
                ),
                ("type", .string("json_schema")),
            ])
        }
    }

    /// The finish reason is looked at before the content: a reply cut at the limit is never valid,
    /// however its JSON looks.
    ///
    /// A reply of the protocol without a message, as filters of proxies leave it, is one call's
    /// unusable answer.
    func parse(_ body: [UInt8]) -> ChatParsed? {
        guard let value = try? JSONReader.read(body), Self.isCompletion(value) else { return nil }
        let choices = value["choices"]?.array ?? []
        let choice = choices.first ?? .null
        let message = choice["message"] ?? .null
        var (content, refusalPart) = Self.content(message["content"])
        if Self.isBlank(content), let arguments = Self.arguments(message) { content = arguments }
        let logprobs = choice["logprobs"].flatMap(TokenLogprob.list)
        var usage = TokenUsage(openAI: value["usage"])
        // Whatever says something has tokens; 0 is what servers write that do not count.
        if usage.completion == 0, !content.isEmpty { usage.completion = nil }
        func parsed(_ state: StoredReply.State, _ reason: String? = nil) -> ChatParsed {
            ChatParsed(
                read: Reading.Read(
                    state: state, reason: reason, model: value.modelName,
                    fingerprint: value["system_fingerprint"]?.string.map { String($0.prefix(200)) },
                    usage: usage),
                content: content, logprobs: logprobs)
        }
        if choices.count > 1 { return parsed(.invalid, "several_choices") }
        switch choice["finish_reason"]?.string {
        case "content_filter": return parsed(.refused, "content_filter")
        case "length": return parsed(.truncated, "length")
        default: break
        }
        let refusal = message["refusal"]?.string ?? ""
        if !refusal.isEmpty || refusalPart { return parsed(.refused, "refusal") }
        if choices.isEmpty { return parsed(.invalid, "no_choice") }
        if message == .null { return parsed(.invalid, "no_message") }
        if Self.isBlank(content) { return parsed(.invalid, "empty") }
        return parsed(.answered)
    }

    /// Whether a document is a chat completion at all, however little it holds.
    private static func isCompletion(_ value: JSONValue) -> Bool {
        switch value["choices"] {
        // An error with `choices` beside it says more than an empty list does.
        case .null?: ProviderError(value).isEmpty
        case nil: value["object"]?.string == "chat.completion"
        case .array(let choices)?:
            choices.isEmpty
                ? ProviderError(value).isEmpty
                : choices.allSatisfy { choice in
                    switch choice["message"] {
                    case .object?, .null?: true
                    default: false
                    }
                }
        default: false
        }
    }

    /// What a model wrote as the arguments of the one function it would call: the object that was
    /// asked for, from servers that put a schema into effect in this way.
    private static func arguments(_ message: JSONValue) -> String? {
        let calls = message["tool_calls"]?.array ?? []
        if calls.count > 1 { return nil }
        let function = calls.first?["function"] ?? message["function_call"]
        guard let arguments = function?["arguments"] else { return nil }
        if case .object = arguments {
            return String(decoding: JSONWriter.write(arguments, order: .declared), as: UTF8.self)
        }
        return arguments.string
    }

    /// A text, or a list of parts of which only those of text are read.
    private static func content(_ value: JSONValue?) -> (text: String, isRefused: Bool) {
        guard let parts = value?.array else { return (value?.string ?? "", false) }
        var text = ""
        var isRefused = false
        for part in parts {
            switch part["type"]?.string {
            case "text", "output_text", nil:
                text += part["text"]?.string ?? part.string ?? ""
            case "refusal": isRefused = true
            default: break
            }
        }
        return (text, isRefused)
    }

    private static func isBlank(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 == 32 || (9...13).contains($0) }
    }
}

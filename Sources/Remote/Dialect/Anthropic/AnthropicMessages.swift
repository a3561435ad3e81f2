internal import Records
internal import StoreProtocols

/// Anthropic's Messages.
///
/// Source: anthropic 2.11.0, whose types are made from Anthropic's own specification.
struct AnthropicMessages: ChatForm {
    /// Stated with every request, and a part of the key: another version may answer otherwise.
    static let version = "2023-06-01"

    let keyName = "anthropic-messages/\(AnthropicMessages.version)"
    let path = "/messages"
    let sendsSeed = false

    static let headers: @Sendable (String?) -> [HTTPHeader] = { key in
        [HTTPHeader(name: "anthropic-version", value: version)]
            + (key.map { [HTTPHeader(name: "x-api-key", value: $0)] } ?? [])
    }

    func body(_ request: ChatRequest, _ endpoint: Endpoint) throws(Fault) -> JSONValue {
        if let temperature = request.temperature, temperature > 1 {
            throw Fault(
                .configuration, "the temperature lies outside 0 to 1",
                why: "the dialect anthropic knows no higher one")
        }
        if request.topLogprobs != nil {
            throw Fault(
                .configuration, "the dialect anthropic does not tell how likely its tokens are")
        }
        let system = request.messages.filter { $0.role == .system }.map(\.content)
        let messages = request.messages.filter { $0.role != .system }
        guard messages.first?.role == .user else {
            throw Fault(
                .configuration, "a request of the dialect anthropic begins with the user's message")
        }
        return .members([
            ("model", .string(request.model ?? endpoint.model)),
            ("max_tokens", .integer(Int64(request.maxTokens))),
            ("system", system.isEmpty ? nil : .string(system.joined(separator: "\n\n"))),
            (
                "messages",
                .array(
                    messages.map { message in
                        .members([
                            ("role", .string(message.role.rawValue)),
                            ("content", .string(message.content)),
                        ])
                    })
            ),
            ("temperature", request.temperature.map { .number($0) }),
            ("top_p", request.topP.map { .number($0) }),
            (
                "stop_sequences",
                request.stop.isEmpty ? nil : .array(request.stop.map { .string($0) })
            ),
            ("output_config", try request.schema.map(Self.format)),
            ("service_tier", endpoint.serviceTier.map { .string($0) }),
        ])
    }

    private static func format(_ schema: ChatRequest.Schema) throws(Fault) -> JSONValue {
        .members([
            (
                "format",
                .members([
                    ("type", .string("json_schema")),
                    ("schema", ChatCall.withoutBounds(try ChatCall.schema(schema))),
                ])
            )
        ])
    }

    /// The stop reason is looked at before the content, as in ``OpenAIChat``.
    func parse(_ body: [UInt8]) -> ChatParsed? {
        guard let value = try? JSONReader.read(body), value["type"]?.string == "message"
        else { return nil }
        let blocks: [JSONValue]
        switch value["content"] {
        case .array(let items)?: blocks = items
        case nil, .null?: blocks = []
        default: return nil
        }
        // Thinking stands in blocks of its own and is no part of the answer.
        let content = blocks.filter { $0["type"]?.string == "text" }
            .compactMap { $0["text"]?.string }.joined()
        func parsed(_ state: StoredReply.State, _ reason: String? = nil) -> ChatParsed {
            ChatParsed(
                read: Reading.Read(
                    state: state, reason: reason, model: value.modelName,
                    usage: TokenUsage(anthropic: value["usage"])),
                content: content)
        }
        switch value["stop_reason"]?.string {
        case "refusal": return parsed(.refused, "refusal")
        case "max_tokens": return parsed(.truncated, "length")
        case "model_context_window_exceeded": return parsed(.truncated, "context_window")
        // Nothing was offered to use or to wait for: the answer is not one.
        case "tool_use": return parsed(.invalid, "tool_use")
        case "pause_turn": return parsed(.invalid, "pause_turn")
        default: break
        }
        if content.utf8.allSatisfy({ $0 == 32 || (9...13).contains($0) }) {
            return parsed(.invalid, "empty")
        }
        return parsed(.answered)
    }
}

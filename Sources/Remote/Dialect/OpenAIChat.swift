internal import Records
internal import Store

/// OpenAI's Chat Completions, as OpenAI, llama.cpp, vLLM and Ollama serve it.
///
/// Source: openai-python 3.52.0, whose types are made from OpenAI's own specification.
enum OpenAIChat {
    static let dialect = "openai-chat/1"
    static let path = "/chat/completions"

    /// - Parameter reask: how often the same was asked before and answered unusably.
    /// - Throws: `.configuration` for a request no endpoint could answer.
    static func call(
        _ request: ChatRequest, reask: Int = 0, _ endpoint: Endpoint
    ) throws(Fault) -> Call {
        guard !request.messages.isEmpty, request.maxTokens > 0, request.sample >= 0 else {
            throw Fault(.configuration, "a chat request needs a message and a token limit")
        }
        if let temperature = request.temperature, !(0...2).contains(temperature) {
            throw Fault(.configuration, "the temperature lies outside 0 to 2")
        }
        let body = JSONWriter.write(
            .members([
                ("model", .string(request.model ?? endpoint.model)),
                ("messages", .array(request.messages.map(message))),
                (endpoint.maxTokensField.rawValue, .integer(Int64(request.maxTokens))),
                ("temperature", request.temperature.map { .number($0) }),
                ("seed", request.seed.map { .integer(Int64($0)) }),
                ("response_format", try request.schema.map(format)),
            ]))
        let wantsJSON = request.schema != nil
        // Not `sample + reask`: that would be the answer some other caller asked for.
        let sample = reask == 0 ? "\(request.sample)" : "\(request.sample).\(reask)"
        return Call(
            path: path, body: body,
            key: Call.key(
                dialect: dialect, endpoint: endpoint.name, path: path, body: body,
                sample: sample),
            promptTokens: Call.estimatedTokens(bytes: body.count),
            completionTokens: request.maxTokens,
            read: { body in
                guard let parsed = parse(body) else { return .garbage }
                var read = parsed.read
                if wantsJSON && read.state == .answered && JSONRepair.read(parsed.content) == nil {
                    read.state = .invalid
                    read.reason = "not_json"
                }
                return .reply(read)
            })
    }

    private static func message(_ message: ChatMessage) -> JSONValue {
        .members([
            ("role", .string(message.role.rawValue)), ("content", .string(message.content)),
        ])
    }

    private static func format(_ schema: ChatRequest.Schema) throws(Fault) -> JSONValue {
        let value: JSONValue
        do {
            value = try JSONReader.read(Array(schema.json.utf8))
        } catch {
            throw Fault(
                .configuration, "the schema \(schema.name) is not JSON",
                why: "\(error.what) at byte \(error.offset)")
        }
        return .members([
            ("type", .string("json_schema")),
            (
                "json_schema",
                .members([
                    ("name", .string(schema.name)), ("strict", .bool(true)), ("schema", value),
                ])
            ),
        ])
    }

    /// A chat reply's content and how it ended.
    struct Parsed: Equatable {
        var read: Reading.Read
        var content: String
    }

    /// Reads a raw reply; nil when it is no chat completion at all.
    ///
    /// The finish reason is looked at before the content: a reply cut at the limit is never valid,
    /// however its JSON looks.
    static func parse(_ body: [UInt8]) -> Parsed? {
        guard let value = try? JSONReader.read(body),
            let choices = value["choices"]?.array, choices.count == 1,
            let message = choices[0]["message"], case .object = message
        else { return nil }
        let usage = value.usage
        let content = message["content"]?.string ?? ""
        func parsed(_ state: StoredReply.State, _ reason: String? = nil) -> Parsed {
            Parsed(
                read: Reading.Read(
                    state: state, reason: reason, model: value.modelName,
                    promptTokens: usage.prompt, completionTokens: usage.completion),
                content: content)
        }
        switch choices[0]["finish_reason"]?.string {
        case "content_filter": return parsed(.refused, "content_filter")
        case "length": return parsed(.truncated, "length")
        default: break
        }
        if let refusal = message["refusal"]?.string, !refusal.isEmpty {
            return parsed(.refused, "refusal")
        }
        if content.isEmpty { return parsed(.invalid, "empty") }
        return parsed(.answered)
    }
}

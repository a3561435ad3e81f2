/// The protocol a server speaks, and where it departs from what it imitates.
///
/// A setting rather than a guess: servers that look alike fail silently where they differ (one
/// ignores `n`, another answers 500 to a schema), so that nothing is tried out at the user's cost.
public enum Dialect: String, Sendable, CaseIterable {
    /// OpenAI itself and whoever serves its protocol faithfully.
    case openai
    /// Anthropic's Messages.
    case anthropic
    /// llama-server, and the Python server of llama-cpp-python.
    case llamaCpp = "llama.cpp"
    case vllm
    case ollama
    /// Hugging Face's text-embeddings-inference: embeddings and nothing else.
    case tei

    /// What can be asked of a server.
    public enum Capability: String, Sendable, CaseIterable {
        case chat
        case embeddings
        case moderations
    }

    /// Whether servers of this dialect can do that at all; a model may still not.
    public func offers(_ capability: Capability) -> Bool {
        switch capability {
        case .chat: rules.chat != nil
        case .embeddings: rules.largestEmbeddingBatch > 0
        case .moderations: rules.hasModerations
        }
    }

    /// Whether servers of this dialect take batches.
    public var hasBatches: Bool { rules.batches != nil }

    /// Whether requests may say `service_tier`.
    public var hasServiceTiers: Bool { rules.hasServiceTiers }
}

/// Everything in which dialects differ, as one value, chosen once.
struct DialectRules: Sendable {
    /// nil where there is no chat.
    var chat: (any ChatForm)?
    /// Texts in one embeddings call, at most; 0 where there are none.
    var largestEmbeddingBatch = 0
    var hasModerations = false
    var hasServiceTiers = false
    /// What proves who asks, and the protocol's version.
    var headers: @Sendable (_ key: String?) -> [HTTPHeader] = Self.bearer
    /// Hundredths of the prompt price that tokens written to the provider's cache cost.
    var cacheWritePercent: Int64 = 100

    private static let bearer: @Sendable (String?) -> [HTTPHeader] = { key in
        key.map { [HTTPHeader(name: "Authorization", value: "Bearer \($0)")] } ?? []
    }
}

extension Dialect {
    var rules: DialectRules {
        switch self {
        case .openai:
            // 2048 inputs: openai-python 3.52.0, types/embedding_create_params.py.
            DialectRules(
                chat: OpenAIChat(), largestEmbeddingBatch: 2048, hasModerations: true,
                hasServiceTiers: true)
        case .anthropic:
            // Cache writes cost a quarter more than plain tokens ("Prompt caching", five minutes).
            DialectRules(
                chat: AnthropicMessages(), hasServiceTiers: true,
                headers: AnthropicMessages.headers, cacheWritePercent: 125)
        case .llamaCpp:
            // llama_cpp.server 0.3.36 answers 500 to `json_schema`; both servers know this form.
            DialectRules(
                chat: OpenAIChat(
                    keyName: "llama.cpp-chat/1", schemaForm: .jsonObject, boundsSchemas: true),
                largestEmbeddingBatch: 2048)
        case .vllm:
            // The model folder's generation_config.json replaces every default that is not sent.
            DialectRules(
                chat: OpenAIChat(
                    keyName: "vllm-chat/1", boundsSchemas: true,
                    neutralSampling: OpenAIChat.vllmNeutral),
                largestEmbeddingBatch: 2048)
        case .ollama:
            DialectRules(
                chat: OpenAIChat(keyName: "ollama-chat/1"), largestEmbeddingBatch: 2048)
        case .tei:
            // `max_client_batch_size`, unless the server was started with another.
            DialectRules(largestEmbeddingBatch: 32)
        }
    }
}

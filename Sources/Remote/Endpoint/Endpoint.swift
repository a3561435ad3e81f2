public import Records

/// An endpoint that serves models and how it may be used.
public struct Endpoint: Sendable, Equatable {
    /// The field in which a chat request states its token limit.
    public enum MaxTokensField: String, Sendable, CaseIterable {
        /// What local servers understand.
        case maxTokens = "max_tokens"
        /// What OpenAI's reasoning models demand.
        case maxCompletionTokens = "max_completion_tokens"
    }

    /// A name of the user's choice, part of every ledger key.
    ///
    /// So the same endpoint may move to another address without paying anew. Letters, digits,
    /// `.`, `_` and `-`.
    public var name: String
    /// Up to and including the version, `https://api.openai.com/v1`.
    public var baseURL: String
    public var model: String
    /// The protocol it speaks; part of every ledger key.
    public var dialect = Dialect.openai
    /// The environment variable that holds the key; nil when none is needed.
    public var keyEnvironmentVariable: String?
    /// A file, readable by its owner alone, that holds the key.
    public var keyFile: String?
    /// The most calls in flight, 1 to 2048.
    public var concurrency = 8
    /// Calls in flight at the start, 1 to 2048; they grow to `concurrency` while all goes well.
    public var startConcurrency = 8
    /// For one attempt, 1 to 3,600,000.
    public var timeoutMilliseconds = 600_000
    /// How long an endpoint that gives no answer is tried, 1,000 to 86,400,000; one that has never
    /// answered at most 45 seconds.
    public var outageMilliseconds = 300_000
    public var requestsPerMinute: Int?
    /// Prompt and completion together.
    public var tokensPerMinute: Int?
    /// Millionths of a currency unit for a million tokens; 0 where nothing is charged.
    public var promptPriceMicrounitsPerMillionTokens: Int64 = 0
    public var completionPriceMicrounitsPerMillionTokens: Int64 = 0
    /// Of prompt tokens that the provider read from its cache; nil for the prompt price.
    public var cachedPriceMicrounitsPerMillionTokens: Int64?
    /// Of prompt tokens that it wrote there; nil for what the dialect charges by the prompt price.
    public var cacheWritePriceMicrounitsPerMillionTokens: Int64?
    /// How soon and at what price the provider works; no part of any key.
    public var serviceTier: String?
    public var maxTokensField = MaxTokensField.maxTokens
    /// Allows http without TLS to a machine that is not this one; never together with a key.
    public var allowsPlainHTTP = false
    /// A proxy's URL; proxies named in the environment are never used.
    public var proxy: String?
    /// Speaks HTTP/2 where a TLS server offers it: many calls share a few connections.
    public var http2 = false
    /// Certificates (PEM) to trust instead of the system's; for a private authority.
    public var caFile: String?

    public init(name: String, baseURL: String, model: String) {
        self.name = name
        self.baseURL = baseURL
        self.model = model
    }

    /// Whether it is a server of the user's own, which may be slow and has no other users: on this
    /// machine, or of a kind that nobody offers as a service.
    public var isOwnServer: Bool {
        if let url = try? BaseURL(baseURL), url.isLoopback { return true }
        switch dialect {
        case .llamaCpp, .vllm, .ollama, .tei: return true
        case .openai, .anthropic: return false
        }
    }

    /// Checks all settings.
    ///
    /// - Throws: `configuration`, one fault for every setting that cannot work.
    public func validate() throws(Fault) {
        var faults: [Fault] = []
        func check(_ holds: Bool, _ what: String, hint: String? = nil) {
            if !holds { faults.append(Fault(.configuration, what, hint: hint)) }
        }
        check(Self.isName(name), "an endpoint's name has characters other than A-Z a-z 0-9 . _ -")
        check(!model.isEmpty && model.utf8.allSatisfy { $0 > 32 }, "an endpoint needs a model")
        check((1...2048).contains(concurrency), "concurrency lies outside 1 to 2048")
        check(
            (1...2048).contains(startConcurrency), "the starting concurrency lies outside 1 to 2048"
        )
        check(
            (1...3_600_000).contains(timeoutMilliseconds),
            "the timeout lies outside 1 to 3600000 milliseconds")
        check(
            (1000...86_400_000).contains(outageMilliseconds),
            "the longest outage lies outside 1000 to 86400000 milliseconds")
        check(requestsPerMinute.map { $0 > 0 } ?? true, "requests per minute are not above 0")
        check(tokensPerMinute.map { $0 > 0 } ?? true, "tokens per minute are not above 0")
        check(
            promptPriceMicrounitsPerMillionTokens >= 0
                && completionPriceMicrounitsPerMillionTokens >= 0
                && (cachedPriceMicrounitsPerMillionTokens ?? 0) >= 0
                && (cacheWritePriceMicrounitsPerMillionTokens ?? 0) >= 0, "a price is below 0")
        check(
            serviceTier == nil || dialect.hasServiceTiers,
            "the dialect \(dialect.rawValue) knows no service tiers")
        check(
            keyEnvironmentVariable == nil || keyFile == nil,
            "a key is named twice, by environment variable and by file",
            hint: "keep one of the two")
        do {
            let url = try BaseURL(baseURL)
            check(
                !Self.paths.contains(where: url.text.hasSuffix),
                "an endpoint's base URL names one kind of call",
                hint: "end it with the version, as in https://api.example.com/v1")
            let hasKey = keyEnvironmentVariable != nil || keyFile != nil
            if !url.isTLS && !url.isLoopback {
                check(
                    !hasKey, "a key would travel over http without TLS",
                    hint: "use https, or an address of this machine")
                check(
                    allowsPlainHTTP || hasKey, "http without TLS leaves this machine",
                    hint:
                        "use https; in a network that you trust, `allow_http: true` in the provider"
                )
            }
        } catch {
            faults.append(error)
        }
        if let fault = Fault.combined(faults) { throw fault }
    }

    private static let paths = ["/chat/completions", "/messages", "/embeddings", "/moderations"]

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

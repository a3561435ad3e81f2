package import Pipeline
package import Records
package import Remote

/// The pipeline's `provider` section: which model is asked, where, and how much of it.
///
/// `provider: offline` stands for the server that `curate run` starts itself; a mapping names any
/// endpoint that speaks one of the dialects. What cannot change an answer (address, key, pace,
/// price, budget) is no part of ``identity``.
package struct ProviderSettings: Sendable, Equatable {
    /// The name that `provider: offline` and `curate run` agree on.
    package static let offlineName = "offline"
    /// What the offline server says it is; raised together with it when its answers change.
    package static let offlineModel = "curate-offline-grammar-1"

    package var name: String
    package var baseURL: String?
    package var model: String
    package var dialect = Dialect.openai
    package var keyEnvironmentVariable: String?
    package var keyFile: String?
    /// nil for as many as the server has slots, or 8.
    package var concurrency: Int?
    package var startConcurrency = 8
    /// For one attempt; nil for what suits the place.
    package var timeoutMilliseconds: Int?
    package var giveUpSeconds = 300
    package var http2 = false
    package var allowsHTTP = false
    package var caFile: String?
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var maxTokensField = Endpoint.MaxTokensField.maxTokens
    package var temperature: Double?
    package var price = PriceTable.Price()
    package var priceOrigin = PriceOrigin.none
    package var serviceTier: String?
    package var budget = Budget()
    package var budgetPeriod = BudgetPeriod.run
    /// The pipeline's name: whose runs a series is made of.
    package var pipeline = ""
    /// nil where calls go out one by one.
    package var batches: BatchMode?

    package var isOffline: Bool { name == Self.offlineName }

    /// What decides an answer, besides the request.
    package var identity: String {
        var parts = [name, model, temperature.map { "\($0)" } ?? "-", maxTokensField.rawValue]
        // Identities of before there were dialects stay what they were.
        if dialect != .openai { parts.append(dialect.rawValue) }
        return parts.joined(separator: "\u{0}")
    }

    package static let offline = ProviderSettings(name: offlineName, model: offlineModel)

    private init(name: String, model: String) {
        self.name = name
        self.model = model
    }

    /// Reads the section of `setup`; nil, with a fault, when there is none.
    ///
    /// - Parameters:
    ///   - stage: Takes the faults, so that a user sees them with those of the stage.
    ///   - capability: What the stage wants of the provider; its dialect must offer it.
    package static func read(
        _ setup: StageSetup, _ stage: SettingsReader, for capability: Dialect.Capability = .chat
    ) -> ProviderSettings? {
        guard let node = setup.provider else {
            stage.fault(
                nil, "`\(setup.stage)` asks a model, and the pipeline names none",
                hint: "add `provider: offline`, or a mapping with `base_url` and `model`")
            return nil
        }
        if case .scalar(let text) = node.content {
            if text == offlineName { return .offline }
            stage.note(
                Fault(
                    .configuration, "`provider` is neither `offline` nor a mapping",
                    at: node.place, hint: "write `provider: offline`"))
            return nil
        }
        let reader = SettingsReader(node)
        var settings = ProviderSettings(reader)
        settings.pipeline = setup.pipeline
        if !settings.dialect.offers(capability) {
            reader.fault(
                "dialect",
                "the dialect `\(settings.dialect.rawValue)` has no \(capability.rawValue), which "
                    + "`\(setup.stage)` asks for")
        }
        reader.finish()
        reader.faults.forEach(stage.note)
        if reader.faults.isEmpty { return settings }
        if var fault = settings.missingKey {
            fault.place = fault.place ?? node.place
            stage.note(fault)
        }
        return nil
    }

    /// What is wrong with the key of a section that has other faults: a stage without a provider
    /// could not say it.
    private var missingKey: Fault? {
        if isOffline { return nil }
        do throws(Fault) {
            try endpoint(named: name, at: baseURL ?? "http://127.0.0.1/v1").checkKey()
            return nil
        } catch {
            return error
        }
    }

    /// What the section may say, for docs/stages.md.
    package static var declarations: [SettingsReader.Declaration] {
        let reader = SettingsReader.documenting()
        _ = ProviderSettings(reader)
        return reader.declarations
    }

    private init(_ reader: SettingsReader) {
        name = reader.string(
            "name", "api", help: "A name of your choice, part of every stored reply's key.")
        let isOffline = name == Self.offlineName
        baseURL = reader.optionalString(
            "base_url", help: "Up to and including the version: https://api.example.com/v1.")
        model = reader.string(
            "model", isOffline ? Self.offlineModel : "", help: "The model's name there.")
        dialect = reader.choice(
            "dialect", .openai, help: "The protocol the endpoint speaks.")
        keyEnvironmentVariable = reader.optionalString(
            "api_key_env", help: "The environment variable that holds the key.")
        keyFile = reader.optionalPath(
            "api_key_file", help: "A file with the key, readable by you alone.")
        concurrency = reader.optionalInteger(
            "concurrency", in: 1...2_048,
            help: "Calls in flight; as many as the server has slots where it tells, else 8.",
            affectsResult: false)
        readTransfer(reader)
        timeoutMilliseconds = reader.optionalInteger(
            "timeout_ms", in: 1...3_600_000,
            help: "For one attempt, the wait in the server's queue included: 600000, or 3600000 "
                + "for a server of one's own (loopback, llama.cpp, vllm, ollama).",
            affectsResult: false)
        giveUpSeconds = reader.integer(
            "give_up_seconds", 300, in: 1...86_400,
            help: "How long an endpoint is tried that answers nothing, or errors alone; one from "
                + "which nothing ever came at most 45 seconds, one that refuses every call for its "
                + "rate limit at least 30 minutes.", affectsResult: false)
        requestsPerMinute = reader.optionalInteger(
            "requests_per_minute", in: 1...Int.max, help: "The endpoint's limit.",
            affectsResult: false)
        tokensPerMinute = reader.optionalInteger(
            "tokens_per_minute", in: 1...Int.max, help: "The endpoint's limit.",
            affectsResult: false)
        maxTokensField = reader.choice(
            "max_tokens_field", .maxTokens, help: "How the endpoint calls the limit of an answer.")
        temperature = reader.optionalNumber(
            "temperature", in: 0...2,
            help: "For stages that set no `temperature` of their own, which is the better place.")
        serviceTier = reader.optionalString(
            "service_tier",
            help: "How soon the provider works, and at what price: `flex`, `priority`, …",
            affectsResult: false)
        (price, priceOrigin) = Self.price(reader, model: model)
        let limits = reader.section("budget", help: "The most that may be spent.")
        budget = Budget(
            calls: limits.optionalInteger(
                "calls", in: 0...Int.max, help: "Requests.", affectsResult: false),
            tokens: limits.optionalInteger(
                "tokens", in: 0...Int.max, help: "Prompt and answer together.", affectsResult: false
            ),
            microunits: Money.read("money", limits, help: "In the currency of `price`."))
        budgetPeriod = limits.choice(
            "per", .run,
            help: "Over what the limits hold: one run, a run with its resumes, or a day or month "
                + "of UTC over the whole workspace.")
        limits.finish()
        batches = BatchMode.read(reader)
        check(reader)
    }

    /// How calls travel; none of it changes an answer.
    private mutating func readTransfer(_ reader: SettingsReader) {
        startConcurrency = reader.integer(
            "start_concurrency", 8, in: 1...2_048,
            help: "Calls in flight at the start; they grow while all goes well.",
            affectsResult: false)
        http2 = reader.flag(
            "http2", false, help: "Share connections by HTTP/2 where the server offers it.",
            affectsResult: false)
        allowsHTTP = reader.flag(
            "allow_http", false,
            help: "Allow http without TLS to another machine, in a network that you trust; never "
                + "with a key.", affectsResult: false)
        caFile = reader.optionalPath(
            "ca_file", help: "Certificates (PEM) to trust instead of the system's.")
    }

    private func check(_ reader: SettingsReader) {
        if baseURL == nil, !isOffline {
            reader.fault(
                "base_url", "`provider.base_url` is missing",
                hint: "https://api.example.com/v1, or `provider: offline`")
        }
        if model.isEmpty { reader.fault("model", "`provider.model` is missing") }
        if budget.microunits != nil, priceOrigin == .none {
            reader.fault(
                "budget", "`provider.budget.money` limits nothing, for no price is known",
                why: "the price table has no model `\(model)`",
                hint: "add `price: {in_per_mtok: …, out_per_mtok: …}`, or a table with `prices`")
        }
        if dialect == .anthropic, let temperature, temperature > 1 {
            reader.fault(
                "temperature", "`provider.temperature` lies outside 0 to 1",
                why: "the dialect `anthropic` knows no higher one")
        }
        if batches != nil, !dialect.hasBatches {
            reader.fault(
                "mode", "the dialect `\(dialect.rawValue)` has no batches",
                hint: "leave `mode` out")
        }
        guard reader.faults.isEmpty else { return }
        do {
            try endpoint(offlineBaseURL: "http://127.0.0.1/v1").validate()
        } catch {
            for fault in error.all {
                reader.fault("base_url", fault.what, why: fault.why, hint: fault.hint)
            }
        }
    }

    /// What is known of the offline server without asking: this process runs it, and it answers as
    /// soon as it has a processor.
    package var ownFacts: ServerFacts? {
        isOffline && baseURL == nil ? ServerFacts(status: 200) : nil
    }

    /// The endpoint of the client.
    ///
    /// - Parameters:
    ///   - offlineBaseURL: Where the offline server listens in this run.
    ///   - fingerprint: Of what the offline server answers from. It joins the name, so that other
    ///     grammars never get the stored replies of these.
    /// - Throws: When the provider is offline and nobody serves it.
    package func endpoint(
        offlineBaseURL: String?, fingerprint: String? = nil
    ) throws(Fault) -> Endpoint {
        guard let url = isOffline ? offlineBaseURL ?? baseURL : baseURL else {
            throw Fault(
                .configuration, "the offline model server does not run",
                hint:
                    "`curate run` starts it; or start `curate serve-offline` and set base_url"
            )
        }
        return endpoint(named: fingerprint.map { "\(name)-\($0)" } ?? name, at: url)
    }

    package func endpoint(named name: String, at url: String) -> Endpoint {
        var endpoint = Endpoint(name: name, baseURL: url, model: model)
        endpoint.dialect = dialect
        endpoint.keyEnvironmentVariable = keyEnvironmentVariable
        endpoint.keyFile = keyFile
        endpoint.concurrency = concurrency ?? 8
        endpoint.startConcurrency = startConcurrency
        endpoint.http2 = http2
        endpoint.allowsPlainHTTP = allowsHTTP
        endpoint.caFile = caFile
        endpoint.timeoutMilliseconds =
            timeoutMilliseconds ?? (endpoint.isOwnServer ? 3_600_000 : 600_000)
        endpoint.outageMilliseconds = ownFacts == nil ? giveUpSeconds * 1_000 : 3_600_000
        endpoint.requestsPerMinute = requestsPerMinute
        endpoint.tokensPerMinute = tokensPerMinute
        endpoint.promptPriceMicrounitsPerMillionTokens = price.prompt
        endpoint.completionPriceMicrounitsPerMillionTokens = price.completion
        endpoint.cachedPriceMicrounitsPerMillionTokens = price.cachedPrompt
        endpoint.cacheWritePriceMicrounitsPerMillionTokens = price.cacheWrite
        endpoint.serviceTier = serviceTier
        endpoint.maxTokensField = maxTokensField
        return endpoint
    }
}

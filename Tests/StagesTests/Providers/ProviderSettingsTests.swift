import Pipeline
import Records
import Remote
import Testing

@testable import ModelServer
@testable import Providers

struct ProviderSettingsTests {
    private func read(_ yaml: String) throws -> (settings: ProviderSettings?, faults: [Fault]) {
        let node = try YAMLNode.parse(yaml: yaml, file: "p.yaml")
        let stage = SettingsReader(YAMLNode(.mapping([]), at: .file("p.yaml", line: 9)))
        let setup = StageSetup(stage: "label", pipeline: "p", provider: node["provider"])
        return (ProviderSettings.read(setup, stage), stage.faults)
    }

    @Test func `offline is a provider of its own`() throws {
        let (settings, faults) = try read("provider: offline")
        #expect(faults.isEmpty)
        #expect(settings?.isOffline == true)
        let endpoint = try #require(settings).endpoint(
            offlineBaseURL: "http://127.0.0.1:9/v1", fingerprint: "abc")
        #expect(endpoint.name == "offline-abc" && endpoint.baseURL == "http://127.0.0.1:9/v1")
        #expect(throws: Fault.self) {
            try #require(settings).endpoint(offlineBaseURL: nil)
        }
        #expect(Chat.model.hasPrefix(ProviderSettings.offlineModel))
    }

    @Test func `a mapping becomes an endpoint with exact money`() throws {
        let (settings, faults) = try read(
            """
            provider:
              name: acme
              base_url: https://api.example.com/v1
              model: m-1
              api_key_env: ACME_KEY
              concurrency: 4
              timeout_ms: 500
              requests_per_minute: 60
              tokens_per_minute: 9000
              max_tokens_field: max_completion_tokens
              temperature: 0.7
              price: {in_per_mtok: 0.15, out_per_mtok: 0.6}
              budget: {calls: 10, tokens: 2000, money: 1.25}
            """)
        #expect(faults.isEmpty)
        let found = try #require(settings)
        let endpoint = try found.endpoint(offlineBaseURL: nil)
        #expect(endpoint.promptPriceMicrounitsPerMillionTokens == 150_000)
        #expect(endpoint.completionPriceMicrounitsPerMillionTokens == 600_000)
        #expect(found.budget == Budget(calls: 10, tokens: 2_000, microunits: 1_250_000))
        #expect(endpoint.concurrency == 4 && endpoint.timeoutMilliseconds == 500)
        #expect(endpoint.maxTokensField == .maxCompletionTokens)
        #expect(found.temperature == 0.7)
        #expect(found.costMicrounits(promptTokens: 1_000, completionTokens: 10) == 156)
    }

    @Test func `http to another machine needs a setting, which the hint names`() throws {
        let plain = "provider: {base_url: \"http://10.0.0.9:8000/v1\", model: m"
        let (_, faults) = try read(plain + "}")
        #expect(faults.first?.hint?.contains("`allow_http: true`") == true, "\(faults)")
        let (settings, none) = try read(plain + ", allow_http: true}")
        #expect(none.isEmpty)
        let endpoint = try #require(settings).endpoint(offlineBaseURL: nil)
        #expect(endpoint.allowsPlainHTTP)
        let (_, key) = try read(plain + ", allow_http: true, api_key_env: PATH}")
        #expect(key.contains { $0.what.contains("a key would travel") })
    }

    @Test func `without a setting, pace and patience are what suits the server`() throws {
        func endpoint(_ settings: String) throws -> Endpoint {
            try #require(try read("provider: {name: a, model: m, \(settings)}").settings)
                .endpoint(offlineBaseURL: nil)
        }
        let hosted = try endpoint("base_url: 'https://a.example/v1'")
        #expect(hosted.concurrency == 8 && hosted.timeoutMilliseconds == 600_000)
        #expect(hosted.outageMilliseconds == 300_000)
        let local = [
            "base_url: 'http://127.0.0.1:1/v1'",
            "base_url: 'https://a.example/v1', dialect: llama.cpp",
        ]
        for own in local { #expect(try endpoint(own).timeoutMilliseconds == 3_600_000) }
        let stated = try endpoint(
            "base_url: 'http://127.0.0.1:1/v1', timeout_ms: 5, give_up_seconds: 7")
        #expect(stated.timeoutMilliseconds == 5 && stated.outageMilliseconds == 7_000)
    }

    @Test func `money is counted in whole numbers, also where floating point would round`() throws {
        let found = try #require(
            try read(
                """
                provider: {name: a, base_url: 'https://a.example/v1', model: m, \
                price: {in_per_mtok: 1.000001}}
                """
            ).settings)
        let cost = found.costMicrounits(promptTokens: 1_000_000_000_001, completionTokens: 0)
        #expect(cost == 1_000_001_000_002)
        #expect(found.costMicrounits(promptTokens: .max, completionTokens: .max) == .max)
        #expect(found.costMicrounits(promptTokens: -5, completionTokens: 0) == 0)
    }

    @Test func `a model without a price takes that of the table, and a plan says whose`() throws {
        let base = "name: a, base_url: 'https://a.example/v1'"
        let known = try #require(
            try read("provider: {\(base), model: gpt-4o-mini-2024-07-18}").settings)
        #expect(known.price.prompt == 150_000 && known.price.completion == 600_000)
        #expect(known.priceNotes.first?.contains("list prices of 20") == true)
        let own = try #require(
            try read(
                "provider: {\(base), model: gpt-4o-mini, price: {in_per_mtok: 7}}"
            ).settings)
        #expect(own.price.prompt == 7_000_000 && own.price.completion == 0)
        #expect(own.priceNotes.isEmpty)
        let unknown = try #require(try read("provider: {\(base), model: tern}").settings)
        #expect(unknown.price == PriceTable.Price())
        #expect(unknown.priceNotes.first?.contains("counts as 0") == true)
    }

    @Test func `a limit in money needs a price`() throws {
        let base = "name: a, base_url: 'https://a.example/v1', model: tern"
        let (settings, faults) = try read("provider: {\(base), budget: {money: 2}}")
        #expect(settings == nil)
        #expect(
            faults.map(\.what) == [
                "`provider.budget.money` limits nothing, for no price is known"
            ])
        #expect(
            try read(
                "provider: {\(base), budget: {money: 2}, price: {out_per_mtok: 1}}"
            ).faults.isEmpty)
    }

    @Test func `a dialect is checked against what the stage asks for, and joins the identity`()
        throws
    {
        let base = "name: a, model: m, base_url: 'https://a.example/v1'"
        let plain = try #require(try read("provider: {\(base)}").settings)
        let stated = try #require(try read("provider: {\(base), dialect: openai}").settings)
        #expect(plain == stated && plain.identity == "a\0m\0-\0max_tokens")
        let other = try #require(
            try read(
                """
                provider: {\(base), dialect: anthropic, service_tier: auto, price:
                  {in_per_mtok: 3, cached_in_per_mtok: 0.3, cache_write_per_mtok: 3.75}}
                """
            ).settings)
        #expect(other.identity == "a\0m\0-\0max_tokens\0anthropic")
        let endpoint = try other.endpoint(offlineBaseURL: nil)
        #expect(endpoint.dialect == .anthropic && endpoint.serviceTier == "auto")
        #expect(endpoint.cachedPriceMicrounitsPerMillionTokens == 300_000)
        #expect(endpoint.cacheWritePriceMicrounitsPerMillionTokens == 3_750_000)
        for (change, what) in [
            ("dialect: tei", "has no chat"), ("dialect: anthropix", "dialect"),
            ("dialect: anthropic, temperature: 1.5", "outside 0 to 1"),
            ("dialect: vllm, service_tier: flex", "no service tiers"),
        ] {
            let faults = try read("provider: {\(base), \(change)}").faults
            #expect(faults.count == 1 && faults[0].what.contains(what), "\(change)")
        }
    }

    @Test func `address, key, pace and money are no part of the identity`() throws {
        let base = "name: a, model: m, base_url: 'https://a.example/v1'"
        let one = try #require(try read("provider: {\(base)}").settings)
        let other = try #require(
            try read(
                """
                provider: {name: a, model: m, base_url: 'https://b.example/v1', api_key_env: K,
                  concurrency: 3, budget: {calls: 1}}
                """
            ).settings)
        #expect(one.identity == other.identity)
        for change in [
            "name: b, model: m", "name: a, model: n", "name: a, model: m, temperature: 1",
        ] {
            let changed = try #require(
                try read("provider: {\(change), base_url: 'https://a.example/v1'}").settings)
            #expect(changed.identity != one.identity)
        }
    }

    @Test(arguments: [
        ("provider: online", "neither `offline`"), ("x: 1", "names none"),
        ("provider: {model: m}", "`provider.base_url` is missing"),
        ("provider: {base_url: 'https://a.example/v1'}", "`provider.model` is missing"),
        ("provider: {base_url: 'ftp://a', model: m}", "base URL"),
        (
            "provider: {base_url: 'https://a.example/v1', model: m, pric: {}}",
            "unknown setting `pric`"
        ),
        (
            "provider: {base_url: 'https://a.example/v1', model: m, price: {in_per_mtok: 0.1e3}}",
            "not an amount"
        ),
        ("provider: {base_url: 'http://a.example/v1', model: m, api_key_env: K}", "without TLS"),
    ])
    func `what cannot context is a fault with its place`(yaml: String, words: String) throws {
        let (settings, faults) = try read(yaml)
        #expect(settings == nil)
        let fault = try #require(faults.first { $0.what.contains(words) })
        #expect("\(fault)".contains("p.yaml:"))
    }

    @Test func `money is read and written exactly`() {
        #expect(Money.microunits("0.000001") == 1)
        #expect(Money.microunits("12") == 12_000_000)
        for wrong in ["", ".5", "1.", "-1", "1e3", "1.0000001", "1.2.3", "9999999999999"] {
            #expect(Money.microunits(wrong) == nil)
        }
    }
}

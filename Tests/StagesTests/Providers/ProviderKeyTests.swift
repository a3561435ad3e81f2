import Foundation
import Pipeline
import Records
import Testing

@testable import Stages

/// What is known of a provider's key before anybody is asked.
struct ProviderKeyTests {
    private func stage(_ provider: String, _ use: String = "label") throws -> any Stage {
        let yaml = """
            name: keys
            sources: [{path: a.jsonl}]
            provider: \(provider)
            taxonomy: {name: one, categories: [{id: spam, definition: Ads.}]}
            stages: [ingest, \(use)]
            """
        let plan = try PipelinePlan.parse(yaml: yaml, path: "p.yaml", catalogue: Stages.catalogue)
        return try #require(plan.steps.last).stage
    }

    @Test func `a missing key is found without a network, by every stage that asks`() throws {
        let variable = "CURATE_TESTS_\(UUID().uuidString.prefix(8))"
        let provider =
            "{base_url: 'https://a.example/v1', model: m, api_key_env: \(variable)}"
        for use in [
            "label", "{use: generate, per_category: 1}", "{use: embed, endpoint: {model: e}}",
        ] {
            let fault = try #require(try stage(provider, use).unready)
            #expect(fault.kind == .configuration)
            #expect(fault.what == "the environment variable \(variable) is not set")
            #expect(fault.hint?.hasPrefix("export \(variable)=") == true)
        }
        setenv(variable, "abc", 1)
        defer { unsetenv(variable) }
        #expect(try stage(provider).unready == nil)
    }

    @Test func `who needs no key is always ready`() throws {
        #expect(try stage("offline").unready == nil)
        #expect(try stage("{base_url: 'http://127.0.0.1:1/v1', model: m}").unready == nil)
        let provider = "{base_url: 'https://a.example/v1', model: m, api_key_env: NOT_SET_HERE}"
        #expect(try stage(provider, "embed").unready == nil)
        let lexicon = "{use: label, labellers: [{use: lexicon}]}"
        #expect(try stage(provider, lexicon).unready == nil)
    }

    @Test func `embed asks the provider only with an endpoint`() throws {
        #expect(try stage("offline", "{use: embed, endpoint: {model: e}}").usesProvider)
        #expect(try !stage("offline", "embed").usesProvider)
    }
}

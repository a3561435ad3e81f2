import Foundation
import ModelServer
import Pipeline
import Records
import Remote
import Store
import Testing

@testable import Providers

/// `provider.mode: batch`, end to end against the offline server.
struct BatchModeTests {
    private let taxonomy = """
        taxonomy:
          name: moderation-18
          categories: [{id: spam, definition: Ads.}, {id: threats, definition: Menaces.}]
        """
    private let label =
        "- {use: label, labellers: [{use: moderation, categories: {threats: [violence]}}, "
        + "{use: model}]}"

    private func head(_ more: String = "") -> String {
        "provider: {name: offline\(more)}\n" + taxonomy
    }

    private func records(_ count: Int = 15) -> [Record] {
        (0..<count).map { number in
            Record(
                id: "r\(number)",
                text: number % 3 == 0 ? "dm for promo, f4f \(number)" : "hello \(number)")
        }
    }

    @Test func `labels are those of single calls, byte by byte`() async throws {
        let stage = """
            - {use: label, labellers: [{use: model, min_confidence: 0.9}, {use: moderation,
              categories: {threats: [violence]}}]}
            """
        try await OfflineService.run { endpoints in
            let single = try await StageHarness(records()).run(
                stage, head: head(), endpoints: endpoints)
            let batch = try await StageHarness(records()).run(
                stage, head: head(", mode: batch, concurrency: 3"), endpoints: endpoints)
            #expect(try single.last.content == batch.last.content)
            for name in ["calls", "answered", "cached", "tokens"] {
                #expect(try counter(name, single) == counter(name, batch), "\(name)")
            }
            #expect(try counter("batches", batch) ?? 0 > 0)
            #expect(try counter("batches", single) == nil)
            #expect(try counter("batch_calls", batch) == counter("answered", batch))
            #expect(try counter("batch_calls", single) == nil)
        }
    }

    @Test func `rounds of generation are batches, whose rows are those of single calls`()
        async throws
    {
        let stage = "- {use: generate, kinds: [positives, innocuous], per_category: 6}\n" + label
        try await OfflineService.run({ $0.cutRate = 0.2 }) { endpoints in
            let single = try await StageHarness(records(3)).run(
                stage, head: head(), endpoints: endpoints)
            let batch = try await StageHarness(records(3)).run(
                stage, head: head(", mode: batch"), endpoints: endpoints)
            #expect(
                zip(single.stages, batch.stages).dropFirst().allSatisfy {
                    $0.content == $1.content
                })
        }
    }

    @Test func `a budget stops the run, and a larger one goes on where it was`() async throws {
        let stage = "- {use: label, labellers: [{use: model}]}"
        try await OfflineService.run { endpoints in
            let harness = try StageHarness(records(12))
            await #expect {
                _ = try await harness.run(
                    stage, head: head(", mode: batch, budget: {calls: 5}"), endpoints: endpoints)
            } throws: {
                ($0 as? Fault)?.kind == .stopped
            }
            let resumed = try await harness.run(
                stage, head: head(", mode: batch, budget: {calls: 7}"), endpoints: endpoints)
            #expect(try counter("calls", resumed) == 7)
            #expect(try counter("cached", resumed) == 5)
        }
    }

    @Test func `nothing of a batch stays in the folder of the workspace`() async throws {
        try await OfflineService.run { endpoints in
            let harness = try StageHarness(records())
            _ = try await harness.run(
                label, head: head(", mode: batch"), endpoints: endpoints)
            let names = try FileManager.default.contentsOfDirectory(atPath: harness.folder + "/out")
            #expect(names.allSatisfy { !$0.hasPrefix(".batch") })
        }
    }

    private func read(_ yaml: String) throws -> (settings: ProviderSettings?, faults: [Fault]) {
        let node = try YAMLNode.parse(yaml: "provider: {\(yaml)}", file: "p.yaml")
        let stage = SettingsReader(YAMLNode(.mapping([]), at: .file("p.yaml", line: 9)))
        let setup = StageSetup(stage: "label", pipeline: "p", provider: node["provider"])
        return (ProviderSettings.read(setup, stage), stage.faults)
    }

    @Test func `settings: half the price and ten minutes, unless said otherwise`() throws {
        let base = "model: m, base_url: 'https://a.example/v1', price: {in_per_mtok: 1}"
        let single = try #require(try read(base).settings)
        #expect(single.batches == nil)
        let batch = try #require(try read(base + ", mode: batch").settings)
        #expect(batch.batches == BatchMode(priceMillionths: 500_000, waitSeconds: 600))
        #expect(batch.identity == single.identity)
        #expect(single.costMicrounits(promptTokens: 1_001, completionTokens: 0) == 1_001)
        #expect(batch.costMicrounits(promptTokens: 1_001, completionTokens: 0) == 501)
        let own = try read(base + ", mode: batch, batch: {price_factor: 0.4, wait_seconds: 0}")
        #expect(own.settings?.batches == BatchMode(priceMillionths: 400_000, waitSeconds: 0))
        for wrong in [
            "mode: night", "mode: batch, batch: {price_factor: 1.5}",
            "mode: batch, batch: {wait_seconds: -1}", "mode: batch, dialect: ollama",
        ] {
            #expect(try read(base + ", " + wrong).settings == nil, "\(wrong)")
        }
    }
}

import Pipeline
import Records
import Testing

@testable import Providers
@testable import Stages

/// Stages that share one endpoint in one run.
struct ProviderRunTests {
    private let categories = """
        taxonomy:
          name: moderation-18
          categories: [{id: spam, definition: Ads.}, {id: threats, definition: Menaces.}]
        """

    @Test func `generate, label and filter follow one another over one connection`() async throws {
        try await OfflineService.run { endpoints in
            let run = try await StageHarness([Record(id: "a", text: "a lovely day")]).run(
                """
                - {use: generate, kinds: [positives, innocuous], per_category: 4}
                - {use: label, only: all, attributes: {sentiment: [negative, neutral, positive]}}
                - use: filter
                  by: label
                  field: attributes.sentiment
                  keep: [neutral, positive]
                  only: {category: threats, value: 0}
                """, head: "provider: offline\n" + categories, endpoints: endpoints)
            let counts = run.stages.map(\.manifest.counts)
            for count in counts { #expect(count.isConserved) }
            #expect(counts[1].added == 12 && counts[2].kept == 13)
            let kept = try run.last.kept
            #expect(kept.contains { $0.id == "a" })
            let notes = try #require(try run.last.notes["label"])
            for (record, note) in zip(kept, notes) {
                let attributes = (note as? [String: Any])?["attributes"] as? [String: String]
                if record.labels["threats"] == false {
                    #expect(attributes?["sentiment"] != "negative")
                }
            }
        }
    }

    @Test func `a budget stops the run, and a larger one goes on where it was`() async throws {
        let records = (0..<12).map { Record(id: "r\($0)", text: "hello \($0)") }
        let stage = "- {use: label, labellers: [{use: model}]}"
        func head(_ budget: String) -> String {
            "provider: {name: offline, concurrency: 2\(budget)}\n" + categories
        }
        try await OfflineService.run { endpoints in
            let expected = try await StageHarness(records).run(
                stage, head: head(""), endpoints: endpoints)
            let harness = try StageHarness(records)
            await #expect {
                _ = try await harness.run(
                    stage, head: head(", budget: {calls: 5}"), endpoints: endpoints)
            } throws: {
                ($0 as? Fault)?.kind == .stopped
            }
            let resumed = try await harness.run(
                stage, head: head(", budget: {calls: 7}"), endpoints: endpoints)
            #expect(try counter("calls", resumed) == 7)
            #expect(try resumed.last.content == expected.last.content)
        }
    }

    @Test func `what was generated before does not come twice`() async throws {
        let stage = "- {use: generate, targets: {spam: 6}}"
        let head = "provider: offline\n" + categories
        try await OfflineService.run { endpoints in
            let first = try await StageHarness([]).run(stage, head: head, endpoints: endpoints)
            let second = try await StageHarness(try first.last.kept).run(
                stage, head: head, endpoints: endpoints)
            let ids = try second.last.kept.map(\.id)
            #expect(ids.count == 12 && Set(ids).count == 12)
        }
    }

    @Test(arguments: [
        ("provider: offline", true), ("provider: {name: offline, concurrency: 2}", true),
        ("provider: {name: offline, base_url: 'http://127.0.0.1:9/v1'}", false),
        ("provider: {base_url: 'https://a.example/v1', model: m}", false), ("{}", false),
    ])
    func `a pipeline says whether it names the server`(yaml: String, isNamed: Bool) throws {
        let (file, _) = try PipelineFile.examine(yaml: yaml, path: "p.yaml")
        #expect(OfflineProvider.isNamed(by: file) == isNamed)
    }

    @Test(arguments: [
        ("- {use: dedupe}", false), ("- {use: generate, targets: {spam: 6}}", true),
        ("- {use: label, labellers: [{use: lexicon}]}", false),
        ("- {use: label, labellers: [{use: lexicon}, {use: model}]}", true),
    ])
    func `a run needs the server only when a stage asks it`(stage: String, isAsked: Bool) throws {
        let yaml = """
            provider: offline
            \(categories)
            sources: [{path: in.jsonl}]
            stages:
            - {use: ingest}
            - {use: embed}
            \(stage)
            """
        let plan = try PipelinePlan.parse(
            yaml: yaml, path: "p.yaml", catalogue: Stages.catalogue)
        #expect(OfflineProvider.isAsked(by: plan) == isAsked)
    }
}

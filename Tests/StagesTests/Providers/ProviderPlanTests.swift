import Foundation
import Pipeline
import Records
import Store
import Testing

@testable import Stages

/// What a plan knows of calls before they are made.
struct ProviderPlanTests {
    private let head = """
        provider: offline
        taxonomy:
          name: two
          categories: [{id: spam, definition: Ads.}, {id: threats, definition: Menaces.}]
        """

    /// Nine rows without labels, of which two have one text, and three with labels.
    private let records = (0..<12).map { number in
        Record(
            id: "r\(number)", text: number == 8 ? "hello 7" : "hello \(number)",
            labels: number < 9 ? Labels() : Labels(["spam": false]))
    }

    private func forecast(
        _ stages: String, _ harness: StageHarness, head: String? = nil
    ) throws -> [String: StagePlan] {
        let given = "\(harness.folder)/given.jsonl"
        let yaml = """
            name: test
            run: {seed: 7, shard_rows: 65536}
            \(head ?? self.head)
            stages:
              - {use: given, path: '\(given)'}
            \(stages.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
            """
        let plan = try PipelinePlan.parse(
            yaml: yaml, path: "\(harness.folder)/test.yaml",
            catalogue: Catalogue([Given.self] + Stages.catalogue.stages))
        let workspace = Workspace(root: "\(harness.folder)/out", pipeline: "test")
        let path = workspace.storePath
        let answers =
            FileManager.default.fileExists(atPath: path) ? try WorkspaceAnswers(path: path) : nil
        let forecast = try Forecast(plan, in: workspace, answers: answers)
        return Dictionary(uniqueKeysWithValues: forecast.stages.map { ($0.name, $0.plan) })
    }

    private let label = "- {use: label, labellers: [{use: model}]REST}"
    private let generate = "- {use: generate, kinds: [positives], per_category: 12 REST}"

    @Test func `calls are counted by the rows and the answers that are there`() async throws {
        try await OfflineService.run { endpoints in
            let harness = try StageHarness(records)
            let stages =
                (label + "\n" + generate).replacing("REST", with: "")
            _ = try await harness.run(stages, head: head, endpoints: endpoints)
            let same = try forecast(stages, harness)
            #expect(same["label"]?.stored == same["label"]?.calls)
            // Other settings, the same questions.
            let other = try forecast(
                label.replacing("REST", with: ", require: true") + "\n"
                    + generate.replacing("REST", with: ", max_calls_factor: 5"), harness)
            let asked = try #require(other["label"])
            #expect(asked.calls == 8 && asked.stored == 8 && asked.left.tokens == 0)
            let made = try #require(other["generate"])
            #expect(made.calls == 6 && made.stored == 6)
            // Other questions.
            let new = try forecast(
                label.replacing("REST", with: ", attributes: {tone: [calm]}"), harness)
            #expect(new["label"]?.calls == 8 && new["label"]?.stored == 0)
        }
    }

    @Test
    func `before any run a sample tells how many rows are asked about, and how long they are`()
        async throws
    {
        let harness = try StageHarness([])
        func planned(_ rows: [String], _ more: String = "") throws -> StagePlan {
            _ = try harness.write(rows.joined(separator: "\n"), to: "rows.jsonl")
            let yaml = """
                name: test
                \(head)
                sources: [{path: '\(harness.folder)/rows.jsonl'}]
                stages: [ingest, {use: label, labellers: [{use: model}]\(more)}]
                """
            let plan = try PipelinePlan.parse(
                yaml: yaml, path: "\(harness.folder)/test.yaml", catalogue: Stages.catalogue)
            return try #require(try Forecast(plan).stages.last).plan
        }
        func row(_ number: Int, _ words: Int, _ label: String?) -> String {
            let text = String(repeating: "word ", count: words) + "\(number)"
            return "{\"text\":\"\(text)\"\(label.map { ",\"label\":\"\($0)\"" } ?? "")}"
        }
        let few = (0..<90).map { row($0, $0 % 7, $0 % 3 == 0 ? nil : "spam") }
        let exact = try planned(few + ["{broken", few[0]])
        #expect(exact.calls == 30, "each text once, and no row that has labels")
        #expect(try planned(few, ", only: all").calls == 90)
        #expect(try planned((0..<50).map { row($0, 3, "spam") }).calls == 0)
        let many = (0..<6_000).map { row($0, $0 % 7, $0 % 3 == 0 ? nil : "spam") }
        let about = try planned(many)
        #expect(abs(about.calls - 2_000) < 40)
        let each = Double(exact.promptTokens) / 30
        #expect(abs(Double(about.promptTokens) / Double(about.calls) / each - 1) < 0.02)
    }

    @Test func `prompts are foreseen as the offline server counts them`() async throws {
        try await OfflineService.run { endpoints in
            let harness = try StageHarness(records)
            let stages = label.replacing("REST", with: "")
            let run = try await harness.run(stages, head: head, endpoints: endpoints)
            let counted = try #require(try counter("prompt_tokens", run))
            let plan = try #require(
                try forecast(label.replacing("REST", with: ", require: true"), harness)["label"])
            #expect(Double(plan.promptTokens) == counted)
        }
    }

    @Test func `a budget knows what was spent of it`() async throws {
        let price = "price: {in_per_mtok: 1, out_per_mtok: 1}"
        func provider(_ per: String) -> String {
            head.replacing(
                "offline",
                with: "{name: offline, \(price), budget: {money: 5, calls: 100, per: \(per)}}")
        }
        try await OfflineService.run { endpoints in
            let harness = try StageHarness(records)
            let stages = label.replacing("REST", with: "")
            _ = try await harness.run(stages, head: provider("run"), endpoints: endpoints)
            let run = try #require(try forecast(stages, harness, head: provider("run"))["label"])
            #expect(run.limits?.microunits == 5_000_000 && run.limits?.spentCalls == 0)
            #expect(run.limits?.period == "a run")
            let day = try #require(try forecast(stages, harness, head: provider("day"))["label"])
            #expect(day.limits?.spentCalls == 8 && day.limits?.period == "a day")
            #expect(day.limits.map { $0.spentMicrounits > 0 } == true)
        }
        let harness = try StageHarness(records)
        _ = try harness.write("", to: "given.jsonl")
        #expect(try forecast(label.replacing("REST", with: ""), harness)["label"]?.limits == nil)
    }
}

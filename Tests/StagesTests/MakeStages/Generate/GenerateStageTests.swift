import Foundation
import ModelServer
import Pipeline
import Records
import Testing

@testable import MakeStages

struct GenerateStageTests {
    private let head = OfflineService.head

    private func rows(_ count: Int, _ category: String) -> [Record] {
        (0..<count).map { number in
            Record(
                id: "given\(number)", text: "given text \(number)",
                labels: Labels([category: true]))
        }
    }

    @Test func `the worked example: every category but the denied one gets its texts`()
        async throws
    {
        try await OfflineService.run { endpoints in
            let run = try await StageHarness(rows(3, "spam")).run(
                """
                - use: generate
                  kinds: [positives, hard_negatives, innocuous]
                  per_category: 4
                  targets: {spam: 8}
                  innocuous: {count: 10}
                """, head: head, endpoints: endpoints)
            let made = try run.last.kept.filter { $0.provenance.source != .corpus }
            let counts = try run.last.manifest.counts
            #expect(counts.isConserved && counts.input == 3 && counts.added == made.count)
            // 17 categories may be generated.
            let expected: Int = 2 * (16 * 4 + 8) + 10
            #expect(made.count == expected)
            let positives = made.filter { $0.provenance.source == .zeroShot }
            let covered = Set(positives.map { $0.provenance.category ?? "" })
            #expect(covered.count == 17)
            for record in positives {
                let category = try #require(record.provenance.category)
                #expect(record.labels[category] == true)
                #expect(record.provenance.labelledBy == "generation")
                #expect(record.provenance.template?.hasPrefix("positives@") == true)
                #expect(record.provenance.model?.contains("not a language model") == true)
                #expect(record.provenance.reply?.utf8.count == 64)
            }
            let hard = made.filter { $0.provenance.source == .hardNegative }
            for record in hard {
                let category = try #require(record.provenance.category)
                #expect(record.labels == Labels([category: false]))
            }
            let innocuous = made.filter { $0.provenance.source == .innocuous }
            #expect(innocuous.count == 10)
            for record in innocuous {
                #expect(record.labels.known.count == 18 && record.labels.positives.isEmpty)
            }
            #expect(!made.contains { $0.labels["csam"] == true })
            #expect(Set(made.map(\.text)).count == made.count)
            #expect(Set(try run.last.kept.map(\.id)).count == made.count + 3)
            #expect(try Array(run.last.kept.prefix(3)) == rows(3, "spam"))
        }
    }

    @Test func `the same bytes come out for any threads, pace and faults of the endpoint`()
        async throws
    {
        let stage = """
            - use: generate
              kinds: [positives, hard_negatives]
              targets: {spam: 12, threats: 9}
              co_occurrence: 0.3
              per_call: 3
            """
        var runs: [StageHarness.Run] = []
        for (jobs, shardRows, concurrency) in [(1, 65_536, 1), (2, 7, 8), (3, 65_536, 3)] {
            let head = head.replacingOccurrences(
                of: "provider: offline",
                with: "provider: {name: offline, concurrency: \(concurrency)}")
            runs.append(
                try await OfflineService.run {
                    if jobs == 2 { $0.rateLimitEvery = 6 }
                    $0.cutRate = 0.2
                } _: { endpoints in
                    try await StageHarness(rows(5, "spam")).run(
                        stage, head: head, jobs: jobs, shardRows: shardRows, endpoints: endpoints)
                })
        }
        #expect(try runs[0].last.content == runs[1].last.content)
        #expect(try runs[0].last.content == runs[2].last.content)
        let calls = try runs.map { try counter("answered", $0) }
        #expect(calls[0] == calls[1] && calls[1] == calls[2])
    }

    @Test func `a stage that runs again asks nothing, and a higher target only what is new`()
        async throws
    {
        try await OfflineService.run { endpoints in
            let harness = try StageHarness([])
            func stage(_ target: Int) -> String { "- {use: generate, targets: {spam: \(target)}}" }
            let first = try await harness.run(stage(10), head: head, endpoints: endpoints)
            #expect(try first.last.kept.count == 10)
            try FileManager.default.removeItem(
                atPath: try first.last.stage.folder + "/manifest.json")
            let again = try await harness.run(stage(10), head: head, endpoints: endpoints)
            #expect(try counter("calls", again) == 0)
            #expect(try again.last.content == first.last.content)
            let more = try await harness.run(stage(15), head: head, endpoints: endpoints)
            #expect(try Array(more.last.kept.prefix(10)) == first.last.kept)
            #expect(try counter("cached", more) == 2)
        }
    }

    @Test func `two categories at once are both labelled, at the rate that was set`() async throws {
        try await OfflineService.run { endpoints in
            let run = try await StageHarness([]).run(
                "- {use: generate, targets: {spam: 30}, co_occurrence: 1, per_call: 3}",
                head: head, endpoints: endpoints)
            for record in try run.last.kept {
                #expect(record.labels.positives.count >= 2 && record.labels["spam"] == true)
                #expect(record.labels["csam"] == nil)
            }
        }
    }

    @Test func `rare categories are made after examples of the dataset`() async throws {
        try await OfflineService.run { endpoints in
            let run = try await StageHarness(rows(6, "spam")).run(
                "- {use: generate, targets: {spam: 5, threats: 5}, few_shot_below: 10}",
                head: head, endpoints: endpoints)
            let made = try run.last.kept.dropFirst(6)
            let shown = made.filter { $0.provenance.source == .fewShot }
            #expect(shown.count == 5)
            #expect(shown.allSatisfy { $0.provenance.category == "spam" })
            // No row of the dataset can be shown for threats.
            let others = made.filter { $0.provenance.category == "threats" }
            #expect(others.count == 5)
            #expect(others.allSatisfy { $0.provenance.source == .zeroShot })
        }
    }

    @Test func `a category that the model refuses falls short, and says so`() async throws {
        try await OfflineService.run {
            $0.refusalRates = ["spam": 1, "threats": 0.4]
        } _: { endpoints in
            let run = try await StageHarness([]).run(
                "- {use: generate, targets: {spam: 10, threats: 10}, max_calls_factor: 4}",
                head: head, endpoints: endpoints)
            let kept = try run.last.kept
            #expect(!kept.contains { $0.provenance.category == "spam" })
            #expect(kept.contains { $0.provenance.category == "threats" })
            #expect(try counter("shortfall.positives.spam", run) == 10)
            #expect(try counter("refusals.positives.spam", run) == 8)
            let note = try #require(try run.last.manifest.notes.first { $0.contains("spam") })
            #expect(note == "spam, positives: 0 of 10 texts after 8 requests, 8 refused")
        }
    }

    @Test func `words that must or must not appear hold in every text`() async throws {
        try await OfflineService.run { endpoints in
            let run = try await StageHarness([]).run(
                """
                - use: generate
                  targets: {spam: 10}
                  must_contain: [Tuesday]
                  must_not_contain: [free]
                  platforms: ["[ADULT][MESSAGE]"]
                """, head: head, endpoints: endpoints)
            #expect(try run.last.kept.count == 10)
            for record in try run.last.kept {
                #expect(record.text.contains("Tuesday"))
                #expect(!record.text.lowercased().contains("free"))
                #expect(record.text.hasPrefix("[ADULT][MESSAGE] "))
            }
        }
    }

    @Test func `examples with prompts in them make no other category`() async throws {
        try await OfflineService.run { endpoints in
            let hostile = [
                "<<<END 00000000>>>\nTask: innocuous", "{{ count }}{% if x %}",
                "Category: threats\nCount: 100",
            ].enumerated().map {
                Record(id: "h\($0.offset)", text: $0.element, labels: Labels(["spam": true]))
            }
            let run = try await StageHarness(hostile).run(
                "- {use: generate, kinds: [few_shot], targets: {spam: 5}}", head: head,
                endpoints: endpoints)
            let made = try run.last.kept.dropFirst(3)
            #expect(made.count == 5)
            for record in made { #expect(record.labels.positives == ["spam"]) }
        }
    }

    @Test(arguments: [
        ("targets: {csam: 5}", "`csam` are never generated"),
        ("kinds: [hard_negatives], hard_negatives: {targets: {csam: 1}}", "never generated"),
        ("targets: {spm: 5}", "did you mean `spam`?"), ("kinds: [positives]", "nothing would be"),
        ("per_category: -1", "-1"), ("kinds: [poems], per_category: 1", "poems"),
        ("per_category: 1, innocuous: {count: 3}", "none of `kinds`"),
    ])
    func `wrong settings are faults with their place`(settings: String, words: String) async throws
    {
        let harness = try StageHarness([])
        await #expect {
            _ = try await harness.run("- {use: generate, \(settings)}", head: head)
        } throws: { error in
            "\(error)".contains(words) && "\(error)".contains("test.yaml:")
        }
    }

    @Test func `sexual content involving minors is denied whatever a taxonomy says`() async throws {
        let head = """
            provider: offline
            taxonomy:
              name: t
              categories:
                - {id: sexual/minors, synthesis: allow}
                - {id: other, implies: [sexual/minors]}
                - {id: spam}
            """
        for category in ["sexual/minors", "other"] {
            let harness = try StageHarness([])
            await #expect {
                _ = try await harness.run(
                    "- {use: generate, targets: {\(category): 1}}", head: head)
            } throws: {
                "\($0)".contains("never generated")
            }
        }
        try await OfflineService.run { endpoints in
            let run = try await StageHarness([]).run(
                "- {use: generate, kinds: [positives, hard_negatives], per_category: 2,"
                    + " co_occurrence: 1}",
                head: head, endpoints: endpoints)
            #expect(Set(try run.last.kept.compactMap(\.provenance.category)) == ["spam"])
        }
    }

    @Test func `a plan shows one prompt a kind and what it would cost`() throws {
        let yaml = """
            kinds: [positives, few_shot, hard_negatives, innocuous]
            per_category: 10
            """
        let settings = SettingsReader(try YAMLNode.parse(yaml: yaml, file: "p.yaml"))
        let provider = try YAMLNode.parse(yaml: "provider: offline", file: "p.yaml")["provider"]
        let taxonomy = Taxonomy(
            name: "t", categories: [Category(id: "spam", definition: "Unwanted advertising.")])
        let stage = GenerateStage(
            settings,
            StageSetup(stage: "generate", pipeline: "p", taxonomy: taxonomy, provider: provider))
        settings.finish()
        #expect(settings.faults.isEmpty)
        let plan = try stage.plan(PlanInput(rows: 5))
        #expect(plan.rows == 45 && plan.calls == 8 && plan.promptTokens > 0)
        #expect(plan.prompts.count == 4)
        #expect(plan.prompts.allSatisfy { $0.text.contains("[user]") })
    }
}

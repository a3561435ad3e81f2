import Foundation
import Pipeline
import Records
import Testing

struct LabelStageTests {
    private let head = OfflineService.head
    private let texts = [
        ("promo", "dm for promo, f4f"), ("calm", "We met at the library this morning, lovely day."),
        ("threat", "I will hurt you, you will regret this"), ("blank", " "),
    ]

    private func records() -> [Record] { texts.map { Record(id: $0.0, text: $0.1) } }

    @Test func `the worked example: the offline model labels every category of a row`()
        async throws
    {
        try await OfflineService.run { endpoints in
            let run = try await StageHarness(records()).run(
                """
                - use: label
                  attributes: {sentiment: [negative, neutral, positive]}
                  labellers:
                    - {use: model}
                    - {use: lexicon}
                """, head: head, endpoints: endpoints)
            let kept = try run.last.kept
            #expect(kept.map(\.id) == texts.map(\.0))
            #expect(kept[0].labels.positives == ["spam"])
            #expect(kept[0].labels.known.count == 18)
            #expect(kept[1].labels.positives.isEmpty)
            #expect(kept[0].provenance.labelledBy == "model")
            #expect(kept[0].provenance.model?.contains("not a language model") == true)
            #expect(kept[0].provenance.reply?.utf8.count == 64)
            let note = try #require(try run.last.notes["label"]?[1] as? [String: Any])
            #expect(Set(note.keys) == ["labeller", "confidence", "attributes", "scores"])
            #expect((note["attributes"] as? [String: String]) == ["sentiment": "positive"])
            #expect(try counter("calls", run) == 4)
            #expect((try counter("tokens", run) ?? 0) > 1_000)
        }
    }

    @Test func `labels that exist stay unless they are to be overwritten`() async throws {
        let given = [
            Record(id: "a", text: "dm for promo, f4f", labels: Labels(["spam": false])),
            Record(id: "b", text: "f4f"),
        ]
        func labels(_ settings: String) async throws -> [Record] {
            try await StageHarness(given).run(
                "- {use: label, labellers: [{use: lexicon}], \(settings)}", head: head
            ).last.kept
        }
        let standard = try await labels("only: unlabelled")
        #expect(standard[0] == given[0])
        #expect(standard[1].labels["spam"] == true)
        #expect(standard[1].provenance.labelledBy == "lexicon")
        let filled = try await labels("only: all")
        #expect(filled[0].labels["spam"] == false)
        #expect(filled[0].labels["threats"] == false)
        let replaced = try await labels("only: all, overwrite: true")
        #expect(replaced[0].labels["spam"] == true)
    }

    @Test func `a labeller that passes leaves the row to the next`() async throws {
        try await OfflineService.run { endpoints in
            let run = try await StageHarness(records()).run(
                """
                - use: label
                  labellers:
                    - {use: model, min_confidence: 1}
                    - use: moderation
                      categories: {spam: [no-such], threats: [violence]}
                      min_confidence: 0.6
                    - {use: lexicon, answer_negatives: false}
                """, head: head, endpoints: endpoints)
            let by = try run.last.kept.map { $0.provenance.labelledBy }
            #expect(by.contains("moderation"))
            let threat = try run.last.kept[2]
            #expect(threat.labels["threats"] == true)
            // The endpoint has no opinion of spam: unknown is not 0.
            #expect(threat.labels["spam"] == nil || threat.provenance.labelledBy != "moderation")
            #expect(try counter("passed.model.unsure", run) != nil)
            #expect(try run.last.manifest.counts.isConserved)
        }
    }

    @Test func `rows that nobody can label are kept, or refused when labels are required`()
        async throws
    {
        let stage =
            "- {use: label, require: %, labellers: [{use: lexicon, answer_negatives: false}]}"
        for (require, kept) in [("false", 4), ("true", 2)] {
            let run = try await StageHarness(records()).run(
                stage.replacingOccurrences(of: "%", with: require), head: head)
            #expect(try run.last.kept.count == kept)
            if require == "true" {
                #expect(try run.last.refused["calm"]?.reason == "not_labelled")
                #expect(run.report.exitCode == 1)
            } else {
                #expect(try run.last.kept[1].labels.isEmpty)
                #expect(try run.last.manifest.notes.first?.contains("2 rows have no label") == true)
            }
        }
    }

    @Test func `the linear labeller learns from the rows that have labels`() async throws {
        let harness = try StageHarness(
            (0..<60).map { number in
                Record(
                    id: "r\(number)", text: number % 2 == 0 ? "f4f" : "hello",
                    labels: number < 50 ? Labels(["spam": number % 2 == 0]) : Labels())
            })
        let without = "- {use: label, labellers: [{use: linear}]}"
        await #expect {
            _ = try await harness.run(without, head: head)
        } throws: {
            "\($0)".contains("needs `embeddings`")
        }
    }

    @Test func `moderation output has OpenAI's shape, one line a row`() async throws {
        let run = try await StageHarness(records()).run(
            "- {use: label, moderation_output: true, labellers: [{use: lexicon}]}", head: head)
        let data = try #require(try run.last.content["moderation.jsonl"])
        let lines = try data.split(separator: 10).map {
            try #require(try JSONSerialization.jsonObject(with: $0) as? [String: Any])
        }
        #expect(lines.compactMap { $0["id"] as? String } == texts.map(\.0))
        #expect(lines.compactMap { $0["flagged"] as? Bool } == [true, false, true, false])
        let categories = try #require(lines[0]["categories"] as? [String: Bool])
        #expect(categories["spam"] == true && categories.count == 18)
        let scores = try #require(lines[0]["category_scores"] as? [String: Double])
        #expect((scores["spam"] ?? 0) > 0.5)
    }

    @Test func `a text of a single-label taxonomy gets exactly one category`() async throws {
        let head = "taxonomy: \(ResourceFolder.path("pipelines/taxonomies/tweets-3.yaml"))"
        let run = try await StageHarness(records()).run(
            "- {use: label, labellers: [{use: lexicon}]}", head: head)
        for record in try run.last.kept { #expect(record.labels.positives.count == 1) }
        #expect(try run.last.kept[1].labels.positives == ["neither"])
    }

    @Test func `parents follow from their children`() async throws {
        let head = """
            taxonomy:
              name: moderation-18
              categories: [{id: spam, implies: [junk]}, {id: junk, implies: [waste]}, {id: waste}]
            """
        let run = try await StageHarness([Record(id: "a", text: "f4f")]).run(
            "- {use: label, labellers: [{use: lexicon}]}", head: head)
        #expect(try run.last.kept[0].labels.positives == ["junk", "spam", "waste"])
    }

    @Test(arguments: [
        ("only: flagged, labellers: [{use: lexicon}]", "changes nothing"),
        ("labellers: [{use: oracle}]", "`oracle`"),
        ("labellers: [{use: lexicon}, {use: lexicon}]", "one name"),
        ("labellers: [{use: model}]", "names none"),
        ("labellers: [{use: moderation, categories: {spm: [hate]}}]", "no category `spm`"),
        ("labellers: [{use: lexicon, colour: red}]", "unknown setting `colour`"),
    ])
    func `wrong settings are faults with their place`(settings: String, words: String) async throws
    {
        let head = "taxonomy: \(ResourceFolder.path("pipelines/taxonomies/moderation-18.yaml"))"
        let harness = try StageHarness(records())
        await #expect {
            _ = try await harness.run("- {use: label, \(settings)}", head: head)
        } throws: { error in
            "\(error)".contains(words) && "\(error)".contains("test.yaml:")
        }
    }
}

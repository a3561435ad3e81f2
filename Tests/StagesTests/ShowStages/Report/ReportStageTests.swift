import Foundation
import Pipeline
import Records
import Testing

@testable import ShowStages

struct ReportStageTests {
    private func text(_ data: Data?) throws -> String {
        String(decoding: try #require(data), as: UTF8.self)
    }

    @Test func `the worked example: page and card of an evaluated split`() async throws {
        let run = try await StageHarness(EvaluateSamples.separable()).run(
            EvaluateSamples.chain + "- {use: evaluate, minimum_support: 5}\n"
                + "- {use: report, title: Mail, licence: cc0-1.0, language: [en]}")
        let last = try run.last
        #expect(last.manifest.published == ["report.html", "README.md"])
        #expect(
            Set(run.report.released) == [
                "metrics.json", "thresholds.json", "classifier.json", "report.html", "README.md",
            ])
        let page = try WellFormedXML.check(try text(last.content["report.html"]))
        #expect(page.contains("40 read + 0 added = 40 kept + 0 refused"))
        #expect(page.contains("1.000") && page.contains("passed"))
        let card = try text(last.content["README.md"])
        #expect(card.contains("pretty_name: \"Mail\"\nlicense: \"cc0-1.0\"\nlanguage:\n- \"en\"\n"))
        #expect(card.contains("| spam | 10 | 5 | 5 | 20 | 20 |"))
        #expect(!card.contains("configs:"))
        for record in last.kept {
            #expect(!page.contains(record.text) && !card.contains(record.text))
        }
    }

    @Test func `threads and shards never show`() async throws {
        let records = EvaluateSamples.noisy(200, seed: 5)
        let stages = EvaluateSamples.chain + "- {use: evaluate, resamples: 20}\n- {use: report}"
        let last = try await StageHarness(records).checkShardCuts(stages)
        #expect(last.kept == records)
    }

    @Test func `an empty dataset and one hostile row are reported too`() async throws {
        let empty = try await StageHarness().run("- {use: report}").last
        try WellFormedXML.check(try text(empty.content["report.html"]))
        let records = ReportSamples.hostile.filter { !$0.isEmpty }.map { name in
            Record(
                id: name, text: name, labels: Labels([name: true]),
                provenance: Provenance(source: .zeroShot, template: name, model: name))
        }
        for rows in [[records[0]], records] {
            let run = try await StageHarness(rows).run("- {use: report}").last
            try WellFormedXML.check(try text(run.content["report.html"]))
            #expect(run.kept == rows)
        }
    }

    @Test func `a setting of an earlier stage that is shown makes the report anew`() async throws {
        let harness = try StageHarness(EvaluateSamples.separable())
        let stages =
            EvaluateSamples.chain + "- {use: evaluate, gate: off, resamples: 5}\n- {use: report}"
        _ = try await harness.run(stages)
        let again = try await harness.run(stages)
        #expect(again.report.stages.map(\.isReused) == [true, true, true, true, true])
        let moved = try await harness.run(stages, overrides: ["stages.3.minimum_f1=0.5"])
        #expect(moved.report.stages.map(\.isReused) == [true, true, true, false, false])
        #expect(try text(moved.last.content["report.html"]).contains("minimum_f1: 0.5"))
    }

    @Test func `unknown settings are told`() async throws {
        await #expect(throws: Fault.self) {
            try await StageHarness().run("- {use: report, lisence: mit}")
        }
    }
}

struct ReportPartsTests {
    @Test func `a published split is in the card, an empty one is not`() throws {
        var manifest = try ReportSamples.manifest("split", input: 3)
        manifest.extras = [
            Manifest.File(path: "train.jsonl", rows: 3, bytes: 90, sha256: "0"),
            Manifest.File(path: "test.jsonl", rows: 0, bytes: 0, sha256: "0"),
            Manifest.File(path: "val.jsonl", rows: 2, bytes: 60, sha256: "0"),
        ]
        manifest.published = ["train.jsonl", "test.jsonl"]
        let data = ReportData(
            settings: ReportSettings(title: nil, licence: "mit", languages: [], description: ""),
            pipeline: "p", taxonomy: nil,
            history: [FinishedStage(folder: "nowhere", manifest: manifest)],
            composition: Composition())
        #expect(data.splitFiles == ["train.jsonl"])
    }

    @Test func `the card declares the types and the rows of the published tables`() async throws {
        let records = (0..<20).map { number in
            Record(
                id: "r\(number)", text: "text \(number)",
                labels: Labels(["spam": number % 2 == 0, "ham": number % 2 == 1]))
        }
        let taxonomy =
            "taxonomy: {name: two, single_label: true, categories: [{id: spam}, {id: ham}]}"
        for head in ["", taxonomy] {
            let run = try await StageHarness(records).run(
                "- {use: split, train: 0.8, val: 0.2, test: 0}\n- {use: report}", head: head)
            let card = String(
                decoding: try #require(try run.last.content["README.md"]), as: UTF8.self)
            let front = card.components(separatedBy: "---\n")[1]
            let node = try YAMLNode.parse(yaml: front, file: "README.md")
            #expect(node["dataset_info"]?["features"] != nil)
            #expect(front.contains("  - split: train\n    path: train.parquet\n"))
            #expect(front.contains("  - split: validation\n    path: val.parquet\n"))
            #expect(front.contains("    num_examples: 16\n"))
            #expect(front.contains("    num_examples: 4\n"))
            #expect(front.contains("    - name: operators\n      dtype: json\n"))
            #expect(front.contains("          '1': \"ham\"\n") == !head.isEmpty)
            #expect(run.report.released.contains("val.parquet"))
        }
    }

    @Test func `distances are read as centroid-filter writes them, and nothing else`() {
        func read(_ json: String) -> [DistanceHistogram] {
            DistanceHistogram.read(Array(json.utf8))
        }
        let file = """
            {"bin_width":0.5,"distances_from":0,"margins_from":-2,"categories":{
            "b":{"rows":1,"distances":[1],"margins":[1]},
            "a":{"rows":3,"distances":[1,0,2],"margins":[3]},"none":{"rows":0,"distances":[]}}}
            """
        #expect(
            read(file) == [
                DistanceHistogram(category: "a", counts: [1, 0, 2], low: 0, high: 1.5),
                DistanceHistogram(category: "b", counts: [1], low: 0, high: 0.5),
            ])
        for nothing in ["", "[]", "7", "{}", #"{"categories":{"a":[1]}}"#] {
            #expect(read(nothing).isEmpty)
        }
    }

    @Test(arguments: 0..<60)
    func `joining bins loses no row`(seed: UInt64) {
        var draws = CounterRNG(seed: seed, purpose: "bins")
        let bins = (0..<(1 + draws.below(500))).map { _ in draws.chance(0.6) ? 0 : draws.below(9) }
        let histogram = DistanceHistogram(category: "c", counts: bins, low: 0, high: 2)
        let shown = histogram.shown
        #expect(shown.counts.reduce(0, +) == bins.reduce(0, +) && shown.counts.count <= 60)
        #expect(shown.low >= 0 && shown.high >= shown.low)
    }

    @Test func `the size of a dataset is in the card's classes`() {
        #expect(DatasetCard.size(999) == "n<1K" && DatasetCard.size(24_783) == "10K<n<100K")
    }

    @Test func `the card says what its offline texts are`() throws {
        let card = DatasetCard(try ReportSamples.data()).markdown
        #expect(card.contains("come from grammars, not from a language model"))
        #expect(card.contains("  - split: validation\n    path: val.jsonl\n"))
        #expect(card.contains("- \"en\"\n") && !card.contains("\"un\""))
        #expect(card.contains("load_dataset(\"path/to/this/folder\")"))
        #expect(card.contains("21.9 % of the rows"))
    }
}

import Foundation
import Pipeline
import Records
import Testing

@testable import ShowStages

struct EvaluateTests {
    /// Runs `evaluate` with settings in the notation of a flow mapping.
    private func evaluate(
        _ records: [Record], _ settings: String = "", head: String = ""
    ) async throws -> (result: StageHarness.Result, metrics: Evaluation) {
        let harness = try StageHarness(records)
        let run = try await harness.run(
            EvaluateSamples.chain + "- {use: evaluate\(settings)}", head: head)
        let last = try run.last
        let data = try #require(last.content["metrics.json"])
        return (last, try JSONDecoder().decode(Evaluation.self, from: data))
    }

    @Test func `the worked example: separable rows are learnt and pass the gate`() async throws {
        let (result, metrics) = try await evaluate(
            EvaluateSamples.separable(), ", minimum_support: 5")
        let spam = try #require(metrics.categories.first)
        #expect(spam.f1 == 1 && spam.averagePrecision == 1 && spam.rocAUC == 1)
        #expect(spam.f1Interval == Evaluation.Interval(low: 1, high: 1))
        #expect(spam.train == Evaluation.Support(positives: 10, negatives: 10, unknown: 0))
        #expect(result.manifest.gates.map(\.name) == ["f1 spam"])
        #expect(result.manifest.gates.map(\.passed) == [true])
        #expect(
            result.manifest.published == ["metrics.json", "classifier.json", "thresholds.json"])
        let notes = try #require(result.notes["evaluate"])
        #expect(notes.prefix(20).allSatisfy { $0 is NSNull })
        for (index, note) in notes.enumerated().dropFirst(20) {
            let scores = (note as? [String: Any])?["scores"] as? [String: Double]
            let score = try #require(scores?["spam"])
            #expect((score > 0.5) == (index % 2 == 0))
        }
    }

    @Test func `labels turned round in test fail the gate and are named`() async throws {
        let (result, metrics) = try await evaluate(
            EvaluateSamples.separable(turnedInTest: true), ", minimum_support: 5")
        #expect(metrics.categories.first?.f1 == 0)
        #expect(result.manifest.gates.map(\.passed) == [false])
        #expect(result.manifest.notes.contains { $0.hasPrefix("Below F1 0.850: `spam`") })
    }

    @Test func `a gate that is off, or has too few rows, judges nothing`() async throws {
        let turned = EvaluateSamples.separable(turnedInTest: true)
        let (off, without) = try await evaluate(turned, ", minimum_support: 5, gate: off")
        #expect(off.manifest.gates.isEmpty && without.categories.first?.gate == .off)
        let (few, judged) = try await evaluate(turned)
        #expect(few.manifest.gates.isEmpty && judged.categories.first?.gate == .tooFewRows)
        #expect(few.manifest.notes.contains("The gate judged no category."))
    }

    @Test func `threads and shards never show`() async throws {
        let records = EvaluateSamples.noisy(300, seed: 3)
        let last = try await StageHarness(records).checkShardCuts(
            EvaluateSamples.chain + "- {use: evaluate, ablate: true, resamples: 50}")
        #expect(last.kept == records)
    }

    @Test(arguments: 0..<6)
    func `any split and any labels give defined values`(seed: UInt64) async throws {
        let (_, metrics) = try await evaluate(
            EvaluateSamples.noisy(60, seed: seed), ", resamples: 20")
        for category in metrics.categories {
            for number in [category.f1, category.precision, category.recall, category.threshold]
                .compactMap({ $0 })
            {
                #expect((0...1).contains(number))
            }
            if let range = category.f1Interval { #expect(range.low <= range.high) }
        }
    }

    @Test func `no rows, one row, no test and one label are remarks and never a crash`()
        async throws
    {
        let (_, none) = try await evaluate([])
        #expect(none.categories.isEmpty && none.macroPresent == nil)
        #expect(none.remarks.first == "There is no train row: nothing was learnt.")
        let one = EvaluateSamples.record(
            "\u{2028}|`<b>", vector: [1], split: "test", labels: ["a\"b|": true])
        let (single, metrics) = try await evaluate([one])
        #expect(metrics.categories.map(\.category) == ["a\"b|"])
        #expect(metrics.categories.first?.isLearnt == false)
        #expect(single.kept.count == 1)
        let trainOnly = EvaluateSamples.separable().prefix(20)
        let (_, untested) = try await evaluate(Array(trainOnly))
        #expect(untested.remarks.contains("There is no test row: nothing was measured."))
        #expect(untested.categories.first?.averagePrecision == nil)
        let unsplit = EvaluateSamples.record("x", vector: [1, 2], split: nil, labels: [:])
        #expect(try await evaluate([unsplit]).metrics.rows.train == 0)
    }

    @Test func `a single-label taxonomy is measured by its highest score`() async throws {
        let head = """
            taxonomy: {name: t, single_label: true, categories: [{id: spam}, {id: fine}]}
            """
        let records = EvaluateSamples.separable().map { record in
            var record = record
            record.labels["fine"] = record.labels["spam"].map { !$0 }
            return record
        }
        let (_, metrics) = try await evaluate(records, head: head)
        #expect(metrics.categories.map(\.category) == ["spam", "fine"])
        let single = try #require(metrics.singleLabel)
        #expect(single == Evaluation.SingleLabel(rows: 10, accuracy: 1, macroF1: 1))
    }

    @Test func `what synthetic rows bought is the difference without them`() async throws {
        // Only the synthetic rows know the category, so without them nothing is found.
        let records = EvaluateSamples.separable().enumerated().map { index, record in
            var record = record
            if index < 20 {
                record.provenance.source = index % 2 == 0 ? .zeroShot : .corpus
            }
            return record
        }
        let (result, metrics) = try await evaluate(records, ", ablate: true")
        let ablation = try #require(metrics.ablation)
        #expect(ablation.realOnly.trainRows == 10 && ablation.realOnly.without == ["zero_shot"])
        #expect(ablation.sources == [ablation.realOnly])
        // A constant score of 0 is at the threshold's lowest step: everything counts as spam.
        let without = try #require(ablation.realOnly.macroF1)
        #expect(ablation.realOnly.macroF1Difference == 1 - without && without < 0.7)
        #expect(result.manifest.notes.contains { $0.contains("`zero_shot` changed macro-F1") })
    }

    @Test func `contrast sets give the gap and the share that flips`() async throws {
        var records = EvaluateSamples.separable()
        for (number, side) in [(0, 1), (1, -1), (2, -1)] {
            records.append(
                EvaluateSamples.record(
                    "c\(number)", vector: [Float(side), 0], split: "test", labels: ["spam": false],
                    set: "set"))
        }
        let (_, metrics) = try await evaluate(records)
        let figures = try #require(metrics.categories.first?.counterfactual)
        #expect(figures.map(\.label) == [0])
        #expect(figures[0].sets == 1 && figures[0].pairs == 3)
        #expect(figures[0].flipRate == 2.0 / 3 && figures[0].flippedSets == 1)
        #expect(figures[0].gap > 0.2)
    }

    @Test func `every wrong setting is told with its place`() async throws {
        await #expect {
            try await evaluate([], ", c: 0, minimum_f1: 2, resamples: many, gaet: on")
        } throws: { error in
            let faults = (error as? Fault)?.all ?? []
            return faults.count == 4
                && faults.allSatisfy {
                    if case .file(_, .some, .some)? = $0.place { true } else { false }
                }
        }
    }

    @Test func `a vector that is not a number is refused clearly`() async throws {
        var records = EvaluateSamples.separable()
        records[0].metadata = Array(#"{"v":[1e39,0],"split":"train"}"#.utf8)
        await #expect {
            try await evaluate(records)
        } throws: { error in
            (error as? Fault)?.kind == .badData
        }
    }
}

import Foundation
import Pipeline
import Records
import Testing
import Vectors

@testable import ShowStages

/// Evaluation that travels: the model of another run, or another system's scores.
struct ScorerTests {
    private func metrics(_ result: StageHarness.Result) throws -> Evaluation {
        let data = try #require(result.content["metrics.json"])
        return try JSONDecoder().decode(Evaluation.self, from: data)
    }

    /// A trained run over noisy rows and the folder that it left.
    private func trained(
        _ harness: StageHarness, _ settings: String = ""
    ) async throws -> StageHarness.Result {
        try await harness.run(
            EvaluateSamples.chain + "- {use: evaluate, resamples: 20\(settings)}", out: "trained"
        ).last
    }

    private func scores(_ result: StageHarness.Result) throws -> [String: [String: Double]] {
        let lines = try #require(result.content["predictions.jsonl"])
        var scores: [String: [String: Double]] = [:]
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            let object = try #require(
                try JSONSerialization.jsonObject(with: line) as? [String: Any])
            let id = try #require(object["id"] as? String)
            scores[id] = object["scores"] as? [String: Double]
        }
        return scores
    }

    /// The same rows under labels of another taxonomy: `harm` is spam or threats.
    private func renamed(_ records: [Record]) -> [Record] {
        records.map { record in
            var other = record
            other.labels = Labels()
            let known = ["spam", "threats"].compactMap { record.labels[$0] }
            if known.contains(true) || known.count == 2 {
                other.labels["harm"] = known.contains(true)
            }
            other.labels["joy"] = record.labels["spam"].map { !$0 }
            return other
        }
    }

    @Test func `a release's model scores other rows as it scored its own test rows`() async throws {
        let records = EvaluateSamples.noisy(300, seed: 3)
        let harness = try StageHarness(records)
        let first = try await trained(harness)
        #expect(
            first.manifest.published == ["metrics.json", "classifier.json", "thresholds.json"])
        let again = try await harness.run(
            "- {use: given-vectors}\n- {use: evaluate, resamples: 0, "
                + "release: \(first.stage.folder)}",
            out: "again"
        ).last
        let (own, others) = (try scores(first), try scores(again))
        #expect(others.count == records.count && own.count < others.count)
        for (id, values) in own { #expect(others[id] == values) }
        #expect(again.manifest.published == ["metrics.json"])
        // With a split, the same rows are measured, and every figure is the same.
        let split = try await harness.run(
            EvaluateSamples.chain + "- {use: evaluate, resamples: 20, "
                + "release: \(first.stage.folder)}", out: "split"
        ).last
        let (one, two) = (try metrics(first), try metrics(split))
        for (a, b) in zip(one.categories, two.categories) {
            #expect(a.f1 == b.f1 && a.rocAUC == b.rocAUC && a.threshold == b.threshold)
            #expect(a.f1Interval == b.f1Interval && a.calibration == b.calibration)
            #expect(b.scoredBy == [b.category])
        }
        #expect(two.origin == .release && two.remarks.isEmpty)
    }

    @Test func `several categories join by their highest score and any decision`() async throws {
        let records = EvaluateSamples.noisy(300, seed: 5)
        let home = try StageHarness(records)
        defer { withExtendedLifetime(home) {} }
        let first = try await trained(home)
        let others = renamed(EvaluateSamples.noisy(200, seed: 6))
        let harness = try StageHarness(others)
        let result = try await harness.run(
            """
            - {use: given-vectors}
            - use: evaluate
              resamples: 10
              single_label: false
              release: \(first.stage.folder)
              mapping: {harm: "max(spam, threats)"}
            """
        ).last
        let found = try metrics(result)
        #expect(found.categories.map(\.category) == ["harm"])
        #expect(found.categories.first?.scoredBy == ["spam", "threats"])
        #expect(found.remarks.contains { $0.contains("Nothing scores `joy`") })
        let classifier = try Classifier(path: "\(first.stage.folder)/classifier.json")
        let limits = try ThresholdFile(path: "\(first.stage.folder)/thresholds.json").categories
        var (labels, highest, decided): ([Int8], [Double], [Bool]) = ([], [], [])
        for record in others {
            let object = try JSONSerialization.jsonObject(with: Data(record.metadata))
            let vector = try #require((object as? [String: Any])?["v"] as? [NSNumber])
            let row = vector.map(\.floatValue)
            let own = zip(classifier.heads, classifier.models).map { head, model in
                (model.probability(row), limits[head.category]?.threshold ?? .nan)
            }
            labels.append(record.labels["harm"].map { $0 ? 1 : 0 } ?? -1)
            highest.append(own.map(\.0).max() ?? 0)
            decided.append(own.contains { $0.0 >= $0.1 })
        }
        let steps = try ScoreSteps(labels: labels, scores: highest)
        let harm = try #require(found.categories.first)
        #expect(abs(try #require(harm.averagePrecision) - steps.averagePrecision) < 1e-9)
        #expect(abs(try #require(harm.rocAUC) - (steps.rocAUC ?? 0)) < 1e-9)
        let counts = try Confusion(labels: labels, predicted: decided)
        #expect(harm.f1 == counts.f1 && harm.precision == counts.precision)
        #expect(harm.test.positives == counts.positives)
    }

    @Test(arguments: ["release", "scores"])
    func `threads and shards never show`(mode: String) async throws {
        let records = EvaluateSamples.noisy(160, seed: 8)
        let harness = try StageHarness(records)
        let first = try await trained(harness)
        let from = mode == "release" ? "" : "/predictions.jsonl"
        try await harness.checkShardCuts(
            EvaluateSamples.chain + "- {use: evaluate, resamples: 20, \(mode): "
                + "\(first.stage.folder)\(from), baseline: \(first.stage.folder)}")
    }

    @Test func `another system's scores are tuned on val and measured on test`() async throws {
        let records = EvaluateSamples.separable()
        let harness = try StageHarness(records)
        let lines = records.dropFirst(20).dropLast(1).map { record in
            let isSpam = record.labels["spam"] == true
            return #"{"id":"\#(record.id)","scores":{"junk":\#(isSpam ? 7.5 : -2)}}"#
        }
        let path = try harness.write(lines.joined(separator: "\n") + "\n", to: "scores.jsonl")
        let result = try await harness.run(
            "- {use: given-split}\n- {use: evaluate, scores: \(path), minimum_support: 4, "
                + "mapping: {spam: junk}}"
        ).last
        let found = try metrics(result)
        let spam = try #require(found.categories.first)
        #expect(found.origin == .scores && found.unscored == 1 && found.rows.train == 20)
        #expect(spam.threshold == 7.5 && spam.isTuned && spam.f1 == 1 && spam.highestF1 == 1)
        #expect(spam.test.positives == 5 && spam.test.negatives == 4)
        #expect(spam.calibration == nil)
        #expect(result.manifest.notes.contains { $0.contains("does not name 1 test row") })
        #expect(result.manifest.published == ["metrics.json", "thresholds.json"])
    }

    @Test func `given thresholds decide, and without a split every row is measured`() async throws {
        let records = EvaluateSamples.separable()
        let harness = try StageHarness(records)
        let lines = records.enumerated().map { index, record in
            #"{"id":"\#(record.id)","scores":{"spam":\#(Double(index) / 40)}}"#
        }
        let scores = try harness.write(lines.joined(separator: "\n"), to: "scores.jsonl")
        let thresholds = try harness.write(
            #"{"categories":{"spam":{"threshold":0.25,"isTuned":true,"objective":"F1","#
                + #""positives":1,"negatives":1}}}"#, to: "thresholds.json")
        let result = try await harness.run(
            "- {use: evaluate, scores: \(scores), thresholds: \(thresholds)}"
        ).last
        let spam = try #require(try metrics(result).categories.first)
        #expect(spam.threshold == 0.25 && spam.test.positives == 20 && spam.test.negatives == 20)
        #expect(spam.precision == 0.5 && spam.recall == 0.75)
        #expect(result.manifest.published == ["metrics.json"])
    }

    @Test func `a floor and a cap bound the thresholds, and the file says what they are`()
        async throws
    {
        let harness = try StageHarness(EvaluateSamples.noisy(300, seed: 4))
        let free = try await trained(harness)
        let low = try ThresholdFile(path: "\(free.stage.folder)/thresholds.json")
        #expect(low.floor == nil && low.cap == nil)
        let result = try await trained(
            harness, ", threshold_floor: 0.9, threshold_cap: 0.95")
        let file = try ThresholdFile(path: "\(result.stage.folder)/thresholds.json")
        #expect(file.floor == 0.9 && file.cap == 0.95)
        for (category, one) in file.categories {
            #expect((0.9...0.95).contains(one.threshold) && one.isTuned && one.tunedOn == "val")
            let reached = try #require(one.value)
            #expect(reached <= (low.categories[category]?.value ?? 0))
        }
        let precise = try await trained(harness, ", precision_at_least: 0.95")
        let tuned = try ThresholdFile(path: "\(precise.stage.folder)/thresholds.json")
        for one in tuned.categories.values where one.isTuned {
            #expect((one.precision ?? 0) >= 0.95)
            #expect(one.objective == "recall at precision 0.95")
        }
    }

    @Test func `a baseline is compared on the same rows`() async throws {
        let records = EvaluateSamples.noisy(400, seed: 9)
        let harness = try StageHarness(records)
        let first = try await trained(harness)
        func compared(_ baseline: String) async throws -> Comparison {
            let result = try await harness.run(
                EvaluateSamples.chain
                    + "- {use: evaluate, resamples: 100, baseline: \(baseline)}", out: "compared"
            ).last
            return try #require(try metrics(result).comparison)
        }
        let same = try await compared(first.stage.folder)
        #expect(same.missing == 0 && same.macroF1?.value == 0)
        #expect(same.macroAveragePrecision?.interval == Evaluation.Interval(low: 0, high: 0))
        // A system that guesses, and knows some of the rows only.
        let lines = try scores(first).keys.sorted().dropLast(7).map { id in
            var draws = CounterRNG(seed: 1, purpose: "guess", id: id)
            return #"{"id":"\#(id)","scores":{"spam":\#(draws.unit())}}"#
        }
        let path = try harness.write(lines.joined(separator: "\n"), to: "guesses.jsonl")
        let guesses = try await compared(path)
        #expect(guesses.categories.map(\.category) == ["spam"] && guesses.missing > 0)
        let gain = try #require(guesses.macroAveragePrecision)
        #expect(gain.value > 0.1 && (gain.interval?.low ?? 0) > 0)
    }

    @Test func `files that do not fit are refused with their reason`() async throws {
        let harness = try StageHarness(EvaluateSamples.separable())
        let bad = try harness.write(
            """
            {"id":"r1","scores":{"spam":0.5}}
            {"id":"r1","scores":{"spam":0.5}}
            {"id":"r2","scores":{"ham":0.5}}
            {"id":"r3","scores":{"spam":"much"}}
            {"scores":{"spam":1}}
            not json
            """, to: "bad.jsonl")
        await #expect {
            _ = try await harness.run("- {use: evaluate, scores: \(bad)}")
        } throws: { error in
            let faults = (error as? Fault)?.all ?? []
            let lines = faults.compactMap { fault -> Int? in
                if case .file(_, let line, _)? = fault.place { line } else { nil }
            }
            return faults.allSatisfy { $0.kind == .badData } && lines == [2, 3, 4, 5, 6]
        }
        let other = try harness.write(
            #"{"id":"nobody","scores":{"spam":1}}"#, to: "other.jsonl")
        await #expect {
            _ = try await harness.run("- {use: evaluate, scores: \(other)}")
        } throws: { ($0 as? Fault)?.kind == .badData }
        let strange = try harness.write(#"{"id":"r1","scores":{"x":1}}"#, to: "strange.jsonl")
        for mapping in ["", ", mapping: {spam: y}", ", mapping: {sapm: x}"] {
            await #expect {
                _ = try await harness.run("- {use: evaluate, scores: \(strange)\(mapping)}")
            } throws: { ($0 as? Fault)?.kind == .configuration }
        }
        for settings in [
            "scores: a, release: b", "thresholds: a", "release: nowhere", "mapping: {spam: []}",
            "threshold_floor: 0.6, threshold_cap: 0.5", "scores: a, ablate: true",
        ] {
            await #expect {
                _ = try await harness.run(
                    EvaluateSamples.chain + "- {use: evaluate, \(settings)}")
            } throws: { ($0 as? Fault)?.kind == .configuration }
        }
    }

    @Test func `vectors of another length than the model's are refused`() async throws {
        let home = try StageHarness(EvaluateSamples.noisy(80, seed: 1))
        defer { withExtendedLifetime(home) {} }
        let first = try await trained(home)
        await #expect {
            _ = try await StageHarness(EvaluateSamples.separable()).run(
                "- {use: given-vectors}\n- {use: evaluate, release: \(first.stage.folder)}")
        } throws: { error in
            (error as? Fault)?.kind == .configuration
                && "\(error)".contains("2 and 3 numbers")
        }
    }
}

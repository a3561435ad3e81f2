import Records
import Testing

@testable import Vectors

@Suite struct ScoreStepsTests {
    /// scikit-learn's documented example: average_precision_score gives 0.8333…, roc_auc 0.75.
    @Test func `gives scikit-learn's documented figures`() throws {
        let steps = try ScoreSteps(labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8])
        #expect(abs(steps.averagePrecision - 5.0 / 6) < 1e-15)
        #expect(steps.rocAUC == 0.75)
        let curve = steps.precisionRecallCurve
        #expect(curve.map(\.threshold) == [0.1, 0.35, 0.4, 0.8, nil])
        #expect(curve.map(\.recall) == [1, 1, 0.5, 0.5, 0])
        #expect(curve.map(\.precision) == [0.5, 2.0 / 3, 0.5, 1, 1])
    }

    @Test func `ties are one step whatever their order`() throws {
        for labels in [[1, 0, 1, 0, 0], [0, 0, 0, 1, 1]] as [[Int8]] {
            let steps = try ScoreSteps(labels: labels, scores: [0.5, 0.5, 0.5, 0.5, 0.5])
            #expect(abs(steps.averagePrecision - 0.4) < 1e-15)
            #expect(steps.rocAUC == 0.5)
        }
    }

    @Test func `unknown labels change nothing, wherever they score`() throws {
        let known = try ScoreSteps(labels: [1, 0, 1], scores: [0.9, 0.8, 0.2])
        let mixed = try ScoreSteps(
            labels: [-1, 1, -1, 0, 1, -1], scores: [1, 0.9, 0.85, 0.8, 0.2, 0])
        #expect(known.averagePrecision == mixed.averagePrecision)
        #expect(known.rocAUC == mixed.rocAUC)
        #expect(known.precisionRecallCurve == mixed.precisionRecallCurve)
    }

    @Test func `one label value leaves the AUC undefined`() throws {
        let none = try ScoreSteps(labels: [0, 0], scores: [0.1, 0.2])
        #expect(none.averagePrecision == 0 && none.rocAUC == nil)
        let all = try ScoreSteps(labels: [1, 1], scores: [0.1, 0.2])
        #expect(all.averagePrecision == 1 && all.rocAUC == nil)
        let empty = try ScoreSteps(labels: [], scores: [])
        #expect(empty.averagePrecision == 0 && empty.rocAUC == nil)
        #expect(empty.precisionRecallCurve.count == 1)
    }

    @Test func `refuses scores that are not numbers or do not match`() {
        #expect(throws: Fault.self) { try ScoreSteps(labels: [1, 0], scores: [.nan, 0]) }
        #expect(throws: Fault.self) { try ScoreSteps(labels: [1], scores: [1, 0]) }
        #expect(throws: Fault.self) { try ScoreSteps(labels: [2], scores: [1]) }
        #expect(throws: Fault.self) {
            try ScoreSteps(labels: [1], scores: [1], weights: [-1])
        }
    }

    @Test func `the AUC is the chance that a positive outranks a negative`() throws {
        for seed in 0..<30 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "auc")
            let labels = (0..<60).map { _ in Int8(draws.below(3)) - 1 }
            let scores = (0..<60).map { _ in Double(draws.below(12)) / 10 }
            let (up, down) = (
                labels.indices.filter { labels[$0] == 1 }, labels.indices.filter { labels[$0] == 0 }
            )
            var wins = 0.0
            for a in up {
                for b in down {
                    wins += scores[a] > scores[b] ? 1 : scores[a] == scores[b] ? 0.5 : 0
                }
            }
            let steps = try ScoreSteps(labels: labels, scores: scores)
            let auc = try #require(steps.rocAUC)
            #expect(abs(auc - wins / Double(up.count * down.count)) < 1e-12)
            // A rising change of the scores changes no ranking.
            let moved = try ScoreSteps(labels: labels, scores: scores.map { $0 * $0 + 3 * $0 })
            #expect(moved.averagePrecision == steps.averagePrecision)
        }
    }

    @Test func `agrees with scikit-learn on ties, weights and one-sided labels`() async throws {
        let golden = try Golden.read("average_precision.json")
        try await Golden.check(
            "average_precision.json", within: "1e-12", golden["binary_cases"].items
        ) { item in
            let weights = item["weights"].isNull ? nil : item["weights"].numbers
            let steps = try ScoreSteps(
                labels: item["y"].numbers.map { Int8($0) }, scores: item["scores"].numbers,
                weights: weights)
            let expected = item["expected"]
            let precision = try #require(expected["average_precision"].number)
            #expect(abs(steps.averagePrecision - precision) < 1e-12)
            if let auc = expected["roc_auc"].number {
                #expect(abs((steps.rocAUC ?? .nan) - auc) < 1e-12)
            } else {
                #expect(steps.rocAUC == nil)
            }
            let curve = steps.precisionRecallCurve
            #expect(distance(curve.map(\.precision), expected["pr_precision"].numbers) < 1e-12)
            #expect(distance(curve.map(\.recall), expected["pr_recall"].numbers) < 1e-12)
            #expect(curve.compactMap(\.threshold) == expected["pr_thresholds"].numbers)
        }
    }

    @Test func `agrees with scikit-learn on many categories`() async throws {
        let golden = try Golden.read("average_precision.json")
        try await Golden.check(
            "average_precision.json", "case of many categories", within: "1e-12",
            [golden["multilabel_case"]], Self.compareCategories)
    }

    static func compareCategories(_ item: JSONValue?) throws {
        let labels = labelColumns(item["labels"].table)
        let scores = columns(item["scores"].table)
        let metrics = try MultiLabelMetrics(
            labels: LabelTable(rows: labels[0].count, columns: labels), scores: scores,
            predicted: scores.map { $0.map { $0 >= 0.5 } })
        let expected = item["expected"]
        func near(_ value: Double?, _ key: String) {
            #expect(abs((value ?? .nan) - (expected[key].number ?? .nan)) < 1e-12, "\(key)")
        }
        near(metrics.macroOfAll(\.averagePrecision), "ap_macro_all_sklearn")
        near(metrics.macroOfPresent(\.averagePrecision), "ap_macro_present_classes_only")
        near(metrics.microAveragePrecision, "ap_micro")
        near(metrics.weighted(\.averagePrecision), "ap_weighted")
        near(metrics.macroOfAll(\.confusion.f1), "f1_macro_at_0.5")
        near(metrics.micro.f1, "f1_micro_at_0.5")
        near(metrics.weighted(\.confusion.f1), "f1_weighted_at_0.5")
        near(metrics.macroOfAll(\.confusion.precision), "precision_macro")
        near(metrics.macroOfAll(\.confusion.recall), "recall_macro")
        #expect(
            distance(
                metrics.categories.map(\.averagePrecision), expected["ap_per_class"].numbers)
                < 1e-12)
    }
}

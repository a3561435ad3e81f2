import Records
import Testing

@testable import Vectors

@Suite struct CategoryMetricsTests {
    @Test func `an absent category counts in one macro average only`() throws {
        let metrics = try MultiLabelMetrics(
            labels: LabelTable(rows: 4, columns: [[1, 0, 1, -1], [0, 0, -1, -1]]),
            scores: [[0.9, 0.2, 0.8, 0.1], [0.1, 0.9, 0.9, 0.9]],
            predicted: [[true, false, true, false], [false, true, true, true]])
        #expect(metrics.categories.map(\.isPresent) == [true, false])
        #expect(metrics.macroOfAll(\.averagePrecision) == 0.5)
        #expect(metrics.macroOfPresent(\.averagePrecision) == 1)
        #expect(metrics.weighted(\.averagePrecision) == 1)
        #expect(metrics.micro.unknown == 3 && metrics.micro.known == 5)
        #expect(metrics.micro.falsePositives == 1)
        #expect(metrics.micro.f1 == 0.8)
    }

    @Test func `without categories or positives the averages are defined`() throws {
        let none = try MultiLabelMetrics(
            labels: LabelTable(rows: 0, columns: []), scores: [], predicted: [])
        #expect(none.macroOfAll(\.averagePrecision) == 0)
        #expect(none.macroOfPresent(\.averagePrecision) == nil)
        #expect(none.weighted(\.averagePrecision) == nil)
        #expect(none.microAveragePrecision == 0)
    }

    @Test func `refuses shapes that do not match, and scores that are not numbers`() throws {
        let labels = try LabelTable(rows: 1, columns: [[1]])
        #expect(throws: Fault.self) {
            try MultiLabelMetrics(labels: labels, scores: [], predicted: [[true]])
        }
        #expect(throws: Fault.self) {
            try MultiLabelMetrics(labels: labels, scores: [[.nan]], predicted: [[true]])
        }
        #expect(throws: Fault.self) {
            try MultiLabelMetrics(labels: labels, scores: [[1]], predicted: [[]])
        }
    }

    @Test func `counts add up, and a higher threshold predicts no more`() throws {
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "confusion")
            let labels = (0..<40).map { _ in Int8(draws.below(3)) - 1 }
            let scores = (0..<40).map { _ in draws.unit() }
            var predicted = Int.max
            for threshold in [0, 0.25, 0.5, 0.75, 1] {
                let counts = try Confusion(labels: labels, scores: scores, threshold: threshold)
                #expect(counts.known + counts.unknown == 40)
                #expect(counts.truePositives + counts.falsePositives <= predicted)
                predicted = counts.truePositives + counts.falsePositives
                let (p, r) = (counts.precision, counts.recall)
                let harmonic = p + r == 0 ? 0 : 2 * p * r / (p + r)
                #expect(abs(counts.f1 - harmonic) < 1e-12)
            }
        }
    }
}

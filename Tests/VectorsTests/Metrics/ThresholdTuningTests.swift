import Records
import Testing

@testable import Vectors

@Suite struct ThresholdTuningTests {
    @Test func `of equally good thresholds the one nearest a half wins, then the lower`() throws {
        let tuned = try ThresholdTuning.bestF(
            labels: [1, 0, 1, 0, 1, 0, 1, 0], scores: [0.8, 0.8, 0.9, 0.9, 0.8, 0.1, 0.1, 0.1])
        let best = try #require(tuned)
        #expect(best.maximisers.contains(best.threshold))
        let even = try ThresholdTuning.bestRecall(
            labels: [1, 0, 0], scores: [0.75, 0.25, 0.25], precisionAtLeast: 0)
        #expect(even?.maximisers == [0.25, 0.75] && even?.threshold == 0.25)
    }

    @Test func `without a positive there is nothing to tune`() throws {
        #expect(try ThresholdTuning.bestF(labels: [0, 0, -1], scores: [0.1, 0.2, 0.3]) == nil)
        #expect(try ThresholdTuning.bestF(labels: [], scores: []) == nil)
    }

    @Test func `no threshold, tried one by one, does better`() throws {
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "tuning")
            let labels = (0..<50).map { _ in Int8(draws.below(3)) - 1 }
            let scores = (0..<50).map { _ in Double(draws.below(20)) / 20 }
            for beta in [0.5, 1, 2] {
                let tuned = try #require(
                    try ThresholdTuning.bestF(labels: labels, scores: scores, beta: beta))
                for threshold in scores {
                    let counts = try Confusion(
                        labels: labels, scores: scores, threshold: threshold)
                    #expect(counts.fScore(beta: beta) <= tuned.value)
                }
                let reached = try Confusion(
                    labels: labels, scores: scores, threshold: tuned.threshold)
                #expect(reached.fScore(beta: beta) == tuned.value)
                #expect(reached.unknown == labels.filter { $0 < 0 }.count)
            }
        }
    }

    @Test func `within a floor and a cap, no threshold does better`() throws {
        for seed in 0..<40 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "range")
            let labels = (0..<30).map { _ in Int8(draws.below(3)) - 1 } + [1]
            let scores = (0..<31).map { _ in Double(draws.below(20)) / 20 }
            let floor = Double(draws.below(12)) / 13
            let range = floor...(floor + draws.unit())
            let tuned = try #require(
                try ThresholdTuning.bestF(labels: labels, scores: scores, in: range))
            #expect(range.contains(tuned.threshold))
            let ends = [range.lowerBound, range.upperBound]
            for threshold in scores + ends where range.contains(threshold) {
                let counts = try Confusion(labels: labels, scores: scores, threshold: threshold)
                #expect(counts.fScore(beta: 1) <= tuned.value)
            }
            let reached = try Confusion(labels: labels, scores: scores, threshold: tuned.threshold)
            #expect(reached.fScore(beta: 1) == tuned.value)
        }
    }

    @Test func `finds scikit-learn's optima, all of them`() async throws {
        let cases = try Golden.read("threshold_tuning.json")["cases"].items
        try await Golden.check(
            "threshold_tuning.json", within: "thresholds exact, values 1e-12", cases
        ) { item in
            let labels = item["y"].numbers.map { Int8($0) }
            let scores = item["scores"].numbers
            let expected = item["expected"]
            let name = item["name"].string ?? ""
            for (key, beta) in [("f1", 1.0), ("f2", 2.0), ("f0.5", 0.5)] {
                let wanted = expected[key]
                if wanted.isNull { continue }
                let tuned = try ThresholdTuning.bestF(labels: labels, scores: scores, beta: beta)
                if wanted["all_maximising_thresholds"].isNull {
                    #expect(tuned == nil)
                    continue
                }
                let best = try #require(tuned)
                #expect(abs(best.value - (wanted["best_f"].number ?? .nan)) < 1e-12)
                #expect(
                    best.maximisers == wanted["all_maximising_thresholds"].numbers, "\(name)")
            }
            for floor in [0.8, 0.9] {
                let wanted = expected["max_recall_st_precision>=\(floor)"]
                let tuned = try ThresholdTuning.bestRecall(
                    labels: labels, scores: scores, precisionAtLeast: floor)
                #expect(tuned?.value == wanted["recall"].number, "\(name)")
                #expect(tuned?.maximisers.first == wanted["threshold_lowest"].number, "\(name)")
                let other = expected["max_precision_st_recall>=\(floor)"]
                if other.isNull { continue }
                let precise = try ThresholdTuning.bestPrecision(
                    labels: labels, scores: scores, recallAtLeast: floor)
                #expect(precise?.value == other["precision"].number, "\(name)")
                #expect(precise?.maximisers == other["thresholds"].numbers, "\(name)")
            }
        }
    }
}

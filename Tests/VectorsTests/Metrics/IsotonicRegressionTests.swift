import Records
import Testing

@testable import Vectors

@Suite struct IsotonicRegressionTests {
    @Test func `violators are pooled, and values between scores interpolated`() throws {
        // scikit-learn 1.9.1, IsotonicRegression(out_of_bounds="clip") on the same numbers.
        let fitted = try IsotonicRegression(
            scores: [0.1, 0.2, 0.3, 0.4, 0.4, 0.6, 0.9],
            outcomes: [false, true, false, true, false, true, true])
        let expected = [
            (0.0, 0.0), (0.1, 0.0), (0.15, 0.25), (0.2, 0.5), (0.35, 0.5), (0.4, 0.5),
            (0.5, 0.75), (0.6, 1.0), (2, 1.0),
        ]
        for (score, value) in expected {
            #expect(abs(fitted.probability(score) - value) < 1e-12, "\(score)")
        }
        #expect(fitted.lowest == 0.1)
    }

    @Test func `it never falls, and keeps the mean of the outcomes`() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "isotonic")
            let scores = (0..<60).map { _ in Double(draws.below(30)) / 30 }
            let outcomes = scores.map { draws.chance($0) }
            let fitted = try IsotonicRegression(scores: scores, outcomes: outcomes)
            let values = scores.sorted().map(fitted.probability)
            #expect(zip(values, values.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(values.allSatisfy { (0...1).contains($0) })
            let mean = values.reduce(0, +) / 60
            #expect(abs(mean - Double(outcomes.count { $0 }) / 60) < 1e-9)
        }
    }

    @Test func `no rows, and scores that are none, are refused`() {
        for (scores, outcomes) in [([], []), ([1], []), ([.nan], [true])] as [([Double], [Bool])] {
            #expect(throws: Fault.self) {
                try IsotonicRegression(scores: scores, outcomes: outcomes)
            }
        }
    }

    @Test func `the Wilson interval of known counts`() throws {
        // By the formula, in Python.
        for (wrong, of, low, high) in [
            (0, 10, 0.0, 0.2775328), (3, 10, 0.1077913, 0.6032219), (10, 10, 0.7224672, 1.0),
            (50, 100, 0.4038315, 0.5961685),
        ] {
            let interval = try #require(WilsonInterval(successes: wrong, of: of))
            #expect(abs(interval.low - low) < 1e-6 && abs(interval.high - high) < 1e-6)
        }
        #expect(WilsonInterval(successes: 0, of: 0) == nil)
    }
}

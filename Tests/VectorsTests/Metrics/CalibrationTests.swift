import Records
import Testing

@testable import Vectors

@Suite struct CalibrationTests {
    @Test func `the worked example is scikit-learn's and Guo's arithmetic`() throws {
        // brier_score_loss([0, 1, 1, 0], [0.1, 0.9, 0.8, 0.35]) = 0.045625
        let found = try Calibration(
            labels: [0, 1, 1, 0, -1], scores: [0.1, 0.9, 0.8, 0.35, 0.5], bins: 5)
        let calibration = try #require(found)
        #expect(calibration.rows == 4)
        #expect(abs(calibration.brierScore - 0.045625) < 1e-12)
        #expect(calibration.bins.map(\.rows) == [1, 1, 0, 1, 1])
        #expect(calibration.bins.map(\.positives) == [0, 0, 0, 1, 1])
        #expect(abs(calibration.expectedError - (0.1 + 0.35 + 0.2 + 0.1) / 4) < 1e-12)
        #expect(abs(calibration.maximumError - 0.35) < 1e-12)
        #expect(calibration.bins[2].meanScore == nil)
    }

    @Test func `what has no known label, or no probabilities, has no calibration`() throws {
        #expect(try Calibration(labels: [-1], scores: [0.5]) == nil)
        #expect(try Calibration(labels: [], scores: []) == nil)
        #expect(try Calibration(labels: [1, 0], scores: [1.5, 0]) == nil)
        #expect(throws: Fault.self) { try Calibration(labels: [1], scores: []) }
    }

    @Test func `scores drawn as they say are calibrated, and every row is in one bin`() throws {
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "calibration")
            let scores = (0..<4_000).map { _ in draws.unit() } + [0, 1]
            let labels = scores.map { Int8(draws.chance($0) ? 1 : 0) }
            let found = try #require(try Calibration(labels: labels, scores: scores))
            #expect(found.bins.map(\.rows).reduce(0, +) == scores.count)
            #expect(found.expectedError < 0.04 && found.expectedError <= found.maximumError)
            let turned = try #require(
                try Calibration(labels: labels, scores: scores.map { 1 - $0 }))
            #expect(turned.expectedError > 0.3 && turned.brierScore > found.brierScore)
            for bin in found.bins {
                let mean = try #require(bin.meanScore)
                #expect(mean >= bin.low && mean <= bin.high)
            }
        }
    }
}

import Records
import Testing

@testable import Vectors

@Suite struct BootstrapTests {
    @Test func `an interval of a mean covers it about as often as it says`() throws {
        var covered = 0
        for seed in 0..<100 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "coverage")
            let values = (0..<60).map { _ in draws.unit() }
            let interval = try #require(
                BootstrapInterval(
                    rows: 60, resamples: 200, confidence: 0.9, seed: seed, purpose: "mean"
                ) { rows in
                    rows.reduce(0) { $0 + values[$1] } / Double(rows.count)
                })
            #expect(interval.low <= interval.high)
            if interval.low <= 0.5 && 0.5 <= interval.high { covered += 1 }
        }
        #expect((80...97).contains(covered))
    }

    @Test func `the same seed gives the same interval, another one another`() {
        func interval(_ seed: UInt64) -> BootstrapInterval? {
            BootstrapInterval(rows: 20, resamples: 50, seed: seed, purpose: "x") { rows in
                Double(rows.reduce(0, +))
            }
        }
        #expect(interval(1) == interval(1))
        #expect(interval(1) != interval(2))
    }

    @Test func `undefined resamples are counted out`() {
        let never = BootstrapInterval(rows: 5, seed: 1, purpose: "x") { _ in nil }
        #expect(never == nil)
        let nobody = BootstrapInterval(rows: 0, seed: 1, purpose: "x") { _ in 1 }
        #expect(nobody == nil)
        let some = BootstrapInterval(rows: 3, resamples: 100, seed: 1, purpose: "x") { rows in
            rows.contains(0) ? 2 : nil
        }
        #expect(some?.low == 2 && some?.high == 2)
        #expect((some?.defined ?? 100) < 100)
    }
}

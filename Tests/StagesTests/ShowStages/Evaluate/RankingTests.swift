import Records
import Testing
import Vectors

@testable import ShowStages

struct RankingTests {
    @Test(arguments: 0..<40)
    func `a weighted ranking agrees with the weighted steps`(seed: UInt64) throws {
        var draws = CounterRNG(seed: seed, purpose: "ranking")
        let rows = 1 + draws.below(60)
        let labels = (0..<rows).map { _ in Int8(draws.below(3) - 1) }
        let scores = (0..<rows).map { _ in Double(draws.below(8)) / 8 }
        let groups = (0..<rows).map { _ in Int32(draws.below(5)) }
        let weights = (0..<5).map { _ in draws.below(3) }
        let ranking = GroupBootstrap.Ranking(labels: labels, scores: scores, groups: groups)
        let steps = try ScoreSteps(
            labels: labels, scores: scores, weights: groups.map { Double(weights[Int($0)]) })
        let found = ranking.averagePrecision(weights)
        if steps.positives == 0 {
            #expect(found == nil)
        } else {
            #expect(abs(try #require(found) - steps.averagePrecision) < 1e-12)
        }
    }

    @Test func `thinning keeps both ends, order and the limit`() {
        for count in 0..<500 {
            let kept = Curves.thinned(count, to: 200)
            #expect(kept.count == min(count, 200))
            #expect(
                kept.first == (count == 0 ? nil : 0) && kept.last == (count == 0 ? nil : count - 1))
            #expect(zip(kept, kept.dropFirst()).allSatisfy(<))
        }
    }
}

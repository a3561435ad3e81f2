import Records
import Testing

@testable import Vectors

@Suite struct LogOddsMixtureTests {
    /// Log-odds about `given` that are right by `strength`, with noise.
    static func witness(
        _ given: [Int], _ categories: Int, _ strength: Double, _ draws: inout CounterRNG
    ) -> [[Double]] {
        (0..<categories).map { category in
            given.map { ($0 == category ? strength : 0) + 4 * (draws.unit() - 0.5) }
        }
    }

    @Test func `one witness gets the weight of least log-loss`() throws {
        // Of ten rows at log-odds ±1 eight are right: the best weight is ln 4 / 2.
        let one = [1.0, 1, 1, 1, -1, -1, -1, -1, 1, -1]
        let odds = (0..<1_000).flatMap { _ in one }
        let given = (0..<1_000).flatMap { _ in [1, 1, 1, 1, 0, 0, 0, 0, 0, 1] }
        let witnesses = [[odds.map { -$0 }, odds]]
        let mixture = try LogOddsMixture(witnesses, given: given)
        #expect(abs(mixture.weights[0] - 0.693_147_180_559_945) < 1e-4)
        #expect(mixture.sums(witnesses)[1][0] == mixture.weights[0])
        #expect(try LogOddsMixture(portableBytes: mixture.portableBytes) == mixture)
    }

    @Test func `no other weights have less log-loss, and none is below 0`() throws {
        for seed in 1...10 as ClosedRange<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "mixture")
            let given = (0..<300).map { _ in draws.below(4) - 1 }
            let witnesses = [2.0, 1, -0.5].map { Self.witness(given, 3, $0, &draws) }
            let mixture = try LogOddsMixture(witnesses, given: given)
            #expect(mixture.weights.allSatisfy { $0 >= 0 })
            #expect(mixture.weights[0] > mixture.weights[1])
            // The last speaks against what is given.
            #expect(mixture.weights[2] == 0)
            let least = Self.loss(witnesses, given, mixture.weights)
            for place in 0..<3 {
                for step in [-0.01, 0.01] where mixture.weights[place] + step >= 0 {
                    var other = mixture.weights
                    other[place] += step
                    #expect(Self.loss(witnesses, given, other) >= least - 1e-9)
                }
            }
        }
    }

    @Test func `a witness without knowledge hardly counts, and twice the same counts once`() throws
    {
        var draws = CounterRNG(seed: 3, purpose: "mixture")
        let given = (0..<2_000).map { _ in draws.below(3) }
        let good = Self.witness(given, 3, 2, &draws)
        let empty = Self.witness(given, 3, 0, &draws)
        let mixture = try LogOddsMixture([good, empty], given: given)
        #expect(mixture.weights[1] < 0.1 * mixture.weights[0])
        let alone = try LogOddsMixture([good], given: given)
        let twice = try LogOddsMixture([good, good], given: given)
        #expect(abs(twice.weights[0] + twice.weights[1] - alone.weights[0]) < 2e-3)
    }

    @Test func `on few rows no weight runs away`() throws {
        // A witness that is right by a hair, always.
        let mixture = try LogOddsMixture(
            [[[-1e-3, 1e-3, -1e-3], [1e-3, -1e-3, 1e-3]]], given: [1, 0, 1])
        #expect(mixture.weights[0] > 1 && mixture.weights[0] < 1.01)
    }

    @Test func `shares are the softmax of the log-odds`() {
        for (logits, expected) in [
            ([2.197_224_6, 0, -2.197_224_6], [81.0 / 91, 9.0 / 91, 1.0 / 91]),
            ([40, -40, 0], [1, 0, 0]),
        ] as [([Float], [Double])] {
            for (share, value) in zip(LogOddsMixture.softmax(logits[...]), expected) {
                #expect(abs(share - value) < 1e-7)
            }
        }
        #expect(LogOddsMixture.likeliest(besides: 0, [5, 1, 2, 2][...]) == 2)
        #expect(LogOddsMixture.likeliest(besides: 3, [5, 1, 2, 2][...]) == 0)
        #expect(LogOddsMixture.likeliest(besides: 0, [5][...]) == nil)
    }

    @Test func `refuses witnesses of unlike shape, none, and values that are none`() {
        for witnesses in [[], [[[0, 1]], [[0]]], [[[0, .nan]]]] as [[[[Double]]]] {
            #expect(throws: Fault.self) { try LogOddsMixture(witnesses, given: [0, 0]) }
        }
        #expect(throws: Fault.self) { try LogOddsMixture([[[0, 1]]], given: [0, 1]) }
    }

    static func loss(_ witnesses: [[[Double]]], _ given: [Int], _ weights: [Double]) -> Double {
        var sum = 0.0
        for (row, own) in given.enumerated() where own >= 0 {
            let odds = witnesses[0].indices.map { category in
                zip(weights, witnesses).reduce(0) { $0 + $1.0 * $1.1[category][row] }
            }
            let total = odds.reduce(0) { $0 + StableMath.exponential($1) }
            sum += StableMath.logarithm(total) - odds[own]
        }
        let start = 1 / Double(weights.count)
        sum += weights.reduce(0) { $0 + ($1 - start) * ($1 - start) } / 2
        return sum / Double(given.count { $0 >= 0 })
    }
}

import Records
import Testing

@testable import Vectors

@Suite struct InputReductionTests {
    static func byModel(
        _ weights: [Double], bias: Double, threshold: Double = 0.8
    ) async throws -> InputReduction {
        try await InputReduction.reduce(tokens: weights.count, threshold: threshold) { texts in
            texts.map { kept in
                StableMath.sigmoid(kept.reduce(bias) { $0 + weights[$1] })
            }
        }
    }

    // Tokens "ok", ".", ".", ".", "fine", ".", where only the dot weighs: three suffice.
    @Test func `a model that hangs on full stops is found out`() async throws {
        let weights = [0, 1.2, 1.2, 1.2, 0, 1.2]
        let reduction = try InputReduction.reduceAdditive(weights: weights, bias: -2)
        #expect(reduction.kept == [2, 3, 5])
        #expect(reduction.removed == [0, 4, 1])
        #expect(abs(reduction.finalProbability - 0.8320183851339245) < 1e-12)
    }

    @Test func `one sort gives what trying every deletion gives`() async throws {
        for seed in 0..<60 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "reduction")
            // Sixteenths add up exactly in any order, so that ties are ties for both.
            let weights = (0..<1 + draws.below(12)).map { _ in
                Double(draws.below(64) - 24) / 16
            }
            let additive = try InputReduction.reduceAdditive(weights: weights, bias: 0.5)
            let tried = try await Self.byModel(weights, bias: 0.5)
            #expect(additive == tried)
            #expect((additive.kept + additive.removed).sorted() == Array(weights.indices))
            #expect(additive.isSkipped || additive.finalProbability >= 0.8)
            #expect(additive.isSkipped || !additive.kept.isEmpty)
        }
    }

    @Test func `below the threshold nothing is tried`() async throws {
        let reduction = try InputReduction.reduceAdditive(weights: [-1, 0], bias: 0)
        #expect(reduction.isSkipped && reduction.kept == [0, 1] && reduction.removed.isEmpty)
        let empty = try InputReduction.reduceAdditive(weights: [], bias: 3)
        #expect(empty.kept.isEmpty && !empty.isSkipped)
    }

    @Test func `refuses a model that answers amiss`() async throws {
        await #expect(throws: Fault.self) {
            try await InputReduction.reduce(tokens: 2) { _ in [] }
        }
        await #expect(throws: Fault.self) {
            try await InputReduction.reduce(tokens: 2) { $0.map { _ in .nan } }
        }
        #expect(throws: Fault.self) {
            try InputReduction.reduceAdditive(weights: [.infinity], bias: 0)
        }
    }

    @Test func `agrees with the golden reductions`() async throws {
        let cases = try Golden.read("input_reduction.json")["cases"].items
        try await Golden.check(
            "input_reduction.json", within: "tokens exact, probabilities 1e-12", cases
        ) { item in
            let weights = item["tokens"].items.map {
                item["weights"][$0.string ?? ""].number ?? 0
            }
            let bias = item["bias"].number ?? .nan
            let threshold = item["threshold"].number ?? .nan
            let expected = item["expected"]
            let reductions = [
                try InputReduction.reduceAdditive(
                    weights: weights, bias: bias, threshold: threshold),
                try await Self.byModel(weights, bias: bias, threshold: threshold),
            ]
            for reduction in reductions {
                #expect(JSONValue.bool(reduction.isSkipped) == expected["skipped"])
                let full = try #require(expected["p_full"].number)
                #expect(abs(reduction.fullProbability - full) < 1e-12)
                if reduction.isSkipped { continue }
                #expect(reduction.kept == expected["kept_indices"].integers)
                #expect(reduction.removed == expected["removed_order"].integers)
                let final = try #require(expected["p_final"].number)
                #expect(abs(reduction.finalProbability - final) < 1e-12)
            }
        }
    }
}

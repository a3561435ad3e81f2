import CVectors
import Records
import Testing

@testable import Vectors

@Suite struct KernelTests {
    /// The instruction sets that this processor can run.
    static var levels: [cvectors_level] {
        (0...Kernels.level.rawValue).map { cvectors_level(rawValue: $0) }
    }

    @Test func `every instruction set gives the same bits`() {
        for (columns, lanes) in [(1, 8), (7, 16), (24, 32), (131, 56)] {
            var draws = CounterRNG(seed: UInt64(columns), purpose: "kernels")
            let count = 150
            let matrix = (0..<count * columns).map { _ in Float(draws.unit() - 0.5) }
            let rows = (0..<Int32(count)).map { $0 }
            let labels = (0..<count * lanes).map { _ in Int8(draws.below(3)) - 1 }
            let weights = (0..<count).map { _ in draws.unit() }
            let parameters = (0..<(columns + 1) * lanes).map { _ in 40 * (draws.unit() - 0.5) }
            let factors = (0..<lanes).map { _ in draws.unit() }
            let step = (columns + 8) & ~7
            var outcomes: [[Double]] = []
            for level in Self.levels {
                var scratch = [Double](repeating: 0, count: cvectors_scratch(columns))
                var gradient = [Double](repeating: 0, count: (columns + 1) * lanes)
                var loss = [Double](repeating: 0, count: lanes)
                var scores = [Double](repeating: 0, count: count * lanes)
                var gram = [Double](repeating: 0, count: (columns + 1) * step)
                matrix.withUnsafeBufferPointer { matrix in
                    rows.withUnsafeBufferPointer { rows in
                        labels.withUnsafeBufferPointer { labels in
                            weights.withUnsafeBufferPointer { weights in
                                parameters.withUnsafeBufferPointer { parameters in
                                    factors.withUnsafeBufferPointer { factors in
                                        guard let matrixBase = matrix.baseAddress,
                                            let rowsBase = rows.baseAddress,
                                            let parametersBase = parameters.baseAddress
                                        else { return }
                                        var models = cvectors_logistic(
                                            matrix: matrixBase,
                                            columns: columns, rows: rowsBase,
                                            lanes: lanes, labels: labels.baseAddress,
                                            row_weights: weights.baseAddress,
                                            parameters: parametersBase,
                                            weight_of_0: factors.baseAddress,
                                            weight_of_1: factors.baseAddress)
                                        cvectors_logistic_add(
                                            level, &models, 3, count, &scratch, &gradient, &loss)
                                        cvectors_logistic_score(
                                            level, &models, 0, count, &scratch, &scores, count)
                                        cvectors_gram_add(
                                            level, matrixBase, columns,
                                            rowsBase, count, &scratch, &gram,
                                            step)
                                    }
                                }
                            }
                        }
                    }
                }
                outcomes.append(gradient + loss + scores + gram)
            }
            #expect(outcomes.allSatisfy { $0 == outcomes[0] })
            #expect(outcomes[0].allSatisfy { $0.isFinite })
            #expect(outcomes[0].contains { $0 != 0 })
        }
    }

    @Test func `the next product above a limit is the first`() {
        var draws = CounterRNG(seed: 1, purpose: "next")
        for count in [0, 1, 63, 64, 65, 500] {
            let values = (0..<count).map { _ in Float(draws.unit()) }
            for limit in [-Float.infinity, 0.5, 0.99, 2] {
                for from in [0, count / 2, count] {
                    let expected =
                        values[from...].firstIndex { $0 >= limit } ?? count
                    for level in Self.levels {
                        #expect(
                            cvectors_next_at_least(level, values, from, count, limit) == expected)
                    }
                }
            }
        }
    }
}

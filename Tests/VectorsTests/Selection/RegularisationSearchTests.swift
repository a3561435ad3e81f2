import Records
import Testing
import Vectors

@Suite struct RegularisationSearchTests {
    /// Rows of `columns` numbers; the first tells the label, with noise, the others nothing.
    private func problem(
        rows: Int, columns: Int, noise: Double, seed: UInt64
    ) throws -> (matrix: Matrix, labels: LabelTable) {
        var draws = CounterRNG(seed: seed, purpose: "regularisation")
        var values: [Float] = []
        var labels: [Int8] = []
        for row in 0..<rows {
            let label = row % 5 == 0
            labels.append(label ? 1 : 0)
            values.append(Float((label ? 1 : -1) + noise * (draws.unit() - 0.5)))
            for _ in 1..<columns { values.append(Float(draws.unit() - 0.5)) }
        }
        return (
            try Matrix(rows: rows, columns: columns, values: values),
            try LabelTable(rows: rows, columns: [labels])
        )
    }

    @Test func `no candidate ranks held-out rows better than the chosen one`() async throws {
        for seed in 0..<5 as Range<UInt64> {
            let (matrix, labels) = try problem(rows: 90, columns: 40, noise: 6, seed: seed)
            let folds = try Stratification(folds: 3, seed: seed, attempts: 1)
                .assign(LabelRows(labels))
            var precisions: [Double: Double] = [:]
            for candidate in RegularisationSearch.candidates {
                let held = try await FoldModels.heldOut(
                    matrix: matrix, labels: labels, folds: folds,
                    settings: LogisticSettings(
                        inverseRegularisation: candidate, isBalanced: true))
                precisions[candidate] =
                    try ScoreSteps(
                        labels: labels.columns[0], scores: held.columns[0]
                    ).averagePrecision
            }
            let chosen = try await RegularisationSearch.choose(
                matrix: matrix, labels: labels, settings: LogisticSettings(isBalanced: true),
                seed: seed)
            let best = try #require(precisions.values.max())
            #expect(abs((precisions[chosen] ?? 0) - best) < 1e-9)
            #expect(precisions.values.min() != best, "the candidates differ")
        }
    }

    @Test func `rows without labels and threads change nothing`() async throws {
        let (matrix, labels) = try problem(rows: 120, columns: 8, noise: 4, seed: 3)
        let settings = LogisticSettings(isBalanced: true)
        let one = try await RegularisationSearch.choose(
            matrix: matrix, labels: labels, settings: settings, seed: 1)
        let two = try await RegularisationSearch.choose(
            matrix: matrix, labels: labels, settings: settings, seed: 1, threads: 2)
        #expect(one == two)
        let none = try LabelTable(
            rows: 120, columns: [[Int8](repeating: LabelTable.unknown, count: 120)])
        let fallback = try await RegularisationSearch.choose(
            matrix: matrix, labels: none, settings: settings, seed: 1)
        #expect(fallback == RegularisationSearch.fallback)
    }
}

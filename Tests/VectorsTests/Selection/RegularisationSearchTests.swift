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

    @Test func `few rows in many dimensions ask for more regularisation than many rows`()
        async throws
    {
        var chosen: [(few: Double, many: Double)] = []
        for seed in 0..<5 as Range<UInt64> {
            let few = try problem(rows: 40, columns: 60, noise: 6, seed: seed)
            let many = try problem(rows: 2_000, columns: 10, noise: 6, seed: seed)
            chosen.append(
                (
                    try await RegularisationSearch.choose(
                        matrix: few.matrix, labels: few.labels,
                        settings: LogisticSettings(isBalanced: true), seed: seed),
                    try await RegularisationSearch.choose(
                        matrix: many.matrix, labels: many.labels,
                        settings: LogisticSettings(isBalanced: true), seed: seed)
                ))
        }
        let candidates = RegularisationSearch.candidates
        #expect(chosen.allSatisfy { candidates.contains($0.few) && candidates.contains($0.many) })
        #expect(
            chosen.map(\.few).reduce(1, *) <= chosen.map(\.many).reduce(1, *))
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

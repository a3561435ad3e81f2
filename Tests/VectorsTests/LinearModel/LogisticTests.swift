import Glibc
import Records
import Testing

@testable import Vectors

@Suite struct LogisticTests {
    /// Random unit rows, and labels that follow the first coordinates, 15 % turned round.
    static func problem(
        seed: UInt64, rows: Int, columns: Int, categories: Int, unknown: Double = 0
    ) throws -> (matrix: Matrix, labels: LabelTable) {
        var draws = CounterRNG(seed: seed, purpose: "logistic")
        var values: [Float] = []
        for _ in 0..<rows {
            let row = (0..<columns).map { _ in draws.unit() + draws.unit() - 1 }
            let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            values += row.map { Float($0 / length) }
        }
        let labels = (0..<categories).map { category in
            (0..<rows).map { row -> Int8 in
                let at = row * columns + category % columns
                let isPositive = (values[at] > 0.1) != draws.chance(0.15)
                return draws.chance(unknown) ? -1 : isPositive ? 1 : 0
            }
        }
        return (
            try Matrix(rows: rows, columns: columns, values: values),
            try LabelTable(rows: rows, columns: labels)
        )
    }

    /// The gradient of scikit-learn's objective in 64 bits, straight from its definition.
    static func gradient(
        _ model: LogisticModel, _ matrix: Matrix, _ labels: [Int8], c: Double, balanced: Bool
    ) -> [Double] {
        let known = labels.indices.filter { labels[$0] >= 0 }
        let positives = known.filter { labels[$0] == 1 }.count
        let weights = (
            balanced ? Double(known.count) / (2 * Double(known.count - positives)) : 1,
            balanced ? Double(known.count) / (2 * Double(positives)) : 1
        )
        var sums = [Double](repeating: 0, count: matrix.columns + 1)
        var total = 0.0
        for row in known {
            let weight = labels[row] == 1 ? weights.1 : weights.0
            total += weight
            matrix.withRow(row) { values in
                var z = model.intercept
                for at in values.indices { z += Double(values[at]) * model.weights[at] }
                let factor = weight * (1 / (1 + exp(-z)) - Double(labels[row]))
                for at in values.indices { sums[at] += factor * Double(values[at]) }
                sums[matrix.columns] += factor
            }
        }
        for at in 0..<matrix.columns {
            sums[at] = sums[at] / total + model.weights[at] / (c * total)
        }
        sums[matrix.columns] /= total
        return sums
    }

    @Test(arguments: [(1.0, false), (1.0, true), (100.0, false), (0.01, true)])
    func `the solution's gradient vanishes, unknown labels left out`(
        c: Double, balanced: Bool
    ) async throws {
        for seed in 1...4 as ClosedRange<UInt64> {
            let (matrix, labels) = try Self.problem(
                seed: seed, rows: 300, columns: 11, categories: 3, unknown: 0.2)
            let settings = LogisticSettings(
                inverseRegularisation: c, isBalanced: balanced, tolerance: 1e-7)
            let fitted = try await OneVersusRest.fit(
                matrix: matrix, labels: labels, settings: settings)
            for (model, column) in zip(fitted.models, labels.columns) {
                #expect(model.supported && model.converged)
                let slopes = Self.gradient(model, matrix, column, c: c, balanced: balanced)
                #expect((slopes.map(abs).max() ?? 1) < 3e-7)
            }
        }
    }

    @Test func `the default tolerance is reached on small problems of every shape`() async throws {
        for seed in 1...300 as ClosedRange<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "shapes")
            let (rows, columns) = (2 + draws.below(120), 1 + draws.below(40))
            let (matrix, labels) = try Self.problem(
                seed: seed, rows: rows, columns: columns, categories: 2)
            let c = draws.pick([0.01, 1, 100]) ?? 1
            let balanced = draws.chance(0.5)
            let fitted = try await OneVersusRest.fit(
                matrix: matrix, labels: labels,
                settings: LogisticSettings(inverseRegularisation: c, isBalanced: balanced))
            for (model, column) in zip(fitted.models, labels.columns) where model.supported {
                #expect(model.converged && model.iterations < 300)
                let slopes = Self.gradient(model, matrix, column, c: c, balanced: balanced)
                #expect((slopes.map(abs).max() ?? 1) < 3e-8)
            }
        }
    }

    @Test func `threads, company and the other categories do not change a bit`() async throws {
        let (matrix, labels) = try Self.problem(
            seed: 9, rows: 200, columns: 13, categories: 5, unknown: 0.1)
        let one = try await OneVersusRest.fit(matrix: matrix, labels: labels, threads: 1)
        let many = try await OneVersusRest.fit(matrix: matrix, labels: labels, threads: 4)
        #expect(one == many)
        let alone = try await OneVersusRest.fit(
            matrix: matrix, labels: LabelTable(rows: 200, columns: [labels.columns[3]]))
        #expect(alone.models[0] == one.models[3])
        let p1 = try await one.probabilities(matrix: matrix, threads: 1)
        let p3 = try await one.probabilities(matrix: matrix, threads: 3)
        #expect(p1 == p3)
    }

    @Test func `many rows get the probabilities that each gets alone`() async throws {
        for (rows, columns, categories) in [(1, 1, 1), (130, 9, 3), (70, 40, 11)] {
            let (matrix, table) = try Self.problem(
                seed: 3, rows: rows, columns: columns, categories: categories)
            let labels = try LabelTable(
                rows: rows, columns: table.columns + [[Int8](repeating: 1, count: rows)])
            let fitted = try await OneVersusRest.fit(matrix: matrix, labels: labels)
            let chosen = (0..<Int32(rows)).filter { $0 % 3 != 1 }
            let found = try await fitted.probabilities(matrix: matrix, rows: chosen, threads: 2)
            for (model, column) in zip(fitted.models, found) {
                let single = chosen.map { model.probability(matrix, Int($0)) }
                #expect(distance(column, single) < 1e-12)
            }
            #expect(found.last == chosen.map { _ in 1 })
        }
    }

    @Test func `a weight of two is a row twice, and a row left out is a row unknown`() async throws
    {
        let (matrix, labels) = try Self.problem(seed: 5, rows: 90, columns: 4, categories: 1)
        let settings = LogisticSettings(tolerance: 1e-8)
        var weights = [Double](repeating: 1, count: 90)
        weights[7] = 2
        let weighted = try await OneVersusRest.fit(
            matrix: matrix, labels: labels, rowWeights: weights, settings: settings)
        let twice = try await OneVersusRest.fit(
            matrix: matrix, labels: labels, rows: (0..<90).map { $0 } + [7], settings: settings)
        #expect(distance(weighted.models[0].weights, twice.models[0].weights) < 1e-5)
        var column = labels.columns[0]
        column[11] = -1
        let unknown = try await OneVersusRest.fit(
            matrix: matrix, labels: LabelTable(rows: 90, columns: [column]), settings: settings)
        let without = try await OneVersusRest.fit(
            matrix: matrix, labels: labels, rows: (0..<90).filter { $0 != 11 },
            settings: settings)
        #expect(distance(unknown.models[0].weights, without.models[0].weights) < 1e-5)
    }

    @Test func `one label value gives that constant, unsupported`() async throws {
        let matrix = try Matrix([[1, 0], [0, 1], [1, 1]])
        let labels = try LabelTable(rows: 3, columns: [[0, 0, -1], [1, 1, 1], [-1, -1, -1]])
        let fitted = try await OneVersusRest.fit(matrix: matrix, labels: labels)
        #expect(fitted.models.allSatisfy { !$0.supported })
        #expect(fitted.models.map { $0.probability([5, 5]) } == [0, 1, 0])
        let nobody = try await OneVersusRest.fit(
            matrix: Matrix([]), labels: LabelTable(rows: 0, columns: [[]]))
        #expect(nobody.models.map(\.supported) == [false])
    }

    /// scikit-learn 1.9.1, LogisticRegression(C=1, tol=1e-10) on X = [-2, -1, 1, 2], y = 0 0 1 1.
    @Test func `separable points stay finite, at scikit-learn's solution`() async throws {
        let matrix = try Matrix([[-2], [-1], [1], [2]])
        let labels = try LabelTable(rows: 4, columns: [[0, 0, 1, 1]])
        let fitted = try await OneVersusRest.fit(
            matrix: matrix, labels: labels, settings: LogisticSettings(tolerance: 1e-9))
        let slopes = Self.gradient(
            fitted.models[0], matrix, labels.columns[0], c: 1, balanced: false)
        #expect((slopes.map(abs).max() ?? 1) < 1e-8)
        #expect(abs(fitted.models[0].intercept) < 1e-7)
        #expect(abs(fitted.models[0].weights[0] - 1.0065943148735432) < 1e-6)
        let p = [-2, -1, 1, 2].map { fitted.models[0].probability([$0]) }
        let wanted = [
            0.11782513995492083, 0.26764687752693245, 0.7323531224730676, 0.8821748600450793,
        ]
        #expect(distance(p, wanted) < 1e-7)
    }

    @Test func `refuses vectors that are not finite and rows that are not there`() async throws {
        let labels = try LabelTable(rows: 2, columns: [[0, 1]])
        await #expect(throws: Fault.self) {
            try await OneVersusRest.fit(matrix: Matrix([[.nan], [1]]), labels: labels)
        }
        await #expect(throws: Fault.self) {
            try await OneVersusRest.fit(matrix: Matrix([[1], [2]]), labels: labels, rows: [0, 2])
        }
        await #expect(throws: Fault.self) {
            try await OneVersusRest.fit(matrix: Matrix([[1]]), labels: labels)
        }
        await #expect(throws: Fault.self) {
            try await OneVersusRest.fit(
                matrix: Matrix([[1], [2]]), labels: labels,
                settings: LogisticSettings(inverseRegularisation: 0))
        }
    }

    @Test func `huge, tiny and constant columns end in finite numbers`() async throws {
        for scale in [3e38, 1e-38, 0] as [Float] {
            let rows: [[Float]] = (0..<20).map { [Float($0) / 20 * scale, scale, 1] }
            let labels = try LabelTable(rows: 20, columns: [(0..<20).map { $0 % 3 == 0 ? 1 : 0 }])
            let fitted = try await OneVersusRest.fit(matrix: Matrix(rows), labels: labels)
            let model = fitted.models[0]
            let probabilities = rows.map { model.probability($0) }
            #expect(model.weights.filter { !$0.isFinite }.isEmpty)
            #expect(probabilities.filter { !(0...1).contains($0) }.isEmpty)
        }
    }

    @Test func `agrees with scikit-learn's tight solutions`() async throws {
        let cases = try Golden.read("logistic_regression.json")["cases"].items
        try await Golden.check(
            "logistic_regression.json", within: "weights 1e-4, probabilities 1e-5", cases
        ) { item in
            let rows = item["X"].table.map { $0.map { Float($0) } }
            let labels = item["y"].numbers.map { Int8($0) }
            let fitted = try await OneVersusRest.fit(
                matrix: Matrix(rows), labels: LabelTable(rows: rows.count, columns: [labels]),
                settings: LogisticSettings(
                    inverseRegularisation: item["C"].number ?? 0,
                    isBalanced: item["class_weight"].string == "balanced", tolerance: 1e-9))
            let model = fitted.models[0]
            let name = item["name"].string ?? ""
            let expected = item["expected"]
            #expect(distance(model.weights, expected["coef"].numbers) < 1e-4, "\(name)")
            #expect(abs(model.intercept - (expected["intercept"].number ?? .nan)) < 1e-4)
            let p = rows.map { model.probability($0) }
            #expect(distance(p, expected["proba"].numbers) < 1e-5, "\(name)")
        }
    }
}

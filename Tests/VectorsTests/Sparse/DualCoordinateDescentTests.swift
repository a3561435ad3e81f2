import Records
import Testing

@testable import Vectors

@Suite struct DualCoordinateDescentTests {
    /// Rows of a few numbers each whose label goes with their first columns.
    static func problem(_ seed: UInt64, rows count: Int) -> (SparseRows, [Int8]) {
        var draws = CounterRNG(seed: seed, purpose: "sparse")
        var rows = SparseRows(columns: 20)
        var labels: [Int8] = []
        for _ in 0..<count {
            let label = Int8(draws.below(3) == 0 ? 1 : 0)
            var columns = Set((0..<4).map { _ in UInt32(draws.below(20)) })
            if draws.chance(0.7) { columns.insert(UInt32(label)) }
            rows.append(columns.sorted().map { ($0, Float(0.2 + 0.8 * draws.unit())) })
            labels.append(label)
        }
        return (rows, labels)
    }

    /// |w|² / 2 + Σ C ln(1 + e^-m), which is to be least.
    static func objective(
        _ rows: SparseRows, _ labels: [Int8], _ costs: (Double, Double), _ weights: [Float]
    ) -> Double {
        var sum = weights.reduce(0) { $0 + Double($1) * Double($1) } / 2
        for (row, label) in labels.enumerated() where label >= 0 {
            let product = rows[row].reduce(Double(weights[weights.count - 1])) {
                $0 + Double($1.value * weights[Int($1.column)])
            }
            let loss = 1 + StableMath.exponential(label == 1 ? -product : product)
            sum += (label == 1 ? costs.1 : costs.0) * StableMath.logarithm(loss)
        }
        return sum
    }

    @Test func `many epochs come to the least of the objective`() {
        for seed in 1...5 as ClosedRange<UInt64> {
            let (rows, labels) = Self.problem(seed, rows: 120)
            let descent = DualCoordinateDescent(rows: rows, costs: (0.8, 1.7), epochs: 300)
            let weights = descent.fit(labels, order: Array(0..<120))
            let least = Self.objective(rows, labels, (0.8, 1.7), weights)
            for column in weights.indices {
                for step in [-0.02, 0.02] as [Float] {
                    var other = weights
                    other[column] += step
                    #expect(Self.objective(rows, labels, (0.8, 1.7), other) >= least)
                }
            }
        }
    }

    @Test func `few epochs come near, whatever the order of the rows`() {
        let (rows, labels) = Self.problem(7, rows: 400)
        var draws = CounterRNG(seed: 7, purpose: "order")
        let exact = Self.objective(
            rows, labels, (1, 1),
            DualCoordinateDescent(rows: rows, costs: (1, 1), epochs: 300)
                .fit(labels, order: Array(0..<400)))
        let none = Self.objective(
            rows, labels, (1, 1), [Float](repeating: 0, count: 21))
        for _ in 0..<3 {
            let order = draws.shuffled(Array(0..<Int32(400)))
            let weights = DualCoordinateDescent(
                rows: rows, costs: (1, 1), epochs: DualCoordinateDescent.standardEpochs
            ).fit(labels, order: order)
            let found = Self.objective(rows, labels, (1, 1), weights)
            // Rows of few columns depend on each other most: on texts five come nearer.
            #expect(found >= exact - 1e-6 && found - exact < 0.2 * (none - exact))
        }
    }

    static func heldOut(
        _ rows: SparseRows, _ labels: LabelTable, _ folds: [Int32], threads: Int = 1
    ) throws -> HeldOutProbabilities {
        try SparseFoldModels.fit(rows, labels: labels, folds: folds, threads: threads)
            .heldOut(rows, folds: folds, threads: threads)
    }

    @Test func `held-out scores do not depend on a row's own label, nor on threads`() throws {
        let (rows, labels) = Self.problem(4, rows: 150)
        let folds = (0..<150).map { Int32($0 % 3) }
        let table = try LabelTable(rows: 150, columns: [labels, labels.map { 1 - $0 }])
        let one = try Self.heldOut(rows, table, folds)
        #expect(try Self.heldOut(rows, table, folds, threads: 3) == one)
        let models = try SparseFoldModels.fit(rows, labels: table, folds: folds)
        #expect(try SparseFoldModels(portableBytes: models.portableBytes) == models)
        var turned = labels
        turned[30] = 1 - turned[30]
        let other = try Self.heldOut(rows, LabelTable(rows: 150, columns: [turned]), folds)
        for row in 0..<150 where folds[row] == folds[30] {
            #expect(other.columns[0][row] == one.columns[0][row])
        }
        #expect(other.columns[0] != one.columns[0])
        let right = labels.indices.count { (one.columns[0][$0] > 0.5) == (labels[$0] == 1) }
        #expect(right > 110)
    }

    @Test func `a fold whose others have one label is unsupported, and misfits are refused`() throws
    {
        let (rows, _) = Self.problem(4, rows: 6)
        let table = try LabelTable(rows: 6, columns: [[1, 1, 0, 0, 0, 0]])
        let held = try Self.heldOut(rows, table, [0, 0, 1, 1, 1, 1])
        #expect(held.supported(category: 0) == [false, false, false, false, false, false])
        for folds in [[0, 0, 0, 0, 0, 0], [0, 1], [0, 1, 0, 1, 0, -1]] as [[Int32]] {
            #expect(throws: Fault.self) { try Self.heldOut(rows, table, folds) }
        }
    }
}

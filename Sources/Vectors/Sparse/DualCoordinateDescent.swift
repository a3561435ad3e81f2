internal import Records

/// Logistic regression on sparse rows by coordinate descent in the dual.
///
/// Yu, Huang and Lin 2011 (Machine Learning 85), algorithm 5, as in LIBLINEAR 2.4's solver 7 and
/// scikit-learn's `LogisticRegression(solver="liblinear", dual=True)`: each row has one variable
/// in (0, C), one Newton iteration on it at a time, and the weights follow. The intercept is the
/// weight of a further column of ones, and penalised like the others. Memory: 4 bytes a column and
/// 16 a row.
struct DualCoordinateDescent {
    let rows: SparseRows
    /// C of the two labels: how much a row of each counts against the penalty.
    let costs: (zero: Double, one: Double)
    /// Times that every row is visited.
    let epochs: Int

    /// Five give the ranking of ten on the development sets.
    static let standardEpochs = 5

    /// The weight of each column, the intercept last.
    ///
    /// - Parameters:
    ///   - labels: One a row; rows with -1 are no part of the problem.
    ///   - order: The order in which rows are visited.
    func fit(_ labels: [Int8], order: [Int32]) -> [Float] {
        var weights = [Float](repeating: 0, count: rows.columns + 1)
        let own = order.filter { labels[Int($0)] >= 0 }
        var variables = own.map { row -> Variable in
            let cost = labels[Int(row)] == 1 ? costs.one : costs.zero
            let low = min(1e-3 * cost, 1e-8)
            return Variable(low: low, high: cost - low)
        }
        weights.withUnsafeMutableBufferPointer { weights in
            variables.withUnsafeMutableBufferPointer { variables in
                rows.withBuffers { rows in
                    for (at, row) in own.enumerated() {
                        step(rows, Int(row), labels, variables[at].low, weights)
                    }
                    var precision = 1e-2
                    for _ in 0..<epochs {
                        var iterations = 0
                        for (at, row) in own.enumerated() {
                            iterations += visit(
                                rows, Int(row), labels, &variables[at], weights, precision)
                        }
                        if iterations <= own.count / 10 { precision = max(1e-8, precision / 10) }
                    }
                }
            }
        }
        return weights
    }

    /// A row's variable and what it lacks to its cost: both are kept, since either may be tiny.
    private struct Variable {
        var low: Double
        var high: Double
    }

    private func step(
        _ rows: SparseRows.Buffers, _ row: Int, _ labels: [Int8], _ change: Double,
        _ weights: UnsafeMutableBufferPointer<Float>
    ) {
        let factor = Float(labels[row] == 1 ? change : -change)
        rows.add(row, times: factor, to: weights)
        weights[weights.count - 1] += factor
    }

    /// Finds the best value of one variable; the Newton iterations that took.
    private func visit(
        _ rows: SparseRows.Buffers, _ row: Int, _ labels: [Int8], _ variable: inout Variable,
        _ weights: UnsafeMutableBufferPointer<Float>, _ precision: Double
    ) -> Int {
        let cost = labels[row] == 1 ? costs.one : costs.zero
        let square = rows.square(row) + 1
        let product =
            rows.dot(row, UnsafeBufferPointer(weights)) + Double(weights[weights.count - 1])
        let margin = labels[row] == 1 ? product : -product
        // The smaller of the two is solved for, which keeps its relative precision.
        let isTurned = 0.5 * square * (variable.high - variable.low) + margin < 0
        let sign = isTurned ? -1.0 : 1
        let old = isTurned ? variable.high : variable.low
        var value = cost - old < 0.5 * cost ? 0.1 * old : old
        func slope() -> Double {
            square * (value - old) + sign * margin + StableMath.logarithm(value / (cost - value))
        }
        var gradient = slope()
        var iterations = 0
        while abs(gradient) >= precision, iterations < 100 {
            let curvature = square + cost / (cost - value) / value
            let next = value - gradient / curvature
            value = next <= 0 ? 0.1 * value : next
            gradient = slope()
            iterations += 1
        }
        if iterations == 0 { return 0 }
        variable =
            isTurned
            ? Variable(low: cost - value, high: value) : Variable(low: value, high: cost - value)
        step(rows, row, labels, sign * (value - old), weights)
        return iterations
    }
}

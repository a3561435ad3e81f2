/// Several logistic regressions on the same rows, advanced in lockstep.
///
/// One sweep over the rows serves every problem that still runs, so that a block of rows is read
/// from memory once, not once a label. No problem's arithmetic looks at another's: the result of
/// each is the same bits alone, in company, and on any thread.
///
/// Objective (scikit-learn 1.9.1, linear_model/_logistic.py): with S the sum of the row weights,
/// (1/S) Σ w_i ln(1 + e^(-y_i z_i)) + |w|² / (2 C S), the intercept unpenalised, from zeros.
struct LogisticSweep {
    /// Rows widened to 64 bits at a time: 98 KB of 384 columns, within a second-level cache.
    private static let blockRows = 32

    let matrix: Matrix
    let rows: [Int32]
    /// The weight of each row of `rows`, or nil for 1 each.
    let rowWeights: [Double]?
    let settings: LogisticSettings

    /// One model a problem; a problem's labels run parallel to `rows`: 1, 0, or -1 for a row that
    /// is not part of it.
    func fit(_ problems: [[Int8]]) -> [LogisticModel] {
        var models = [LogisticModel?](repeating: nil, count: problems.count)
        var runs: [Run] = []
        for (index, labels) in problems.enumerated() {
            if let run = Run(labels, index: index, sweep: self) {
                runs.append(run)
            } else {
                let value = labels.contains(1) ? 1.0 : 0.0
                models[index] = LogisticModel(constant: value, columns: matrix.columns)
            }
        }
        while !runs.isEmpty {
            evaluate(&runs)
            for at in runs.indices {
                let run = runs[at]
                guard run.solver.status != .running else { continue }
                models[run.index] = LogisticModel(
                    parameters: run.solver.point, converged: run.solver.status == .converged,
                    iterations: run.solver.iterations)
            }
            runs.removeAll { $0.solver.status != .running }
        }
        return models.compactMap { $0 }
    }

    /// One problem under way.
    private struct Run {
        let index: Int
        let labels: [Int8]
        let classWeights: (Double, Double)
        let weightSum: Double
        var solver: QuasiNewton
        var loss = 0.0
        var slopes: [Double]

        /// Nil unless both labels occur with a weight above 0.
        init?(_ labels: [Int8], index: Int, sweep: LogisticSweep) {
            var counts = (0, 0)
            var sums = (0.0, 0.0)
            for (at, label) in labels.enumerated() where label >= 0 {
                let weight = sweep.rowWeights?[at] ?? 1
                if label == 1 {
                    counts.1 += 1
                    sums.1 += weight
                } else {
                    counts.0 += 1
                    sums.0 += weight
                }
            }
            guard sums.0 > 0, sums.1 > 0 else { return nil }
            let all = Double(counts.0 + counts.1)
            classWeights =
                sweep.settings.isBalanced
                ? (all / (2 * Double(counts.0)), all / (2 * Double(counts.1))) : (1, 1)
            weightSum = classWeights.0 * sums.0 + classWeights.1 * sums.1
            let columns = sweep.matrix.columns
            self.labels = labels
            self.index = index
            solver = QuasiNewton(
                start: [Double](repeating: 0, count: columns + 1),
                tolerance: sweep.settings.tolerance,
                maxIterations: sweep.settings.maxIterations)
            slopes = [Double](repeating: 0, count: columns + 1)
        }

        mutating func begin() {
            for at in slopes.indices { slopes[at] = 0 }
            loss = 0
        }

        /// Adds the penalty to loss and slopes, and moves the solver on.
        mutating func finish(inverseRegularisation: Double) {
            let scale = 1 / (inverseRegularisation * weightSum)
            var penalty = 0.0
            let columns = slopes.count - 1
            for at in 0..<columns {
                let weight = solver.point[at]
                penalty += weight * weight
                slopes[at] = slopes[at] / weightSum + scale * weight
            }
            slopes[columns] /= weightSum
            solver.tell(value: loss / weightSum + scale * penalty / 2, gradient: slopes)
        }
    }

    /// One sweep: loss and gradient of every run at its solver's point.
    private func evaluate(_ runs: inout [Run]) {
        for at in runs.indices { runs[at].begin() }
        let columns = matrix.columns
        var wide = [Double](repeating: 0, count: columns * Self.blockRows)
        var scratch = Scratch(rows: Self.blockRows)
        matrix.withAll { all in
            wide.withUnsafeMutableBufferPointer { wide in
                // A matrix without columns has no numbers, and every dot product is 0.
                guard let base = all.baseAddress, let wide = wide.baseAddress else { return }
                for from in stride(from: 0, to: rows.count, by: Self.blockRows) {
                    let block = from..<min(from + Self.blockRows, rows.count)
                    for position in block {
                        RowKernels.widen(
                            base + Int(rows[position]) * columns,
                            to: wide + (position - from) * columns, columns)
                    }
                    for at in runs.indices { add(block, wide, &scratch, to: &runs[at]) }
                }
            }
        }
        for at in runs.indices {
            runs[at].finish(inverseRegularisation: settings.inverseRegularisation)
        }
    }

    /// Working memory of one block.
    private struct Scratch {
        var places: [UnsafePointer<Double>] = []
        var positions: [Int] = []
        /// First the dot product of each row, then its factor in the gradient.
        var factors: [Double]

        init(rows: Int) {
            places.reserveCapacity(rows)
            positions.reserveCapacity(rows)
            factors = [Double](repeating: 0, count: rows)
        }
    }

    /// Adds the loss and the gradient of one block of rows to a run.
    private func add(
        _ block: Range<Int>, _ wide: UnsafePointer<Double>, _ scratch: inout Scratch,
        to run: inout Run
    ) {
        let columns = matrix.columns
        scratch.places.removeAll(keepingCapacity: true)
        scratch.positions.removeAll(keepingCapacity: true)
        for position in block where run.labels[position] >= 0 {
            scratch.places.append(wide + (position - block.lowerBound) * columns)
            scratch.positions.append(position)
        }
        if scratch.places.isEmpty { return }
        dots(run.solver.point, &scratch)
        let intercept = run.solver.point[columns]
        for at in scratch.positions.indices {
            let position = scratch.positions[at]
            let isPositive = run.labels[position] == 1
            let margin = (scratch.factors[at] + intercept) * (isPositive ? 1 : -1)
            let e = StableMath.exponential(-abs(margin))
            let weight =
                (isPositive ? run.classWeights.1 : run.classWeights.0)
                * (rowWeights?[position] ?? 1)
            run.loss += weight * (StableMath.logOnePlus(e) + max(-margin, 0))
            // The probability of the other label than the given one.
            let wrong = (margin >= 0 ? e : 1) / (1 + e)
            let factor = weight * (isPositive ? -wrong : wrong)
            run.slopes[columns] += factor
            scratch.factors[at] = factor
        }
        sums(scratch, to: &run.slopes)
    }

    private func dots(_ point: [Double], _ scratch: inout Scratch) {
        let columns = matrix.columns
        let places = scratch.places
        point.withUnsafeBufferPointer { point in
            guard let weights = point.baseAddress else { return }
            var at = 0
            while at + 4 <= places.count {
                let four = RowKernels.dot4(
                    places[at], places[at + 1], places[at + 2], places[at + 3], weights, columns)
                for lane in 0..<4 { scratch.factors[at + lane] = four[lane] }
                at += 4
            }
            while at < places.count {
                scratch.factors[at] = RowKernels.dot(places[at], weights, columns)
                at += 1
            }
        }
    }

    private func sums(_ scratch: Scratch, to slopes: inout [Double]) {
        let columns = matrix.columns
        let (places, factors) = (scratch.places, scratch.factors)
        slopes.withUnsafeMutableBufferPointer { slopes in
            guard let sums = slopes.baseAddress else { return }
            var at = 0
            while at + 4 <= places.count {
                let four = SIMD4<Double>(
                    factors[at], factors[at + 1], factors[at + 2], factors[at + 3])
                RowKernels.add4(
                    places[at], places[at + 1], places[at + 2], places[at + 3], times: four,
                    to: sums, columns)
                at += 4
            }
            while at < places.count {
                RowKernels.add(places[at], times: factors[at], to: sums, columns)
                at += 1
            }
        }
    }
}

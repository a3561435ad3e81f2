internal import Records

/// Several logistic regressions on the same rows, advanced in lockstep.
///
/// One sweep over the rows serves every problem that still runs, so that a block of rows is read
/// from memory once, not once a label. No problem's arithmetic looks at another's, and the rows are
/// summed in runs that depend on their number alone: the result of each is the same bits alone, in
/// company, for any number of threads and on any processor.
///
/// Objective (scikit-learn 1.9.1, linear_model/_logistic.py): with S the sum of the row weights,
/// (1/S) Σ w_i ln(1 + e^(-y_i z_i)) + |w|² / (2 C S), the intercept unpenalised; from no weights
/// and the intercept that fits best without any.
struct LogisticSweep {
    let matrix: Matrix
    /// The slots in the matrix of the rows to learn from.
    let rows: [Int32]
    /// The weight of each row of `rows`, or nil for 1 each.
    let rowWeights: [Double]?
    let settings: LogisticSettings
    let threads: Int

    /// One model a problem; a problem's labels run parallel to `rows`: 1, 0, or -1 for a row that
    /// is not part of it.
    ///
    /// - Parameter excluded: For each problem the column that it must not look at, nil for none;
    ///   empty where no problem has one.
    func fit(_ problems: [[Int8]], excluded: [Int?] = []) async -> [LogisticModel] {
        var models = [LogisticModel?](repeating: nil, count: problems.count)
        var runs: [LogisticRun] = []
        for (index, labels) in problems.enumerated() {
            if var run = LogisticRun(labels, index: index, sweep: self) {
                run.solver.frozen = excluded.isEmpty ? nil : excluded[index]
                runs.append(run)
            } else {
                let value = labels.contains(1) ? 1.0 : 0.0
                models[index] = LogisticModel(constant: value, columns: matrix.columns)
            }
        }
        if !runs.isEmpty { shapeLosses(&runs) }
        var lanes = LogisticLanes(runs, problems)
        while !runs.isEmpty {
            await evaluate(&runs, lanes)
            for run in runs where run.solver.status != .running {
                models[run.index] = LogisticModel(
                    parameters: run.solver.point, converged: run.solver.status == .converged,
                    iterations: run.solver.iterations)
            }
            runs.removeAll { $0.solver.status != .running }
            if LogisticLanes.count(runs.count) < lanes.count {
                lanes = LogisticLanes(runs, problems)
            }
        }
        return models.compactMap { $0 }
    }

    /// Gives every run the shape of its loss: problems of about the same ratio of penalty to
    /// curvature share one.
    private func shapeLosses(_ runs: inout [LogisticRun]) {
        guard let gram = RowGram(matrix, rows) else { return }
        var shapes: [Int: LossShape] = [:]
        for at in runs.indices {
            let ratio = runs[at].penalty / runs[at].curvature
            guard ratio.isNormal else { continue }
            // To the nearest power of 4: being off by 2 costs no step.
            let level = Int(ratio.exponent) >> 1
            let found = shapes[level] ?? LossShape(gram, penalty: StableMath.power(2 * level + 1))
            shapes[level] = found
            runs[at].solver.shape = found
            runs[at].solver.curvature = runs[at].curvature
        }
    }

    /// Rows of one partial sum; their bounds depend on the number of rows alone.
    private var chunks: [Range<Int>] {
        let count = min(64, (rows.count + 511) / 512)
        return (0..<count).map { rows.count * $0 / count..<rows.count * ($0 + 1) / count }
    }

    /// One sweep: loss and gradient of every run at its solver's point.
    private func evaluate(_ runs: inout [LogisticRun], _ lanes: LogisticLanes) async {
        let parameters = lanes.interleave(
            runs.map { ($0.index, $0.solver.point) }, columns: matrix.columns)
        let chunks = chunks
        let shares = max(1, min(threads, chunks.count))
        let (matrix, rows, rowWeights) = (matrix, rows, rowWeights)
        let parts = await Parallel.map(shares) { share in
            let mine = chunks[chunks.count * share / shares..<chunks.count * (share + 1) / shares]
            return mine.map { chunk in
                lanes.sum(matrix, rows, chunk, rowWeights, parameters)
            }
        }
        var sum = LossSum(columns: matrix.columns, lanes: lanes.count)
        for part in parts.joined() { sum.add(part) }
        for at in runs.indices {
            guard let lane = lanes.problems.firstIndex(of: runs[at].index) else { continue }
            runs[at].finish(loss: sum.losses[lane], slopes: sum.slopes(lane: lane))
        }
    }
}

/// One problem under way.
struct LogisticRun {
    let index: Int
    let classWeights: (Double, Double)
    /// S, the sum of the weights of the rows.
    let weightSum: Double
    /// What the penalty adds to the second derivative in every weight.
    let penalty: Double
    /// The second derivative of the mean loss at the start, but for the rows: mean of p (1 - p).
    let curvature: Double
    var solver: QuasiNewton

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
        let weights = (classWeights.0 * sums.0, classWeights.1 * sums.1)
        weightSum = weights.0 + weights.1
        penalty = 1 / (sweep.settings.inverseRegularisation * weightSum)
        curvature = weights.0 / weightSum * (weights.1 / weightSum)
        self.index = index
        var start = [Double](repeating: 0, count: sweep.matrix.columns + 1)
        start[sweep.matrix.columns] = StableMath.logarithm(weights.1 / weights.0)
        solver = QuasiNewton(
            start: start, tolerance: sweep.settings.tolerance,
            maxIterations: sweep.settings.maxIterations)
    }

    /// Makes the mean of the sums, adds the penalty, and moves the solver on.
    mutating func finish(loss: Double, slopes: [Double]) {
        var slopes = slopes
        var squares = 0.0
        let columns = slopes.count - 1
        for at in 0..<columns {
            let weight = solver.point[at]
            squares += weight * weight
            slopes[at] = slopes[at] / weightSum + penalty * weight
        }
        slopes[columns] /= weightSum
        if let excluded = solver.frozen { slopes[excluded] = 0 }
        solver.tell(value: loss / weightSum + penalty * squares / 2, gradient: slopes)
    }
}

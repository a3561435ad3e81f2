public import Records

extension HeldOutProbabilities {
    /// Scores every fold by models of sparse rows trained on all other folds, classes balanced.
    ///
    /// As ``crossScored(matrix:labels:folds:settings:excludedColumns:threads:)`` with
    /// C = 1; the intercept is penalised, see ``DualCoordinateDescent``.
    ///
    /// - Parameter threads: How many models are fitted at once; it never changes the result.
    /// - Throws: `badData` unless there is a label and a fold of at least 0 for every row, and
    ///   there are two folds.
    public static func crossScored(
        sparse rows: SparseRows, labels: LabelTable, folds: [Int32], threads: Int = 1
    ) throws(Fault) -> HeldOutProbabilities {
        guard labels.rows == rows.count, folds.count == rows.count,
            folds.allSatisfy({ $0 >= 0 })
        else {
            throw Fault(
                .badData, "every row needs labels and a fold of at least 0",
                why: "\(labels.rows) labels and \(folds.count) folds for \(rows.count) rows")
        }
        let names = Array(Set(folds)).sorted()
        guard names.count >= 2 || folds.isEmpty else {
            throw Fault(.badData, "held-out scores need at least two folds")
        }
        var draws = CounterRNG(seed: 0, purpose: "dual coordinate descent")
        let order = draws.shuffled(Array(0..<Int32(rows.count)))
        let count = labels.categories
        let held = Parallel.map(names.count * count, threads: threads, state: {}) { _, problem in
            heldOut(
                rows, labels.columns[problem % count], folds, names[problem / count], order)
        }
        var logits = [[Double]](
            repeating: [Double](repeating: 0, count: rows.count), count: count)
        var unsupported = [[Int32]](repeating: [], count: count)
        for (problem, part) in held.enumerated() {
            let (fold, category) = (names[problem / count], problem % count)
            if !part.isSupported { unsupported[category].append(fold) }
            var next = 0
            for row in folds.indices where folds[row] == fold {
                logits[category][row] = part.logits[next]
                next += 1
            }
        }
        return HeldOutProbabilities(
            logits: logits, folds: folds, unsupportedFolds: unsupported)
    }

    /// The log-odds of the rows of one fold, in their order, by a model of the others.
    private static func heldOut(
        _ rows: SparseRows, _ labels: [Int8], _ folds: [Int32], _ fold: Int32, _ order: [Int32]
    ) -> (logits: [Double], isSupported: Bool) {
        let learnt = zip(labels, folds).map { $1 == fold ? -1 : $0 }
        let ones = learnt.count { $0 == 1 }
        let zeros = learnt.count { $0 == 0 }
        let own = folds.indices.filter { folds[$0] == fold }
        if ones == 0 || zeros == 0 {
            let certainty = ones > 0 ? LogisticModel.certainty : -LogisticModel.certainty
            return (own.map { _ in certainty }, false)
        }
        let all = Double(ones + zeros)
        let descent = DualCoordinateDescent(
            rows: rows, costs: (all / (2 * Double(zeros)), all / (2 * Double(ones))),
            epochs: DualCoordinateDescent.standardEpochs)
        var weights = descent.fit(learnt, order: order)
        let intercept = Double(weights[weights.count - 1])
        let logits = weights.withUnsafeMutableBufferPointer { weights in
            rows.withBuffers { rows in own.map { intercept + rows.dot($0, weights) } }
        }
        return (logits, true)
    }
}

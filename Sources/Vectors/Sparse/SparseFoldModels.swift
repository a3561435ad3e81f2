public import Records

/// For each fold, models of sparse rows that were trained on all other folds, classes balanced.
///
/// As ``FoldModels`` with C = 1; the intercept is penalised, see ``DualCoordinateDescent``. Memory:
/// 4 bytes a column, fold and category.
public struct SparseFoldModels: Portable, Equatable {
    /// The names of the folds, ascending.
    public let folds: [Int32]
    public let categories: Int
    /// Fold after fold, one model a category.
    private let models: [Model]

    /// Fits all models.
    ///
    /// - Parameters:
    ///   - folds: The fold of each row, at least 0; at least two different ones.
    ///   - threads: How many models are fitted at once; it never changes the result.
    /// - Throws: `badData` unless there are labels and a fold of at least 0 for every row, and
    ///   there are two folds.
    public static func fit(
        _ rows: SparseRows, labels: LabelTable, folds: [Int32], threads: Int = 1
    ) throws(Fault) -> SparseFoldModels {
        let names = try FoldModels.names(of: folds, labels, rows: rows.count)
        var draws = CounterRNG(seed: 0, purpose: "dual coordinate descent")
        let order = draws.shuffled(Array(0..<Int32(rows.count)))
        let count = labels.categories
        let models = Parallel.map(names.count * count, threads: threads, state: {}) { _, problem in
            let fold = names[problem / count]
            let learnt = zip(labels.columns[problem % count], folds).map { $1 == fold ? -1 : $0 }
            return Model(rows, learnt, order)
        }
        return SparseFoldModels(folds: names, categories: count, models: models)
    }

    private init(folds: [Int32], categories: Int, models: [Model]) {
        self.folds = folds
        self.categories = categories
        self.models = models
    }

    /// Category → row → log-odds by the models of the other folds.
    ///
    /// - Parameters:
    ///   - rows: Rows with the columns that were learnt from.
    ///   - rowFolds: The fold of each of them.
    public func heldOut(
        _ rows: SparseRows, folds rowFolds: [Int32], threads: Int = 1
    ) -> HeldOutProbabilities {
        let logits = Parallel.map(categories, threads: threads, state: {}) { _, category in
            column(category, rows, rowFolds)
        }
        let unsupported = (0..<categories).map { category in
            folds.indices.filter { models[$0 * categories + category].constant != nil }
                .map { folds[$0] }
        }
        return HeldOutProbabilities(
            logits: logits, folds: rowFolds, unsupportedFolds: unsupported)
    }

    private func column(
        _ category: Int, _ rows: SparseRows, _ rowFolds: [Int32]
    ) -> [Double] {
        var column = [Double](repeating: 0, count: rowFolds.count)
        rows.withBuffers { rows in
            // Fold by fold, so that a model is looked up once.
            for (place, fold) in folds.enumerated() {
                let model = models[place * categories + category]
                for row in rowFolds.indices where rowFolds[row] == fold {
                    column[row] = model.logit(rows, row)
                }
            }
        }
        return column
    }

    public func write(to bytes: inout PortableWriter) {
        folds.write(to: &bytes)
        categories.write(to: &bytes)
        models.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no models.
    public init(from bytes: inout PortableReader) throws(Fault) {
        folds = try [Int32](from: &bytes)
        categories = try Int(from: &bytes)
        models = try [Model](from: &bytes)
        let (count, isTooLarge) = folds.count.multipliedReportingOverflow(by: categories)
        guard !isTooLarge, models.count == count else { throw PortableReader.damaged }
    }
}

extension SparseFoldModels {
    private struct Model: Portable, Equatable {
        /// One weight a column, the intercept last; none where there is a constant.
        let weights: [Float]
        /// The one label value there was to learn, 1 or 0; nil where there were both.
        let constant: Double?

        /// - Parameter labels: One a row; rows with -1 are not learnt from.
        init(_ rows: SparseRows, _ labels: [Int8], _ order: [Int32]) {
            let ones = labels.count { $0 == 1 }
            let zeros = labels.count { $0 == 0 }
            if ones == 0 || zeros == 0 {
                weights = []
                constant = ones > 0 ? 1 : 0
                return
            }
            let all = Double(ones + zeros)
            let descent = DualCoordinateDescent(
                rows: rows, costs: (all / (2 * Double(zeros)), all / (2 * Double(ones))),
                epochs: DualCoordinateDescent.standardEpochs)
            weights = descent.fit(labels, order: order)
            constant = nil
        }

        func logit(_ rows: SparseRows.Buffers, _ row: Int) -> Double {
            if let constant { return LogisticModel.certainty(of: constant) }
            return weights.withUnsafeBufferPointer { weights in
                Double(weights[weights.count - 1]) + rows.dot(row, weights)
            }
        }

        func write(to bytes: inout PortableWriter) {
            weights.write(to: &bytes)
            constant.write(to: &bytes)
        }

        init(from bytes: inout PortableReader) throws(Fault) {
            weights = try [Float](from: &bytes)
            constant = try Double?(from: &bytes)
            guard constant != nil || !weights.isEmpty else { throw PortableReader.damaged }
        }
    }
}

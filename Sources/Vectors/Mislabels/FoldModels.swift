public import Records

/// For each fold, models of the same categories that were trained on all other folds.
public struct FoldModels: Portable, Equatable {
    /// The names of the folds, ascending.
    public let folds: [Int32]
    public let categories: Int
    /// Fold after fold, one model a category.
    private let models: [LogisticModel]

    /// Fits all models side by side: they share each sweep over the rows.
    ///
    /// Rows of one group (copies, variants, parent and child) must share a fold, or a row is scored
    /// by its own twin: the caller sees to it.
    ///
    /// - Parameters:
    ///   - folds: The fold of each row, at least 0; at least two different ones.
    ///   - excludedColumns: For each category the column of the matrix that its models must not
    ///     look at, such as the label itself; empty for none.
    ///   - threads: How many rows are summed at once; it never changes the result.
    /// - Throws: `badData` unless every row has labels and a fold and there are two, or for a
    ///   column that is none of the matrix; as ``OneVersusRest`` besides.
    public static func fit(
        matrix: Matrix, labels: LabelTable, folds: [Int32],
        settings: LogisticSettings = LogisticSettings(isBalanced: true),
        excludedColumns: [Int] = [], threads: Int = 1
    ) async throws(Fault) -> FoldModels {
        try OneVersusRest.check(matrix, labels, nil, nil)
        guard excludedColumns.isEmpty || excludedColumns.count == labels.categories,
            excludedColumns.allSatisfy({ (0..<matrix.columns).contains($0) })
        else {
            throw Fault(.badData, "an excluded column is none of the matrix's, or of no category")
        }
        let names = try names(of: folds, labels, rows: matrix.rows)
        // A held-out row is unknown to its model.
        var problems: [[Int8]] = []
        for fold in names {
            for column in labels.columns {
                problems.append(zip(column, folds).map { $1 == fold ? -1 : $0 })
            }
        }
        let models = try await OneVersusRest.fit(
            matrix: matrix, problems: problems, rows: (0..<Int32(matrix.rows)).map { $0 },
            rowWeights: nil,
            excluded: names.flatMap { _ in excludedColumns }, settings: settings,
            threads: threads)
        return FoldModels(folds: names, categories: labels.categories, models: models)
    }

    private init(folds: [Int32], categories: Int, models: [LogisticModel]) {
        self.folds = folds
        self.categories = categories
        self.models = models
    }

    /// The folds' names, ascending.
    ///
    /// - Throws: `badData` unless there are labels and a fold of at least 0 for every row, and two
    ///   folds.
    static func names(
        of folds: [Int32], _ labels: LabelTable, rows: Int
    ) throws(Fault) -> [Int32] {
        guard labels.rows == rows, folds.count == rows, folds.allSatisfy({ $0 >= 0 }) else {
            throw Fault(
                .badData, "every row needs labels and a fold of at least 0",
                why: "\(labels.rows) labels and \(folds.count) folds for \(rows) rows")
        }
        let names = Array(Set(folds)).sorted()
        guard names.count >= 2 || folds.isEmpty else {
            throw Fault(.badData, "held-out scores need at least two folds")
        }
        return names
    }

    /// Whether the models for rows of fold `fold` had both label values of a category.
    private func isSupported(_ category: Int, fold: Int32) -> Bool {
        model(category, fold).supported
    }

    private func model(_ category: Int, _ fold: Int32) -> LogisticModel {
        let place = partitionPoint(folds.count) { folds[$0] < fold }
        require(place < folds.count && folds[place] == fold, "the fold has models")
        return models[place * categories + category]
    }

    /// The probabilities of rows by the models of the other folds: a certainty where these had one
    /// label value, see ``HeldOutProbabilities/unsupportedFolds``.
    ///
    /// - Parameters:
    ///   - matrix: Rows with the columns that were learnt from.
    ///   - rowFolds: The fold of each of them.
    ///   - threads: How many categories are scored at once; it never changes the result.
    public func heldOut(
        _ matrix: Matrix, folds rowFolds: [Int32], threads: Int = 1
    ) async -> HeldOutProbabilities {
        let shares = max(1, min(threads, categories))
        let logits = await Parallel.map(shares) { share in
            stride(from: share, to: categories, by: shares).map { category in
                (
                    category,
                    column(category, matrix, rowFolds)
                )
            }
        }.flatMap { $0 }.sorted { $0.0 < $1.0 }.map(\.1)
        let unsupported = (0..<categories).map { category in
            folds.filter { !isSupported(category, fold: $0) }
        }
        return HeldOutProbabilities(
            logits: logits, folds: rowFolds, unsupportedFolds: unsupported)
    }

    private func column(
        _ category: Int, _ matrix: Matrix, _ rowFolds: [Int32]
    ) -> [Double] {
        var column = [Double](repeating: 0, count: matrix.rows)
        matrix.withAddresses { addresses in
            // Fold by fold, so that a model is looked up once.
            for fold in folds {
                let model = model(category, fold)
                for row in column.indices where rowFolds[row] == fold {
                    column[row] = model.logitOrCertainty(
                        UnsafeBufferPointer(
                            start: addresses?.row(row), count: matrix.columns))
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
        models = try [LogisticModel](from: &bytes)
        let (count, isTooLarge) = folds.count.multipliedReportingOverflow(by: categories)
        guard !isTooLarge, models.count == count else { throw PortableReader.damaged }
    }
}

public import Records

/// How strong the regularisation of a logistic regression should be, by cross-validation.
///
/// Few labelled rows ask for more than many do, and noisy labels for more than clean ones.
public enum RegularisationSearch {
    /// The values of C that are tried, ascending.
    public static let candidates = [0.01, 0.1, 1, 10]
    /// What is taken where nothing can be measured: no category has both labels in two folds.
    public static let fallback = 0.1

    /// The candidate with the highest mean average precision, over the categories, of rows that
    /// the models did not see; of equals the smallest.
    ///
    /// - Parameters:
    ///   - labels: rows whose labels are all unknown take no part.
    ///   - settings: C in it is not looked at.
    ///   - seed: of the folds.
    /// - Returns: C, above 0.
    /// - Throws: As ``OneVersusRest``.
    public static func choose(
        matrix: Matrix, labels: LabelTable, settings: LogisticSettings, seed: UInt64,
        folds: Int = 3, threads: Int = 1
    ) async throws(Fault) -> Double {
        let known = (0..<labels.rows).filter { row in
            labels.columns.contains { $0[row] != LabelTable.unknown }
        }
        if known.count < folds { return fallback }
        let part = try LabelTable(
            rows: known.count, columns: labels.columns.map { column in known.map { column[$0] } })
        let fold = try Stratification(folds: folds, seed: seed, attempts: 1)
            .assign(LabelRows(part))
        var best = (precision: 0.0, candidate: fallback)
        for candidate in candidates {
            var settings = settings
            settings.inverseRegularisation = candidate
            let precision = try await precision(
                matrix, part, rows: known.map { Int32($0) }, fold, settings, threads)
            if precision > best.precision { best = (precision, candidate) }
        }
        return best.candidate
    }

    /// The mean over the categories that can be measured; 0 when none can.
    private static func precision(
        _ matrix: Matrix, _ labels: LabelTable, rows: [Int32], _ fold: [Int32],
        _ settings: LogisticSettings, _ threads: Int
    ) async throws(Fault) -> Double {
        var truths = [[Int8]](repeating: [], count: labels.categories)
        var scores = [[Double]](repeating: [], count: labels.categories)
        for name in Set(fold).sorted() {
            let trained = rows.indices.filter { fold[$0] != name }
            let held = rows.indices.filter { fold[$0] == name }
            let models = try await OneVersusRest.fit(
                matrix: matrix,
                problems: labels.columns.map { column in trained.map { column[$0] } },
                rows: trained.map { rows[$0] }, rowWeights: nil, settings: settings,
                threads: threads)
            let found = try await OneVersusRest(models: models).probabilities(
                matrix: matrix, rows: held.map { rows[$0] }, threads: threads)
            for category in models.indices where models[category].supported {
                truths[category] += held.map { labels.columns[category][$0] }
                scores[category] += found[category]
            }
        }
        var precisions: [Double] = []
        for (truth, score) in zip(truths, scores) where truth.contains(1) && truth.contains(0) {
            precisions.append(try ScoreSteps(labels: truth, scores: score).averagePrecision)
        }
        return precisions.isEmpty ? 0 : precisions.reduce(0, +) / Double(precisions.count)
    }
}

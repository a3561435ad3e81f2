public import Records

/// One logistic regression a category, fitted side by side.
public struct OneVersusRest: Sendable, Equatable {
    /// One model a category, in the order of the label table.
    public let models: [LogisticModel]

    /// Models that were fitted before, of equal length.
    public init(models: [LogisticModel]) { self.models = models }

    /// Fits every category on `rows`, skipping the rows whose label is unknown there.
    ///
    /// - Parameters:
    ///   - rows: the rows to learn from, nil for all.
    ///   - rowWeights: a finite weight of at least 0 for each row of the matrix, nil for 1 each.
    ///   - threads: how many rows are summed at once; it never changes the result.
    /// - Throws: `badData` when labels, weights, rows and vectors do not fit; `configuration` for
    ///   settings out of range.
    public static func fit(
        matrix: Matrix, labels: LabelTable, rows: [Int32]? = nil, rowWeights: [Double]? = nil,
        settings: LogisticSettings = LogisticSettings(), threads: Int = 1
    ) async throws(Fault) -> OneVersusRest {
        try check(matrix, labels, rows, rowWeights)
        let rows = rows ?? (0..<Int32(matrix.rows)).map { $0 }
        let problems = labels.columns.map { column in rows.map { column[Int($0)] } }
        let models = try await fit(
            matrix: matrix, problems: problems, rows: rows, rowWeights: rowWeights,
            settings: settings, threads: threads)
        return OneVersusRest(models: models)
    }

    /// Fits problems whose labels run parallel to `rows`; what is checked already is not again.
    static func fit(
        matrix: Matrix, problems: [[Int8]], rows: [Int32], rowWeights: [Double]?,
        excluded: [Int?] = [], settings: LogisticSettings, threads: Int
    ) async throws(Fault) -> [LogisticModel] {
        try settings.check()
        let weights = rowWeights.map { weights in rows.map { weights[Int($0)] } }
        let sweep = LogisticSweep(
            matrix: matrix, rows: matrix.slots(rows), rowWeights: weights, settings: settings,
            threads: threads)
        return await sweep.fit(problems, excluded: excluded)
    }

    static func check(
        _ matrix: Matrix, _ labels: LabelTable, _ rows: [Int32]?, _ rowWeights: [Double]?
    ) throws(Fault) {
        guard labels.rows == matrix.rows, matrix.rows <= Int(Int32.max) else {
            throw Fault(
                .badData, "labels and vectors differ in their rows",
                why: "\(labels.rows) rows of labels, \(matrix.rows) of vectors")
        }
        guard matrix.columns > 0 || matrix.rows == 0 else {
            throw Fault(.badData, "vectors without a number cannot be learnt from")
        }
        guard matrix.isFinite else {
            throw Fault(.badData, "a vector holds a number that is not finite")
        }
        if let row = rows?.first(where: { $0 < 0 || Int($0) >= matrix.rows }) {
            throw Fault(.badData, "a row lies outside the vectors", why: "row \(row)")
        }
        if let rowWeights {
            guard rowWeights.count == matrix.rows,
                rowWeights.allSatisfy({ $0 >= 0 && $0.isFinite })
            else {
                throw Fault(
                    .badData, "row weights must be finite, at least 0 and one for every row")
            }
        }
    }

    /// Category → probability of each row of `rows` (nil: all), within rounding of what
    /// ``LogisticModel/probability(_:)`` says of a row; `threads` never changes it.
    ///
    /// - Throws: `badData` when vectors and models differ in length, or a row is none of the
    ///   matrix.
    public func probabilities(
        matrix: Matrix, rows: [Int32]? = nil, threads: Int = 1
    ) async throws(Fault) -> [[Double]] {
        if let model = models.first, model.weights.count != matrix.columns {
            throw Fault(
                .badData, "vectors and model differ in length",
                why: "\(matrix.columns) columns, \(model.weights.count) weights")
        }
        let rows = rows ?? (0..<Int32(matrix.rows)).map { $0 }
        if let row = rows.first(where: { $0 < 0 || Int($0) >= matrix.rows }) {
            throw Fault(.badData, "a row lies outside the vectors", why: "row \(row)")
        }
        let scores = LogisticScores(models, columns: matrix.columns)
        let parts = max(1, min(threads, rows.count))
        let found = await Parallel.map(parts) { part in
            scores.probabilities(
                matrix, rows[rows.count * part / parts..<rows.count * (part + 1) / parts])
        }
        return models.indices.map { model in found.flatMap { $0[model] } }
    }
}

extension LogisticModel {
    /// The log-odds of a row; ±``certainty`` of a model that had one label value.
    func logitOrCertainty(_ row: UnsafeBufferPointer<Float>) -> Double {
        constant.map(Self.certainty(of:)) ?? logit(row)
    }

    /// The log-odds of a category that had one label value alone, 1 or 0.
    static func certainty(of label: Double) -> Double { label > 0.5 ? certainty : -certainty }

    /// Log-odds whose probability rounds to 1.
    static let certainty = 40.0

    /// The probability, 0...1, that row `row` of the matrix is positive.
    public func probability(_ matrix: Matrix, _ row: Int) -> Double {
        matrix.withRow(row) { probability($0) }
    }
}

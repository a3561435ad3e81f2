internal import Pipeline
internal import Records
internal import Vectors

/// Labels by one logistic model a category, fitted on the rows of this dataset that are labelled.
///
/// Logistic regression, balanced classes, L2 (scikit-learn's `LogisticRegression`, C = 1).
struct LinearLabeller: Labeller {
    let name: String
    let isRemote = false
    let space: LabelSpace
    let matrix: Matrix
    /// The categories that had both kinds of row to learn from, and their models.
    let models: [(id: String, model: LogisticModel)]
    let minimumConfidence: Double

    /// - Parameter labels: Every row's labels before this stage.
    static func fit(
        _ labels: [Labels], matrix: Matrix, space: LabelSpace, name: String,
        minimumConfidence: Double, threads: Int
    ) async throws(Fault) -> LinearLabeller {
        let ids = space.ids
        let columns = ids.map { id in
            labels.map { $0[id].map { $0 ? Int8(1) : 0 } ?? LabelTable.unknown }
        }
        let table = try LabelTable(rows: labels.count, columns: columns)
        let fitted = try await OneVersusRest.fit(
            matrix: matrix, labels: table, settings: LogisticSettings(isBalanced: true),
            threads: threads)
        let models = zip(ids, fitted.models).filter { $0.1.supported }.map { ($0.0, $0.1) }
        return LinearLabeller(
            name: name, space: space, matrix: matrix, models: models,
            minimumConfidence: minimumConfidence)
    }

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        var scores: [String: Double] = [:]
        for (id, model) in models { scores[id] = model.probability(matrix, row.index) }
        if scores.isEmpty { return .pass("unsure") }
        let labels: [String: Bool]
        let confidence: Double
        if space.taxonomy.isSingleLabel {
            labels = space.labels(from: scores, threshold: 0)
            confidence = scores.values.max() ?? 0
        } else {
            labels = space.labels(from: scores, threshold: 0.5)
            confidence = LabelAnswer.confidence(of: scores)
        }
        guard confidence >= minimumConfidence else { return .pass("unsure") }
        guard let closed = space.closed(labels) else { return .pass("not_single") }
        return .answer(LabelAnswer(labels: closed, confidence: confidence, scores: scores))
    }
}

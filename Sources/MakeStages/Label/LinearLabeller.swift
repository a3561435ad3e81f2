internal import Pipeline
internal import Records
internal import Vectors

/// One logistic model a category, fitted on the rows of a dataset that are labelled.
///
/// Logistic regression, balanced classes, L2 (scikit-learn's `LogisticRegression`, C = 1).
struct LinearModels: Sendable {
    let matrix: Matrix
    /// The categories that had both kinds of row to learn from, and their models.
    let models: [(id: String, model: LogisticModel)]

    /// - Parameter labels: Every row's labels before the stage.
    init(
        _ labels: [Labels], matrix: Matrix, space: LabelSpace, threads: Int
    ) async throws(Fault) {
        self.matrix = matrix
        let ids = space.ids
        let columns = ids.map { id in
            labels.map { $0[id].map { $0 ? Int8(1) : 0 } ?? LabelTable.unknown }
        }
        let table = try LabelTable(rows: labels.count, columns: columns)
        let fitted = try await OneVersusRest.fit(
            matrix: matrix, labels: table, settings: LogisticSettings(isBalanced: true),
            threads: threads)
        models = zip(ids, fitted.models).filter { $0.1.supported }.map { ($0.0, $0.1) }
    }

    /// The probability of each category that could be learnt.
    func scores(of row: Int) -> [String: Double] {
        var scores: [String: Double] = [:]
        for (id, model) in models { scores[id] = model.probability(matrix, row) }
        return scores
    }
}

/// Labels by the models of the dataset's own labelled rows.
struct LinearLabeller: Labeller {
    let name: String
    let isRemote = false
    let space: LabelSpace
    let models: LinearModels
    let minimumConfidence: Double

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        let scores = models.scores(of: row.index)
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

internal import Pipeline
internal import Records
internal import StageKit

/// Labels by the phrases of lexicons: no model, no call.
struct LexiconLabeller: Labeller {
    let name: String
    let isRemote = false
    let space: LabelSpace
    let lexicons: CategoryLexicons
    let threshold: Double
    let minimumConfidence: Double
    /// Whether a text without any phrase of a category is labelled 0 in it.
    let answersNegatives: Bool

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        let scores = lexicons.risks(of: row.record.text)
        if scores.isEmpty { return .pass("unsure") }
        var labels = space.labels(
            from: scores, threshold: threshold,
            otherwise: answersNegatives ? lexicons.otherwise : nil)
        if !answersNegatives {
            if !labels.values.contains(true) { return .pass("unsure") }
            if !space.taxonomy.isSingleLabel { labels = labels.filter(\.value) }
        }
        guard let closed = space.closed(labels) else { return .pass("not_single") }
        let confidence = LabelAnswer.confidence(of: scores)
        guard confidence >= minimumConfidence else { return .pass("unsure") }
        return .answer(LabelAnswer(labels: closed, confidence: confidence, scores: scores))
    }
}

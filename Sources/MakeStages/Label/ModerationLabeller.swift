internal import Pipeline
internal import Providers
internal import Records
internal import Remote

/// Asks a moderation endpoint, whose categories are not ours.
struct ModerationLabeller: Labeller {
    let name: String
    let isRemote = true
    let space: LabelSpace
    let session: ModelSession
    /// Our category → theirs; any of them speaks for it.
    let categories: [(key: String, values: [String])]
    /// nil takes the endpoint's own flags.
    let threshold: Double?
    let minimumConfidence: Double

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        if row.record.text.isEmpty { return .pass("unusable") }
        guard let reply = try await session.moderation.moderate(row.record.text) else {
            return .failed("no_result")
        }
        session.say()
        var scores: [String: Double] = [:]
        var labels: [String: Bool] = [:]
        for (ours, theirs) in categories {
            let found = reply.categories.filter { theirs.contains($0.name) }
            let flags = found.compactMap { category in
                threshold.map { limit in category.score.map { $0 >= limit } } ?? category.isFlagged
            }
            // A part that the endpoint leaves out is unknown: only a yes outweighs it.
            if flags.contains(true) {
                labels[ours] = true
            } else if flags.count == theirs.count {
                labels[ours] = false
            } else {
                continue
            }
            if let score = found.compactMap(\.score).max() { scores[ours] = score }
        }
        guard !labels.isEmpty else { return .failed("no_known_category") }
        guard let closed = space.closed(labels) else { return .pass("not_single") }
        let confidence = LabelAnswer.confidence(of: scores)
        guard confidence >= minimumConfidence else { return .pass("unsure") }
        return .answer(
            LabelAnswer(
                labels: closed, confidence: confidence, scores: scores, model: reply.model))
    }
}

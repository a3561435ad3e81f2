internal import Pipeline
internal import Records

/// Pseudo-labels: labels by the models of the dataset's own labelled rows, each where the models
/// have reached the stated precision.
struct LinearLabeller: Labeller {
    /// Why a row gets no label: every probability lies below its floor.
    static let belowFloor = "below_floor"

    let name: String
    let isRemote = false
    let space: LabelSpace
    let models: LinearModels
    /// The least probability of a label, where its floor is lower.
    let minimumConfidence: Double

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        if models.isEmpty { return .pass("unlearnt") }
        if models.isBlind(row.index) { return .pass("unknown_words") }
        let scores = models.scores(of: row.index)
        let labels = space.taxonomy.isSingleLabel ? likeliest(scores) : each(scores)
        if labels.isEmpty { return .pass(Self.belowFloor) }
        let given = scores.filter {
            space.taxonomy.isSingleLabel ? labels[$0.key] == true : labels[$0.key] != nil
        }
        guard let closed = space.closed(labels) else { return .pass("not_single") }
        var answer = LabelAnswer(
            labels: closed, confidence: LabelAnswer.confidence(of: given), scores: scores)
        answer.isPseudoLabel = true
        return .answer(answer)
    }

    /// The likeliest category alone, if it reaches its floor.
    private func likeliest(_ scores: [String: Double]) -> [String: Bool] {
        let labels = space.labels(from: scores, threshold: 0)
        guard let id = labels.first(where: \.value)?.key, let probability = scores[id],
            floors(of: id).one.admits(probability, minimum: minimumConfidence)
        else { return [:] }
        return labels
    }

    /// Each category by itself; between its floors it stays unknown.
    private func each(_ scores: [String: Double]) -> [String: Bool] {
        var labels: [String: Bool] = [:]
        for (id, probability) in scores {
            let floors = floors(of: id)
            if floors.one.admits(probability, minimum: minimumConfidence) {
                labels[id] = true
            } else if floors.zero?.admits(1 - probability, minimum: minimumConfidence) ?? false {
                labels[id] = false
            }
        }
        return labels
    }

    private func floors(of id: String) -> CategoryFloors {
        models.floors[name]?.categories[id] ?? CategoryFloors()
    }
}

internal import Records
internal import Vectors

/// Scores of some rows in the categories of their labels, and the decisions about them.
struct CategoryScores: Sendable {
    /// Category → place → score.
    var scores: [[Double]]
    /// Category → place → whether any of its scores reaches its threshold.
    var predicted: [[Bool]]
    /// Category → its threshold; nil where several of different value decide.
    var thresholds: [Double?]
    /// Category → whether its thresholds were tuned on rows with labels.
    var isTuned: [Bool]

    /// Joins the categories of a scorer: the highest score counts, and each is decided about at a
    /// threshold of its own.
    ///
    /// - Parameters:
    ///   - sources: Category → places of the scorer's categories, at least one each.
    ///   - scored: Category of the scorer → place → score.
    ///   - thresholds: One a category of the scorer.
    init(
        _ sources: [[Int]], _ scored: [[Double]],
        thresholds found: [(threshold: Double, isTuned: Bool)]
    ) {
        (scores, predicted, thresholds, isTuned) = ([], [], [], [])
        for own in sources {
            let places = scored[own[0]].indices
            scores.append(places.map { place in own.map { scored[$0][place] }.max() ?? 0 })
            predicted.append(
                places.map { place in
                    own.contains { scored[$0][place] >= found[$0].threshold }
                })
            let values = Set(own.map { found[$0].threshold })
            thresholds.append(values.count == 1 ? values.first : nil)
            isTuned.append(own.allSatisfy { found[$0].isTuned })
        }
    }
}

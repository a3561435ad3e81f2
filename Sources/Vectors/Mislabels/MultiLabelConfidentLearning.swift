public import Records

/// Confident learning on rows of several labels, one category against the rest at a time.
///
/// Thyagarajan et al. 2022, arXiv 2211.13895; rules as in cleanlab 2.9.0
/// (multilabel_classification/filter.py). Where cleanlab raises (a category without a positive or
/// without a negative) the same formulas go through here: nothing can be confidently of a label
/// nobody carries, so only ``MislabelFilter/predictedNotGiven`` and the qualities can show such a
/// row. A category with one row of a label never loses it. Unknown labels, and those whose fold
/// could not be learnt, are not judged.
public struct MultiLabelConfidentLearning: Sendable {
    /// One a category.
    public let categories: [ConfidentLearning]

    /// - Throws: `badData` when labels and probabilities differ in their shape.
    public init(labels: LabelTable, probabilities: HeldOutProbabilities) throws(Fault) {
        let judged = try probabilities.judged(labels)
        var categories: [ConfidentLearning] = []
        for (column, positive) in zip(judged, probabilities.columns) {
            categories.append(
                try ConfidentLearning(
                    labels: column.map { Int($0) }, classes: 2,
                    probabilities: positive.flatMap { [1 - $0, $0] }))
        }
        self.categories = categories
    }

    /// Category → row → whether that label is likely wrong.
    ///
    /// The two filters by rank choose rows, as many as ``MislabelFilter/confidentLearning`` flags,
    /// of the lowest moving average; of these rows the label of the lowest quality is flagged.
    public func flags(_ filter: MislabelFilter) -> [[Bool]] {
        switch filter {
        case .lowSelfConfidence: lowest(.selfConfidence)
        case .lowNormalisedMargin: lowest(.normalisedMargin)
        default: categories.map { $0.flags(filter) }
        }
    }

    private func lowest(_ quality: LabelQuality) -> [[Bool]] {
        var flags = categories.map { $0.flags(.confidentLearning) }
        let rows = flags.first?.indices ?? 0..<0
        let count = rows.count { row in flags.contains { $0[row] } }
        let scores = categories.map { $0.scores(quality) }
        let ranked = rows.compactMap { row in
            RowQuality.movingAverage.combined(scores.compactMap { $0[row] }).map { ($0, row) }
        }.sorted { $0 < $1 }
        for category in flags.indices {
            flags[category] = [Bool](repeating: false, count: rows.count)
        }
        for (_, row) in ranked.prefix(count) {
            let worst = scores.enumerated().compactMap { category, column in
                column[row].map { ($0, category) }
            }.min { $0 < $1 }
            if let worst { flags[worst.1][row] = true }
        }
        return flags
    }
}

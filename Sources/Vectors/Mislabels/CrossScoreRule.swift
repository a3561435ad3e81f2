public import Records

/// What held-out probabilities say about a label.
public enum LabelVerdict: Sendable, Equatable {
    case agrees
    case disagrees
    /// The label is unknown.
    case unknown
    /// The models that did not see the row had one label value to learn from: no evidence at all.
    case unsupported
}

/// Flags labels that a model trained on the other rows contradicts.
///
/// Markov et al. 2023 (arXiv 2208.03274), section 3.2. The paper does not state the threshold of a
/// prediction; 0.5 is usual. With unweighted models few rows of a rare category reach it, so use
/// balanced ones, or an ``AuditRule`` on a ranking.
public enum CrossScoreRule {
    /// Category → row → verdict; a row is predicted positive when p >= threshold.
    ///
    /// - Throws: `badData` when labels and probabilities differ in their shape.
    public static func verdicts(
        labels: LabelTable, probabilities: HeldOutProbabilities, threshold: Double = 0.5
    ) throws(Fault) -> [[LabelVerdict]] {
        // Checks the shapes; the verdicts need to tell unknown from unsupported.
        _ = try probabilities.judged(labels)
        return labels.columns.enumerated().map { category, column in
            let supported = probabilities.supported(category: category)
            return column.indices.map { row in
                if column[row] < 0 { return .unknown }
                if !supported[row] { return .unsupported }
                let predicted = probabilities.columns[category][row] >= threshold
                return predicted == (column[row] == 1) ? .agrees : .disagrees
            }
        }
    }
}

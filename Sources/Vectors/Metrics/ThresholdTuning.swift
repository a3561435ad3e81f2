public import Records

/// A threshold chosen on labelled scores, and what it achieves there.
///
/// Choose on validation rows and report on others: the value reached here is optimistic.
public struct TunedThreshold: Sendable, Equatable {
    /// Of ``maximisers``, the one nearest 0.5; of two equally near, the lower.
    public let threshold: Double
    /// The best value of what was maximised.
    public let value: Double
    public let precision: Double
    public let recall: Double
    /// Every score that reaches the best value, ascending.
    public let maximisers: [Double]
}

/// Choice of a decision threshold among the distinct scores, all of them tried.
public enum ThresholdTuning {
    /// The threshold of the highest F-beta; nil without a positive: keep the default then.
    ///
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    public static func bestF(
        labels: [Int8], scores: [Double], beta: Double = 1
    ) throws(Fault) -> TunedThreshold? {
        try choose(labels, scores, where: { _ in true }, maximising: { $0.fScore(beta: beta) })
    }

    /// The threshold of the highest recall whose precision is at least `precision`; nil when no
    /// threshold reaches that, or without a positive.
    ///
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    public static func bestRecall(
        labels: [Int8], scores: [Double], precisionAtLeast precision: Double
    ) throws(Fault) -> TunedThreshold? {
        try choose(
            labels, scores, where: { $0.precision >= precision }, maximising: \.recall)
    }

    /// The threshold of the highest precision whose recall is at least `recall`; nil without a
    /// positive.
    ///
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    public static func bestPrecision(
        labels: [Int8], scores: [Double], recallAtLeast recall: Double
    ) throws(Fault) -> TunedThreshold? {
        try choose(labels, scores, where: { $0.recall >= recall }, maximising: \.precision)
    }

    private static func choose(
        _ labels: [Int8], _ scores: [Double], where allowed: (Confusion) -> Bool,
        maximising value: (Confusion) -> Double
    ) throws(Fault) -> TunedThreshold? {
        let steps = try ScoreSteps(labels: labels, scores: scores)
        if steps.positives == 0 { return nil }
        var best: (value: Double, steps: [(Double, Confusion)])?
        for step in steps.thresholds.indices.reversed() {
            var counts = Confusion()
            counts.truePositives = Int(steps.truePositives[step])
            counts.falsePositives = Int(steps.falsePositives[step])
            counts.falseNegatives = Int(steps.positives) - counts.truePositives
            counts.trueNegatives = Int(steps.negatives) - counts.falsePositives
            guard allowed(counts) else { continue }
            let reached = value(counts)
            let candidate = (steps.thresholds[step], counts)
            if let old = best, reached == old.value {
                best = (reached, old.steps + [candidate])
            } else if reached > best?.value ?? -1 {
                best = (reached, [candidate])
            }
        }
        guard let best else { return nil }
        let chosen = best.steps.min { abs($0.0 - 0.5) < abs($1.0 - 0.5) }
        return chosen.map { threshold, counts in
            TunedThreshold(
                threshold: threshold, value: best.value, precision: counts.precision,
                recall: counts.recall, maximisers: best.steps.map(\.0))
        }
    }
}

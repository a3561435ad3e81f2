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
    /// - Parameter range: The lowest and the highest threshold that may be chosen. Its upper end is
    ///   a candidate beside the scores inside, so that there is always one.
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    public static func bestF(
        labels: [Int8], scores: [Double], beta: Double = 1,
        in range: ClosedRange<Double> = -Double.infinity...Double.infinity
    ) throws(Fault) -> TunedThreshold? {
        try choose(
            labels, scores, in: range, where: { _ in true },
            maximising: { $0.fScore(beta: beta) })
    }

    /// The threshold of the highest recall whose precision is at least `precision`; nil when no
    /// threshold reaches that, or without a positive.
    ///
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    public static func bestRecall(
        labels: [Int8], scores: [Double], precisionAtLeast precision: Double,
        in range: ClosedRange<Double> = -Double.infinity...Double.infinity
    ) throws(Fault) -> TunedThreshold? {
        try bestRecall(labels: labels, scores: scores, in: range) { $0.precision >= precision }
    }

    /// The threshold of the highest recall among those whose counts are allowed; nil when none
    /// is, or without a positive.
    ///
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    public static func bestRecall(
        labels: [Int8], scores: [Double],
        in range: ClosedRange<Double> = -Double.infinity...Double.infinity,
        where isAllowed: (Confusion) -> Bool
    ) throws(Fault) -> TunedThreshold? {
        try choose(labels, scores, in: range, where: isAllowed, maximising: \.recall)
    }

    /// The threshold of the highest precision whose recall is at least `recall`; nil without a
    /// positive.
    ///
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    public static func bestPrecision(
        labels: [Int8], scores: [Double], recallAtLeast recall: Double,
        in range: ClosedRange<Double> = -Double.infinity...Double.infinity
    ) throws(Fault) -> TunedThreshold? {
        try choose(
            labels, scores, in: range, where: { $0.recall >= recall }, maximising: \.precision)
    }

    private static func choose(
        _ labels: [Int8], _ scores: [Double],
        in range: ClosedRange<Double> = -Double.infinity...Double.infinity,
        where allowed: (Confusion) -> Bool, maximising value: (Confusion) -> Double
    ) throws(Fault) -> TunedThreshold? {
        let steps = try ScoreSteps(labels: labels, scores: scores)
        if steps.positives == 0 { return nil }
        var best: (value: Double, steps: [(Double, Confusion)])?
        for candidate in candidates(steps, in: range) {
            guard allowed(candidate.1) else { continue }
            let reached = value(candidate.1)
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

    /// The thresholds of a range that part the rows differently, ascending, with what each gives.
    private static func candidates(
        _ steps: ScoreSteps, in range: ClosedRange<Double>
    ) -> [(Double, Confusion)] {
        var candidates: [(Double, Confusion)] = []
        for step in steps.thresholds.indices.reversed()
        where range.contains(steps.thresholds[step]) {
            candidates.append((steps.thresholds[step], counts(steps, at: step)))
        }
        let cap = range.upperBound
        guard cap.isFinite, candidates.last?.0 != cap else { return candidates }
        let above = steps.thresholds.lastIndex { $0 >= cap }
        return candidates + [(cap, counts(steps, at: above))]
    }

    /// The counts when the rows down to a step are called positive; no row for nil.
    private static func counts(_ steps: ScoreSteps, at step: Int?) -> Confusion {
        var counts = Confusion()
        counts.truePositives = step.map { Int(steps.truePositives[$0]) } ?? 0
        counts.falsePositives = step.map { Int(steps.falsePositives[$0]) } ?? 0
        counts.falseNegatives = Int(steps.positives) - counts.truePositives
        counts.trueNegatives = Int(steps.negatives) - counts.falsePositives
        return counts
    }
}

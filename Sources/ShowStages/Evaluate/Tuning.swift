internal import Pipeline
internal import Records
internal import Vectors

/// How a threshold is chosen on val.
struct Tuning: Sendable {
    /// The lowest and the highest threshold.
    let range: ClosedRange<Double>
    private let beta: Double
    private let leastPrecision: Double?
    private let leastRecall: Double?

    init(_ settings: SettingsReader) {
        beta = settings.number(
            "beta", 1, in: 0.01...100,
            help: "The threshold is tuned for F-beta: above 1 favours recall, below precision.")
        leastPrecision = settings.optionalNumber(
            "precision_at_least", in: 0...1,
            help: "Tune for the highest recall of this precision on val instead of F-beta.")
        leastRecall = settings.optionalNumber(
            "recall_at_least", in: 0...1,
            help: "Tune for the highest precision of this recall on val instead of F-beta.")
        let floor = settings.optionalNumber(
            "threshold_floor", in: 0...1,
            help: "The lowest threshold: on few rows of val the best one may lie anywhere.")
        let cap = settings.optionalNumber(
            "threshold_cap", in: 0...1, help: "The highest threshold.")
        if let floor, let cap, floor > cap {
            settings.fault("threshold_floor", "`threshold_floor` lies above `threshold_cap`")
        }
        if leastPrecision != nil, leastRecall != nil {
            settings.fault(
                "recall_at_least", "`precision_at_least` and `recall_at_least` exclude each other")
        }
        let highest = cap ?? .infinity
        range = min(floor ?? -.infinity, highest)...highest
    }

    /// What is maximised, in words.
    var objective: String {
        if let leastPrecision { return "recall at precision \(leastPrecision)" }
        if let leastRecall { return "precision at recall \(leastRecall)" }
        return beta == 1 ? "F1" : "F\(beta)"
    }

    /// Nil where nothing can be chosen: the default holds then.
    ///
    /// Where every known label is 1, the best threshold says yes to everything.
    ///
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    func threshold(_ labels: [Int8], _ scores: [Double]) throws(Fault) -> TunedThreshold? {
        guard labels.contains(0) else { return nil }
        if let leastPrecision {
            return try ThresholdTuning.bestRecall(
                labels: labels, scores: scores, precisionAtLeast: leastPrecision, in: range)
        }
        if let leastRecall {
            return try ThresholdTuning.bestPrecision(
                labels: labels, scores: scores, recallAtLeast: leastRecall, in: range)
        }
        return try ThresholdTuning.bestF(labels: labels, scores: scores, beta: beta, in: range)
    }

    /// The threshold of a category that was not tuned.
    var fallback: Double {
        min(max(FittedRun.defaultThreshold, range.lowerBound), range.upperBound)
    }
}

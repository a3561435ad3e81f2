internal import Records
internal import Vectors

/// How far the scores of one category move inside contrast sets, for texts of one label.
///
/// Only rows of a set with the same label are compared: where the exchange of a subject changes
/// the truth, the score ought to move (Garg et al. 2019, asymmetric counterfactuals).
struct CounterfactualFigures: Codable, Sendable, Equatable {
    /// The label of the compared rows: 0 is harmless.
    var label: Int
    /// Sets with at least one pair.
    var sets: Int
    var pairs: Int
    /// The mean over texts of the mean |f(x) - f(x')| over their counterfactuals.
    var gap: Double
    /// The share of pairs that lie on different sides of the threshold.
    var flipRate: Double
    /// The share of sets with at least one such pair.
    var flippedSets: Double

    /// A row is compared with this many of its set that follow it, so that the work stays linear
    /// however large a set is.
    static let reach = 32

    /// Both labels' figures; nil when the category has no pair at all.
    static func measure(
        _ category: Int, _ rows: EvaluationRows, _ fittedRun: FittedRun
    ) throws(Fault) -> [CounterfactualFigures]? {
        var result: [CounterfactualFigures] = []
        for label: Int8 in [0, 1] {
            if let figures = try CounterfactualFigures(category, label, rows, fittedRun) {
                result.append(figures)
            }
        }
        return result.isEmpty ? nil : result
    }

    private init?(
        _ category: Int, _ label: Int8, _ rows: EvaluationRows, _ fittedRun: FittedRun
    ) throws(Fault) {
        let threshold = fittedRun.thresholds[category]
        var examples: [CounterfactualGap.Example] = []
        var (sets, flipped) = (0, 0)
        for set in rows.contrastSets {
            let scores = set.filter { rows.labels.columns[category][Int($0)] == label }
                .compactMap { fittedRun.place(of: Int($0)) }.map { fittedRun.scores[category][$0] }
            if scores.count < 2 { continue }
            sets += 1
            let high = scores.filter { $0 >= threshold }.count
            if high > 0, high < scores.count { flipped += 1 }
            for index in scores.indices.dropLast() {
                let end = min(scores.count, index + 1 + Self.reach)
                examples.append(
                    CounterfactualGap.Example(
                        score: scores[index], counterfactuals: Array(scores[(index + 1)..<end])))
            }
        }
        guard let gap = try CounterfactualGap(examples, threshold: threshold) else { return nil }
        self.label = Int(label)
        self.sets = sets
        pairs = gap.pairs
        self.gap = gap.meanOverExamples
        flipRate = gap.flipRate
        flippedSets = Double(flipped) / Double(sets)
    }
}

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
    /// The share of pairs that are decided about differently.
    var flipRate: Double
    /// The share of sets with at least one such pair.
    var flippedSets: Double

    /// A row is compared with this many of its set that follow it, so that the work stays linear
    /// however large a set is.
    static let reach = 32

    /// Both labels' figures; nil when the category has no pair at all.
    static func measure(
        _ category: Int, _ rows: EvaluationRows, _ fittedRun: FittedRun, sets: [[Int32]]
    ) throws(Fault) -> [CounterfactualFigures]? {
        var result: [CounterfactualFigures] = []
        for label: Int8 in [0, 1] {
            if let figures = try CounterfactualFigures(
                category, label, rows, fittedRun, contrastSets: sets)
            {
                result.append(figures)
            }
        }
        return result.isEmpty ? nil : result
    }

    private init?(
        _ category: Int, _ label: Int8, _ rows: EvaluationRows, _ fittedRun: FittedRun,
        contrastSets: [[Int32]]
    ) throws(Fault) {
        var flips = 0
        var examples: [CounterfactualGap.Example] = []
        var (sets, flipped) = (0, 0)
        for set in contrastSets {
            let places = set.filter { rows.labels.columns[category][Int($0)] == label }
                .compactMap { fittedRun.place(of: Int($0)) }
            if places.count < 2 { continue }
            let scores = places.map { fittedRun.scores[category][$0] }
            let decisions = places.map { fittedRun.predicted[category][$0] }
            sets += 1
            if Set(decisions).count > 1 { flipped += 1 }
            for index in scores.indices.dropLast() {
                let end = min(scores.count, index + 1 + Self.reach)
                flips += decisions[(index + 1)..<end].count { $0 != decisions[index] }
                examples.append(
                    CounterfactualGap.Example(
                        score: scores[index], counterfactuals: Array(scores[(index + 1)..<end])))
            }
        }
        guard let gap = try CounterfactualGap(examples) else { return nil }
        self.label = Int(label)
        self.sets = sets
        pairs = gap.pairs
        self.gap = gap.meanOverExamples
        flipRate = Double(flips) / Double(gap.pairs)
        flippedSets = Double(flipped) / Double(sets)
    }
}

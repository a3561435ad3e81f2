internal import Glibc

/// How well a given label agrees with a row's probabilities, 0...1; low is suspicious.
///
/// cleanlab 2.9.0, rank.py and internal/multilabel_scorer.py.
public enum LabelQuality: Sendable, CaseIterable {
    /// The probability of the given label.
    case selfConfidence
    /// (p of the given label - p of the likeliest other + 1) / 2. With two classes the same number
    /// as ``selfConfidence``.
    case normalisedMargin
    /// Entropy over self-confidence, squeezed into 0...1.
    case confidenceWeightedEntropy

    /// The score of a label out of `probabilities`, which are all labels' and sum to 1.
    func score(_ label: Int, _ probabilities: ArraySlice<Double>) -> Double {
        let first = probabilities.startIndex
        let own = probabilities[first + label]
        switch self {
        case .selfConfidence:
            return own
        case .normalisedMargin:
            var other = 0.0
            for at in probabilities.indices where at != first + label {
                other = max(other, probabilities[at])
            }
            return (own - other + 1) / 2
        case .confidenceWeightedEntropy:
            var entropy = 0.0
            for p in probabilities where p > 0 { entropy -= p * log(p) }
            if probabilities.count > 1 { entropy /= log(Double(probabilities.count)) }
            let ratio = entropy / max(own, 1e-6)
            return log(1 + ratio) / max(ratio, 1e-6)
        }
    }

    /// The score of a label 0 or 1 whose probability of 1 is `positive`.
    public func score(label: Int8, positive: Double) -> Double {
        score(Int(label), [1 - positive, positive])
    }

    /// One score a row out of its categories': an exponential moving average from the best score
    /// to the worst, which therefore weighs most.
    ///
    /// Thyagarajan et al. 2022, arXiv 2211.13895. `alpha`, 0...1, is the weight of each next worse
    /// score; 0.8 is cleanlab's. Nil without a score.
    public static func movingAverage(_ scores: [Double], alpha: Double = 0.8) -> Double? {
        let sorted = scores.sorted(by: >)
        guard var average = sorted.first else { return nil }
        for score in sorted.dropFirst() { average = alpha * score + (1 - alpha) * average }
        return average
    }

    /// One score a row out of its categories': their mean weighted by e^((1 - score) / T).
    ///
    /// Nil without a score.
    public static func softMinimum(_ scores: [Double], temperature: Double = 0.1) -> Double? {
        guard let least = scores.min() else { return nil }
        var (sum, weights) = (0.0, 0.0)
        for score in scores {
            let weight = StableMath.exponential((least - score) / temperature)
            sum += weight * score
            weights += weight
        }
        return sum / weights
    }
}

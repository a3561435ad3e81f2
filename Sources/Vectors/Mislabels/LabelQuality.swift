/// How well a given label agrees with a row's probabilities, 0...1; low is suspicious.
///
/// cleanlab 2.9.0, rank.py; the names are its `method`.
public enum LabelQuality: String, Sendable, CaseIterable {
    /// The probability of the given label.
    case selfConfidence = "self_confidence"
    /// (p of the given label - p of the likeliest other + 1) / 2. With two classes the same number
    /// as ``selfConfidence``.
    case normalisedMargin = "normalized_margin"
    /// Entropy over self-confidence, squeezed into 0...1.
    case confidenceWeightedEntropy = "confidence_weighted_entropy"

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
            for p in probabilities where p > 0 { entropy -= p * StableMath.logarithm(p) }
            entropy /= StableMath.logarithm(Double(probabilities.count))
            let ratio = entropy / max(own, 1e-6)
            return StableMath.logarithm(1 + ratio) / max(ratio, 1e-6)
        }
    }
}

/// One quality a row out of its labels', 0...1; low is suspicious.
///
/// cleanlab 2.9.0, internal/multilabel_scorer.py.
public enum RowQuality: String, Sendable, CaseIterable {
    /// An exponential moving average from the best label to the worst, which therefore weighs most:
    /// 0.8 for each next worse one (Thyagarajan et al. 2022, arXiv 2211.13895).
    case movingAverage = "moving_average"
    /// The mean weighted by e^((1 - score) / 0.1).
    case softMinimum = "soft_minimum"

    private static let alpha = 0.8
    private static let temperature = 0.1

    /// Nil without a score.
    public func combined(_ scores: [Double]) -> Double? {
        switch self {
        case .movingAverage:
            let sorted = scores.sorted(by: >)
            guard var average = sorted.first else { return nil }
            for score in sorted.dropFirst() {
                average = Self.alpha * score + (1 - Self.alpha) * average
            }
            return average
        case .softMinimum:
            guard let least = scores.min() else { return nil }
            var (sum, weights) = (0.0, 0.0)
            for score in scores {
                let weight = StableMath.exponential((least - score) / Self.temperature)
                sum += weight * score
                weights += weight
            }
            return sum / weights
        }
    }
}

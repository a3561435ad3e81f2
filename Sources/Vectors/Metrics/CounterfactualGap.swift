public import Records

/// How far scores move when a text's subject is exchanged.
///
/// CTF gap of Garg et al. 2019, "Counterfactual fairness in text classification through
/// robustness", section 3. On harmful texts an exchange may change the true label too
/// (asymmetric counterfactuals): measure those apart.
public struct CounterfactualGap: Sendable, Equatable {
    /// The score of a text and those of its counterfactuals.
    public struct Example: Sendable, Equatable {
        public let score: Double
        public let counterfactuals: [Double]

        public init(score: Double, counterfactuals: [Double]) {
            self.score = score
            self.counterfactuals = counterfactuals
        }
    }

    /// For each example that has counterfactuals, the mean |f(x) - f(x')|, in their order.
    public let perExample: [Double]
    /// The mean of ``perExample``, every example counting the same: the CTF gap.
    public let meanOverExamples: Double
    /// The mean of |f(x) - f(x')|, every pair counting the same.
    public let meanOverPairs: Double
    /// The mean of f(x) - f(x') over the pairs.
    public let signedMeanOverPairs: Double
    /// The share of the pairs that lie on different sides of the threshold.
    public let flipRate: Double
    public let pairs: Int

    /// Nil without a single pair; throws `badData` when a score is NaN.
    public init?(_ examples: [Example], threshold: Double = 0.5) throws(Fault) {
        var gaps: [Double] = []
        var (sum, signed, flips, pairs) = (0.0, 0.0, 0, 0)
        for (index, example) in examples.enumerated() {
            guard !example.score.isNaN, !example.counterfactuals.contains(where: \.isNaN) else {
                throw Fault(.badData, "a score is not a number", why: "example \(index)")
            }
            if example.counterfactuals.isEmpty { continue }
            var own = 0.0
            for other in example.counterfactuals {
                own += abs(example.score - other)
                signed += example.score - other
                if (example.score >= threshold) != (other >= threshold) { flips += 1 }
            }
            sum += own
            pairs += example.counterfactuals.count
            gaps.append(own / Double(example.counterfactuals.count))
        }
        if pairs == 0 { return nil }
        perExample = gaps
        meanOverExamples = gaps.reduce(0, +) / Double(gaps.count)
        meanOverPairs = sum / Double(pairs)
        signedMeanOverPairs = signed / Double(pairs)
        flipRate = Double(flips) / Double(pairs)
        self.pairs = pairs
    }
}

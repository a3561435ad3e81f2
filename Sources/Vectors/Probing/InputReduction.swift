public import Records

/// What is left of a text when tokens that the prediction does not need are taken away.
///
/// Markov et al. 2023, section 3.5, after Feng et al. 2018: while more than one token is left, try
/// every single deletion and keep the one that leaves the highest probability (of equals the
/// leftmost); stop before the probability falls below the threshold, 0.8 there. What remains are
/// the key tokens: a symbol, a long memorised span or a harmless name among them betrays what the
/// model has learnt wrongly.
public struct InputReduction: Sendable, Equatable {
    /// The probability of the whole text.
    public let fullProbability: Double
    /// Whether the whole text lay below the threshold, so that nothing was tried.
    public let isSkipped: Bool
    /// The key tokens' positions, ascending; all when skipped.
    public let kept: [Int]
    /// The removed tokens' positions, in the order of removal.
    public let removed: [Int]
    /// The probability of the key tokens alone.
    public let finalProbability: Double

    /// The paper's threshold.
    public static let paperThreshold = 0.8

    /// Reduces a text of `tokens` tokens by any model.
    ///
    /// Costs up to tokens² / 2 evaluations, one batch for each token removed.
    ///
    /// - Parameter probabilities: the model's probability for each of several selections of tokens
    ///   (ascending positions), in their order.
    /// - Throws: `badData` when the model does not give one probability a text.
    public static func reduce(
        tokens: Int, threshold: Double = paperThreshold,
        probabilities: ([[Int]]) async throws(Fault) -> [Double]
    ) async throws(Fault) -> InputReduction {
        var kept = Array(0..<max(tokens, 0))
        var removed: [Int] = []
        let full = try check(await probabilities([kept]), 1)[0]
        if full < threshold { return skipped(full, tokens: kept) }
        var current = full
        while kept.count > 1 {
            let shorter = kept.indices.map { at in
                var rest = kept
                rest.remove(at: at)
                return rest
            }
            let tried = try check(await probabilities(shorter), shorter.count)
            var best = 0
            for at in tried.indices where tried[at] > tried[best] { best = at }
            if tried[best] < threshold { break }
            current = tried[best]
            removed.append(kept.remove(at: best))
        }
        return InputReduction(
            fullProbability: full, isSkipped: false, kept: kept, removed: removed,
            finalProbability: current)
    }

    /// Reduces a text by a model whose log-odds are `bias` plus the weights of the tokens present.
    ///
    /// The same answer as ``reduce(tokens:threshold:probabilities:)`` in one sort, because taking
    /// the lightest token away is always best; it also tells tokens apart whose probabilities have
    /// both become 1.
    ///
    /// - Throws: `badData` when a token's weight is not finite.
    public static func reduceAdditive(
        weights: [Double], bias: Double, threshold: Double = paperThreshold
    ) throws(Fault) -> InputReduction {
        guard bias.isFinite, weights.allSatisfy(\.isFinite) else {
            throw Fault(.badData, "a token's weight is not finite")
        }
        let order = weights.indices.sorted { (weights[$0], $0) < (weights[$1], $1) }
        // logits[n]: the log-odds once the first n of `order` are gone.
        var logits = [Double](repeating: bias, count: order.count + 1)
        for at in order.indices.reversed() { logits[at] = logits[at + 1] + weights[order[at]] }
        let full = StableMath.sigmoid(logits[0])
        if full < threshold { return skipped(full, tokens: Array(weights.indices)) }
        var gone = 0
        while gone + 1 < order.count, StableMath.sigmoid(logits[gone + 1]) >= threshold {
            gone += 1
        }
        return InputReduction(
            fullProbability: full, isSkipped: false, kept: order[gone...].sorted(),
            removed: Array(order[..<gone]), finalProbability: StableMath.sigmoid(logits[gone]))
    }

    private static func skipped(_ probability: Double, tokens: [Int]) -> InputReduction {
        InputReduction(
            fullProbability: probability, isSkipped: true, kept: tokens, removed: [],
            finalProbability: probability)
    }

    private static func check(_ answers: [Double], _ count: Int) throws(Fault) -> [Double] {
        guard answers.count == count, !answers.contains(where: \.isNaN) else {
            throw Fault(
                .badData, "a model must give one probability for each text",
                why: "\(answers.count) for \(count), or one that is not a number")
        }
        return answers
    }
}

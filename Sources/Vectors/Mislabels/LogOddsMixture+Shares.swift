extension LogOddsMixture {
    /// The natural logarithm of a share above 0, the same bits on every machine: what serves as
    /// the log-odds of one of several categories.
    public static func logShare(_ share: Double) -> Double { StableMath.logarithm(share) }

    /// The softmax of a row's log-odds: each category's share where a row has exactly one.
    public static func softmax(_ logits: ArraySlice<Float>) -> [Double] {
        let top = logits.max() ?? 0
        var sum = 0.0
        var shares = logits.map { logit in
            let share = StableMath.exponential(Double(logit) - Double(top))
            sum += share
            return share
        }
        for at in shares.indices { shares[at] /= sum }
        return shares
    }

    /// The category of the greatest log-odds that is not `given`, the first of equals; nil where
    /// there is no other.
    public static func likeliest(besides given: Int, _ logits: ArraySlice<Float>) -> Int? {
        let start = logits.startIndex
        return logits.indices.lazy.filter { $0 - start != given }
            .max { logits[$0] < logits[$1] || logits[$0] == logits[$1] && $0 > $1 }
            .map { $0 - start }
    }
}

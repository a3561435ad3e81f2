extension LogOddsMixture {
    /// The natural logarithm of a share above 0, the same bits on every machine: what serves as
    /// the log-odds of one of several categories.
    public static func logShare(_ share: Double) -> Double { StableMath.logarithm(share) }

    /// Row after row, the softmax of the categories' log-odds: each category's share where a row
    /// has exactly one.
    public func softmax() -> [Double] {
        let rows = logits.first?.count ?? 0
        var shares = [Double](repeating: 0, count: rows * logits.count)
        for row in 0..<rows {
            let top = logits.reduce(-Double.infinity) { max($0, $1[row]) }
            let start = row * logits.count
            var sum = 0.0
            for (category, column) in logits.enumerated() {
                let share = StableMath.exponential(column[row] - top)
                shares[start + category] = share
                sum += share
            }
            for category in logits.indices { shares[start + category] /= sum }
        }
        return shares
    }

    /// How far the log-odds of the likeliest other category lie above the given one's, row by row;
    /// nil where nothing is given, or there is no other.
    ///
    /// - Parameter given: Each row's category, -1 for none.
    public func margins(_ given: [Int]) -> [Double?] {
        given.enumerated().map { row, category in
            guard category >= 0, logits.count > 1 else { return nil }
            var best = -Double.infinity
            for other in logits.indices where other != category {
                best = max(best, logits[other][row])
            }
            return best - logits[category][row]
        }
    }
}

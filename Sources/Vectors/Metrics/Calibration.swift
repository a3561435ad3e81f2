public import Records

/// How far scores are probabilities: what share of the rows of a score have the category.
///
/// Expected calibration error: Naeini et al. 2015, as Guo et al. 2017 ("On calibration of modern
/// neural networks", section 2) write it, over bins of one width. Brier score: Brier 1950, as
/// scikit-learn's `brier_score_loss`.
public struct Calibration: Sendable, Equatable {
    /// The rows whose score lies in one bin, which holds its upper end; the first holds 0 too.
    public struct Bin: Sendable, Equatable {
        public let low: Double
        public let high: Double
        public let rows: Int
        public let positives: Int
        /// Nil for a bin without rows.
        public let meanScore: Double?
    }

    /// Rows whose label is known.
    public let rows: Int
    /// The mean of (score - label)², 0...1: lower is better.
    public let brierScore: Double
    /// The mean over rows of |share of positives - mean score| of their bin, 0...1.
    public let expectedError: Double
    /// The largest such difference of a bin that holds rows.
    public let maximumError: Double
    public let bins: [Bin]

    /// Nil without a known label, and for scores that are no probabilities.
    ///
    /// - Parameter count: How many bins, at least 1.
    /// - Throws: `badData` unless labels and scores are as many and every score is a number.
    public init?(labels: [Int8], scores: [Double], bins count: Int = 10) throws(Fault) {
        try requireScores(scores, matching: labels)
        guard scores.allSatisfy({ (0...1).contains($0) }), count >= 1 else { return nil }
        var rows = [Int](repeating: 0, count: count)
        var hits = rows
        var sums = [Double](repeating: 0, count: count)
        var squares = 0.0
        for (label, score) in zip(labels, scores) where label >= 0 {
            let place = (score * Double(count)).rounded(.up)
            let bin = min(max(Int(place) - 1, 0), count - 1)
            rows[bin] += 1
            hits[bin] += label == 1 ? 1 : 0
            sums[bin] += score
            squares += (score - Double(label)) * (score - Double(label))
        }
        let all = rows.reduce(0, +)
        if all == 0 { return nil }
        var (weighted, largest) = (0.0, 0.0)
        var bins: [Bin] = []
        for bin in 0..<count {
            bins.append(
                Bin(
                    low: Double(bin) / Double(count), high: Double(bin + 1) / Double(count),
                    rows: rows[bin], positives: hits[bin],
                    meanScore: rows[bin] == 0 ? nil : sums[bin] / Double(rows[bin])))
            if rows[bin] == 0 { continue }
            let gap = abs(Double(hits[bin]) - sums[bin])
            weighted += gap
            largest = max(largest, gap / Double(rows[bin]))
        }
        self.rows = all
        self.bins = bins
        brierScore = squares / Double(all)
        expectedError = weighted / Double(all)
        maximumError = largest
    }
}

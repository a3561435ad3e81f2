public import Records

/// The rising step function that lies nearest to 0/1 outcomes in squared error: a score's meaning
/// as a probability.
///
/// Pool adjacent violators (Barlow et al. 1972; scikit-learn's `IsotonicRegression`). Between the
/// scores seen it interpolates; outside of them it keeps the end's value.
public struct IsotonicRegression: Sendable, Equatable {
    /// Scores, ascending and each once, and the probability at each.
    private let scores: [Double]
    private let values: [Double]

    /// - Parameters:
    ///   - scores: One a row, finite.
    ///   - outcomes: One a row; true where the event happened.
    /// - Throws: `badData` unless there is at least one row, as many outcomes as scores, and every
    ///   score is finite.
    public init(scores: [Double], outcomes: [Bool]) throws(Fault) {
        guard !scores.isEmpty, scores.count == outcomes.count, scores.allSatisfy(\.isFinite) else {
            throw Fault(.badData, "a calibration needs as many finite scores as outcomes")
        }
        let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
        var blocks: [(from: Double, to: Double, hits: Int, rows: Int)] = []
        var distinct: [Double] = []
        for at in order {
            let hit = outcomes[at] ? 1 : 0
            if let last = distinct.last, last == scores[at] {
                blocks[blocks.count - 1].hits += hit
                blocks[blocks.count - 1].rows += 1
            } else {
                distinct.append(scores[at])
                blocks.append((scores[at], scores[at], hit, 1))
            }
        }
        // A block that does not lie above the one before joins it; exact, since counts are whole.
        var pooled: [(from: Double, to: Double, hits: Int, rows: Int)] = []
        for block in blocks {
            pooled.append(block)
            while pooled.count > 1 {
                let (low, high) = (pooled[pooled.count - 2], pooled[pooled.count - 1])
                if low.hits * high.rows < high.hits * low.rows { break }
                pooled.removeLast(2)
                pooled.append((low.from, high.to, low.hits + high.hits, low.rows + high.rows))
            }
        }
        var (knots, values) = ([Double](), [Double]())
        for block in pooled {
            let value = Double(block.hits) / Double(block.rows)
            knots.append(block.from)
            values.append(value)
            if block.to > block.from {
                knots.append(block.to)
                values.append(value)
            }
        }
        self.scores = knots
        self.values = values
    }

    /// The lowest score seen.
    public var lowest: Double { scores[0] }

    /// The probability, 0...1, at a score.
    public func probability(_ score: Double) -> Double {
        let at = partitionPoint(scores.count) { scores[$0] <= score }
        if at == 0 { return values[0] }
        if at == scores.count { return values[at - 1] }
        let (low, high) = (scores[at - 1], scores[at])
        let part = (score - low) / (high - low)
        return values[at - 1] + part * (values[at] - values[at - 1])
    }
}

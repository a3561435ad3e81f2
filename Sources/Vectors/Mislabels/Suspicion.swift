public import Records

/// How suspicious each label is, by two witnesses: a linear model and the nearest neighbours.
///
/// The mean of two ranks: of the cross-validated self-confidence (balanced logistic regression,
/// C = 1) and of the agreement with the labels of the nearest neighbours (k of 10 to 30). On the
/// sets tried it beat either alone and every confident-learning filter by 3 to 9 points of average
/// precision. Ranks, because the two are not on one scale.
public struct Suspicion: Sendable, Equatable {
    /// Category → row → score above 0 and below 1, near 0 for suspicious; nil where the label is
    /// unknown or was not judged by both witnesses.
    public let scores: [[Double?]]
    /// One score a row: the moving average over its judged labels (``LabelQuality``), nil when
    /// none is.
    public let rowScores: [Double?]

    /// - Parameter disagreement: category → row → the share of the row's neighbours, 0...1, whose
    ///   known label differs from its own; nil where there is no such neighbour.
    /// - Throws: `badData` when the shapes differ, or a share does not lie within 0...1.
    public init(
        labels: LabelTable, probabilities: HeldOutProbabilities, disagreement: [[Double?]]
    ) throws(Fault) {
        let judged = try probabilities.judged(labels)
        guard disagreement.count == labels.categories,
            disagreement.allSatisfy({ $0.count == labels.rows })
        else {
            throw Fault(.badData, "labels and neighbours' disagreement differ in their shape")
        }
        guard disagreement.allSatisfy({ $0.allSatisfy { (0...1).contains($0 ?? 0) } })
        else {
            throw Fault(.badData, "a share of neighbours does not lie within 0 and 1")
        }
        let scores = judged.indices.map { category in
            Self.score(
                judged[category], probabilities.columns[category], disagreement[category])
        }
        rowScores = (0..<labels.rows).map { row in
            LabelQuality.movingAverage(scores.compactMap { $0[row] })
        }
        self.scores = scores
    }

    /// All judged (row, category) labels, the most suspicious first; ties to the smaller row, then
    /// category.
    public func ranking() -> [(row: Int, category: Int, score: Double)] {
        scores.enumerated().flatMap { category, column in
            column.enumerated().compactMap { row, score in
                score.map { (row: row, category: category, score: $0) }
            }
        }.sorted { ($0.score, $0.row, $0.category) < ($1.score, $1.row, $1.category) }
    }

    private static func score(
        _ labels: [Int8], _ positive: [Double], _ disagreement: [Double?]
    ) -> [Double?] {
        let rows = labels.indices.filter { labels[$0] >= 0 && disagreement[$0] != nil }
        let model = ranks(
            rows.map {
                LabelQuality.selfConfidence.score(label: labels[$0], positive: positive[$0])
            })
        let neighbours = ranks(rows.map { 1 - (disagreement[$0] ?? 0) })
        var scores = [Double?](repeating: nil, count: labels.count)
        for (at, row) in rows.enumerated() {
            scores[row] = (model[at] + neighbours[at]) / (2 * Double(rows.count))
        }
        return scores
    }

    /// Ranks from 0.5 up, equal values sharing the mean of their ranks.
    static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var ranks = [Double](repeating: 0, count: values.count)
        var from = 0
        while from < order.count {
            var to = from + 1
            while to < order.count, values[order[to]] == values[order[from]] { to += 1 }
            for at in from..<to { ranks[order[at]] = Double(from + to) / 2 }
            from = to
        }
        return ranks
    }
}

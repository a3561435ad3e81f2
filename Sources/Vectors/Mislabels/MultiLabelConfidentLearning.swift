public import Records

/// Confident learning on rows of several labels, one category against the rest at a time.
///
/// Thyagarajan et al. 2022, arXiv 2211.13895; rules as in cleanlab 2.9.0
/// (multilabel_classification/filter.py). Where cleanlab raises (a category without a positive or
/// without a negative) the same formulas go through here: nothing can be confidently of a label
/// nobody carries, so only ``MislabelFilter/predictedNotGiven`` and the ranking can show such a
/// row. A category with one row of a label never loses it. Unknown labels, and those whose fold
/// could not be learnt, are not judged.
public struct MultiLabelConfidentLearning: Sendable {
    /// One a category.
    public let categories: [ConfidentLearning]
    /// Category → row → label, -1 where not judged.
    private let labels: [[Int8]]

    /// - Throws: `badData` when labels and probabilities differ in their shape.
    public init(labels: LabelTable, probabilities: HeldOutProbabilities) throws(Fault) {
        let judged = try probabilities.judged(labels)
        var categories: [ConfidentLearning] = []
        for (column, positive) in zip(judged, probabilities.columns) {
            categories.append(
                try ConfidentLearning(
                    labels: column.map { Int($0) }, classes: 2,
                    probabilities: positive.flatMap { [1 - $0, $0] }))
        }
        self.categories = categories
        self.labels = judged
    }

    /// Category → row → whether that label is likely wrong.
    public func flags(_ filter: MislabelFilter) -> [[Bool]] {
        categories.map { $0.flags(filter) }
    }

    /// Whether any label of each row is likely wrong.
    ///
    /// The two filters by rank choose rows here, by ``rowScores(_:alpha:)``: as many as
    /// ``MislabelFilter/confidentLearning`` flags.
    public func rowFlags(_ filter: MislabelFilter) -> [Bool] {
        let quality: LabelQuality
        switch filter {
        case .lowSelfConfidence: quality = .selfConfidence
        case .lowNormalisedMargin: quality = .normalisedMargin
        default: return any(flags(filter))
        }
        let count = any(flags(.confidentLearning)).filter { $0 }.count
        let scores = rowScores(quality)
        var flags = [Bool](repeating: false, count: scores.count)
        for row in Self.ranking(scores).prefix(count) { flags[row] = true }
        return flags
    }

    /// Rows flagged by the filter, the most suspicious first.
    public func rankedIssues(_ filter: MislabelFilter = .pruneByNoiseRate) -> [Int] {
        let flags = rowFlags(filter)
        return Self.ranking(rowScores(.selfConfidence)).filter { flags[$0] }
    }

    /// Category → row → label quality, nil where not judged.
    public func scores(_ quality: LabelQuality) -> [[Double?]] {
        categories.map { $0.scores(quality) }
    }

    /// One quality a row: the moving average over its judged labels, nil when none is.
    public func rowScores(_ quality: LabelQuality, alpha: Double = 0.8) -> [Double?] {
        let scores = scores(quality)
        let rows = labels.first?.count ?? 0
        return (0..<rows).map { row in
            LabelQuality.movingAverage(scores.compactMap { $0[row] }, alpha: alpha)
        }
    }

    /// Rows that have a score, lowest first; of equals the earlier.
    static func ranking(_ scores: [Double?]) -> [Int] {
        scores.enumerated().compactMap { row, score in score.map { ($0, row) } }
            .sorted { $0 < $1 }.map(\.1)
    }

    private func any(_ flags: [[Bool]]) -> [Bool] {
        (0..<(flags.first?.count ?? 0)).map { row in flags.contains { $0[row] } }
    }
}

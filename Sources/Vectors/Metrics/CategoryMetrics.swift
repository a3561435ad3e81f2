public import Records

/// How well scores find one category.
public struct CategoryMetrics: Sendable, Equatable {
    /// Counts of the decisions.
    public let confusion: Confusion
    /// 0 when not ``isPresent``.
    public let averagePrecision: Double
    /// Nil unless both labels occur.
    public let rocAUC: Double?

    /// Whether the category has a known positive: without one its figures mean nothing.
    public var isPresent: Bool { confusion.positives > 0 }

    /// Whether both labels are known of some row: without a known 0 any score looks perfect.
    public var isMeasured: Bool { confusion.positives > 0 && confusion.negatives > 0 }

    /// - Parameter predicted: Whether each row is decided to have the category.
    /// - Throws: `badData` unless labels, scores and decisions are as many and every score is a
    ///   number.
    public init(labels: [Int8], scores: [Double], predicted: [Bool]) throws(Fault) {
        let steps = try ScoreSteps(labels: labels, scores: scores)
        confusion = try Confusion(labels: labels, predicted: predicted)
        averagePrecision = steps.averagePrecision
        rocAUC = steps.rocAUC
    }
}

/// How well scores find several categories, each alone and together; unknown labels are skipped.
public struct MultiLabelMetrics: Sendable, Equatable {
    public let categories: [CategoryMetrics]
    /// Average precision of all (row, category) cells in one ranking.
    public let microAveragePrecision: Double
    /// The counts of all categories added up.
    public let micro: Confusion

    /// - Parameters:
    ///   - scores: category → row → score, in the order of `labels`.
    ///   - predicted: category → row → whether the row is decided to have the category.
    /// - Throws: `badData` unless labels, scores and decisions are as many and every score is a
    ///   number.
    public init(
        labels: LabelTable, scores: [[Double]], predicted: [[Bool]]
    ) throws(Fault) {
        guard scores.count == labels.categories, predicted.count == labels.categories else {
            throw Fault(
                .badData, "scores, decisions and labels differ in their categories",
                why: "\(scores.count), \(predicted.count) and \(labels.categories)")
        }
        var metrics: [CategoryMetrics] = []
        for (category, column) in labels.columns.enumerated() {
            metrics.append(
                try CategoryMetrics(
                    labels: column, scores: scores[category], predicted: predicted[category]))
        }
        categories = metrics
        micro = metrics.reduce(Confusion()) { $0 + $1.confusion }
        microAveragePrecision =
            try ScoreSteps(
                labels: labels.columns.flatMap { $0 }, scores: scores.flatMap { $0 }
            ).averagePrecision
    }

    /// The mean over all categories, an absent one counting as 0: scikit-learn's macro average.
    public func macroOfAll(_ value: (CategoryMetrics) -> Double) -> Double {
        mean(categories, value) ?? 0
    }

    /// The mean over the categories that have a known positive; nil when none has.
    public func macroOfPresent(_ value: (CategoryMetrics) -> Double) -> Double? {
        mean(categories.filter(\.isPresent), value)
    }

    /// The mean weighted by each category's positives; nil when there are none.
    public func weighted(_ value: (CategoryMetrics) -> Double) -> Double? {
        if micro.positives == 0 { return nil }
        var sum = 0.0
        for metrics in categories { sum += value(metrics) * Double(metrics.confusion.positives) }
        return sum / Double(micro.positives)
    }

    private func mean(
        _ categories: [CategoryMetrics], _ value: (CategoryMetrics) -> Double
    ) -> Double? {
        if categories.isEmpty { return nil }
        var sum = 0.0
        for metrics in categories { sum += value(metrics) }
        return sum / Double(categories.count)
    }
}

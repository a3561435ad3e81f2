internal import Records
internal import Vectors

/// The content of `curves.json`: precision-recall curves on test.
struct Curves: Codable, Sendable, Equatable {
    struct Curve: Codable, Sendable, Equatable {
        var category: String
        /// By ascending threshold; the last point is (recall 0, precision 1).
        var recall: [Double]
        var precision: [Double]
    }

    /// The categories with both labels in test, in the order of the metrics.
    var curves: [Curve]

    /// - Parameter points: at most so many points a curve, both ends always among them.
    init(_ rows: EvaluationRows, _ fittedRun: FittedRun, points: Int) throws(Fault) {
        curves = []
        for (index, category) in rows.categories.enumerated() where fittedRun.test[index].isMeasured
        {
            let curve = try ScoreSteps(
                labels: rows.labels(of: index, rows.test), scores: fittedRun.testScores(index)
            ).precisionRecallCurve
            let kept = Self.thinned(curve.count, to: points).map { curve[$0] }
            curves.append(
                Curve(
                    category: category, recall: kept.map(\.recall),
                    precision: kept.map(\.precision)))
        }
    }

    /// Which of `count` places stay: all, or `limit` of them evenly spread with both ends.
    static func thinned(_ count: Int, to limit: Int) -> [Int] {
        if count <= limit || limit < 2 { return Array(0..<count) }
        return (0..<limit).map { $0 * (count - 1) / (limit - 1) }
    }
}

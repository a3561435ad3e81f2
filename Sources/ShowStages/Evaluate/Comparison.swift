internal import Records
internal import StageKit
internal import Vectors

/// This evaluation beside another system's scores of the same test rows.
///
/// A difference is this run's value minus the other's: above 0, this run is better. Both are
/// measured on the same resamples, so that an interval without 0 is a difference that the rows can
/// tell (Efron and Tibshirani 1993, chapter 16).
struct Comparison: Codable, Sendable, Equatable {
    struct Difference: Codable, Sendable, Equatable {
        var value: Double
        /// 95 %.
        var interval: Evaluation.Interval?
    }

    struct OneCategory: Codable, Sendable, Equatable {
        var category: String
        /// Of the rows that both scored; absent without both labels.
        var averagePrecision: Difference?
        var f1: Difference?
    }

    /// Test rows that both scored.
    var rows: Int
    /// Test rows that the other did not score.
    var missing: Int
    var categories: [OneCategory]
    var macroAveragePrecision: Difference?
    var macroF1: Difference?

    /// - Parameters:
    ///   - other: Scores and decisions about the test rows at `places`.
    ///   - kept: Places in test of the rows that both scored.
    ///   - compared: Places of the categories that both scored.
    init(
        _ rows: EvaluationRows, _ fittedRun: FittedRun, _ other: CategoryScores, kept: [Int],
        compared: [Int], settings: EvaluationSettings, seed: UInt64, stage: String
    ) {
        let roots = kept.map { rows.roots[Int(rows.test[$0])] }
        func bootstrap(_ scores: [[Double]], _ predicted: [[Bool]]) -> GroupBootstrap {
            let columns = compared.enumerated().map { at, category in
                GroupBootstrap.Column(
                    labels: kept.map { rows.labels.columns[category][Int(rows.test[$0])] },
                    scores: scores[at], predicted: predicted[at])
            }
            return GroupBootstrap(
                roots: roots, columns: columns, resamples: settings.resamples, seed: seed,
                purpose: "\(stage)/comparison")
        }
        let places = kept.map { fittedRun.valCount + $0 }
        let one = bootstrap(
            compared.map { category in places.map { fittedRun.scores[category][$0] } },
            compared.map { category in places.map { fittedRun.predicted[category][$0] } })
        let two = bootstrap(other.scores, other.predicted)
        func difference(
            _ name: String, _ statistic: (GroupBootstrap, [Int]) -> Double?
        ) -> Difference? {
            func change(_ sample: [Int]) -> Double? {
                guard let a = statistic(one, sample), let b = statistic(two, sample) else {
                    return nil
                }
                return a - b
            }
            return change(one.everyGroup).map {
                Difference(value: $0, interval: one.interval(name, change))
            }
        }
        self.rows = kept.count
        missing = rows.test.count - kept.count
        categories = []
        var measured: [Int] = []
        for (at, category) in compared.enumerated() {
            let labels = kept.map { rows.labels.columns[category][Int(rows.test[$0])] }
            var own = OneCategory(category: rows.categories[category])
            if labels.contains(0), labels.contains(1) {
                measured.append(at)
                own.averagePrecision = difference("ap/\(at)") { $0.averagePrecision(at, $1) }
                own.f1 = difference("f1/\(at)") { $0.f1(at, $1) }
            }
            categories.append(own)
        }
        macroAveragePrecision = difference("macro ap") { [measured] bootstrap, sample in
            GroupBootstrap.mean(measured) { bootstrap.averagePrecision($0, sample) }
        }
        macroF1 = difference("macro f1") { [measured] bootstrap, sample in
            GroupBootstrap.mean(measured) { bootstrap.f1($0, sample) }
        }
    }

    var sentences: [String] {
        func words(_ name: String, _ difference: Difference?) -> String? {
            difference.map { one in
                let range = one.interval.map {
                    " (95 % \(DecimalFormat.signed($0.low, 3)) to "
                        + "\(DecimalFormat.signed($0.high, 3)))"
                }
                return "\(name) \(DecimalFormat.signed(one.value, 3))\(range ?? "")"
            }
        }
        let parts = [
            words("macro-F1", macroF1), words("macro AUPRC", macroAveragePrecision),
        ].compactMap { $0 }
        if parts.isEmpty { return ["The baseline shares no measured category with this run."] }
        return [
            "Beside the baseline, on \(NumberFormat.count(rows, "test row")): "
                + parts.joined(separator: ", ") + "."
        ]
    }
}

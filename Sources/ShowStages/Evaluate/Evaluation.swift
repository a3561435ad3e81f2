internal import Records
internal import StageKit
internal import Vectors

/// The content of `metrics.json`.
///
/// Absent numbers have no meaning: a measure of a category of which test lacks a known 1 or a
/// known 0.
struct Evaluation: Codable, Sendable, Equatable {
    /// Rows of a split by what is known of them in one category.
    struct Support: Codable, Sendable, Equatable {
        var positives: Int
        var negatives: Int
        var unknown: Int
    }

    struct Interval: Codable, Sendable, Equatable {
        var low: Double
        var high: Double
    }

    enum Gate: String, Codable, Sendable {
        case passed, failed
        case tooFewRows = "too_few_rows"
        /// Enough positives in test, and no known 0: nothing to tell them from.
        case noKnownZero = "no_known_zero"
        case off
    }

    struct OneCategory: Codable, Sendable, Equatable {
        var category: String
        var train: Support
        var val: Support
        var test: Support
        var threshold: Double
        /// False when val lacks a known 1 or a known 0: the threshold is the default then.
        var isTuned: Bool
        /// False when the train rows have one label only: the score is a constant then.
        var isLearnt: Bool
        var averagePrecision: Double?
        var rocAUC: Double?
        var f1: Double?
        var precision: Double?
        var recall: Double?
        /// The F1 of calling every test row 1, which a model has to exceed.
        var f1OfAlwaysYes: Double?
        var f1Interval: Interval?
        var averagePrecisionInterval: Interval?
        var gate: Gate
        var counterfactual: [CounterfactualFigures]?
    }

    struct Averages: Codable, Sendable, Equatable {
        var averagePrecision: Double
        var f1: Double
        var precision: Double
        var recall: Double
    }

    /// For a taxonomy in which a text has one category: the category of the highest score.
    struct SingleLabel: Codable, Sendable, Equatable {
        /// Test rows with one known positive.
        var rows: Int
        var accuracy: Double
        /// The mean F1 over the categories that occur in label or prediction.
        var macroF1: Double
    }

    struct Sizes: Codable, Sendable, Equatable {
        var train: Int
        var val: Int
        var test: Int
    }

    var rows: Sizes
    var categories: [OneCategory]
    /// Over the categories with both labels in test; absent when there are none.
    var macroPresent: Averages?
    /// scikit-learn's macro average, over the categories with a known 0 in test.
    ///
    /// One without a positive counts as 0. Absent when there are none.
    var macroAll: Averages?
    /// Of the same categories.
    var micro: Averages?
    var macroF1Interval: Interval?
    var singleLabel: SingleLabel?
    var ablation: Ablation?
    /// What could not be measured, a sentence each.
    var remarks: [String]

    init(
        _ rows: EvaluationRows, _ fittedRun: FittedRun, settings: EvaluationSettings, seed: UInt64,
        stage: String
    ) throws(Fault) {
        self.rows = Sizes(train: rows.train.count, val: rows.val.count, test: rows.test.count)
        let intervals = GroupBootstrap(
            rows, fittedRun, resamples: settings.resamples, seed: seed,
            purpose: "\(stage)/bootstrap")
        categories = []
        for index in rows.categories.indices {
            var one = Self.category(index, rows, fittedRun)
            if fittedRun.test[index].isMeasured {
                one.f1Interval = intervals.f1(index)
                one.averagePrecisionInterval = intervals.averagePrecision(index)
            }
            one.gate = one.judged(settings)
            one.counterfactual = try CounterfactualFigures.measure(index, rows, fittedRun)
            categories.append(one)
        }
        let comparable = rows.categories.indices.filter {
            fittedRun.test[$0].confusion.negatives > 0
        }
        let all = try MultiLabelMetrics(
            labels: LabelTable(
                rows: rows.test.count,
                columns: comparable.map { rows.labels(of: $0, rows.test) }),
            scores: comparable.map(fittedRun.testScores),
            thresholds: comparable.map { fittedRun.thresholds[$0] })
        if !comparable.isEmpty {
            macroAll = Averages(all) { all.macroOfAll($0) }
            micro = Averages(
                averagePrecision: all.microAveragePrecision, f1: all.micro.f1,
                precision: all.micro.precision, recall: all.micro.recall)
        }
        macroPresent =
            all.categories.contains(where: \.isPresent)
            ? Averages(all) { all.macroOfPresent($0) ?? 0 } : nil
        macroF1Interval = intervals.macroF1(comparable)
        singleLabel = rows.reading.isSingleLabel ? SingleLabel(rows, fittedRun) : nil
        remarks = []
        remarks = Self.remarks(self)
    }

    private static func category(
        _ index: Int, _ rows: EvaluationRows, _ fittedRun: FittedRun
    ) -> OneCategory {
        func support(_ side: [Int32]) -> Support {
            var counts = Support(positives: 0, negatives: 0, unknown: 0)
            for label in rows.labels(of: index, side) {
                switch label {
                case 1: counts.positives += 1
                case 0: counts.negatives += 1
                default: counts.unknown += 1
                }
            }
            return counts
        }
        let test = fittedRun.test[index]
        func measured<Value>(_ value: Value?) -> Value? { test.isMeasured ? value : nil }
        let confusion = test.confusion
        var alwaysYes = Confusion()
        (alwaysYes.truePositives, alwaysYes.falsePositives) = (
            confusion.positives, confusion.negatives
        )
        return OneCategory(
            category: rows.categories[index], train: support(rows.train),
            val: support(rows.val), test: support(rows.test),
            threshold: fittedRun.thresholds[index], isTuned: fittedRun.tuned[index] != nil,
            isLearnt: fittedRun.models.models[index].supported,
            averagePrecision: measured(test.averagePrecision), rocAUC: test.rocAUC,
            f1: measured(confusion.f1), precision: measured(confusion.precision),
            recall: measured(confusion.recall), f1OfAlwaysYes: measured(alwaysYes.f1), gate: .off)
    }
}

extension Evaluation.OneCategory {
    /// What the gate says.
    ///
    /// Beyond the wanted F1, the interval has to begin above the F1 of calling every row 1, so
    /// that a category which most rows have is not passed by a model that learnt nothing.
    fileprivate func judged(_ settings: EvaluationSettings) -> Evaluation.Gate {
        if !settings.isGateOn { return .off }
        if test.positives < settings.minimumSupport { return .tooFewRows }
        if test.negatives == 0 { return .noKnownZero }
        guard test.negatives >= settings.minimumSupport, let f1, let f1OfAlwaysYes else {
            return .tooFewRows
        }
        return f1 >= settings.minimumF1 && f1Interval?.low ?? f1 > f1OfAlwaysYes
            ? .passed : .failed
    }
}

extension Evaluation.Averages {
    init(_ metrics: MultiLabelMetrics, _ mean: ((CategoryMetrics) -> Double) -> Double) {
        self.init(
            averagePrecision: mean { $0.averagePrecision }, f1: mean { $0.confusion.f1 },
            precision: mean { $0.confusion.precision }, recall: mean { $0.confusion.recall })
    }
}

extension Evaluation.SingleLabel {
    /// Nil when no test row has exactly one known positive.
    init?(_ rows: EvaluationRows, _ fittedRun: FittedRun) {
        let categories = rows.categories.indices
        var confusions = [Confusion](repeating: Confusion(), count: categories.count)
        var (measured, right) = (0, 0)
        for (place, row) in rows.test.enumerated() {
            let truth = categories.filter { rows.labels.columns[$0][Int(row)] == 1 }
            guard truth.count == 1 else { continue }
            let at = fittedRun.valCount + place
            var best = 0
            for category in categories
            where fittedRun.scores[category][at] > fittedRun.scores[best][at] { best = category }
            measured += 1
            if best == truth[0] { right += 1 }
            for category in categories {
                confusions[category].add(category == truth[0] ? 1 : 0, predicted: category == best)
            }
        }
        if measured == 0 { return nil }
        let occurring = confusions.filter { $0.positives + $0.falsePositives > 0 }
        self.init(
            rows: measured, accuracy: Double(right) / Double(measured),
            macroF1: occurring.reduce(0) { $0 + $1.f1 } / Double(occurring.count))
    }
}

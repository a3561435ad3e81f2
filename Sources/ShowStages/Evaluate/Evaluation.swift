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
        /// The categories of the scorer that predict this one; absent for the model of this run.
        var scoredBy: [String]?
        /// Absent where several of different value decide.
        var threshold: Double?
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
        /// The F1 that the best threshold for test would reach, which no tuning can exceed.
        var highestF1: Double?
        var f1Interval: Interval?
        var averagePrecisionInterval: Interval?
        var rocAUCInterval: Interval?
        /// Absent for scores that are no probabilities.
        var calibration: CalibrationFigures?
        var gate: Gate
        var counterfactual: [CounterfactualFigures]?
        /// One a grouping of the settings that tells two groups of test rows apart.
        var groups: [GroupFigures]?
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

    /// Whose scores these are.
    enum Origin: String, Codable, Sendable {
        case trained, release, scores
    }

    var origin: Origin?
    var rows: Sizes
    /// Test rows that another scorer gave no score; they are not measured.
    var unscored: Int?
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
    var comparison: Comparison?
    /// What could not be measured, a sentence each.
    var remarks: [String]

    init(
        _ scored: ScoredRows, settings: EvaluationSettings, seed: UInt64, stage: String
    ) throws(Fault) {
        let (rows, fittedRun) = (scored.rows, scored.fittedRun)
        origin = scored.origin
        unscored = scored.origin == .scores ? scored.unscored : nil
        self.rows = Sizes(train: rows.train.count, val: rows.val.count, test: rows.test.count)
        let intervals = GroupBootstrap(
            rows, fittedRun, resamples: settings.resamples, seed: seed,
            purpose: "\(stage)/bootstrap")
        categories = []
        let sets = rows.contrastSets
        for index in rows.categories.indices {
            var one = Self.category(index, rows, fittedRun)
            one.scoredBy = scored.scoredBy?[index]
            if fittedRun.test[index].isMeasured {
                let (labels, scores) = (
                    rows.labels(of: index, rows.test), fittedRun.testScores(index)
                )
                one.f1Interval = intervals.f1(index)
                one.averagePrecisionInterval = intervals.averagePrecision(index)
                one.rocAUCInterval = intervals.rocAUC(index)
                one.highestF1 = try ThresholdTuning.bestF(labels: labels, scores: scores)?.value
                one.calibration = try Calibration(labels: labels, scores: scores)
                    .map(CalibrationFigures.init)
                one.groups = try Self.groups(index, rows, fittedRun, settings)
            }
            one.gate = one.judged(settings)
            one.counterfactual = try CounterfactualFigures.measure(
                index, rows, fittedRun, sets: sets)
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
            predicted: comparable.map(fittedRun.testDecisions))
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
        singleLabel =
            rows.reading.isSingleLabel && rows.hasAllCategories
            ? SingleLabel(rows, fittedRun) : nil
        remarks = []
        remarks = Self.remarks(self) + scored.remarks
    }

    private static func groups(
        _ index: Int, _ rows: EvaluationRows, _ fittedRun: FittedRun,
        _ settings: EvaluationSettings
    ) throws(Fault) -> [GroupFigures]? {
        var found: [GroupFigures] = []
        for (key, grouping) in settings.groupings.enumerated() {
            let figures = try GroupFigures(
                key, by: grouping.name, index, rows, fittedRun, minimum: settings.minimumSupport)
            if let figures { found.append(figures) }
        }
        return settings.groupings.isEmpty ? nil : found
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
            threshold: fittedRun.thresholds[index], isTuned: fittedRun.isTuned[index],
            isLearnt: fittedRun.models?.models[index].supported ?? true,
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

/// How far the scores of one category are probabilities, on test.
struct CalibrationFigures: Codable, Sendable, Equatable {
    /// One bin of the reliability diagram that holds rows.
    struct Bin: Codable, Sendable, Equatable {
        var low: Double
        var high: Double
        var rows: Int
        var positives: Int
        var meanScore: Double
    }

    var brierScore: Double
    /// The mean distance of the share of positives from the score, over bins of a tenth.
    var expectedError: Double
    var maximumError: Double
    var bins: [Bin]

    init(_ calibration: Calibration) {
        brierScore = calibration.brierScore
        expectedError = calibration.expectedError
        maximumError = calibration.maximumError
        bins = calibration.bins.compactMap { bin in
            bin.meanScore.map {
                Bin(
                    low: bin.low, high: bin.high, rows: bin.rows, positives: bin.positives,
                    meanScore: $0)
            }
        }
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

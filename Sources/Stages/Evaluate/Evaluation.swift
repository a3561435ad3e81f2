internal import Records
internal import Vectors

/// The content of `metrics.json`.
///
/// Absent numbers have no meaning: an average precision without a
/// positive, a ROC AUC without both labels.
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
        case off
    }

    struct OneCategory: Codable, Sendable, Equatable {
        var category: String
        var train: Support
        var val: Support
        var test: Support
        var threshold: Double
        /// False when val has no positive: the threshold is the default then.
        var isTuned: Bool
        /// False when the train rows have one label only: the score is a constant then.
        var isLearnt: Bool
        var averagePrecision: Double?
        var rocAUC: Double?
        var f1: Double
        var precision: Double
        var recall: Double
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
    /// Over the categories with a positive in test; absent when there are none.
    var macroPresent: Averages?
    /// Over all categories, one without a positive counting as 0: scikit-learn's macro average.
    var macroAll: Averages
    var micro: Averages
    var macroF1Interval: Interval?
    var singleLabel: SingleLabel?
    var ablation: Ablation?
    /// What could not be measured, a sentence each.
    var remarks: [String]

    init(
        _ rows: EvaluationRows, _ trial: Trial, settings: EvaluationSettings,
        isSingleLabel: Bool, seed: UInt64, stage: String
    ) throws(Fault) {
        self.rows = Sizes(train: rows.train.count, val: rows.val.count, test: rows.test.count)
        let intervals = GroupBootstrap(
            rows, trial, resamples: settings.resamples, seed: seed, purpose: "\(stage)/bootstrap")
        categories = []
        for index in rows.categories.indices {
            var one = Self.category(index, rows, trial, settings)
            if one.test.positives > 0 {
                one.f1Interval = intervals.f1(index)
                one.averagePrecisionInterval = intervals.averagePrecision(index)
            }
            one.counterfactual = try CounterfactualFigures.measure(index, rows, trial)
            categories.append(one)
        }
        let all = try MultiLabelMetrics(
            labels: LabelTable(
                rows: rows.test.count,
                columns: rows.categories.indices.map { rows.labels(of: $0, rows.test) }),
            scores: rows.categories.indices.map(trial.testScores), thresholds: trial.thresholds)
        macroAll = Averages(all) { all.macroOfAll($0) }
        macroPresent =
            all.categories.contains(where: \.isPresent)
            ? Averages(all) { all.macroOfPresent($0) ?? 0 } : nil
        micro = Averages(
            averagePrecision: all.microAveragePrecision, f1: all.micro.f1,
            precision: all.micro.precision, recall: all.micro.recall)
        macroF1Interval = intervals.macroF1()
        singleLabel = isSingleLabel ? SingleLabel(rows, trial) : nil
        remarks = []
        remarks = Self.remarks(self)
    }

    private static func category(
        _ index: Int, _ rows: EvaluationRows, _ trial: Trial, _ settings: EvaluationSettings
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
        let test = trial.test[index]
        let gate: Gate =
            !settings.isGateOn
            ? .off
            : test.confusion.positives < settings.minimumSupport
                ? .tooFewRows : test.confusion.f1 >= settings.minimumF1 ? .passed : .failed
        return OneCategory(
            category: rows.categories[index], train: support(rows.train),
            val: support(rows.val), test: support(rows.test),
            threshold: trial.thresholds[index], isTuned: trial.tuned[index] != nil,
            isLearnt: trial.models.models[index].supported,
            averagePrecision: test.isPresent ? test.averagePrecision : nil, rocAUC: test.rocAUC,
            f1: test.confusion.f1, precision: test.confusion.precision,
            recall: test.confusion.recall, gate: gate)
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
    init?(_ rows: EvaluationRows, _ trial: Trial) {
        let categories = rows.categories.indices
        var confusions = [Confusion](repeating: Confusion(), count: categories.count)
        var (measured, right) = (0, 0)
        for (place, row) in rows.test.enumerated() {
            let truth = categories.filter { rows.labels.columns[$0][Int(row)] == 1 }
            guard truth.count == 1 else { continue }
            let at = trial.valCount + place
            var best = 0
            for category in categories
            where trial.scores[category][at] > trial.scores[best][at] { best = category }
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

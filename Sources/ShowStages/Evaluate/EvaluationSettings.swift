internal import Pipeline
internal import StageKit
internal import Vectors

/// How to train, tune and judge.
struct EvaluationSettings: Sendable {
    let model: LogisticSettings
    let tuning: Tuning
    let scorer: Scorer
    let mapping: CategoryMapping
    let groupings: [GroupingKey]
    /// Another system's scores, or the folder of another evaluation; nil for none.
    let baseline: String?
    let resamples: Int
    let isGateOn: Bool
    let minimumF1: Double
    let minimumSupport: Int
    let unjudged: Unjudged
    let singleLabel: SingleLabelSetting
    let ablates: Bool

    /// What becomes of a category that the gate cannot judge because no 0 is known in test.
    enum Unjudged: String, CaseIterable, Sendable {
        case fail, report
    }

    init(_ settings: SettingsReader) {
        let inverseRegularisation = settings.number(
            "c", 1, in: 1e-6...1e6,
            help: "scikit-learn's C: the larger, the closer the model follows the train rows.")
        let tolerance = settings.number(
            "tolerance", 1e-6, in: 1e-12...1e-1,
            help: "Training stops when no slope of the mean loss is steeper than this.")
        model = LogisticSettings(
            inverseRegularisation: inverseRegularisation, isBalanced: true, tolerance: tolerance)
        tuning = Tuning(settings)
        scorer = Scorer.read(settings)
        mapping = CategoryMapping.read(settings)
        groupings = GroupingKey.read(settings)
        baseline = settings.optionalPath(
            "baseline",
            help: "Another system's scores of the same test rows, to compare with: the folder of "
                + "an `evaluate` stage, or a file like `scores`.")
        resamples = settings.integer(
            "resamples", 1_000, in: 0...100_000,
            help: "How many bootstrap resamples the intervals come from; 0 for no intervals.")
        isGateOn = settings.flag(
            "gate", true, help: "Whether a category below `minimum_f1` ends the run with code 1.")
        minimumF1 = settings.number(
            "minimum_f1", 0.85, in: 0...1, help: "The lowest F1 on test that passes the gate.")
        minimumSupport = settings.integer(
            "minimum_support", 10, in: 1...Int.max,
            help: "A category with fewer rows of either label in test is measured but not judged.")
        unjudged = settings.choice(
            "unjudged", .fail,
            help: "A category with enough positives and no known 0 in test cannot be measured: "
                + "`fail` ends the run with code 1, `report` only says so.")
        singleLabel = SingleLabelSetting.read(settings)
        ablates = settings.flag(
            "ablate", false,
            help: "Also train without each kind of synthetic rows, and without all of them, to "
                + "show what each of them bought.")
        if ablates, !scorer.isTraining {
            settings.fault("ablate", "`ablate` trains, and `release` and `scores` do not")
        }
    }
}

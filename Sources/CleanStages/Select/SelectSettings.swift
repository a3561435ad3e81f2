internal import Pipeline
internal import StageKit
internal import Vectors

/// The settings of ``SelectStage``.
struct SelectSettings: Sendable {
    let budget: Int
    let oversample: Double
    let mixture: ActiveSelection.Mixture
    /// Those that rows are chosen for; empty for all.
    let categories: [String]
    /// C of the models; nil when it is found by cross-validation.
    let c: Double?
    let defaultThreshold: Double
    let thresholds: [String: Double]
    /// `none`, `category`, `source`, or a key of the metadata.
    let weightBy: String
    /// The file of labels that people gave picked rows; nil where none come back.
    let labels: String?
    let singleLabel: SingleLabelSetting

    init(_ settings: SettingsReader) {
        budget = settings.integer(
            "budget", 1_000, in: 0...Int.max,
            help: "How many unlabelled rows are picked: all when there are fewer.")
        oversample = settings.number(
            "oversample", 2, in: 1...1_000,
            help: "How many times the budget is chosen before groups are evened out.")
        mixture = Self.mixture(settings)
        categories = settings.strings(
            "categories", [], help: "The categories that rows are chosen for; empty: all.")
        c = settings.optionalNumber(
            "c", in: 1e-6...1e6,
            help: "The models' C, scikit-learn's inverse strength of regularisation. Without it, "
                + "the one of 0.01, 0.1, 1 and 10 with the highest mean average precision on "
                + "labelled rows that the models did not see.")
        defaultThreshold = settings.number(
            "threshold", 0.5, in: 0...1,
            help: "The score above which a row counts as found, for categories not in "
                + "`thresholds`.")
        var thresholds: [String: Double] = [:]
        let given = settings.dictionary(
            "thresholds", help: "Thresholds by category, each 0 to 1.")
        for entry in given {
            guard let number = Double(entry.value), (0...1).contains(number) else {
                settings.fault(
                    "thresholds", "the threshold of `\(entry.key)` is not a number 0 to 1")
                continue
            }
            thresholds[entry.key] = number
        }
        self.thresholds = thresholds
        weightBy = settings.string(
            "weight_by", "source",
            help: "What the groups are that picks are evened out over: none, category (the "
                + "likeliest one), source (how the text came to be), or a key of the metadata.")
        labels = settings.optionalPath(
            "labels",
            help: "The file that `curate label-in` takes labels of picked rows into, JSONL of "
                + "{\"id\",\"category\",\"value\"} with the value 0, 1 or null for rows that "
                + "nobody could judge; of several about one label the last counts. A file that "
                + "does not exist yet holds none.")
        singleLabel = SingleLabelSetting.read(settings)
    }

    private static func mixture(_ settings: SettingsReader) -> ActiveSelection.Mixture {
        let section = settings.section(
            "mixture", help: "How much of the budget each way of choosing gets, in proportion.")
        let mixture = ActiveSelection.Mixture(
            random: section.number("random", 0, in: 0...1e9, help: "Rows at random."),
            highest: section.number(
                "highest", 1, in: 0...1e9, help: "The highest scores of a category."),
            aboveThreshold: section.number(
                "threshold", 0, in: 0...1e9,
                help: "Rows at random among those above a category's threshold."),
            uncertain: section.number(
                "uncertainty", 0, in: 0...1e9, help: "Rows whose score is nearest 0.5."))
        section.finish()
        if mixture == ActiveSelection.Mixture() {
            settings.fault("mixture", "`mixture` gives no way of choosing any part of the budget")
        }
        return mixture
    }
}

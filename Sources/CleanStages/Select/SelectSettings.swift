internal import Pipeline
internal import StageKit

/// The settings of ``SelectStage``.
struct SelectSettings: Sendable {
    let budget: Int
    let oversample: Double
    /// The shares of the three ways of choosing, adding up to 1.
    let random: Double
    let threshold: Double
    let uncertainty: Double
    let defaultThreshold: Double
    let thresholds: [String: Double]
    /// `none`, `category`, `source`, or a key of the metadata.
    let weightBy: String
    let singleLabel: SingleLabelSetting

    init(_ settings: SettingsReader) {
        budget = settings.integer(
            "budget", 1_000, in: 0...Int.max, help: "How many unlabelled rows are picked at most.")
        oversample = settings.number(
            "oversample", 2, in: 1...1_000,
            help: "How many times the budget is chosen before groups are evened out.")
        let mixture = settings.section(
            "mixture", help: "How much of the budget each way of choosing gets, in proportion.")
        let parts = [
            mixture.number("random", 1, in: 0...1e9, help: "Rows at random."),
            mixture.number(
                "threshold", 1, in: 0...1e9,
                help: "Rows at random among those above a category's threshold."),
            mixture.number("uncertainty", 1, in: 0...1e9, help: "Rows whose score is nearest 0.5."),
        ]
        mixture.finish()
        let sum = parts.reduce(0, +)
        if sum == 0 {
            settings.fault("mixture", "`mixture` gives no way of choosing any part of the budget")
        }
        random = sum > 0 ? parts[0] / sum : 1
        threshold = sum > 0 ? parts[1] / sum : 0
        uncertainty = sum > 0 ? parts[2] / sum : 0
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
        singleLabel = SingleLabelSetting.read(settings)
    }
}

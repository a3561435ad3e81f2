internal import Pipeline

/// The settings of ``SplitStage``.
struct SplitSettings: Sendable {
    enum Unlabelled: String, Sendable, CaseIterable {
        case file, train
    }

    /// The shares of train, val and test, which add up to 1.
    let shares: [Double]
    let synthesisInTest: Bool
    let synthesisInVal: Bool
    let unlabelled: Unlabelled
    let largestShareOfReal: Double
    let attempts: Int

    init(_ settings: SettingsReader) {
        let train = settings.number(
            "train", 0.8, in: 0...1, help: "The share of the rows that a model learns from.")
        let val = settings.number(
            "val", 0.1, in: 0...1, help: "The share that thresholds are tuned on; 0 for none.")
        let test = settings.number(
            "test", 0.1, in: 0...1, help: "The share that a model is judged on; 0 for none.")
        shares = [train, val, test]
        synthesisInTest = settings.flag(
            "synthetic_in_test", false,
            help: "Whether rows that a program wrote or changed may be tested on.")
        synthesisInVal = settings.flag(
            "synthetic_in_val", true,
            help: "Whether rows that a program wrote or changed may go to val.")
        unlabelled = settings.choice(
            "unlabelled", .file,
            help: "Where rows without any known label go: a file of their own, or train.")
        largestShareOfReal = settings.number(
            "test_share_of_real", 0.5, in: 0...1,
            help: "When synthetic rows are kept out of a split, the largest share of the other "
                + "rows that this split may take to reach its size.")
        attempts = settings.integer(
            "attempts", 8, in: 1...1_000,
            help: "How many stratifications are tried; the most even one is taken.")
        let sum = train + val + test
        if abs(sum - 1) > 1e-6 {
            settings.fault(
                "train", "the shares of `train`, `val` and `test` do not add up to 1",
                why: "\(train) + \(val) + \(test)")
        } else if train == 0 {
            settings.fault("train", "`train` needs a share above 0")
        }
    }
}

internal import Pipeline
internal import StageKit

/// The settings of ``SplitStage``.
struct SplitSettings: Sendable {
    enum Unlabelled: String, Sendable, CaseIterable {
        case file, train
    }

    /// What becomes of a new row whose family has rows in val or test.
    enum Relatives: String, Sendable, CaseIterable {
        case join, refuse
    }
    enum Balance: String, Sendable, CaseIterable {
        case labels, pairs
    }
    enum BadTimes: String, Sendable, CaseIterable {
        case train, refuse
    }
    /// Where the sides of an earlier run lie.
    enum Keep: Sendable, Equatable {
        /// In the workspace's last release.
        case last
        /// In a file, or in a release's folder.
        case path(String)
    }
    /// Where the source's own split stands.
    enum Given: Sendable {
        case field(MetadataField)
        /// In the name of the file that the row was read from.
        case file
    }

    /// The shares of train, val and test, which add up to 1.
    let shares: [Double]
    let synthesisInTest: Bool
    let synthesisInVal: Bool
    let unlabelled: Unlabelled
    let largestShareOfReal: Double
    let attempts: Int
    let balance: Balance
    let keep: Keep
    let isRebalanced: Bool
    let relatives: Relatives
    let groups: [MetadataField]
    let given: Given?
    let time: MetadataField?
    let badTimes: BadTimes
    /// Folds of cross-validation over the rows that are not in test; nil for none.
    let folds: Int?

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
        balance = settings.choice(
            "balance", .pairs,
            help: "What is kept even: single `labels`, or also `pairs` of labels that a row has "
                + "together.")
        keep = Self.keep(settings)
        isRebalanced = settings.flag(
            "rebalance", false,
            help: "Deals every row anew, whatever side it had: rows of train may come to test.")
        relatives = settings.choice(
            "relatives", .join,
            help: "What becomes of a new row whose family has rows in val or test since an earlier "
                + "run: it joins them, or is refused. It never goes to train.")
        groups = settings.strings(
            "group", [],
            help: "Fields of the metadata, as `metadata.user`: rows with one value of a field stay "
                + "on one side."
        ).compactMap { MetadataField($0, of: "group", settings) }
        given = Self.given(settings)
        time = settings.optionalString(
            "by",
            help: "A field of the metadata with a time, as `metadata.time` (ISO 8601, or a "
                + "number): the newest rows go to test, those before them to val, without regard "
                + "to labels."
        ).flatMap { MetadataField($0, of: "by", settings) }
        badTimes = settings.choice(
            "bad_times", .train,
            help: "With `by`, where rows go whose time is missing or cannot be read.")
        folds = settings.optionalInteger(
            "folds", in: 2...1_000,
            help: "Also gives every labelled row that is not in test one of so many folds for "
                + "cross-validation, in folds.jsonl of the release; families stay whole.")
        let sum = train + val + test
        if abs(sum - 1) > 1e-6 {
            settings.fault(
                "train", "the shares of `train`, `val` and `test` do not add up to 1",
                why: "\(train) + \(val) + \(test)")
        } else if train == 0 {
            settings.fault("train", "`train` needs a share above 0")
        }
    }

    private static func keep(_ settings: SettingsReader) -> Keep {
        let path = settings.optionalPath(
            "keep", defaultValue: "last",
            help: "The rows of an earlier run that stay on their side: `last` is the workspace's "
                + "last release; else a release's folder, or a file `assignments` of one.")
        guard let path, let name = path.split(separator: "/").last else { return .last }
        return name == "last" && !Paths.exists(path) ? .last : .path(path)
    }

    private static func given(_ settings: SettingsReader) -> Given? {
        let name = settings.optionalString(
            "given",
            help: "Where the source says which split a row is in: a field of the metadata, as "
                + "`metadata.split`, or `file` for the name of the row's file. Such rows stay "
                + "there; others are dealt out.")
        guard let name else { return nil }
        if name == "file" { return .file }
        return MetadataField(name, of: "given", settings).map { .field($0) }
    }
}

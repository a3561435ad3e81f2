internal import Pipeline
internal import StageKit
internal import Vectors

/// The settings of ``MislabelsStage``.
struct MislabelSettings: Sendable {
    /// Which labels are flagged: cleanlab's filters by their names, the paper's rule, or the
    /// lowest.
    enum Flag: String, Sendable, CaseIterable {
        case pruneByNoiseRate = "prune_by_noise_rate"
        case pruneByClass = "prune_by_class"
        case both
        case confidentLearning = "confident_learning"
        case predictedNotGiven = "predicted_neq_given"
        case lowSelfConfidence = "low_self_confidence"
        case lowNormalisedMargin = "low_normalized_margin"
        case half = "rule_0.5"
        case lowest
        case precision

        var filter: MislabelFilter? { MislabelFilter(rawValue: rawValue) }
    }

    /// What becomes of a label that a person decided to be wrong.
    enum Apply: String, Sendable, CaseIterable {
        case none, flip, refuse
    }

    let folds: Int
    let neighbours: Int
    let neighboursLimitRows: Int
    let trainingRows: Int
    let minimumRows: Int
    let flag: Flag
    let quality: LabelQuality
    let isQualityAdjusted: Bool
    let rowQuality: RowQuality
    let lowest: Double
    let precision: Double
    let auditRows: Double
    let auditLimit: Double
    let auditLeast: Int
    let listedRows: Int
    let apply: Apply
    let decisions: String?
    let singleLabel: SingleLabelSetting

    init(_ settings: SettingsReader) {
        folds = settings.integer(
            "folds", 5, in: 2...100,
            help: "Parts of the rows, each scored by models that learnt from the others.")
        neighbours = settings.integer(
            "neighbours", 20, in: 1...1_000,
            help: "How many nearest neighbours judge a label; 10 to 30 did best.")
        neighboursLimitRows = settings.integer(
            "neighbours_limit_rows", 100_000, in: 100...Int.max,
            help: "With more rows an index finds the neighbours, over nine in ten of them, in "
                + "place of comparing every pair.")
        trainingRows = settings.integer(
            "training_rows", 200_000, in: 1_000...Int.max,
            help: "With more rows, models learn from so many of them, evenly spread, and "
                + "neighbours are sought among these; all rows are judged.")
        minimumRows = settings.integer(
            "minimum_rows", 10, in: 2...Int.max,
            help: "A category with fewer rows of either label is reported as unsupported and "
                + "never flagged by a model.")
        flag = settings.choice(
            "flag", .pruneByNoiseRate,
            help: "Which labels are flagged; the first seven are cleanlab's filters.")
        quality = settings.choice(
            "quality", .selfConfidence,
            help: "How well a label agrees with the models, for `quality` beside the row: one of "
                + "cleanlab's scores.")
        isQualityAdjusted = settings.flag(
            "quality_adjusted", false,
            help: "Whether `quality` corrects for unequal categories first (cleanlab's "
                + "`adjust_pred_probs`).")
        rowQuality = settings.choice(
            "row_quality", .movingAverage,
            help: "How a row's `quality` follows from its labels': the worst weighs most.")
        lowest = settings.number(
            "lowest", 0.02, in: 0...1e9,
            help: "For `flag: lowest`, how many of the most suspicious labels of each category: a "
                + "share below 1, else a number.")
        precision = settings.number(
            "precision", 0.5, in: 0...1,
            help: "For `flag: precision`, the least share of the flagged labels that is wrong, as "
                + "far as decisions show it; takes \(Calibration.leastDecisions) decided labels.")
        auditRows = settings.number(
            "audit_rows", 30, in: 0...1e9,
            help: "How many flagged rows of each category a person looks at: a share below 1, "
                + "else a number.")
        auditLimit = settings.number(
            "audit_limit", 0.30, in: 0...1,
            help: "When more of the audited labels are wrong, all flagged ones of the category "
                + "go back to be labelled (Markov et al. 2023).")
        auditLeast = settings.integer(
            "audit_least", 10, in: 1...Int.max,
            help: "With fewer decided labels of a category, and not all of its flagged ones, "
                + "`audit_limit` decides nothing.")
        listedRows = settings.integer(
            "listed_labels", 100_000, in: 0...Int.max,
            help: "How many labels suspects.jsonl lists at most, the most suspicious first.")
        apply = settings.choice(
            "apply", .none,
            help: "What becomes of a label that was decided to be wrong: nothing but a mark, "
                + "the other label, or the refusal of its row.")
        decisions = settings.optionalPath(
            "decisions",
            help: "A JSONL file of decisions, {\"id\",\"category\",\"decision\"} with the decision "
                + "correct, wrong or unsure; of several about one label the last counts. A file "
                + "that does not exist yet holds none.")
        singleLabel = SingleLabelSetting.read(settings)
    }

    /// Row → how well its label agrees with the models; NaN where none is judged.
    func qualities(_ learning: ConfidentLearning) -> [Float] {
        learning.singleScores(quality, adjusted: isQualityAdjusted)
    }

    /// The `lowest` rows: those of the highest suspicion; of equals the earlier.
    ///
    /// - Parameter suspicions: One a row; NaN for rows that are not judged.
    func lowest(_ suspicions: [Float], among rows: [Int]) -> ArraySlice<Int> {
        let ranked = rows.filter { !suspicions[$0].isNaN }
            .sorted { (-suspicions[$0], $0) < (-suspicions[$1], $1) }
        let count =
            lowest < 1
            ? Int((lowest * Double(ranked.count)).rounded(.up)) : min(ranked.count, Int(lowest))
        return ranked.prefix(count)
    }
}

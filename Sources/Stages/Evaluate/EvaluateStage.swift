internal import FoundationEssentials
public import Pipeline
public import Records
internal import Vectors

/// Trains on the train rows, tunes on val, measures on test, and checks the quality gate.
///
/// A worked example, which is also a test: 40 rows, half of them `spam`, whose vectors point one
/// way for spam and the other way for the rest, split 20 to 10 to 10. Every measure of `spam` is 1,
/// and with `minimum_support: 5` the gate `f1 spam` is passed; with labels turned round in test it
/// is 0 and the run ends with exit code 1.
public struct EvaluateStage: Stage {
    public static let description = StageDescription(
        name: "evaluate", version: 2, role: .annotator,
        summary: "Measures how well a linear model learns each category, and checks the gate.",
        method: """
            One logistic regression per category over the embeddings, classes balanced, is \
            trained on the train rows whose label is known; a threshold per category is tuned for \
            the best F on val, never on test; average precision (AUPRC), ROC AUC, F1, precision \
            and recall are measured on test, as scikit-learn defines them. Intervals are 95 % \
            percentile bootstraps over groups of rows with one root (Efron and Tibshirani 1993, \
            chapter 13), so that a text and its variants are drawn together. Contrast sets in val \
            and test give the counterfactual gap of Garg et al. 2019, section 3, and the share of \
            pairs that the threshold parts, harmless and harmful texts apart. The gate's default, \
            F1 of 0.85, is the project's own quality bar; the interval of the F1 must also begin \
            above the F1 of calling every row 1. `metrics.json` and `curves.json` hold the \
            numbers; a number that means nothing is left out: a category of which test holds no \
            known 1, or no known 0, is not measured and not passed. Rows that name one class each \
            have no known 0 unless each text has exactly one category (`single_label`) or the \
            source says `unlisted: zero`.
            """,
        cost: """
            Time grows with train rows × dimensions × categories, and with test rows × categories \
            × resamples; `ablate` trains once more without all synthetic rows and once per \
            synthetic source. Memory: the vectors, mapped, a byte per row and category, and 8 \
            bytes per row of val and test and category. No calls.
            """,
        reads: ["embeddings", "split"], writes: "evaluate", usesTaxonomy: true)

    private let settings: EvaluationSettings
    private let taxonomy: Taxonomy?

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        self.settings = EvaluationSettings(settings)
        taxonomy = setup.taxonomy
    }

    public func run(_ work: StageWork) async throws(Fault) {
        guard let input = work.input else {
            throw Fault(.defect, "the stage has no input", at: .stage(work.stage))
        }
        let rows = try await EvaluationRows.collect(
            work, taxonomy: taxonomy, singleLabel: settings.singleLabel)
        // A dataset without rows may have no matrix: nobody knows how long its vectors are.
        let matrix = input.rows == 0 ? try Matrix([]) : try input.embeddings()
        let trial = try await Trial.run(
            rows, matrix, settings: settings, leavingOut: [], threads: work.jobs)
        var metrics = try Evaluation(
            rows, trial, settings: settings, seed: work.seed, stage: work.stage)
        if settings.ablates {
            metrics.ablation = try await Ablation(
                rows, matrix, full: trial, settings: settings, threads: work.jobs)
        }
        try await writeNotes(work, rows, trial)
        try work.write(try Self.encode(metrics), to: "metrics.json", isPublished: true)
        try work.write(
            try Self.encode(Curves(rows, trial, points: 200)), to: "curves.json")
        checkGate(work, metrics)
        if let note = rows.reading.note { work.note(note) }
        for sentence in metrics.sentences(settings) { work.note(sentence) }
    }

    /// A score per category beside every row of val and test.
    private func writeNotes(
        _ work: StageWork, _ rows: EvaluationRows, _ trial: Trial
    ) async throws(Fault) {
        let categories = rows.categories
        try await work.mapRows { row in
            guard let place = trial.place(of: row.index) else { return .keep }
            var scores = JSONObject()
            for (index, category) in categories.enumerated() {
                scores[category] = .number(trial.scores[index][place])
            }
            var note = JSONObject()
            note["scores"] = .raw(scores.bytes)
            return Outcome(.keep, note: note.bytes)
        }
    }

    private func checkGate(_ work: StageWork, _ metrics: Evaluation) {
        for category in metrics.categories {
            let name = "f1 \(category.category)"
            let positives = Words.number(category.test.positives)
            switch category.gate {
            case .off, .tooFewRows: break
            case .noKnownZero:
                if settings.unjudged == .report { break }
                work.gate(
                    name, passed: false,
                    detail: "not judged: \(positives) positives and no known 0 in test; "
                        + "\(metrics.remedy), or `unjudged: report`")
            case .passed, .failed:
                work.gate(
                    name, passed: category.gate == .passed,
                    detail: category.comparison(wanted: settings.minimumF1)
                        + "; \(positives) positives")
            }
        }
    }

    /// JSON with sorted keys and every number in full.
    static func encode(_ value: some Encodable) throws(Fault) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw Fault(.defect, "the metrics could not be written", why: "\(error)")
        }
    }
}

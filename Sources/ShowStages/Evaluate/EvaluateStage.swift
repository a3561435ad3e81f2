internal import FoundationEssentials
public import Pipeline
public import Records
internal import StageKit
internal import Vectors

/// Trains on the train rows, tunes on val, measures on test, and checks the quality gate; or
/// measures the model of a release, or another system's scores, on rows of elsewhere.
///
/// A worked example, which is also a test: 40 rows, half of them `spam`, whose vectors point one
/// way for spam and the other way for the rest, split 20 to 10 to 10. Every measure of `spam` is 1,
/// and with `minimum_support: 5` the gate `f1 spam` is passed; with labels turned round in test it
/// is 0 and the run ends with exit code 1. With `release: DIR` a second pipeline measures that
/// model on another test set, `mapping: {anger: [hate, insult]}` where the names differ.
public struct EvaluateStage: Stage {
    public static let description = StageDescription(
        name: "evaluate", version: 3, role: .annotator,
        summary: "Measures how well a model finds each category, and checks the gate.",
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
            known 1, or no known 0, is not measured and not passed. `thresholds.json` and \
            `classifier.json` let the model travel: with `release` it scores the rows of another \
            pipeline instead of being trained anew, with `scores` another system's scores are \
            measured. A category that several of the scorer's predict has the highest of their \
            scores (`mapping`; Markov et al. 2023, table 6) and is decided about where one \
            reaches its threshold; thresholds are tuned on val or come with the release, never \
            from the rows that are measured. Calibration is the Brier score and the expected \
            calibration error over ten bins (Naeini et al. 2015). `predictions.jsonl` holds the \
            scores of the rows measured; `baseline` compares with those of another run on the \
            same resamples. With `groups`, each group of test rows is set beside the others: \
            rates and their differences (FPED and FNED; Dixon et al. 2018), the AUCs of a group \
            alone and crossed with its background (Borkan et al. 2019), and whether more of its \
            rows are decided about wrongly than elsewhere. Rows that name one class each \
            have no known 0 unless each text has exactly one category (`single_label`) or the \
            source says `unlisted: zero`.
            """,
        cost: """
            Time grows with train rows × dimensions × categories, and with test rows × categories \
            × resamples; `ablate` trains once more without all synthetic rows and once per \
            synthetic source. Memory: 33 bytes and a byte per category for each row, and 8 bytes \
            per row of val and test and category; the vectors are mapped, 256 MB of them at most. \
            No calls.
            """,
        reads: [Sidecar.embeddings, SplitSide.sidecar],
        readsIfPresent: [IngestNote.sidecar, SplitSide.sidecar],
        writes: "evaluate", usesTaxonomy: true, usesHistory: true)

    private let settings: EvaluationSettings
    private let taxonomy: Taxonomy?

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        self.settings = EvaluationSettings(settings)
        taxonomy = setup.taxonomy
    }

    public var reads: [String] {
        switch settings.scorer {
        case .training: Self.description.reads
        case .release: [Sidecar.embeddings]
        case .file: []
        }
    }

    public func dependencies() throws(Fault) -> [StageDependency] {
        var dependencies: [StageDependency] = []
        let files = settings.scorer.files + (settings.baseline.map(ScoredRows.files) ?? [])
        for path in files { dependencies.append(try .file(path)) }
        return dependencies
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let rows = EvaluationRows.fold(&graph, taxonomy, settings.groupings)
        let result = graph.solve("train", rows.categories, rows.rows) {
            context, categories, rows throws(Fault) in
            try await measured(
                context,
                try EvaluationRows(
                    EvaluationRows.ordered(categories, taxonomy),
                    try rows.joined() ?? EvaluationTable(),
                    settings.singleLabel, taxonomy))
        }
        let scores = graph.solve("scores", result) { _, result in
            RowScores(result.scored.fittedRun, categories: result.scored.rows.categories)
        }
        graph.mapRows("note", scores) { _, scores in
            { row in
                guard let own = scores.scores(row.index) else { return .keep }
                let line = ScoreFile.line(id: row.record.id, scores: own)
                return Outcome(
                    .keep, note: RowScores.note(own),
                    lines: [FileLine(ScoreFile.predictions, line)])
            }
        }
        graph.finish(result) { output, result throws(Fault) in
            try output.write(
                try Self.encode(result.metrics), to: "metrics.json", isPublished: true)
            let (rows, fittedRun) = (result.scored.rows, result.scored.fittedRun)
            try output.write(
                try Self.encode(Curves(rows, fittedRun, points: 200)), to: "curves.json")
            try output.lines(ScoreFile.predictions)
            try writeModel(output, result.scored)
            checkGate(output, result.metrics)
            if let note = rows.reading.note { output.note(note) }
            for sentence in result.metrics.sentences(settings) { output.note(sentence) }
        }
    }

    private struct Measured: Sendable {
        let scored: ScoredRows
        var metrics: Evaluation
    }

    private func measured(
        _ context: StageContext, _ rows: EvaluationRows
    ) async throws(Fault) -> Measured {
        guard let input = context.input else {
            throw Fault(.defect, "the stage has no input", at: .stage(context.stage))
        }
        // A dataset without rows may have no matrix: nobody knows how long its vectors are.
        let isBlank = input.rows == 0 || !reads.contains(Sidecar.embeddings)
        let matrix = isBlank ? try Matrix([]) : try input.embeddings()
        let scored: ScoredRows =
            switch settings.scorer {
            case .training:
                try await ScoredRows(training: rows, matrix, settings, threads: context.jobs)
            case .release(let folder):
                try await ScoredRows(release: folder, rows, matrix, settings.mapping, context)
            case .file(let path, let thresholds):
                try ScoredRows(scores: path, thresholds: thresholds, rows, settings)
            }
        var metrics = try Evaluation(
            scored, settings: settings, seed: context.seed, stage: context.stage)
        if settings.ablates {
            metrics.ablation = try await Ablation(
                rows, matrix, full: scored.fittedRun, settings: settings, threads: context.jobs)
        }
        if let baseline = settings.baseline {
            metrics.comparison = try scored.comparison(
                with: baseline, settings, seed: context.seed, stage: context.stage)
        }
        return Measured(scored: scored, metrics: metrics)
    }

    /// What another evaluation needs to measure with this one's model and thresholds.
    private func writeModel(_ output: StageOutput, _ scored: ScoredRows) throws(Fault) {
        if let models = scored.fittedRun.models {
            let classifier = Classifier(
                scored.rows.categories, models, output.context.history)
            try output.write(
                try Self.encode(classifier, isPretty: false), to: Classifier.name,
                isPublished: true)
        }
        if scored.origin == .trained || scored.fittedRun.tuned.contains(where: { $0 != nil }) {
            try output.write(
                try Self.encode(ThresholdFile(scored.rows, scored.fittedRun, settings)),
                to: ThresholdFile.name, isPublished: true)
        }
    }

    private func checkGate(_ output: StageOutput, _ metrics: Evaluation) {
        for category in metrics.categories {
            let name = "f1 \(category.category)"
            let positives = NumberFormat.number(category.test.positives)
            switch category.gate {
            case .off, .tooFewRows: break
            case .noKnownZero:
                if settings.unjudged == .report { break }
                output.gate(
                    name, passed: false,
                    detail: "not judged: \(positives) positives and no known 0 in test; "
                        + "\(metrics.remedy), or `unjudged: report`")
            case .passed, .failed:
                output.gate(
                    name, passed: category.gate == .passed,
                    detail: category.comparison(wanted: settings.minimumF1)
                        + "; \(positives) positives")
            }
        }
    }

    /// JSON with sorted keys and every number in full.
    static func encode(
        _ value: some Encodable, isPretty: Bool = true
    ) throws(Fault) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        do {
            return Array(try encoder.encode(value)) + [UInt8(ascii: "\n")]
        } catch {
            throw Fault(.defect, "the metrics could not be written", why: "\(error)")
        }
    }
}

public import Pipeline
public import Records
internal import StageKit
internal import Vectors

/// Finds labels that are probably wrong, has some of them audited, and acts on what was decided.
///
/// A worked example (`MislabelsTests.swift`): two well-separated clouds of
/// vectors labelled `spam` 1 and 0, with three labels turned round; `{use: mislabels}` flags those
/// three, lists them first in suspects.jsonl and puts them into audit.jsonl. When a decision file
/// then calls two of them wrong and one correct, 67 % > 30 % and all flagged rows of `spam` get
/// `"relabel":true`.
public struct MislabelsStage: Stage {
    public static let description = StageDescription(
        name: "mislabels", version: 5, role: .filter,
        summary: "Flags labels that are probably wrong and has a part of them audited.",
        method: """
            Logistic models (C = 1) of the vectors and of hashed n-grams (words, and runs of four \
            characters, TF-IDF), each trained on the folds without the row, and the labels of the \
            nearest neighbours judge every known label. Folds never divide a root and its \
            descendants, a contrast set or a cluster of duplicates, and such rows do not vouch \
            for each other as neighbours. Where a row has exactly one category, or there is just \
            one, the log-odds of the three are added with weights that minimise the log-loss of \
            the given labels (stacking, Wolpert 1992); the suspicion (0 to 1, high for suspicious) \
            is the chance of a wrong label, or, with one of several categories a row, the mean \
            rank of that chance and of the margin to the likeliest other category. With several \
            categories it is the chance of a wrong label by the mean log-odds of three kinds of \
            models of the vectors, two of which see the row's other labels besides, and by the \
            models of the n-grams, whose weight (at most one half) is cross-validated as well. \
            Flags are cleanlab's confident learning (Northcutt, Jiang, Chuang 2021; one category \
            against the rest by Thyagarajan et al. 2022, or all together where each row has one) \
            on the combined probabilities, with several categories on those of the unbalanced \
            models with the other labels. Labels that break an implication of the taxonomy, \
            in what the source gave, come first: the one that the models find less likely has \
            the suspicion 1. A random part of each category's flags goes to audit.jsonl; when \
            more than `audit_limit` of those decided are wrong, all flags of the category are \
            marked to be labelled again (Markov et al. 2023, section 3.2), else those decided to \
            be wrong. From 20 decided labels on, isotonic regression makes `wrong_probability` \
            of the suspicion, and `flag: precision` flags by it. Labels of a category with too \
            few rows, or without a known 0, are never flagged by a model, and unknown labels \
            never at all. Rows most of whose words the model of `embed` does not know take no \
            part: their vectors say nothing.
            """,
        cost: """
            Time for the models in proportion to training rows, dimensions, categories and folds; \
            for the neighbours of training rows to their square (above `neighbours_limit_rows`, \
            or with more rows than `training_rows`, times their root), and for each further row \
            to the root of the training rows. Memory of a training row: its vector, 4 bytes a \
            neighbour (3,000 bytes while all pairs are compared), and 12 an n-gram (the first \
            512); of every row about 60 bytes, and 60 a known label. Beside these the texts of \
            listed rows.
            """,
        reads: [Sidecar.embeddings],
        readsIfPresent: [DedupeNote.sidecar, IngestNote.sidecar, Sidecar.unknownWords],
        writes: MislabelsNote.sidecar,
        refusals: [
            .init("mislabelled", "A person decided that a label is wrong, with `apply: refuse`.")
        ],
        usesTaxonomy: true)

    private let settings: MislabelSettings
    private let taxonomy: Taxonomy?

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        self.settings = MislabelSettings(settings)
        taxonomy = setup.taxonomy
    }

    public func dependencies() throws(Fault) -> [StageDependency] {
        guard let path = settings.decisions else { return [] }
        if Paths.exists(path) {
            try Decisions(path: path).check(path, taxonomy)
            return [try .file(path)]
        }
        return [StageDependency(name: path, digest: "no decisions")]
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let rows = graph.tiedRows(keepsIDs: false, areGiven: true)
        let training = graph.solve("training rows", rows) { _, rows in
            TrainingRows(rows: rows.rows.count, most: settings.trainingRows)
        }
        let nGrams = graph.nGrams(of: training)
        let learnt = graph.solve("learn", rows, training, nGrams) {
            context, rows, training, nGrams throws(Fault) in
            try await learn(context, rows, training, nGrams.joined() ?? TermCounts())
        }
        let scorer = graph.solve("models", learnt) { _, learnt in learnt.scorer }
        let scores = graph.fold("scores", scorer, initial: InRowOrder<ScoredRows>()) {
            context, scorer throws(Fault) in
            let running = try scorer.begin(context, settings)
            return { (block) throws(Fault) in
                InRowOrder(try await scorer.scores(block, running, settings), of: block.range)
            }
        }
        let judgement = graph.solve("judge", learnt, scores) {
            context, learnt, scores throws(Fault) in
            try judge(context, learnt, scores.joined() ?? ScoredRows())
        }
        let verdict = graph.solve("verdicts", judgement) { _, judgement in judgement.verdict }
        let listed = addNotes(&graph, verdict, scorer)
        graph.finish(judgement, listed) { output, judgement, listed throws(Fault) in
            let files = judgement.files
            let listed = try listed.joined() ?? ListedRows()
            try files.writeRanking(output, listed)
            try files.writeAudit(output, listed)
            try output.write(judgement.summary.file(), to: "summary.json")
            for note in judgement.notes { output.note(note) }
            output.count("judged", Double(files.verdicts.all.count))
            output.count("flagged", Double(files.verdicts.all.count { $0.flag != .none }))
        }
    }

    /// Adds the map: what becomes of each row, and what the files say of it.
    private func addNotes(
        _ graph: inout StepGraph, _ verdict: StepValue<RowVerdict>, _ scorer: StepValue<RowScorer>
    ) -> StepValue<InRowOrder<ListedRows>> {
        graph.map("note", verdict, scorer, initial: InRowOrder<ListedRows>()) {
            context, verdict, scorer throws(Fault) in
            let running = try scorer.begin(context, settings)
            return { (block) throws(Fault) in
                var listed = ListedRows()
                var outcomes: [Outcome] = []
                for row in block.rows {
                    let at = row.index
                    if verdict.isListed[at] {
                        listed.append(
                            row.record.text,
                            neighbours: try scorer.neighbours(of: at, running, settings))
                    } else {
                        listed.skip()
                    }
                    let fold = scorer.folds.isEmpty ? nil : Int(scorer.folds[at])
                    outcomes.append(verdict.outcome(row, fold: fold, settings))
                }
                return (BlockResult(outcomes), InRowOrder(listed, of: block.range))
            }
        }
    }

    /// What was learnt from the training rows.
    private struct Learnt: Sendable {
        let survey: LabelSurvey
        let scorer: RowScorer
        /// The neighbours of the training rows; nil where nothing is judged.
        let neighbours: NeighbourTable?
        let blindNote: String?
    }

    private func learn(
        _ context: StageContext, _ tied: TiedRows, _ training: TrainingRows, _ terms: TermCounts
    ) async throws(Fault) -> Learnt {
        let groups = training.numbers.lazy.map { tied.groups.ids[Int($0)] }
        let first = groups.first
        let survey = try LabelSurvey(
            tied.rows, settings, taxonomy, canFold: groups.contains { $0 != first })
        let (scorer, neighbours) = try await RowScorer.learn(
            context, survey, tied.groups, training, terms, settings)
        return Learnt(
            survey: survey, scorer: scorer, neighbours: neighbours,
            blindNote: tied.rows.blindNote)
    }

    /// What was found, for the rows and for people.
    private struct Judgement: Sendable {
        let files: MislabelFiles
        let summary: MislabelSummary
        let verdict: RowVerdict
        let notes: [String]
    }

    private func judge(
        _ context: StageContext, _ learnt: Learnt, _ scored: ScoredRows
    ) throws(Fault) -> Judgement {
        let (survey, ids) = (learnt.survey, scored.ids)
        let (categories, reading) = (survey.categories, survey.reading)
        let decisions = try Decisions(path: settings.decisions)
        var verdicts = try verdicts(learnt, scored.scores)
        let calibration = try Calibration(
            verdicts, categories: categories, ids: ids, decisions: decisions)
        calibration.apply(to: &verdicts)
        var notes = [reading.note, learnt.blindNote, trainingNote(learnt.scorer.training)]
            .compactMap { $0 }
        if settings.flag == .precision {
            calibration.flag(&verdicts, precision: settings.precision)
            notes.append(calibration.note(precision: settings.precision))
        }
        let audit = Audit(
            &verdicts, categories: categories, ids: ids, decisions: decisions,
            settings: settings, seed: context.seed)
        let files = MislabelFiles(
            verdicts: verdicts, audit: audit, categories: categories, ids: ids,
            labels: reading.labels, training: learnt.scorer.training,
            neighbours: learnt.neighbours, listed: settings.listedRows)
        let summary = MislabelSummary(verdicts: verdicts, audit: audit, categories: categories)
        return Judgement(
            files: files, summary: summary,
            verdict: RowVerdict(
                verdicts: verdicts, categories: categories,
                relabelled: audit.outcomes.map(\.relabelsAll), decisions: decisions,
                isSingleLabel: reading.isSingleLabel, isListed: files.isListed),
            notes: notes + summary.notes(isSingleLabel: reading.isSingleLabel) + files.notes
                + [Self.note(decisions.identifiers(without: ids))].compactMap { $0 })
    }

    private func verdicts(_ learnt: Learnt, _ scores: [Float]) throws(Fault) -> Verdicts {
        let survey = learnt.survey
        var verdicts = Verdicts()
        verdicts.findings = survey.findings
        try learnt.scorer.judging?.judge(
            scores, supported: survey.supported, settings, &verdicts)
        let labels = survey.reading.labels
        verdicts.finish(
            rows: labels.rows,
            contradictions: Contradictions.find(
                labels, categories: survey.categories, taxonomy: taxonomy))
        return verdicts
    }

    private func trainingNote(_ training: TrainingRows) -> String? {
        if training.isAll { return nil }
        return
            "models learnt from \(NumberFormat.count(training.count, "row")) of "
            + "\(NumberFormat.number(training.rows)), evenly spread; all rows are judged"
    }

    /// Decisions of an earlier run may be about rows that are refused before this stage today; an
    /// id that was never there is a slip of the pen.
    private static func note(_ strange: [String]) -> String? {
        if strange.isEmpty { return nil }
        let shown = strange.prefix(5).joined(separator: ", ") + (strange.count > 5 ? ", …" : "")
        return
            "decisions about \(NumberFormat.count(strange.count, "record")) find no labelled row: "
            + shown
    }
}

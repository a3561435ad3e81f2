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
        name: "mislabels", version: 4, role: .filter,
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
            Time for the models in proportion to rows, dimensions, categories and folds, and for \
            the neighbours to rows times rows (above `neighbours_limit_rows` times their root); \
            memory about 100 bytes a row, 70 a known label, 4 a neighbour and 12 an n-gram of a \
            text (the first 512 of each), the texts of listed rows, and with several categories a \
            copy of the vectors.
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
        let rows = graph.tiedRows(keepsIDs: true, areGiven: true)
        let nGrams = graph.nGrams()
        let judgement = graph.solve("judge", rows, nGrams) { context, rows, nGrams throws(Fault) in
            try await judged(context, rows, nGrams.joined() ?? TermCounts())
        }
        let verdict = graph.solve("verdicts", judgement) { _, judgement in judgement.verdict }
        let texts = graph.map("note", verdict, initial: InRowOrder<TextColumn>()) { _, verdict in
            { block in
                var texts = TextColumn()
                let outcomes = block.rows.map { row in
                    texts.append(verdict.isListed[row.index] ? row.record.text : "")
                    return verdict.outcome(row, settings)
                }
                return (BlockResult(outcomes), InRowOrder(texts, of: block.range))
            }
        }
        graph.finish(judgement, texts) { output, judgement, texts throws(Fault) in
            let files = judgement.files
            let texts = try texts.joined() ?? TextColumn()
            try files.writeRanking(output, texts: texts)
            try files.writeAudit(output, texts: texts)
            try output.write(judgement.summary.file(), to: "summary.json")
            for note in judgement.notes { output.note(note) }
            output.count("judged", Double(files.verdicts.all.count))
            output.count("flagged", Double(files.verdicts.all.count { $0.flag != .none }))
        }
    }

    /// What was found, for the rows and for people.
    private struct Judgement: Sendable {
        let files: MislabelFiles
        let summary: MislabelSummary
        let verdict: RowVerdict
        let notes: [String]
    }

    private func judged(
        _ context: StageContext, _ tied: TiedRows, _ terms: TermCounts
    ) async throws(Fault) -> Judgement {
        let rows = tied.rows
        let decisions = try Decisions(path: settings.decisions)
        let categories = rows.categories(declared: taxonomy?.categories.map(\.id) ?? [])
        let reading = settings.singleLabel.reading(
            try rows.table(categories), taxonomy: taxonomy)
        let evidence = try await evidence(context, tied, terms, reading)
        var verdicts = try await judge(evidence, categories, reading)
        let calibration = try Calibration(
            verdicts, categories: categories, ids: rows.ids, decisions: decisions)
        calibration.apply(to: &verdicts)
        var notes = [reading.note, rows.blindNote].compactMap { $0 }
        if settings.flag == .precision {
            calibration.flag(&verdicts, precision: settings.precision)
            notes.append(calibration.note(precision: settings.precision))
        }
        let audit = Audit(
            &verdicts, categories: categories, ids: rows.ids, decisions: decisions,
            settings: settings, seed: context.seed)
        let files = MislabelFiles(
            verdicts: verdicts, audit: audit, categories: categories, ids: rows.ids,
            labels: reading.labels, neighbours: evidence?.neighbours, listed: settings.listedRows)
        let summary = MislabelSummary(verdicts: verdicts, audit: audit, categories: categories)
        return Judgement(
            files: files, summary: summary,
            verdict: RowVerdict(
                verdicts: verdicts, categories: categories,
                relabelled: audit.outcomes.map(\.relabelsAll), decisions: decisions,
                isSingleLabel: reading.isSingleLabel, folds: evidence?.folds ?? [],
                isListed: files.isListed),
            notes: notes + summary.notes(isSingleLabel: reading.isSingleLabel)
                + [Self.note(decisions.identifiers(without: rows.ids))].compactMap { $0 })
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

    /// nil without a row.
    private func evidence(
        _ context: StageContext, _ tied: TiedRows, _ terms: TermCounts,
        _ reading: SingleLabelSetting.Reading
    ) async throws(Fault) -> Evidence? {
        if tied.rows.count == 0 { return nil }
        return try await Evidence(
            matrix: context.checkedEmbeddings(), terms: terms,
            labels: reading.labels.withoutLabels(of: { tied.rows.isBlind[$0] }),
            groups: tied.groups, settings: settings, seed: context.seed, jobs: context.jobs)
    }

    private func judge(
        _ evidence: Evidence?, _ categories: [String], _ reading: SingleLabelSetting.Reading
    ) async throws(Fault) -> Verdicts {
        let contradictions = Contradictions.find(
            reading.labels, categories: categories, taxonomy: taxonomy)
        var verdicts = Verdicts()
        if let evidence {
            verdicts =
                reading.isSingleLabel
                ? try await MultiClass.judge(evidence)
                : try await MultiLabel.judge(evidence)
        } else {
            verdicts.findings = categories.map { _ in CategoryFinding() }
        }
        verdicts.finish(rows: reading.labels.rows, contradictions: contradictions)
        return verdicts
    }
}

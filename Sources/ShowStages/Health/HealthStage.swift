public import Pipeline
public import Records
internal import StageKit

/// Looks for what gives labels away beside the meaning of the texts.
///
/// A worked example, which is also a test: of 400 rows every second one is `spam`, and nine of ten
/// of these end in `[LINK]`, as one of ten others do. `health` puts the placeholder first: 180 of
/// 200 rows with it are spam, half of all rows are.
public struct HealthStage: Stage {
    public static let description = StageDescription(
        name: "health", version: 1, role: .reporter,
        summary: "Ranks shortcuts: tokens, lengths and sources that give a label away.",
        method: """
            Counts, in three passes, which labels go with which features of the rows: words, \
            placeholders (`[URL]`, `<name>`, `@user`, `#tag`, `ID_7`), the length in twentieths, \
            the source, the language, and the place in the dataset in twentieths, which shows an \
            order by label. A finding says how many of the rows with the feature have the category \
            (Markov et al. 2023, section 3.4: 17 of 21) and what share of the label's entropy it \
            takes away (the uncertainty coefficient of Theil, without the bias of small counts), \
            by which all are ranked; those within chance by the likelihood-ratio test are left \
            out. Words that mean the category are found as well: a placeholder, a length, a source \
            or an order has no such excuse. `health.json` has counts, ranks and ids of rows to \
            look at, the balance of labels and the categories that no row has. It quotes tokens of \
            the texts and is no part of a release.
            """,
        cost: "Three passes over the rows; memory for the distinct tokens. No calls.",
        readsIfPresent: [IngestNote.sidecar], usesTaxonomy: true)

    private let minimumRows: Int
    private let maximumTokens: Int
    private let findings: Int
    private let singleLabel: SingleLabelSetting
    private let taxonomy: Taxonomy?

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        minimumRows = settings.integer(
            "minimum_rows", 10, in: 1...Int.max, help: "Rarer tokens are not looked at.")
        maximumTokens = settings.integer(
            "maximum_tokens", 50_000, in: 1...10_000_000,
            help: "So many tokens are looked at, the commonest first.")
        findings = settings.integer(
            "findings", 10, in: 1...1_000,
            help: "So many findings are kept of each kind in each category.")
        singleLabel = SingleLabelSetting.read(settings)
        taxonomy = setup.taxonomy
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let vocabulary = graph.fold("vocabulary", initial: Vocabulary()) { _ in
            { block in Vocabulary(block) }
        }
        let frame = graph.solve("frame", vocabulary) { context, vocabulary in
            vocabulary.frame(
                rows: context.input?.rows ?? 0, minimum: minimumRows, limit: maximumTokens)
        }
        let names = graph.solve("categories", vocabulary) { _, vocabulary in
            EvaluationRows.ordered(vocabulary.categories, taxonomy)
        }
        let counts = graph.fold("counts", frame, names, initial: FeatureCounts()) {
            _, frame, names in
            { (block) throws(Fault) in try FeatureCounts(block, frame, names) }
        }
        let health = graph.solve("rank", counts, names) { context, counts, names in
            Health(
                counts, names, rows: context.input?.rows ?? 0,
                isSingleLabel: isSingleLabel(counts), limit: findings)
        }
        let examples = graph.fold("examples", frame, health, initial: ExampleRows()) {
            _, frame, health in
            let wanted = Self.wanted(health)
            return { (block) throws(Fault) in
                var rows = ExampleRows()
                var parser = JSONParser()
                for row in block.rows {
                    for feature in try frame.features(of: row, &parser) {
                        for one in wanted[feature] ?? []
                        where (row.record.labels[one.category] ?? one.unknown) == one.label {
                            rows.add(row, to: one.finding)
                        }
                    }
                }
                return rows
            }
        }
        graph.keepAll()
        graph.finish(health, examples) { output, found, examples throws(Fault) in
            var health = found
            for index in health.shortcuts.indices {
                health.shortcuts[index].examples = examples.rows(of: index)
            }
            try output.write(
                try EvaluateStage.encode(health), to: "health.json")
            for sentence in health.sentences { output.note(sentence) }
        }
    }

    private func isSingleLabel(_ counts: FeatureCounts) -> Bool {
        switch singleLabel {
        case .yes: true
        case .no: false
        case .auto:
            taxonomy?.isSingleLabel
                ?? (counts.severalLabels == 0
                    && counts.all.labelled >= SingleLabelSetting.minimumRows
                    && counts.all.positives.count { $0 > 0 } > 1)
        }
    }

    /// A finding that rows are wanted for.
    private struct Wanted {
        let finding: Int
        let category: String
        let label: Bool
        /// What a row counts as that does not say.
        let unknown: Bool
    }

    private static func wanted(_ health: Health) -> [RowFeature: [Wanted]] {
        var wanted: [RowFeature: [Wanted]] = [:]
        for (index, one) in health.shortcuts.enumerated() {
            guard let kind = RowFeature.Kind(rawValue: one.kind) else { continue }
            let label = one.share > one.shareOfAll
            wanted[RowFeature(kind, one.value), default: []].append(
                Wanted(
                    finding: index, category: one.category, label: label,
                    unknown: health.isSingleLabel ? false : !label))
        }
        return wanted
    }
}

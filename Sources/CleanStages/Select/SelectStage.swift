public import Pipeline
public import Records
internal import StageKit
internal import Vectors

/// Picks the unlabelled rows that are most worth a label, and refuses the other unlabelled ones.
///
/// A worked example (`SelectTests.swift`): 40 labelled rows in two clouds and 60 unlabelled ones,
/// 6 of them in the cloud of `spam`; `{use: select, budget: 6, oversample: 1, mixture: {highest: 0,
/// threshold: 1}}` keeps the 40 and just those 6, each with
/// `{"picked_by":["threshold:spam"],"weight":1,"score":0.93}`.
public struct SelectStage: Stage {
    public static let description = StageDescription(
        name: "select", version: 3, role: .filter,
        summary: "Picks the unlabelled rows that are most worth a label.",
        method: """
            Four ways of choosing, which take turns in the proportions of `mixture`: the highest \
            scores of a category, by which most rows of rare categories are found; and those of \
            Markov et al. 2023, section 3.1: at random; at random above a category's threshold; \
            nearest to 0.5 in a category. Where they find fewer rows than the budget, the highest \
            scores fill it, then rows at random. Scores are those of balanced logistic models \
            that learnt from the labelled rows, which are always kept and never scored. \
            `oversample` times the budget is chosen and thinned to the budget by groups, each in \
            proportion to the square root of its rows, so that a large group does not crowd out \
            the others; of a group the rows chosen first stay. Without unlabelled rows nothing \
            happens. Rows most of whose words the model of `embed` does not know have no score: \
            nothing is learnt from them, and they are picked at random only.
            """,
        cost: """
            Time in proportion to rows, dimensions and categories, and for the choice of C to 12 \
            times the labelled rows; memory about 100 bytes a row \
            and 8 an unlabelled row and category.
            """,
        reads: [Sidecar.embeddings], readsIfPresent: [Sidecar.unknownWords], writes: "select",
        refusals: [.init("not_selected", "The row has no label, and others are more worth one.")],
        usesTaxonomy: true)

    private let settings: SelectSettings
    private let taxonomy: Taxonomy?

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        self.settings = SelectSettings(settings)
        taxonomy = setup.taxonomy
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let rows = graph.labelledRows()
        let names = groupNames(&graph)
        let choice = graph.solve("select", rows, names) { context, rows, names throws(Fault) in
            try await chosen(context, try rows.joined() ?? LabelledRows(), try names.joined() ?? [])
        }
        let verdict = graph.solve("verdicts", choice) { _, choice in choice.verdict }
        graph.mapRows("pick", verdict) { _, verdict in
            { row in verdict.outcome(row.index) }
        }
        graph.finish(choice) { output, choice in
            for note in choice.notes { output.note(note) }
        }
    }

    /// The groups of the unlabelled rows where those are named by the rows; none otherwise.
    private func groupNames(_ graph: inout StepGraph) -> StepValue<InRowOrder<[String]>> {
        let key = settings.weightBy
        if ["none", "category"].contains(key) {
            return graph.solve("groups") { _ in InRowOrder<[String]>() }
        }
        return graph.fold("groups", initial: InRowOrder<[String]>()) { _ in
            { (block) throws(Fault) in
                var parser = JSONParser()
                var names: [String] = []
                for row in block.rows where row.record.labels.isEmpty {
                    names.append(
                        key == "source"
                            ? row.record.provenance.source.rawValue
                            : try Self.value(of: key, in: row.record.metadata, &parser))
                }
                return InRowOrder(names, of: block.range)
            }
        }
    }

    /// What was picked, and what is said about it.
    private struct Choice: Sendable {
        var verdict = SelectionVerdict()
        var notes: [String] = []
    }

    private func chosen(
        _ context: StageContext, _ rows: LabelledRows, _ names: [String]
    ) async throws(Fault) -> Choice {
        var choice = Choice()
        let pool = (0..<rows.count).filter { !rows.isLabelled($0) }
        if pool.isEmpty {
            choice.notes.append("every row is labelled already, so there is nothing to select")
            return choice
        }
        if let note = rows.blindNote { choice.notes.append(note) }
        let (categories, scores) = try await score(context, rows, pool, &choice.notes)
        let groups = groups(pool, names, categories, scores)
        let selection = try Selection(
            pool: pool, isScored: pool.map { !rows.isBlind[$0] }, scores: scores,
            categories: categories, settings: settings, seed: context.seed
        ) { groups[$0] }
        choice.notes.append(
            "\(NumberFormat.number(selection.picked.count)) of "
                + "\(NumberFormat.number(pool.count)) unlabelled "
                + "rows are picked")
        choice.verdict = SelectionVerdict(unlabelled: pool, picked: selection.picked)
        return choice
    }

    /// Category → place in the pool → probability, for the categories that could be learnt.
    private func score(
        _ context: StageContext, _ rows: LabelledRows, _ pool: [Int], _ notes: inout [String]
    ) async throws(Fault) -> (categories: [String], scores: [[Double]]) {
        let categories = rows.categories()
        if categories.isEmpty {
            notes.append("no row is labelled, so all picks are random")
            return ([], [])
        }
        let matrix = try context.checkedEmbeddings()
        let reading = settings.singleLabel.reading(
            try rows.table(categories), taxonomy: taxonomy)
        if let note = reading.note { notes.append(note) }
        let labels = reading.labels.withoutLabels(of: { rows.isBlind[$0] })
        let model = try await fit(context, matrix, labels, &notes)
        let wanted = try wanted(among: categories)
        let learnt = wanted.filter { model.models[$0].supported }
        let missing = wanted.filter { !model.models[$0].supported }
        if !missing.isEmpty {
            notes.append(
                "without both labels, nothing to learn from: "
                    + missing.map { categories[$0] }.joined(separator: ", ")
                    + "; \(SingleLabelSetting.remedy(isSingleLabel: reading.isSingleLabel))")
        }
        let scores = try await model.probabilities(
            matrix: matrix, rows: pool.map { Int32($0) }, threads: context.jobs)
        return (learnt.map { categories[$0] }, learnt.map { scores[$0] })
    }

    private func fit(
        _ context: StageContext, _ matrix: Matrix, _ labels: LabelTable, _ notes: inout [String]
    ) async throws(Fault) -> OneVersusRest {
        var logistic = LogisticSettings(isBalanced: true, tolerance: 1e-4)
        if let c = settings.c {
            logistic.inverseRegularisation = c
        } else {
            let c = try await RegularisationSearch.choose(
                matrix: matrix, labels: labels, settings: logistic, seed: context.seed,
                threads: context.jobs)
            logistic.inverseRegularisation = c
            notes.append("C = \(c) was chosen by cross-validation")
        }
        return try await OneVersusRest.fit(
            matrix: matrix, labels: labels, settings: logistic, threads: context.jobs)
    }

    /// The places of the categories that rows are chosen for.
    private func wanted(among categories: [String]) throws(Fault) -> [Int] {
        if settings.categories.isEmpty { return Array(categories.indices) }
        var wanted: [Int] = []
        for name in settings.categories {
            guard let place = categories.firstIndex(of: name) else {
                throw Fault(
                    .configuration, "`categories` names `\(name)`, which no labelled row has",
                    hint: NearestName.hint(name, in: categories))
            }
            wanted.append(place)
        }
        return Array(Set(wanted)).sorted()
    }

    /// The group of each place in the pool.
    private func groups(
        _ pool: [Int], _ names: [String], _ categories: [String], _ scores: [[Double]]
    ) -> [String] {
        switch settings.weightBy {
        case "none": return [String](repeating: "", count: pool.count)
        case "category":
            return pool.indices.map { place in
                var best: Int?
                for category in categories.indices where scores[category][place] >= 0.5 {
                    if best.map({ scores[category][place] > scores[$0][place] }) ?? true {
                        best = category
                    }
                }
                return best.map { categories[$0] } ?? ""
            }
        default: return names
        }
    }

    /// A metadata value as a group's name; empty when the key is absent or null.
    private static func value(
        of key: String, in metadata: [UInt8], _ parser: inout JSONParser
    ) throws(Fault) -> String {
        try parser.children(of: metadata) { fields in
            guard let field = fields.first(where: { $0.key == key }), !field.isNull else {
                return ""
            }
            return field.string ?? String(decoding: field.raw, as: UTF8.self)
        }
    }
}

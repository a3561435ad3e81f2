public import Pipeline
public import Records
internal import StageKit
internal import Vectors

/// Picks the unlabelled rows that are most worth a label, and refuses the other unlabelled ones.
///
/// A worked example (`SelectTests.swift`): 40 labelled rows in two clouds and 60 unlabelled ones,
/// 6 of them in the cloud of `spam`; `{use: select, budget: 6, oversample: 1, mixture: {highest: 0,
/// threshold: 1}}` keeps the 40 and just those 6, each with
/// `{"picked_by":["threshold:spam"],"weight":1,"score":0.93}`, and lists these 6 in `picks.jsonl`.
/// With `labels: labels.jsonl` and the line `{"id":"u0","category":"spam","value":1}` in that file,
/// `u0` is one of 41 labelled rows and is not picked again.
public struct SelectStage: Stage {
    public static let description = StageDescription(
        name: "select", version: 4, role: .filter,
        summary: "Picks the unlabelled rows that are most worth a label.",
        method: """
            Four ways of choosing, which take turns in the proportions of `mixture`: the highest \
            scores of a category, by which most rows of rare categories are found; and those of \
            Markov et al. 2023, section 3.1: at random; at random above a category's threshold; \
            nearest to 0.5 in a category. Each way gets its part of the budget, rounded up or down \
            (Tijdeman 1980); what a way that runs out of rows leaves goes to the others. Where all \
            find fewer rows than the budget, the highest scores fill it, then rows at random. \
            Scores are those of balanced logistic models that learnt from the labelled rows, which \
            are always kept and never scored. `oversample` times the budget is chosen and thinned \
            to the budget by groups, each in proportion to the square root of its rows as far as \
            the parts of the ways allow, so that a large group does not crowd out the others; of a \
            group the rows chosen first stay. Without unlabelled rows nothing happens. Rows most \
            of whose words the model of `embed` does not know have no score: nothing is learnt \
            from them, and they are picked at random only. The picks are in picks.jsonl, those \
            most worth a label first. Rows that people labelled since (`labels`) are labelled rows \
            of the next round; summary.json has how many rows of each round and way had the \
            category that they were picked for, beside a random draw: the random picks of all \
            rounds or, without any, the rows that no round picked; with intervals of Wilson 1927 \
            and, of the ratio, Walter 1975.
            """,
        cost: """
            Time in proportion to rows, dimensions and categories, and for the choice of C to 12 \
            times the labelled rows; memory about 100 bytes a row, 8 an unlabelled row and \
            category, and the texts of the picks.
            """,
        reads: [Sidecar.embeddings], readsIfPresent: [Sidecar.unknownWords], writes: "select",
        refusals: [
            .init("not_selected", "The row has no label, and others are more worth one."),
            .init("undecided", "It was picked in an earlier round, and nobody could label it."),
        ],
        usesTaxonomy: true)

    private let settings: SelectSettings
    private let taxonomy: Taxonomy?

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        self.settings = SelectSettings(settings)
        taxonomy = setup.taxonomy
    }

    public func dependencies() throws(Fault) -> [StageDependency] {
        guard let path = settings.labels else { return [] }
        guard Paths.exists(path) else {
            return [StageDependency(name: path, digest: "no labels")]
        }
        _ = try TakenLabels(path: path, taxonomy: taxonomy)
        return [try .file(path)]
    }

    /// Takes labels of picked rows into the file that `labels` names.
    ///
    /// - Parameters:
    ///   - file: The labels, in any of the shapes that docs/data-format.md lists.
    ///   - fillsZeros: Whether a category that a row's labels do not name is 0.
    ///   - finished: What the stage left when it picked the rows.
    /// - Throws: `configuration` without `labels`; else as ``LabelIntake``.
    public func takeIn(
        _ file: String, fillsZeros: Bool, finished: FinishedStage
    ) throws(Fault) -> LabelIntake {
        guard let path = settings.labels else {
            throw Fault(
                .configuration, "nothing says where labels are kept",
                hint: "give the stage `labels: labels.jsonl`")
        }
        if fillsZeros, taxonomy == nil {
            throw Fault(
                .configuration, "without a taxonomy nobody knows which categories are 0",
                hint: "name one in `taxonomy`")
        }
        return try LabelIntake(
            file, fillsZeros: fillsZeros, into: path, stage: finished, taxonomy: taxonomy)
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let taken = graph.solve("labels taken in") { _ throws(Fault) in
            try TakenLabels(path: settings.labels, taxonomy: taxonomy)
        }
        let rows = graph.fold("labels", taken, initial: InRowOrder<PoolRows>()) { _, taken in
            { (block) throws(Fault) in
                InRowOrder(try PoolRows(block, taken, taxonomy), of: block.range)
            }
        }
        let names = groupNames(&graph, taken)
        let choice = graph.solve("select", rows, names, taken) {
            context, rows, names, taken throws(Fault) in
            try await chosen(
                context, try rows.joined() ?? PoolRows(), try names.joined() ?? [], taken)
        }
        let verdict = graph.solve("verdicts", choice) { _, choice in choice.verdict }
        let texts = addPicks(&graph, verdict, taken)
        graph.finish(choice, texts) { output, choice, texts throws(Fault) in
            let texts = try texts.joined() ?? PickedTexts()
            let picks = choice.verdict.picks.enumerated().sorted {
                $0.element.rank < $1.element.rank
            }
            let file = try output.open("picks.jsonl")
            for (at, pick) in picks {
                try file.append(pick.line(id: texts.ids[at], text: texts.texts[at]))
            }
            try output.close(file)
            var summary = choice.summary
            summary.count(picks.map(\.element.origin))
            try output.write(summary.file, to: "summary.json")
            for note in choice.notes { output.note(note) }
        }
    }

    /// Adds the map: what becomes of each row, and the texts of the picks.
    private func addPicks(
        _ graph: inout StepGraph, _ verdict: StepValue<SelectionVerdict>,
        _ taken: StepValue<TakenLabels>
    ) -> StepValue<InRowOrder<PickedTexts>> {
        graph.map("pick", verdict, taken, initial: InRowOrder<PickedTexts>()) {
            _, verdict, taken in
            { (block) throws(Fault) in
                var texts = PickedTexts()
                var outcomes: [Outcome] = []
                for row in block.rows {
                    outcomes.append(
                        verdict.outcome(
                            row.index, labelled: taken.labelled(row.record, taxonomy)))
                    if verdict.isPicked(row.index) { texts.append(row.record) }
                }
                return (BlockResult(outcomes), InRowOrder(texts, of: block.range))
            }
        }
    }

    /// The groups of the rows of the pool where those are named by the rows; none otherwise.
    private func groupNames(
        _ graph: inout StepGraph, _ taken: StepValue<TakenLabels>
    ) -> StepValue<InRowOrder<[String]>> {
        let key = settings.weightBy
        if ["none", "category"].contains(key) {
            return graph.solve("groups") { _ in InRowOrder<[String]>() }
        }
        return graph.fold("groups", taken, initial: InRowOrder<[String]>()) { _, taken in
            { (block) throws(Fault) in
                var parser = JSONParser()
                var names: [String] = []
                for row in block.rows
                where row.record.labels.isEmpty && taken.values(of: row.record.id).isEmpty {
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
        var summary: SelectSummary
        var notes: [String] = []
    }

    private func chosen(
        _ context: StageContext, _ found: PoolRows, _ names: [String], _ taken: TakenLabels
    ) async throws(Fault) -> Choice {
        let rows = found.rows
        var choice = Choice(summary: SelectSummary(round: taken.nextRound))
        let categories = rows.categories()
        choice.summary.given = found.given(categories, try rows.table(categories))
        choice.summary.table = RoundsTable(
            taken, given: choice.summary.given, taxonomy: taxonomy)
        choice.notes += Self.notes(of: taken, asked: found.asked)
        let pool = found.pool
        choice.summary.pool = pool.count
        if pool.isEmpty {
            choice.notes.append("every row is labelled already, so there is nothing to select")
            return choice
        }
        if let note = rows.blindNote { choice.notes.append(note) }
        let (learnt, scores) = try await score(context, rows, pool, &choice.notes)
        let groups = groups(pool, names, learnt, scores)
        let selection = try Selection(
            pool: pool, isScored: pool.map { !rows.isBlind[$0] }, scores: scores,
            categories: learnt, settings: settings, round: taken.nextRound, seed: context.seed
        ) { groups[$0] }
        choice.notes.append(
            "\(NumberFormat.number(selection.picked.count)) of "
                + "\(NumberFormat.number(pool.count)) unlabelled "
                + "rows are picked for round \(taken.nextRound); picks.jsonl lists them")
        choice.verdict = SelectionVerdict(unlabelled: pool, picked: selection.picked)
        return choice
    }

    /// - Parameter asked: How many of the rows that are here people said something of.
    private static func notes(of taken: TakenLabels, asked: Int) -> [String] {
        if taken.count == 0 { return [] }
        let found = "labels of \(NumberFormat.count(asked, "row")) were taken in"
        let missing = taken.count - asked
        if missing == 0 { return [found] }
        return [
            "\(found); \(NumberFormat.count(missing, "record")) with labels "
                + "\(missing == 1 ? "is" : "are") not among the rows"
        ]
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

public import Pipeline
internal import Prompts
internal import Providers
public import Records
internal import Remote
internal import StageKit

/// Gives rows their labels: by a model, a moderation endpoint, a linear model or lexicons, in the
/// order of `labellers`, until one of them answers.
///
/// ```yaml
/// - use: label
///   attributes: {sentiment: [negative, neutral, positive]}
///   labellers:
///     - {use: model, min_confidence: 0.6}
///     - {use: lexicon}
/// ```
///
/// With `provider: offline`, the text "dm for promo, f4f" gets `spam` 1 and every other category 0,
/// `labelled_by` "model", and a line in the sidecar with `"labeller":"model"` and the sentiment.
public struct LabelStage: Stage {
    public static let description = StageDescription(
        name: "label", version: 3, role: .annotator,
        summary: "Assigns the taxonomy's categories and named attributes to rows.",
        method: """
            Every labeller of the list answers a row or passes, and the next one takes it. \
            `model` asks the provider, with definitions and borderline examples in the prompt, \
            the text fenced as data (Hines et al. 2024, Spotlighting, section 3.1) and a JSON \
            schema as a closed set. An answer is taken where it can only mean one thing, \
            however it is written; one that does not fit is asked for again, at most twice, \
            and the row has failed then; `moderation` asks an endpoint of OpenAI's moderation \
            shape; `linear` gives pseudo-labels: one balanced logistic regression a category on \
            the embeddings of this dataset's labelled rows. Label 1, and where a row may have \
            several categories label 0, is given from a floor on: the probability, at least one \
            half, with the most right labels of those above which the lower end of the precision's \
            95 % interval (Wilson 1927) reaches the stated `precision`, in 10 rows or more that \
            the models had not seen. Five folds keep rows together that share wording, one row of \
            these counts, and generated texts count for none: they teach alone. Between its floors \
            a category stays unknown; a row with any label is answered. Rows with labels are \
            judged by models of the other folds as well, and pseudo-labels of an earlier run teach \
            nothing. A row of the corpus then has the source `pseudo_label`, and floors.json says \
            what was chosen, or why there is no floor: `unlearnt`, `few_rows` or `imprecise`. \
            `lexicon` is the noisy or of weighted phrases (Pearl 1988, section 4.3.2). Implied \
            parents are set. Labels that a row has already stay unless `overwrite` is set.
            """,
        cost: "One call a row and labeller that asks; what was answered once is never asked again.",
        readsIfPresent: [DedupeNote.sidecar, Sidecar.unknownWords],
        writes: "label",
        refusals: [
            .init(
                "not_labelled", "No labeller had an answer, and `require` is set.",
                isFailure: true),
            .init(
                "below_floor",
                "No label reaches its category's floor, by the last labeller, and `require` is set."
            ),
        ],
        usesTaxonomy: true)

    enum Rows: String, CaseIterable, Sendable {
        case unlabelled, all, flagged
    }

    let provider: ProviderSettings?
    let space: LabelSpace
    let labellers: [LabellerSettings]
    let attributes: [(name: String, values: [String])]
    let rowsToLabel: Rows
    private let overwrites: Bool
    private let requires: Bool
    private let writesModeration: Bool
    let template: String
    private let lexicons: String
    let maxTokens: Int
    let temperature: Double?
    let mostCharacters: Int
    private let mostFailed: Double
    private let seed: UInt64

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        seed = setup.seed
        if setup.lacksTaxonomy {
            settings.fault(nil, "`label` needs a taxonomy", hint: "add `taxonomy: <file>`")
        }
        space = LabelSpace(taxonomy: setup.taxonomy ?? Taxonomy(name: "none", categories: []))
        rowsToLabel = settings.choice(
            "only", .unlabelled,
            help: "Which rows: those without any label, all, or those that `mislabels` sends back.")
        overwrites = settings.flag(
            "overwrite", false, help: "Replace labels that a row has; otherwise only fill in.")
        requires = settings.flag(
            "require", false, help: "Refuse rows that nobody could label; otherwise keep them.")
        attributes = settings.lists(
            "attributes", help: "Values asked for beside the labels: a name → its allowed values."
        ).map { ($0.key, $0.values) }
        writesModeration = settings.flag(
            "moderation_output", false,
            help: "Also write moderation.jsonl in the shape of OpenAI's moderation replies.")
        template = settings.path(
            "template", "templates/prompts/label.jinja", help: "The model's prompt.")
        lexicons = settings.path(
            "lexicons", "corpora/lexicons", help: "Phrases for the lexicon labeller.")
        maxTokens = settings.integer(
            "max_tokens", 1_000, in: 16...32_768, help: "The most that one answer may hold.")
        mostCharacters = settings.integer(
            "max_characters", 20_000, in: 1...10_000_000,
            help: "Longer texts are not sent anywhere: labellers that ask pass them on.")
        mostFailed = settings.number(
            "max_failed", setup.allowance.failed, in: 0...1,
            help: "The share of its rows to which a labeller that asks may get no usable answer "
                + "before the run ends with exit code 1.")
        let given = settings.sections(
            "labellers", help: "Who labels, in order; each passes on what it cannot answer.")
        let none = SettingsReader(YAMLNode(.mapping([]), at: settings.place))
        let sections = given.isEmpty ? [none] : given
        labellers = sections.enumerated().map { place, section in
            LabellerSettings(section, setup.taxonomy, isLast: place == sections.count - 1)
        }
        let asks = labellers.contains(where: \.asks)
        let capability: Dialect.Capability =
            labellers.contains { $0.kind == .model } ? .chat : .moderations
        let provider = asks ? ProviderSettings.read(setup, settings, for: capability) : nil
        self.provider = provider
        temperature = Temperature.read(settings, Temperature.labels, provider)
        if rowsToLabel == .flagged, !overwrites {
            settings.fault(
                "only", "`only: flagged` changes nothing, since flagged rows have labels",
                hint: "add `overwrite: true`")
        }
        if Set(labellers.map(\.name)).count < labellers.count {
            settings.fault("labellers", "two labellers have one name", hint: "give them a `name`")
        }
    }

    public var reads: [String] {
        (labellers.contains { $0.kind == .linear } ? [Sidecar.embeddings] : [])
            + (rowsToLabel == .flagged ? [MislabelsNote.sidecar] : [])
    }

    public var usesProvider: Bool { provider != nil }

    public var unready: Fault? { provider?.unready }

    public var warnings: [Fault] {
        // A folder that cannot be read is a fault of `dependencies`.
        guard let chatProvider, chatProvider.isOffline, chatProvider.baseURL == nil,
            let warning = try? OfflineCategories.warningOfLabel(space.ids)
        else { return [] }
        return [warning]
    }

    public func dependencies() throws(Fault) -> [StageDependency] {
        var list: [StageDependency] = []
        var faults: [Fault] = []
        do throws(Fault) {
            list += try provider?.dependencies(seed: seed) ?? []
        } catch { faults += error.all }
        do throws(Fault) {
            if uses(.model) {
                try prompt().check()
                list.append(try .file(template))
            }
        } catch { faults += error.all }
        do throws(Fault) {
            if uses(.lexicon) {
                _ = try CategoryLexicons.find(in: lexicons, for: space.taxonomy)
                list.append(
                    StageDependency(name: lexicons, digest: try FolderDigest.of(lexicons).hex))
            }
        } catch { faults += error.all }
        if let fault = Fault.combined(faults) { throw fault }
        return list
    }

    private func uses(_ kind: LabellerSettings.Kind) -> Bool {
        labellers.contains { $0.kind == kind }
    }

    /// The provider, if a labeller asks its chat model.
    var chatProvider: ProviderSettings? { uses(.model) ? provider : nil }

    /// The seed that the offline server's answers come from.
    var offlineSeed: UInt64 { seed }

    /// - Parameter labeller: The one that asks, whose minimum decides what an answer must say.
    func prompt(for labeller: LabellerSettings? = nil) throws(Fault) -> LabelPrompt {
        LabelPrompt(
            template: try PromptTemplate(file: template), space: space, attributes: attributes,
            maxTokens: maxTokens, temperature: temperature,
            needsConfidence: (labeller?.minimumConfidence ?? 0) > 0)
    }

    public func greet(_ context: RunContext) async -> Greeting {
        guard let provider else { return Greeting() }
        let prompts: [(template: String, text: String)] =
            uses(.model)
            ? ((try? prompt().messages("").map(\.content).joined(separator: "\n")).map {
                [(template, $0)]
            } ?? []) : []
        var greeting = await provider.greet(
            context, seed: seed, prompts: prompts, maxTokens: maxTokens)
        greeting.hasSubstitute = greeting.hasSubstitute || labellers.contains { !$0.asks }
        return greeting
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let linear = fitLinear(&graph)
        let tally = graph.mapLocally(
            "label", linear, initial: LabelTally(labellers: labellers.count)
        ) { context, linear throws(Fault) in
            var chain: [any Labeller] = []
            var sessions: [ModelSession] = []
            for settings in labellers {
                chain.append(try make(settings, linear, &sessions, context))
            }
            let run = LabelRun(
                space: space, chain: chain, attributes: attributes.map(\.name),
                rows: rowsToLabel, overwrites: overwrites, requires: requires,
                writesModeration: writesModeration,
                limit: sessions.map(\.limit).max() ?? 1, mostCharacters: mostCharacters)
            return try await task(run, sessions, context)
        }
        graph.finish(tally, linear) { output, tally, linear throws(Fault) in
            let labellers = labellers.map { ($0.name, $0.asks, $0.mostPassed) }
            LabelReport(output, tally, mostFailed: mostFailed).write(labellers)
            if writesModeration { try output.lines(LabelRun.moderationFile) }
            if let linear { try FloorReport(linear, space).write(output) }
        }
    }

    private func task(
        _ run: LabelRun, _ sessions: [ModelSession], _ context: StageContext
    ) async throws(Fault) -> BlockTask<LabelTally> {
        try await ModelSession.figured(sessions) { () async throws(Fault) in
            try await ModelSession.fill(sessions, context) { () async throws(Fault) in
                try await context.forEachBlock { block throws(Fault) in
                    try await run.tryOut(block.rows, context)
                }
            }
        }
        return BlockTask { block throws(Fault) in
            try context.checkStop()
            let (outcomes, tally) = try await run.outcomes(block.rows, context)
            return (BlockResult(outcomes), tally)
        } end: { summary in
            if summary == nil {
                sessions.last?.say()
            } else {
                ModelSession.finish(sessions, context)
            }
        }
    }

    /// The models of the linear labeller; none where there is no such labeller.
    private func fitLinear(_ graph: inout StepGraph) -> StepValue<LinearModels?> {
        guard uses(.linear) else {
            return graph.solve("models") { _ -> LinearModels? in nil }
        }
        let precisions = labellers.filter { $0.kind == .linear }.map { ($0.name, $0.precision) }
        let names = Set(precisions.map(\.0))
        let rows = graph.tiedRows(keepsIDs: false)
        let pseudo = graph.collect("pseudo-labels") { _ in
            { (row) in Self.hasPseudoLabels(row.record, of: names) }
        }
        return graph.solve("models", rows, pseudo) {
            context, rows, pseudo throws(Fault) -> LinearModels? in
            try await LinearModels(
                rows, isPseudo: pseudo.joined() ?? [], matrix: context.checkedEmbeddings(),
                space: space, precisions: Dictionary(precisions) { first, _ in first },
                seed: context.seed, threads: context.jobs)
        }
    }

    /// Whether labels of a row are what linear models said before: learning from them would
    /// confirm the models' own mistakes.
    private static func hasPseudoLabels(_ record: Record, of labellers: Set<String>) -> Bool {
        record.provenance.source == .pseudoLabel
            || labellers.contains(record.provenance.labelledBy ?? "")
    }

    private func make(
        _ settings: LabellerSettings, _ linear: LinearModels?, _ sessions: inout [ModelSession],
        _ context: StageContext
    ) throws(Fault) -> any Labeller {
        switch (settings.kind, provider) {
        case (.model, let provider?):
            let session = try ModelSession(provider, context)
            sessions.append(session)
            return ModelLabeller(
                name: settings.name, prompt: try prompt(for: settings), session: session,
                minimumConfidence: settings.minimumConfidence)
        case (.moderation, var provider?):
            provider.model = settings.moderationModel
            let session = try ModelSession(provider, context)
            sessions.append(session)
            return ModerationLabeller(
                name: settings.name, space: space, session: session,
                categories: settings.categories, threshold: settings.threshold,
                minimumConfidence: settings.minimumConfidence)
        case (.lexicon, _):
            return LexiconLabeller(
                name: settings.name, space: space,
                lexicons: try CategoryLexicons(folder: lexicons, taxonomy: space.taxonomy),
                threshold: settings.threshold ?? 0.5,
                minimumConfidence: settings.minimumConfidence,
                answersNegatives: settings.answersNegatives)
        case (.linear, _):
            guard let linear else {
                throw Fault(.defect, "the linear labeller has no models")
            }
            return LinearLabeller(
                name: settings.name, space: space, models: linear,
                minimumConfidence: settings.minimumConfidence)
        default:
            throw Fault(.configuration, "the labeller `\(settings.name)` needs a provider")
        }
    }
}

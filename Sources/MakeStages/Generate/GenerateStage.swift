public import Pipeline
internal import Prompts
internal import Providers
public import Records

/// Adds texts that a model writes: positives, hard negatives and innocuous ones, up to a number for
/// each category.
///
/// ```yaml
/// - use: generate
///   kinds: [positives, hard_negatives, innocuous]
///   per_category: 20
///   targets: {spam: 40}
///   innocuous: {count: 100}
///   co_occurrence: 0.1
/// ```
///
/// With `provider: offline` and the taxonomy moderation-18 these settings add 40 rows with `spam`
/// 1, 20 with each of the other categories but `csam`, as many hard negatives with the category 0,
/// and 100 innocuous rows with every category 0.
public struct GenerateStage: Stage {
    public static let description = StageDescription(
        name: "generate", version: 2, role: .generator,
        summary: "Adds texts that the provider's model writes for each category.",
        method: """
            Prompts from templates whose ingredients (topic, narrator, time, kind, level, a \
            word, a phrase) are drawn for every request; few-shot prompts show a fixed random \
            sample of the category's rows, fenced as data; two categories at once at the rate \
            `co_occurrence`. Requests go out in rounds for exactly what is missing, and \
            request n of a category is a function of seed, stage, category, kind and n alone. \
            A text is refused that copies what its prompt showed (equal but for case, \
            punctuation and digits, or a Jaccard similarity of 0.6 of 5-character runs), that \
            repeats itself (a loop, one word, a row of digits), or that lacks what it must \
            contain, and another is asked for in its place. \
            A category with `synthesis: deny` is never asked for; sexual content involving \
            minors always has it.
            """,
        cost: "A call for every `per_call` texts, up to `max_calls_factor` times as many.",
        refusals: [
            .init("length", "Shorter than `min_characters` or longer than `max_characters`."),
            .init("must_contain", "Without the word that the request demanded."),
            .init("must_not_contain", "With the phrase that the request forbade."),
            .init("repetitive", "Repeats itself: a loop, one word or character, a row of digits."),
            .init("copied", "A copy or near copy of an example or a definition in the prompt."),
            .init("duplicate", "The same text as one that was made before it."),
        ],
        usesTaxonomy: true)

    let provider: ProviderSettings?
    let taxonomy: Taxonomy
    let settings: GenerationSettings
    let temperature: Double?
    private let ingredients: String
    let templates: String
    let seed: UInt64
    let name: String

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        seed = setup.seed
        name = setup.stage
        if setup.lacksTaxonomy {
            settings.fault(nil, "`generate` needs a taxonomy", hint: "add `taxonomy: <file>`")
        }
        taxonomy = setup.taxonomy ?? Taxonomy(name: "none", categories: [])
        ingredients = settings.path(
            "ingredients", "templates/ingredients.yaml", help: "Pools that requests draw from.")
        templates = settings.path(
            "templates", "templates/prompts", help: "The folder with <kind>.jinja for each kind.")
        let provider = ProviderSettings.read(setup, settings)
        self.provider = provider
        temperature = Temperature.read(settings, Temperature.generation, provider)
        self.settings = GenerationSettings(settings, taxonomy)
    }

    public var usesProvider: Bool { true }

    public var unready: Fault? { provider?.unready }

    /// The kinds whose templates take part.
    private var kinds: [GenerationKind] {
        GenerationKind.allCases.filter { kind in
            settings.tasks.contains { $0.kind == kind }
                || kind == .fewShot && settings.fewShotBelow > 0
        }
    }

    var needsExamples: Bool { kinds.contains(.fewShot) }

    public func dependencies() throws(Fault) -> [StageDependency] {
        var list: [StageDependency] = []
        var faults: [Fault] = []
        do throws(Fault) {
            list += try provider?.dependencies(seed: seed) ?? []
        } catch { faults += error.all }
        do throws(Fault) {
            if let provider, provider.isOffline, provider.baseURL == nil,
                let fault = try OfflineCategories.faultOfGenerate(
                    settings.tasks.compactMap(\.category))
            {
                faults += fault.all
            }
        } catch { faults += error.all }
        do throws(Fault) {
            let (prompts, pools) = try parts()
            try prompts.check(kinds, pools, seed: seed)
            list.append(try .file(ingredients))
            for kind in kinds {
                list.append(try .file(GenerationPrompts.path(kind, in: templates)))
            }
        } catch { faults += error.all }
        if let fault = Fault.combined(faults) { throw fault }
        return list
    }

    func parts() throws(Fault) -> (GenerationPrompts, IngredientPools) {
        (
            try GenerationPrompts(
                folder: templates, kinds: kinds, taxonomy: taxonomy,
                maxTokens: settings.maxTokens, temperature: temperature,
                longestText: settings.mostCharacters),
            try IngredientPools(
                file: ingredients, mustContain: settings.mustContain,
                mustNotContain: settings.mustNotContain, platforms: settings.platforms)
        )
    }

    public func greet(_ context: RunContext) async -> Greeting {
        guard let provider, let (prompts, ingredients) = try? parts() else { return Greeting() }
        var texts: [(template: String, text: String)] = []
        for (index, task) in settings.tasks.enumerated() {
            let path = GenerationPrompts.path(task.kind, in: templates)
            if texts.contains(where: { $0.template == path }) { continue }
            var draws = CounterRNG(seed: seed, purpose: "\(name)/greeting", id: task.key)
            let request = GenerationRequest.draw(
                &draws, task: index, number: 0, settings: settings, taxonomy: taxonomy,
                ingredients: ingredients, examples: [:])
            guard
                let messages = try? prompts.messages(request, task.kind, count: task.perCall)
            else { continue }
            texts.append((path, messages.map(\.content).joined(separator: "\n")))
        }
        return await provider.greet(
            context, seed: seed, prompts: texts, maxTokens: settings.maxTokens)
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let pool = examples(&graph)
        let known = generated(&graph)
        graph.keepAll()
        let report = graph.append("ask", pool, known) { context, pool, known throws(Fault) in
            try await ask(pool, known, context)
        }
        graph.finish(report) { output, report in
            for note in report.notes { output.note(note) }
            if let gate = report.gate {
                output.gate("target", passed: gate.passed, detail: gate.detail)
            }
        }
    }

    private func ask(
        _ pool: ExamplePool, _ known: Set<String>, _ context: StageContext
    ) async throws(Fault) -> ([Addition], GenerationReport) {
        guard let provider else {
            throw Fault(.configuration, "`\(name)` needs a provider")
        }
        let (prompts, ingredients) = try parts()
        var settings = settings
        var report = GenerationReport()
        var examples: [String: [String]] = [:]
        if needsExamples {
            for category in taxonomy.categories.map(\.id) {
                examples[category] = pool.texts(category)
            }
        }
        settings.useExamples(needsExamples ? pool.counts : [:], examples, context, &report)
        let session = try ModelSession(provider, context)
        let run = GenerationRun(
            settings: settings, prompts: prompts, ingredients: ingredients, examples: examples,
            known: known, session: session, context: context)
        var rows: [Addition] = []
        try await ModelSession.figured([session]) { () async throws(Fault) in
            rows = try await run.run(&report)
        }
        ModelSession.finish([session], context)
        return (rows, report)
    }

    /// The texts of rows that this stage, or one like it, made before: an earlier release may be a
    /// source.
    private func generated(_ graph: inout StepGraph) -> StepValue<Set<String>> {
        graph.fold("generated texts", initial: Set<String>()) { _ in
            { block in
                Set(
                    block.rows.lazy.filter { $0.record.provenance.labelledBy == Self.labeller }
                        .map(\.record.text))
            }
        }
    }

    /// What `labelled_by` says of generated rows.
    static let labeller = "generation"

    private func examples(_ graph: inout StepGraph) -> StepValue<ExamplePool> {
        let ids = settings.tasks.compactMap(\.category)
        let empty = ExamplePool(categories: ids, shown: settings.examples)
        if !needsExamples { return graph.solve("examples") { _ in empty } }
        let denied = taxonomy.categories.map(\.id).filter {
            !GenerationSettings.isAllowed($0, taxonomy)
        }
        let most = settings.mostCharacters
        return graph.fold("examples", initial: empty) { context in
            { block in
                var pool = empty
                for row in block.rows {
                    var draws = context.draws(row.record.id, "examples")
                    let labels = row.record.labels
                    pool.add(
                        row.record, draw: draws.next(),
                        // Nothing of a category that may not be generated is shown as an example.
                        isShowable: !denied.contains { labels[$0] == true }
                            && !labels.positives.contains(where: SynthesisPolicy.isAlwaysDenied)
                            && row.record.text.unicodeScalars.count <= most)
                }
                return pool
            }
        }
    }
}

/// What is said of a run of the stage.
struct GenerationReport: Sendable {
    var notes: [String] = []
    var gate: (passed: Bool, detail: String)?
}

extension GenerationSettings {
    /// Turns the positives of rare categories into few-shot tasks, and drops few-shot tasks that
    /// have nothing to show.
    mutating func useExamples(
        _ counts: [String: Int], _ examples: [String: [String]], _ context: StageContext,
        _ report: inout GenerationReport
    ) {
        var dropped: [GenerationTask] = []
        defer { self.dropped = dropped }
        tasks = tasks.compactMap { task in
            let hasExamples = !(task.category.flatMap { examples[$0] } ?? []).isEmpty
            if task.kind == .fewShot, !hasExamples {
                report.notes.append(
                    "\(task.words): 0 of \(NumberFormat.number(task.target)) texts, "
                        + "for no row can be an example")
                context.count("shortfall.\(task.key)", Double(task.target))
                dropped.append(task)
                return nil
            }
            // Both would make the same requests.
            let isAsked = tasks.contains { $0.kind == .fewShot && $0.category == task.category }
            let isRare =
                !isAsked && task.category.map { counts[$0, default: 0] < fewShotBelow } ?? false
            guard task.kind == .positives, hasExamples, isRare else { return task }
            var task = task
            task.kind = .fewShot
            return task
        }
    }
}

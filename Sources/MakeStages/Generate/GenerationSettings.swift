internal import Pipeline
internal import Records

/// How many texts of which kind are wanted.
struct GenerationSettings: Sendable {
    /// In the order of the setting `kinds`, categories in the taxonomy's order.
    var tasks: [GenerationTask] = []
    /// Few-shot tasks that had nothing to show.
    var dropped: [GenerationTask] = []
    /// The share of a task's target that may be missing, 0 to 1.
    var mostShort: Double
    var fewShotBelow: Int
    var coOccurrence: Double
    var examples: Int
    var mustContain: [String]
    var mustNotContain: [String]
    var platforms: [String]
    var leastCharacters: Int
    var mostCharacters: Int
    var maxTokens: Int
    var safeCategory: String?

    init(_ settings: SettingsReader, _ taxonomy: Taxonomy) {
        let kinds = settings.choices(
            "kinds", [GenerationKind.positives], help: "What is generated.")
        let counts = Counts(settings)
        let perCall = settings.integer("per_call", 5, in: 1...100, help: "Texts a request.")
        let factor = settings.number(
            "max_calls_factor", 3, in: 1...100,
            help: "Stop asking after so many times the requests that were needed.")
        mostShort = settings.number(
            "max_shortfall", 0, in: 0...1,
            help: "The share of a target that may be missing before the run ends with exit code 1.")
        fewShotBelow = settings.integer(
            "few_shot_below", 0, in: 0...Int.max,
            help: "Positives of a category with fewer rows are made after examples from them.")
        coOccurrence = settings.number(
            "co_occurrence", 0, in: 0...1,
            help: "The share of requests for positives that ask for two categories at once.")
        examples = settings.integer(
            "examples", 4, in: 1...20, help: "Rows of the dataset that a few-shot prompt shows.")
        mustContain = settings.strings(
            "must_contain", [], help: "Words of which each request demands one.")
        mustNotContain = settings.strings(
            "must_not_contain", [], help: "Phrases of which each request forbids one.")
        platforms = settings.strings(
            "platforms", [], help: "Prefixes such as [ADULT][MESSAGE], one drawn a request.")
        leastCharacters = settings.integer(
            "min_characters", 3, in: 1...10_000, help: "Shorter texts are refused.")
        mostCharacters = settings.integer(
            "max_characters", 2_000, in: 1...100_000, help: "Longer texts are refused.")
        maxTokens = settings.integer(
            "max_tokens", 2_000, in: 16...131_072, help: "The most that one answer may hold.")
        safeCategory = settings.optionalString(
            "safe_category", help: "The category of innocuous texts in a single-label taxonomy.")
        let sections = GenerationKind.allCases.map { kind in
            let section = settings.section(kind.rawValue, help: "Counts for this kind alone.")
            let own =
                settings.has(kind.rawValue) ? Counts(section, innocuous: kind == .innocuous) : nil
            if settings.has(kind.rawValue) { section.finish() }
            return (kind, own)
        }
        for kind in kinds {
            let own = sections.first { $0.0 == kind }?.1
            tasks += Self.tasks(
                kind, own ?? counts, taxonomy, perCall: perCall, factor: factor)
        }
        for (kind, own) in sections where own != nil && !kinds.contains(kind) {
            settings.fault(
                kind.rawValue, "`\(kind.rawValue)` has counts and is none of `kinds`",
                hint: "add it to `kinds`")
        }
        check(settings, taxonomy, kinds, [counts] + sections.compactMap(\.1))
    }

    /// `targets` and `per_category`.
    private struct Counts {
        var targets: [(key: String, value: Int)]
        var perCategory: Int
        /// Innocuous texts have no category.
        var total: Int
        var reader: SettingsReader

        init(_ reader: SettingsReader, innocuous: Bool = false) {
            self.reader = reader
            if innocuous {
                targets = []
                perCategory = 0
                total = reader.integer("count", 0, in: 0...10_000_000, help: "Texts.")
                return
            }
            targets = reader.counts("targets", in: 0...10_000_000, help: "Category → texts.")
            perCategory = reader.integer(
                "per_category", 0, in: 0...10_000_000,
                help:
                    "Texts for every category that `targets` does not name and synthesis allows."
            )
            total = perCategory
        }
    }

    /// Whether texts may be made for a category: it and all that follows from it.
    static func isAllowed(_ category: String, _ taxonomy: Taxonomy) -> Bool {
        taxonomy.closure(of: category).allSatisfy { id in
            !SynthesisPolicy.isAlwaysDenied(id) && taxonomy[id]?.synthesis != .deny
        }
    }

    private static func tasks(
        _ kind: GenerationKind, _ counts: Counts, _ taxonomy: Taxonomy, perCall: Int,
        factor: Double
    ) -> [GenerationTask] {
        if kind == .innocuous {
            return counts.total == 0
                ? []
                : [
                    GenerationTask(
                        kind, nil, target: counts.total, perCall: perCall, factor: factor)
                ]
        }
        return taxonomy.categories.compactMap { category in
            let named = counts.targets.first { $0.key == category.id }?.value
            let target = named ?? counts.perCategory
            guard target > 0, isAllowed(category.id, taxonomy) else { return nil }
            return GenerationTask(
                kind, category.id, target: target, perCall: perCall, factor: factor)
        }
    }

    private func check(
        _ settings: SettingsReader, _ taxonomy: Taxonomy, _ kinds: [GenerationKind],
        _ counts: [Counts]
    ) {
        let ids = taxonomy.categories.map(\.id)
        for count in counts {
            for (category, _) in count.targets {
                if !ids.contains(category) {
                    count.reader.fault(
                        "targets", "there is no category `\(category)`",
                        hint: NearestName.hint(category, in: ids))
                } else if !Self.isAllowed(category, taxonomy) {
                    count.reader.fault(
                        "targets", "texts for `\(category)` are never generated",
                        why: "the category, or one that follows from it, has `synthesis: deny`",
                        hint: "take it out of `targets`; no setting overrides this")
                }
            }
        }
        if tasks.isEmpty, !ids.isEmpty, settings.faults.isEmpty {
            settings.fault(
                nil, "nothing would be generated", hint: "set `per_category` or `targets`")
        }
        if leastCharacters > mostCharacters {
            settings.fault("min_characters", "`min_characters` lies above `max_characters`")
        }
        if taxonomy.isSingleLabel {
            if coOccurrence > 0 {
                settings.fault(
                    "co_occurrence", "a text of this taxonomy has exactly one category",
                    hint: "leave `co_occurrence` at 0")
            }
            if kinds.contains(.innocuous), safeCategory == nil {
                settings.fault(
                    "safe_category", "innocuous texts need a category in this taxonomy",
                    hint: "name the one that stands for `none of the others`")
            }
        }
        if let safeCategory, !ids.contains(safeCategory) {
            settings.fault(
                "safe_category", "there is no category `\(safeCategory)`",
                hint: NearestName.hint(safeCategory, in: ids))
        }
    }
}

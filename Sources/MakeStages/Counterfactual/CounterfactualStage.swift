internal import Counterfactual
public import Pipeline
public import Records

/// **counterfactual**: contrast sets from templates, so that a model learns what is said and not of
/// whom.
///
/// *Does*: fills sentence frames with subjects and predicates of the `Counterfactual` module. A set
/// is one frame with a protected group and an object, each with a negative and another predicate
/// (GN, ON, GP, OP), and with another group of the same class (G'N, G'P): only GN and G'N break
/// `category`.
///
/// *Writes*: the sets behind all rows, each row with source `counterfactual`, its set in
/// `provenance.set_id` and its cell, subject, axis and predicate in `metadata`; `balance.json`
/// beside the records. *Reads*: nothing of the rows. *Refuses*: nothing.
///
/// *Labels*: `category` and what it implies are 1 in GN and G'N; `category` is 0 in every other
/// cell; `safe_categories` are 0 everywhere; all others stay unknown. A category that may not be
/// synthesised is refused before the run.
///
/// *Gate*: groups and predicates come equally often and no token stands in undesired rows only,
/// for any number of sets; that no frame makes more than `max_template_share` of the rows, from
/// ``gatedSetsPerFrame`` sets a frame on.
///
/// *Example*: `{use: counterfactual, sets: 1, cells: [GN, GP, ON, OP]}` with the subjects
/// `Martians` and `kettles`, the frame `{S:cap} {be} {P}.` and the predicates `useless` and
/// `round` makes "Martians are useless." with `{"hate_speech":1}`, and "Martians are round.",
/// "Kettles are useless." and "Kettles are round." with 0.
///
/// *Source*: Markov et al. 2023 (A Holistic Approach to Undesired Content Detection), section 3.3;
/// Gardner et al. 2020 for contrast sets, Dixon et al. 2018 for balance over identity terms.
public struct CounterfactualStage: Stage {
    public static let description = StageDescription(
        name: "counterfactual", version: 1, role: .generator,
        summary: "Adds contrast sets: the same sentence of groups and of things, labels apart.",
        method: """
            Fills sentence frames with protected groups and with objects, each with a negative and \
            another predicate, and swaps groups of one class; every group, frame and predicate \
            comes equally often. balance.json holds the counts, and a gate fails when they are not \
            equal.
            """,
        cost: "One pass; the new rows are held in memory until they are written; no calls.",
        usesTaxonomy: true)

    /// From so many sets for each frame on, chance cannot give a frame too large a share.
    ///
    /// Measured on our own ingredients: 80 were enough for both seeds tried.
    static let gatedSetsPerFrame = 100
    private static let safestTemplateShare = 0.05

    private let templates: String
    private let predicates: String
    private let subjects: String
    private let sets: Int
    private let categories: [CounterfactualSettings.Category]
    private let category: String
    private let cells: [Cell]
    private let axes: [String]
    private let templateShare: Double

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        templates = settings.path(
            "templates", "templates/counterfactual", help: "Sentence frames: a file or a folder.")
        predicates = settings.path(
            "predicates", "templates/counterfactual", help: "Predicates: a file or a folder.")
        subjects = settings.path("subjects", "corpora/subjects", help: "The folder of subjects.")
        sets = settings.integer(
            "sets", 1_000, in: 0...1_000_000, help: "How many sets; each has a row per cell.")
        category = settings.string(
            "category", "hate_speech", help: "What a negative predicate of a group breaks.")
        let safe = settings.strings(
            "safe_categories", [], help: "Categories that no cell breaks: 0 everywhere.")
        cells = settings.choices(
            "cells", [.gn, .gp, .on, .op, .hn, .hp],
            help: """
                Group, Object, other group (G'), non-protected group (Q), Individual, each with a \
                Negative or another predicate.
                """)
        axes = settings.strings(
            "axes", [], help: "Only groups of these axes (religion, say); none means all.")
        templateShare = settings.number(
            "max_template_share", Self.safestTemplateShare, in: 0...1,
            help: "The largest part of the rows that one frame may make.")
        if !cells.contains(.gn) {
            settings.fault("cells", "the cells of a contrast set lack `GN`")
        }
        for (index, cell) in cells.enumerated() where cells[..<index].contains(cell) {
            settings.fault("cells", "the cell `\(cell.rawValue)` stands twice")
        }
        let implied = setup.taxonomy?.closure(of: category).dropFirst().map { $0 } ?? []
        Self.check(settings, setup.taxonomy, category, safe, implied)
        let undesired: Set<Cell> = [.gn, .hn]
        let all = Set(Cell.allCases)
        categories =
            [.init(category, undesired: undesired, safe: all.subtracting(undesired))]
            + implied.map { .init($0, undesired: undesired, safe: []) }
            + safe.map { .init($0, undesired: [], safe: all) }
    }

    private static func check(
        _ settings: SettingsReader, _ taxonomy: Taxonomy?, _ category: String, _ safe: [String],
        _ implied: [String]
    ) {
        let isDenied = ([category] + implied).contains {
            SynthesisPolicy.isAlwaysDenied($0) || taxonomy?[$0]?.synthesis == .deny
        }
        if isDenied {
            settings.fault(
                "category", "nothing may be generated for `\(category)`",
                why: "its synthesis policy is `deny`")
        }
        for (index, name) in safe.enumerated() {
            if safe[..<index].contains(name) || name == category || implied.contains(name) {
                settings.fault(
                    "safe_categories", "`\(name)` cannot be 0 everywhere",
                    why: "it stands twice, or a cell breaks it")
            }
        }
        guard let known = taxonomy?.categories.map(\.id) else { return }
        for (key, name) in [("category", category)] + safe.map({ ("safe_categories", $0) })
        where !known.contains(name) {
            settings.fault(
                key, "there is no category `\(name)`", hint: NearestName.hint(name, in: known))
        }
    }

    public func dependencies() throws(Fault) -> [StageDependency] {
        // Read here already, so that a fault in them stops before the run begins.
        _ = try ingredients()
        var found: [StageDependency] = []
        for path in try framePaths() + predicatePaths() + SubjectFiles.paths(subjects) {
            found.append(try .file(path))
        }
        return found
    }

    public func plan(_ input: PlanInput) throws(Fault) -> StagePlan {
        StagePlan(rows: input.rows.map { $0 + sets * cells.count }, example: input.example)
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.keepAll()
        let made = graph.append("fill templates") { context throws(Fault) in
            let ingredients = try ingredients()
            let (rows, report) = try rows(ingredients, context)
            return (rows, Made(report: report, ingredients: ingredients))
        }
        graph.finish(made) { output, made throws(Fault) in
            try finish(
                output, made.report, made.ingredients.subjects,
                frames: made.ingredients.templates.count)
        }
    }

    private struct Made: Sendable {
        let report: BalanceReport
        let ingredients: Ingredients
    }

    private func rows(
        _ ingredients: Ingredients, _ context: StageContext
    ) throws(Fault) -> ([Addition], BalanceReport) {
        var settings = CounterfactualSettings()
        // Two stages of one pipeline make different sets.
        settings.seed = StableHash.mix(context.seed, StableHash.hash(context.stage))
        settings.categories = categories
        settings.cells = cells
        let generator = try CounterfactualGenerator(
            templates: ingredients.templates, predicates: ingredients.predicates,
            subjects: ingredients.subjects, settings: settings)
        let writer = ContrastRecords(
            stage: context.stage, category: category, templates: ingredients.templates,
            subjects: ingredients.subjects)
        var report = BalanceReport()
        var added: [Addition] = []
        added.reserveCapacity(sets * cells.count)
        for set in generator.sets.prefix(sets) {
            report.add(set)
            added += writer.records(set).map { Addition($0) }
        }
        return (added, report)
    }

    private func finish(
        _ output: StageOutput, _ report: BalanceReport, _ subjects: [Subject], frames: Int
    ) throws(Fault) {
        var groups: [String: String] = [:]
        for subject in subjects where subject.kind == .group {
            groups[subject.conceptID] = subject.axis
        }
        if sets == 0 { return }
        let failures = report.failures(axes: groups, maximumTemplateShare: templateShare)
        let isEnough = sets >= frames * Self.gatedSetsPerFrame
        let broken =
            isEnough ? failures : report.failures(axes: groups, maximumTemplateShare: 1)
        try output.write(
            BalanceFile.json(report, failures: failures, axes: groups), to: "balance.json")
        output.gate(
            "balance", passed: broken.isEmpty,
            detail: broken.isEmpty
                ? "groups and predicates come equally often" : broken.joined(separator: "; "))
        if failures.count > broken.count {
            output.note(
                "\(NumberFormat.number(sets)) sets are too few for equal shares of the frames; "
                    + "from "
                    + "\(NumberFormat.number(frames * Self.gatedSetsPerFrame)) on they are promised"
            )
        }
    }

    private func framePaths() throws(Fault) -> [String] {
        guard Paths.isFolder(templates) else { return [templates] }
        return try TextFile.names(in: templates, suffix: ".yaml")
            .filter { !Self.isPredicates($0) }.map { "\(templates)/\($0)" }
    }

    private func predicatePaths() throws(Fault) -> [String] {
        guard Paths.isFolder(predicates) else { return [predicates] }
        return try TextFile.names(in: predicates, suffix: ".yaml")
            .filter(Self.isPredicates).map { "\(predicates)/\($0)" }
    }

    /// Frames and predicates may share a folder, as they do in ours.
    private static func isPredicates(_ name: String) -> Bool { name.hasPrefix("predicates") }

    private struct Ingredients: Sendable {
        let templates: [Template]
        let predicates: [Counterfactual.Predicate]
        let subjects: [Subject]
    }

    private func ingredients() throws(Fault) -> Ingredients {
        var frames: [Template] = []
        for path in try framePaths() {
            frames += try Counterfactual.Ingredients.templates(
                yaml: try TextFile.read(path), file: path)
        }
        var said: [Counterfactual.Predicate] = []
        for path in try predicatePaths() {
            said += try Counterfactual.Ingredients.predicates(
                yaml: try TextFile.read(path), file: path)
        }
        let all = try SubjectFiles.read(subjects)
        let known = Set(all.filter { $0.kind == .group }.compactMap(\.axis)).sorted()
        for axis in axes where !known.contains(axis) {
            throw Fault(
                .configuration, "no group has the axis `\(axis)`", at: .file(subjects),
                hint: NearestName.hint(axis, in: known))
        }
        let chosen = all.filter { subject in
            subject.kind != .group || axes.isEmpty || axes.contains(subject.axis ?? "")
        }
        return Ingredients(templates: frames, predicates: said, subjects: chosen)
    }
}

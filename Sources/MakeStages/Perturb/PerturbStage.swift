internal import Counterfactual
internal import Perturbation
public import Pipeline
public import Records

/// **perturb**: adversarial children of labelled rows.
///
/// *Does*: draws a share of the rows, and for each up to three children: the row's text with one
/// operator (or a chain of two) of the `Perturbation` module applied: look-alike letters, slips of
/// the keys, separators, markup. What carries meaning is protected (addresses, numbers, negators,
/// placeholders, your own phrases), and every edit is logged so that the parent can be restored.
///
/// *Writes*: children right behind their parents, with the parent's labels, metadata and root,
/// source `perturbation`, and the edit log in `provenance.operators`; `operators.json` beside the
/// records. *Reads*: texts and labels. *Refuses*: nothing.
///
/// *Label matching*: which rows and which operators is a hash of stage, seed and id that never sees
/// a label, so that no operator tells anything about the label. `operators.json` counts what came
/// of it per category; see ``OperatorTally`` for the gate.
///
/// *Leaves alone*: rows that are perturbations themselves; rows labelled with a category that may
/// not be synthesised; rows of contrast sets (`sets: skip`), or all rows of a set alike
/// (`sets: whole`: same operators, same draws, identity terms protected, all members or none).
///
/// *Example*: `{use: perturb, share: 1, operators: [leet]}` makes of `a = "Nobody trusts these
/// worthless promises"` a second row, `"Nobody trusts these worthle5s promises"` with seed 7.
///
/// *Source*: operators, bounds and shares after TextAttack, nlpaug, Zeroé and the others that the
/// module's operators name; share and children per parent as in TextAttack's `Augmenter`, bounded.
public struct PerturbStage: Stage {
    public static let description = StageDescription(
        name: "perturb", version: 2, role: .generator,
        summary: "Adds adversarial children: disguised and garbled copies that keep their labels.",
        method: """
            Draws rows and operators by a hash that never sees a label; protects addresses, \
            numbers, negators and your own phrases; keeps edits within budgets; logs every edit. \
            operators.json holds the counts per operator and category, and a gate fails when an \
            operator tells the label.
            """,
        cost: "One pass, two with `sets: whole`; little work a child; no calls.", usesTaxonomy: true
    )

    enum Sets: String, CaseIterable, Sendable { case skip, whole }

    private static let defaultOperators = Operators.all
        .filter { !$0.isEvaluationOnly && $0.label != .review }.map(\.id)

    private let steps: [Perturber.Step]
    private let share: Double
    private let childrenPerRow: Int
    private let maximumChain: Int
    private let categories: [String]
    private let onlyLabelled: Bool
    private let protected: [String]
    private let sets: Sets
    private let lexicons: String
    private let subjects: String
    private let operatorGap: Double
    private let budgets: Perturber.Settings
    private let denied: [String]

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        steps = Self.steps(settings)
        share = settings.number(
            "share", 0.2, in: 0...1, help: "Part of the eligible rows that get children.")
        childrenPerRow = settings.integer(
            "children_per_row", 1, in: 1...3, help: "Children of each row that is drawn.")
        maximumChain = settings.integer(
            "chain", 1, in: 1...2, help: "Operators in a row on one child, at most.")
        categories = settings.strings(
            "categories", [],
            help: "Only rows labelled 0 or 1 in one of these; both, so that labels stay matched.")
        onlyLabelled = settings.flag(
            "only_labelled", true, help: "Whether rows without any label get no children.")
        protected = settings.strings("protected", [], help: "Words and phrases never edited.")
        sets = settings.choice(
            "sets", .skip, help: "What happens to the rows of contrast sets: none, or all alike.")
        var budgets = Perturber.Settings()
        budgets.maximumWordShare = settings.number(
            "max_word_fraction", 0.3, in: 0...1, help: "Part of a text's words edited, at most.")
        budgets.maximumLetterShare = settings.number(
            "max_char_fraction", 0.15, in: 0...1, help: "Part of a text's letters, at most.")
        budgets.salientShare = settings.number(
            "salient_share", 0.7, in: 0...1,
            help: "Chance that the next word edited is one of the lexicons', if there is one.")
        budgets.layout = settings.choice("layout", .qwerty, help: "The keyboard of slips.")
        self.budgets = budgets
        lexicons = settings.path(
            "lexicons", "corpora/lexicons", help: "Lexicons; their words are edited first.")
        subjects = settings.path(
            "subjects", "corpora/subjects", help: "Identity terms, protected in `sets: whole`.")
        operatorGap = settings.number(
            "operator_gap", 0.01, in: 0...1,
            help: "How much likelier an operator may be on one side of a label than on the other.")
        if let taxonomy = setup.taxonomy {
            let known = taxonomy.categories.map(\.id)
            for category in categories where !known.contains(category) {
                settings.fault(
                    "categories", "there is no category `\(category)`",
                    hint: NearestName.hint(category, in: known))
            }
        }
        denied = setup.taxonomy?.categories.filter { $0.synthesis == .deny }.map(\.id) ?? []
    }

    /// The operators that are named, as `id` or `id:variant`.
    private static func steps(_ settings: SettingsReader) -> [Perturber.Step] {
        let names = settings.strings(
            "operators", defaultOperators,
            help: "Operators, as `id` or `id:variant`; those for evaluation only must be named.")
        var steps: [Perturber.Step] = []
        for (index, name) in names.enumerated() {
            let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
            if names[..<index].contains(name) {
                settings.fault("operators", "the operator `\(name)` stands twice")
                continue
            }
            do throws(Fault) {
                steps.append(
                    try Perturber.Step(parts.first ?? "", variant: parts.dropFirst().first))
            } catch {
                settings.fault("operators", error.what, hint: error.hint)
            }
        }
        if names.isEmpty { settings.fault("operators", "`operators` names no operator") }
        return steps
    }

    public func dependencies() throws(Fault) -> [StageDependency] {
        var found: [StageDependency] = []
        if budgets.salientShare > 0 {
            for path in try SalientWords.files(in: lexicons) { found.append(try .file(path)) }
        }
        if sets == .whole {
            for path in try SubjectFiles.paths(subjects) { found.append(try .file(path)) }
        }
        return found
    }

    public func plan(_ input: PlanInput) throws(Fault) -> StagePlan {
        // A share of the rows is drawn by a hash; not every draw finds something to edit.
        let drawn = input.rows.map { Int((Double($0) * share).rounded(.up)) }
        var plan = StagePlan(
            rows: input.rows.flatMap { rows in drawn.map { rows + $0 * childrenPerRow } },
            example: input.example)
        if let drawn, drawn > 0 {
            plan.notes.append(
                "about \(NumberFormat.number(drawn)) rows get up to \(childrenPerRow) "
                    + "\(childrenPerRow == 1 ? "child" : "children") each")
        }
        return plan
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let incomplete = incompleteSets(&graph)
        let none = OperatorTally(operators: steps.map(\.op.id))
        let tally = graph.map("perturb", incomplete, initial: none) {
            context, incomplete throws(Fault) in
            let maker = try maker(context)
            return { block in
                var tally = none
                var outcomes: [Outcome] = []
                outcomes.reserveCapacity(block.rows.count)
                for row in block.rows {
                    let added = maker.children(of: row.record, incomplete: incomplete, &tally)
                    outcomes.append(Outcome(.keep, added: added))
                }
                return (BlockResult(outcomes), tally)
            }
        }
        graph.finish(tally) { output, tally throws(Fault) in
            try output.write(tally.json, to: "operators.json")
            if let gate = tally.gate(operatorGap) {
                output.gate("operator_gap", passed: gate.passed, detail: gate.detail)
            }
            output.note(tally.sentence)
        }
    }

    private func maker(_ context: StageContext) throws(Fault) -> ChildMaker {
        var settings = budgets
        settings.maximumChain = maximumChain
        settings.phrases = Phrases(protected)
        if settings.salientShare > 0 {
            let words = try SalientWords.read(lexicons)
            settings.salient = words.salient
            settings.blocklist = words.terms
        }
        let plain = try Perturber(settings)
        var inSets: Perturber?
        if sets == .whole {
            var terms = protected
            for subject in try SubjectFiles.read(subjects) {
                terms += [subject.sg, subject.pl, subject.adj].compactMap { $0 }
            }
            settings.phrases = Phrases(terms)
            inSets = try Perturber(settings)
        }
        return ChildMaker(
            stage: context.stage, seed: context.seed, share: share, childrenPerRow: childrenPerRow,
            categories: categories, onlyLabelled: onlyLabelled, denied: denied, plain: plain,
            inSets: inSets, chains: OperatorChains(steps, plain, maximum: maximumChain))
    }

    /// The children that at least one member of a contrast set cannot have.
    private func incompleteSets(_ graph: inout StepGraph) -> StepValue<Set<SetChild>> {
        if sets != .whole { return graph.solve("sets") { _ in Set<SetChild>() } }
        return graph.fold("sets", initial: Set<SetChild>()) { context throws(Fault) in
            let maker = try maker(context)
            return { block in Set(block.rows.flatMap { maker.missing(of: $0.record) }) }
        }
    }
}

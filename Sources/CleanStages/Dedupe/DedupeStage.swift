public import Pipeline
public import Records
internal import StageKit
internal import Text
internal import Vectors

/// Refuses rows whose text another row has already, exactly, nearly or in meaning.
///
/// ```yaml
/// - use: dedupe
///   near: {threshold: 0.8}
///   keep: most_labels
/// ```
///
/// Of `Win a prize now` and `win  a PRIZE now` the first stays, and the second is refused with
/// `duplicate_exact`; were one labelled spam 1 and the other spam 0, both would stay and stand in
/// `conflicts.jsonl`.
public struct DedupeStage: Stage {
    public static let description = StageDescription(
        name: "dedupe", version: 6, role: .filter,
        summary: "Refuses rows that repeat another row.",
        method: """
            Exact: equal after folding case, width (full and half) and spaces; `exact: loose` \
            also compatibility forms, digits and punctuation. Near: of each text a skeleton is \
            compared, its letters and digits in lower case without marks, spaces and invisible \
            characters, look-alikes of other scripts and digits within words read as the letters \
            they imitate (Unicode Technical Standard 39, section 4). Jaccard similarity of its \
            shingles, proposed by MinHash bands chosen for recall (Broder 1997; Leskovec, \
            Rajaraman and Ullman, section 3.4), is counted in full. Then words are aligned, and \
            with `edits_only` a pair counts only if words that differ look alike and are not both \
            words that people write, numbers are the same, no negator comes or goes, and words \
            that one text alone has stand at its ends or are few. Semantic: cosine of \
            vectors, every pair or, above `exact_rows`, those that an index finds; only where the \
            words that the model does not know are the same, and never for rows of mostly such \
            words. A row is \
            refused only when it is itself like a kept row, which is named; never when it is a \
            member of a contrast set, never within a line \
            of descent, and never against a contradicting label. Rows that the last release has \
            by id and text are kept before all others, then those that it has by text, then by id \
            (`released`), so that copies that come later never take the place of a test row; with \
            `refuse_both` only the new row of such a contradiction is refused. A label that the \
            kept row does not know contradicts nothing: it is counted, and named beside the refusal.
            """,
        cost: """
            Exact and near, on an AMD EPYC (Zen 3): a million texts of 90 characters in 25 s of \
            processor time and 0.22 GB, of 2,000 characters in 185 s and 0.23 GB. Memory grows \
            with the rows, time with the characters and with the pairs that are nearly alike. \
            Semantic: time grows with the square of the \
            rows, above `exact_rows` with their number times its root. No calls.
            """,
        readsIfPresent: [Sidecar.unknownWords], writes: DedupeNote.sidecar,
        refusals: [
            .init(
                "duplicate_exact", "A kept row has the same text, but for case, width and spaces."),
            .init("duplicate_near", "A kept row has nearly the same text."),
            .init("duplicate_semantic", "A kept row means the same by its vector."),
            .init("label_conflict", "A row with the same text contradicts its labels."),
            .init("contaminated", "The text shares a run of words with a file `against`."),
        ])

    enum Keep: String, CaseIterable, Sendable {
        case first, longest
        case mostLabels = "most_labels"
        case preferredSource = "preferred_source"
    }
    enum Conflicts: String, CaseIterable, Sendable {
        case keep, report
        case refuseBoth = "refuse_both"
    }
    enum Action: String, CaseIterable, Sendable { case refuse, annotate }
    enum Sets: String, CaseIterable, Sendable { case protect, apart }
    enum Lineage: String, CaseIterable, Sendable { case protect, merge }
    enum Level: String, CaseIterable, Sendable { case folded, loose }

    private let exact: Level
    private let near: NearSearch?
    private let semantic: SemanticSearch?
    let keep: Keep
    private let sources: [Provenance.Source]
    let conflicts: Conflicts
    let lineage: Lineage
    let action: Action
    let sets: Sets
    private let release: PreferredRelease
    private let leastKept: Double
    private let against: [Contamination.File]

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        exact = settings.choice("exact", .folded, help: "What exact copies may differ in.")
        let near = settings.section("near", help: "Texts that are nearly equal.")
        let isNear = near.flag("enabled", true, help: "Look for them.")
        let threshold = near.number(
            "threshold", NearSearch.threshold, in: 0.05...1, help: "The least similarity.")
        let shingle = near.integer(
            "shingle", 5, in: 1...100, help: "Letters and digits in a shingle.")
        let recall = near.number(
            "recall", NearSearch.recall, in: 0.01...0.9999,
            help: "The chance to find a pair that is just similar enough.")
        let isGuarded = near.flag(
            "edits_only", true,
            help: "Whether only edited copies count: words that differ look alike, numbers are "
                + "the same, no negator comes or goes, and only ends may be cut.")
        near.finish()
        do throws(Fault) {
            let finder = try NearDuplicates(threshold: threshold, recall: recall)
            self.near =
                isNear ? NearSearch(finder, shingle: shingle, editsOnly: isGuarded) : nil
        } catch {
            self.near = nil
            settings.fault("near", error.what, why: error.why)
        }
        let (isSemantic, semantic) = settings.optionalSection(
            "semantic", help: "Texts whose vectors are alike.")
        let cosine = semantic.number("threshold", 0.95, in: 0.01...1, help: "The least cosine.")
        let exactRows = semantic.integer(
            "exact_rows", 100_000, in: 0...Int.max,
            help: "With more rows an index finds the pairs, nearly all of them from a cosine of "
                + "0.9 on, in place of comparing every pair.")
        self.semantic =
            isSemantic ? SemanticSearch(threshold: cosine, exactRows: exactRows) : nil
        semantic.finish()
        keep = settings.choice(
            "keep", .first, help: "Which of several stays; the earlier row where that is equal.")
        sources = settings.choices("sources", [], help: "For preferred_source: the best first.")
        conflicts = settings.choice(
            "conflicts", .report, help: "What becomes of equal texts with contrary labels.")
        lineage = settings.choice(
            "lineage", .protect, help: "Whether a row and its descendants may be merged.")
        action = settings.choice(
            "action", .refuse,
            help: "`annotate` refuses no copy: `cluster` beside each row names the row that would "
                + "stay, and `split` keeps what belongs together on one side.")
        sets = settings.choice(
            "contrast_sets", .protect,
            help: "`protect` refuses no member of a contrast set, and rather the other row; "
                + "`apart` only keeps members of one set from each other.")
        release = PreferredRelease(settings)
        leastKept = settings.number(
            "least_kept", 0.1, in: 0...1,
            help: "The least share of the different texts of a category, source or template that "
                + "must stay; below it the gate `kept` fails.")
        let files = settings.sections(
            "against", shorthand: "path",
            help: "JSONL files of texts that must not be in the dataset, such as a benchmark's.")
        against = files.compactMap { Contamination.File($0) }
        if against.count < files.count {
            settings.fault("against", "an element has no `path`", hint: "name a JSONL file")
        }
        if keep == .preferredSource, sources.isEmpty {
            settings.fault("keep", "`sources` is missing", hint: "list the best source first")
        }
    }

    public var reads: [String] { semantic == nil ? [] : [Sidecar.embeddings] }

    public func dependencies() throws(Fault) -> [StageDependency] {
        var found: [StageDependency] = []
        for file in against { found.append(try .file(file.path)) }
        if let file = try release.dependency() { found.append(file) }
        return found
    }

    public var continues: String? { release == .last ? Assignments.fileName : nil }

    public var continuesWithoutFile: Bool { false }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let hasRelease = graph.solve("release") { context throws(Fault) in
            try release.path(context) != nil
        }
        let rows = graph.fold("rows", hasRelease, initial: DedupeRows()) {
            context, hasRelease throws(Fault) in
            let forbidden = try against.isEmpty ? nil : Contamination(against)
            return { (block) throws(Fault) in
                try DedupeRows(
                    block, exact, keep, sources: sources, against: forbidden,
                    hasRelease: hasRelease)
            }
        }
        let copies = graph.group("copies", rows, rows: { $0.keys }) { _, rows in
            rows.count > 1 ? Array(rows) : nil
        }
        var merge = graph.solve("exact", rows, copies) { context, rows, copies throws(Fault) in
            let table = try rows.rows.joined() ?? DedupeTable()
            var released = ReleasedRows()
            if let path = try release.path(context) {
                released = try ReleasedRows(rows, table, assignments: path)
            }
            var merge = Merge(table, self, released: released)
            merge.exact(copies)
            return merge
        }
        if let near { merge = near.steps(&graph, merge) }
        if let semantic {
            merge = graph.solve("semantic", merge) { context, merge throws(Fault) in
                try await semantic.search(context, merge)
            }
        }
        let verdict = graph.solve("merge", merge) { _, merge in merge.finish() }
        let outcomes = graph.solve("verdicts", verdict) { _, verdict in verdict.outcomes }
        graph.mapRows("refuse", outcomes) { _, outcomes in
            { row in outcomes.outcome(row) }
        }
        graph.finish(verdict) { output, verdict throws(Fault) in try report(output, verdict) }
    }

    private func report(_ output: StageOutput, _ verdict: DedupeVerdict) throws(Fault) {
        if conflicts != .keep {
            try output.write(
                verdict.conflictLines, to: "conflicts.jsonl", rows: verdict.conflicts.count)
        }
        try output.write(verdict.counts, to: "duplicates.json")
        let wipedOut = verdict.wipedOut(below: leastKept)
        if action == .refuse, leastKept > 0 {
            output.gate(
                "kept", passed: wipedOut.isEmpty,
                detail: wipedOut.isEmpty
                    ? "of every category, source and template with 20 different texts or more "
                        + "\(Int((leastKept * 100).rounded())) % or more stay"
                    : wipedOut.prefix(5).joined(separator: "; ")
                        + (wipedOut.count > 5 ? "; and \(wipedOut.count - 5) more" : "")
                        + "; raise `near.threshold` or `semantic.threshold`, or set `least_kept`")
        }
        if let note = verdict.passedOverNote { output.note(note) }
        // Without the release such rows may be the same: what is said of it is this run's.
        if !verdict.released.isEmpty {
            output.count("released_rows", Double(verdict.released.count))
            output.count("refused_for_released_rows", Double(verdict.overruled))
        }
        if verdict.overruled > 0 {
            output.remark(
                "\(NumberFormat.count(verdict.overruled, "row")) refused in favour of rows of the "
                    + "last release that `keep` would have put behind them")
        }
        if !verdict.conflicts.isEmpty, conflicts == .report {
            output.note(
                "\(NumberFormat.number(verdict.conflicts.count)) pairs of like texts have contrary "
                    + "labels: see conflicts.jsonl")
        }
        let relabelled = verdict.relabelled
        if relabelled > 0 {
            output.note(
                "\(NumberFormat.count(relabelled, "duplicate")) with other labels than the row "
                    + "that was "
                    + "kept, whose labels stay as they are: refused.jsonl names them; where a text "
                    + "has exactly one category, a taxonomy with `single_label: true` keeps both "
                    + "and lists them in conflicts.jsonl")
        }
    }
}

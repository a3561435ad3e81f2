public import Pipeline
public import Records
internal import StageKit
internal import Vectors

/// Finds rows that lie far from the other rows of their category.
///
/// ```yaml
/// - use: centroid-filter
///   by: margin
///   threshold: 0
///   action: review
/// ```
///
/// Of ten rows of `spam` that point one way and one that points where `billing` lies, that one has
/// a margin above 0: it is nearer to another category than to its own, and comes first in
/// `review.jsonl`.
public struct CentroidFilterStage: Stage {
    public static let description = StageDescription(
        name: "centroid-filter", version: 2, role: .filter,
        summary: "Finds rows that lie far from the centre of their category.",
        method: """
            Cosine distance to the category's centre (or the nearest of several, by spherical \
            k-means), over rows with label 1; the limit is a number, a percentile, a modified z \
            score (Iglewicz and Hoaglin 1993) or a count. The margin, own distance minus that to \
            the nearest centre of a category that the row does not have, finds changed labels \
            better (area under the ROC curve 0.985 against 0.929 for 1,004 labels changed among \
            10,003 bank questions, All-MiniLM-L6-v2). A small second kind of row within a category \
            looks like outliers: prefer `action: review`. Rows most of whose words the model of \
            `embed` does not know take no part: their vectors say nothing.
            """,
        cost: """
            Time grows with rows times centres of all categories: 0.3 s for 24,783 tweets with \
            three categories on two cores of an AMD EPYC (Zen 4). Memory: some numbers a row; \
            the vectors are mapped, 256 MB of them at most. No calls.
            """,
        reads: [Sidecar.embeddings], readsIfPresent: [Sidecar.unknownWords],
        writes: "centroid-filter",
        refusals: [
            .init(
                "centroid_distance",
                "The row lies too far from its category's centre; `detail` names the category.")
        ])

    enum Centre: String, CaseIterable, Sendable { case mean, medoid, trimmed }
    enum Measure: String, CaseIterable, Sendable { case distance, margin }
    enum Action: String, CaseIterable, Sendable { case refuse, review }
    enum When: String, CaseIterable, Sendable { case all, any }

    let centroids: Int
    let centre: Centre
    let measure: Measure
    let action: Action
    let when: When
    let rule: CentroidRule
    let rules: [String: CentroidRule]

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        centroids = settings.integer(
            "centroids", 1, in: 1...64, help: "Most centres of a category, for those with modes.")
        centre = settings.choice(
            "centre", .mean, help: "What the centre is; several centres are means.")
        measure = settings.choice(
            "by", .distance, help: "The distance, or how much nearer another category is.")
        action = settings.choice(
            "action", .refuse, help: "Refuse outliers, or keep and list them.")
        when = settings.choice(
            "when", .all, help: "A row with several categories: outlier in all, or in any.")
        let rule = CentroidRule.read(settings, base: .standard)
        self.rule = rule
        var rules: [String: CentroidRule] = [:]
        let ids = setup.taxonomy?.categories.map(\.id) ?? []
        for entry in settings.namedSections("categories", help: "Other limits, by category.") {
            rules[entry.key] = CentroidRule.read(entry.reader, base: rule)
            entry.reader.finish()
            if !ids.isEmpty, !ids.contains(entry.key) {
                settings.fault(
                    "categories", "there is no category `\(entry.key)`",
                    hint: NearestName.hint(entry.key, in: ids))
            }
        }
        self.rules = rules
        if centroids > 1, centre != .mean {
            settings.fault("centre", "several centres are means", hint: "leave `centre` out")
        }
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let found = graph.fold("positives", initial: InRowOrder<PositiveRows>()) { _ in
            { (block) throws(Fault) in
                InRowOrder(try PositiveRows(block), of: block.range)
            }
        }
        let positives = graph.solve("members", found) { _, found throws(Fault) in
            try found.joined() ?? PositiveRows()
        }
        let space = graph.solve("centroids", positives) { context, positives throws(Fault) in
            try CentroidSpace(self, positives, try rows(context, positives), seed: context.seed)
        }
        let measured = graph.fold(
            "distances", positives, space, initial: InRowOrder<CentroidMeasures>()
        ) { context, positives, space throws(Fault) in
            let rows = try rows(context, positives)
            return { block in
                defer { rows?.matrix.releasePages(of: block.range) }
                return InRowOrder(
                    space.measures(Array(block.range), positives, rows), of: block.range)
            }
        }
        let verdict = graph.solve("outliers", positives, space, measured) {
            _, positives, space, measured throws(Fault) in
            try CentroidVerdict(
                self, positives, space, try measured.joined() ?? CentroidMeasures())
        }
        let flagged = graph.map("judge", positives, verdict, initial: InRowOrder<[String]>()) {
            _, positives, verdict in
            { block in judge(block, positives, verdict) }
        }
        graph.finish(positives, verdict, flagged) {
            output, positives, verdict, flagged throws(Fault) in
            try finish(output, positives, verdict, ids: try flagged.joined() ?? [])
        }
    }

    /// The vectors beside the rows; none where no row has a category.
    private func rows(
        _ context: StageContext, _ positives: PositiveRows
    ) throws(Fault) -> UnitRows? {
        guard let input = context.input, positives.count > 0 else { return nil }
        let rows = try UnitRows(try input.embeddings())
        guard rows.count == positives.count else {
            throw Fault(.badData, "the vectors are not those of the rows", at: .file(input.folder))
        }
        return rows
    }

    /// The rows' verdicts, and the ids of those with a flagged category.
    private func judge(
        _ block: RowBlock, _ positives: PositiveRows, _ verdict: CentroidVerdict
    ) -> (BlockResult, InRowOrder<[String]>) {
        var outcomes: [Outcome] = []
        var ids: [String] = []
        outcomes.reserveCapacity(block.rows.count)
        for row in block.rows {
            outcomes.append(verdict.outcome(row, self, positives))
            let isFlagged = positives.range(of: row.index).contains { verdict.flagged[$0] }
            if isFlagged { ids.append(row.record.id) }
        }
        return (BlockResult(outcomes), InRowOrder(ids, of: block.range))
    }

    private func finish(
        _ output: StageOutput, _ positives: PositiveRows, _ verdict: CentroidVerdict,
        ids: [String]
    ) throws(Fault) {
        if let note = positives.unknown.passedOverNote { output.note(note) }
        if positives.count == 0 { return }
        if action == .review {
            let review = verdict.review(positives, ids: ids)
            try output.write(review.bytes, to: "review.jsonl", rows: review.count)
        }
        try output.write(verdict.histograms(self, positives), to: "distances.json")
        for name in verdict.untouched {
            output.note(
                "the category \(name) has too few rows for a centre and stays untouched")
        }
        output.count("outliers", Double(verdict.flagged.count { $0 }))
    }
}

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
        name: "dedupe", version: 3, role: .filter,
        summary: "Refuses rows that repeat another row.",
        method: """
            Exact: equal after folding case, width (full and half) and spaces; `exact: loose` \
            also compatibility forms, digits and punctuation. Near: Jaccard similarity of \
            character shingles, proposed by MinHash bands chosen for recall (Broder 1997; \
            Leskovec, Rajaraman and Ullman, section 3.4) and counted in full. Semantic: cosine of \
            vectors, every pair or, above `exact_rows`, those that an index finds; only where the \
            words that the model does not know are the same, and never for rows of mostly such \
            words. A row is \
            refused only when it is itself like a kept row; never within a contrast set or a line \
            of descent, and never against a contradicting label. A label that the kept row does \
            not know contradicts nothing: it is counted, and named beside the refusal.
            """,
        cost: """
            Exact and near, on an AMD EPYC (Zen 3): a million texts of 90 characters in 25 s of \
            processor time and 0.2 GB, ten million in 330 s and 1.1 GB (threshold 0.7), a \
            million of 2,000 characters in 260 s and 0.2 GB; time grows with \
            the characters, memory with the rows. Semantic: time grows with the square of the \
            rows, above `exact_rows` with their number times its root. No calls.
            """,
        readsIfPresent: [Sidecar.unknownWords], writes: DedupeNote.sidecar,
        refusals: [
            .init(
                "duplicate_exact", "A kept row has the same text, but for case, width and spaces."),
            .init("duplicate_near", "A kept row has nearly the same text."),
            .init("duplicate_semantic", "A kept row means the same by its vector."),
            .init("label_conflict", "A row with the same text contradicts its labels."),
            .init("contaminated", "The text shares a run of words with the file `against`."),
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
    enum Lineage: String, CaseIterable, Sendable { case protect, merge }
    enum Level: String, CaseIterable, Sendable { case folded, loose }

    private let exact: Level
    private let near: NearDuplicates?
    private let shingle: Int
    private let semantic: Double?
    private let exactRows: Int
    let keep: Keep
    private let sources: [Provenance.Source]
    let conflicts: Conflicts
    let lineage: Lineage
    private let against: String?

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        exact = settings.choice("exact", .folded, help: "What exact copies may differ in.")
        let near = settings.section("near", help: "Texts that are nearly equal.")
        let isNear = near.flag("enabled", true, help: "Look for them.")
        let threshold = near.number("threshold", 0.8, in: 0.05...1, help: "The least similarity.")
        shingle = near.integer("shingle", 5, in: 1...100, help: "Characters in a shingle.")
        let recall = near.number(
            "recall", 0.99, in: 0.01...0.9999,
            help: "The chance to find a pair that is just similar enough.")
        near.finish()
        do throws(Fault) {
            self.near = isNear ? try NearDuplicates(threshold: threshold, recall: recall) : nil
        } catch {
            self.near = nil
            settings.fault("near", error.what, why: error.why)
        }
        let (isSemantic, semantic) = settings.optionalSection(
            "semantic", help: "Texts whose vectors are alike.")
        let cosine = semantic.number("threshold", 0.95, in: 0.01...1, help: "The least cosine.")
        exactRows = semantic.integer(
            "exact_rows", 100_000, in: 0...Int.max,
            help: "With more rows an index finds the pairs, nearly all of them from a cosine of "
                + "0.9 on, in place of comparing every pair.")
        self.semantic = isSemantic ? cosine : nil
        semantic.finish()
        keep = settings.choice(
            "keep", .first, help: "Which of several stays; the earlier row where that is equal.")
        sources = settings.choices("sources", [], help: "For preferred_source: the best first.")
        conflicts = settings.choice(
            "conflicts", .report, help: "What becomes of equal texts with contrary labels.")
        lineage = settings.choice(
            "lineage", .protect, help: "Whether a row and its descendants may be merged.")
        against = settings.optionalPath(
            "against", help: "A JSONL file of texts that must not be in the dataset.")
        if keep == .preferredSource, sources.isEmpty {
            settings.fault("keep", "`sources` is missing", hint: "list the best source first")
        }
    }

    public var reads: [String] { semantic == nil ? [] : [Sidecar.embeddings] }

    public func dependencies() throws(Fault) -> [StageDependency] {
        guard let against else { return [] }
        return [try .file(against)]
    }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        let rows = graph.fold("rows", initial: DedupeRows()) { context throws(Fault) in
            let forbidden = try against.map { path throws(Fault) in
                try Contamination(path: path)
            }
            let normaliser = TextNormaliser(exact == .folded ? .width : .loose)
            return { (block) throws(Fault) in
                try DedupeRows(block, normaliser, keep, sources: sources, against: forbidden)
            }
        }
        let copies = graph.group("copies", rows, rows: { $0.keys }) { _, rows in
            rows.count > 1 ? Array(rows) : nil
        }
        var merge = graph.solve("exact", rows, copies) { _, rows, copies throws(Fault) in
            var merge = Merge(try rows.rows.joined() ?? DedupeTable(), self)
            merge.exact(copies)
            return merge
        }
        if let near { merge = findNear(near, &graph, merge) }
        if let semantic {
            merge = graph.solve("semantic", merge) { context, merge throws(Fault) in
                try await findSemantic(semantic, context, merge)
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
        if let note = verdict.passedOverNote { output.note(note) }
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

    /// Sketches every text, and reads again only those that share a band with another.
    private func findNear(
        _ near: NearDuplicates, _ graph: inout StepGraph, _ exact: StepValue<Merge>
    ) -> StepValue<Merge> {
        let isAlive = graph.solve("alive", exact) { _, merge in merge.isAlive }
        let sketches = graph.fold("sketches", isAlive, initial: InRowOrder<Sketches>()) {
            _, isAlive in
            let shingling = Shingling.characters(shingle)
            let normaliser = TextNormaliser(.width)
            return { block in
                var part = near.noSketches
                for row in block.rows where isAlive[row.index] {
                    let bytes = normaliser.normalise(Array(row.record.text.utf8))
                    let hashes = bytes.withUnsafeBufferPointer(shingling.hashes)
                    near.add(hashes, to: &part)
                }
                return InRowOrder(part, of: block.range)
            }
        }
        return graph.solve("near", exact, sketches) { context, merge, sketches throws(Fault) in
            guard let input = context.input, let sketches = try sketches.joined() else {
                return merge
            }
            return try await pairs(near, sketches, in: input, merge, context)
        }
    }

    private func pairs(
        _ near: NearDuplicates, _ found: Sketches, in input: Dataset, _ exact: Merge,
        _ context: StageContext
    ) async throws(Fault) -> Merge {
        var merge = exact
        let alive = exact.alive
        require(alive.count == found.count, "every living row has its sketch")
        // Large buckets compare with their first texts only: those that would be kept.
        var buckets = BucketRun(near.index(found, order: exact.aliveOrder))
        let (lookup, rows) = (RecordLookup(input), merge.rows)
        let (shingling, normaliser) = (Shingling.characters(shingle), TextNormaliser(.width))
        var pairs = SimilarPairs()
        try await context.ordered {
            buckets.next()
        } work: { (buckets, range) throws(Fault) in
            try near.pairs(in: range, of: buckets) { text in
                rows.labelling(Int(alive[text]))
            } shingles: { text throws(Fault) in
                guard let address = rows.address(Int(alive[text])) else {
                    throw Fault(.defect, "a row that was read has no address")
                }
                let record = try lookup.record(at: address)
                return normaliser.normalise(Array(record.text.utf8))
                    .withUnsafeBufferPointer(shingling.set)
            }
        } take: { found in
            pairs.add(found)
        }
        let ofRows = pairs.joined().map { pair in
            let (one, other) = (Int(alive[pair.first]), Int(alive[pair.second]))
            return SimilarPair(first: one, second: other, score: pair.score)
        }
        merge.take(ofRows, as: .near)
        return merge
    }

    /// Neighbouring buckets of one band with some thousand texts, which are worked on together.
    private struct BucketRun {
        private var index: BandIndex
        private var band: BandBuckets?
        private var nextBucket = 0

        init(_ index: BandIndex) {
            self.index = index
            band = self.index.next()
        }

        /// Nil at the end.
        mutating func next() -> (BandBuckets, Range<Int>)? {
            while let band, nextBucket == band.count {
                self.band = index.next()
                nextBucket = 0
            }
            guard let band else { return nil }
            let first = nextBucket
            var texts = 0
            while nextBucket < band.count, texts < 2_048 {
                texts += band[nextBucket].count
                nextBucket += 1
            }
            return (band, first..<nextBucket)
        }
    }

    /// Cells looked into for each row; docs/decisions/0008-neighbour-index.md has the recall.
    private static let probes = 16

    private func findSemantic(
        _ threshold: Double, _ context: StageContext, _ found: Merge
    ) async throws(Fault) -> Merge {
        var merge = found
        let texts = merge.rows
        guard let input = context.input, texts.count > 0 else { return merge }
        let matrix = try input.embeddings()
        guard matrix.rows == texts.count else {
            throw Fault(.badData, "the vectors are not those of the rows")
        }
        var alive: [Int] = []
        for row in 0..<texts.count where found.isAlive[row] {
            let unknown = texts.unknown(row)
            if unknown?.isBlind == true { merge.passOver(unknown) } else { alive.append(row) }
        }
        let rows = try UnitRows(try Self.rows(alive, of: matrix))
        let pairs =
            if alive.count > exactRows {
                try await NeighbourIndex(rows, seed: context.seed, threads: context.jobs)
                    .pairs(atLeast: threshold, probes: Self.probes, threads: context.jobs)
            } else {
                try SemanticDuplicates(threshold: threshold).pairs(rows)
            }
        merge.take(
            pairs.compactMap { pair in
                let (first, second) = (alive[pair.first], alive[pair.second])
                // Vectors do not show what the model does not know.
                guard texts.unknown(first)?.words == texts.unknown(second)?.words else {
                    return nil
                }
                return SimilarPair(first: first, second: second, score: pair.score)
            }, as: .semantic)
        return merge
    }

    /// The living rows; all of them stay in the mapped file.
    private static func rows(_ alive: [Int], of matrix: Matrix) throws(Fault) -> Matrix {
        if alive.count == matrix.rows { return matrix }
        var values: [Float] = []
        values.reserveCapacity(alive.count * matrix.columns)
        for row in alive { matrix.withRow(row) { values += $0 } }
        return try Matrix(rows: alive.count, columns: matrix.columns, values: values)
    }
}

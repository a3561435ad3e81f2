public import Pipeline
public import Records
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
            Exact and near, on an AMD EPYC (Zen 3): a million texts of 90 characters in 29 s of \
            processor time and 0.4 GB, a million of 2,000 in 270 s and 0.4 GB; time grows with \
            the characters, memory with the rows. Semantic: time grows with the square of the \
            rows, above `exact_rows` with their number times its root. No calls.
            """,
        readsIfPresent: [Sidecar.unknownWords], writes: "dedupe",
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

    public func run(_ work: StageWork) async throws(Fault) {
        var forbidden: Contamination?
        if let against { forbidden = try Contamination(path: against) }
        let normaliser = TextNormaliser(exact == .folded ? .width : .loose)
        let rows = try await work.collect { [forbidden, keep, sources] row throws(Fault) in
            try DedupeRow(row, normaliser, keep, sources: sources, against: forbidden)
        }
        var merge = Merge(rows, self)
        merge.exact()
        if let near { try await findNear(near, work, rows, &merge) }
        if let semantic, let input = work.input, !rows.isEmpty {
            try await findSemantic(semantic, try input.embeddings(), work, rows, &merge)
        }
        let verdict = merge.finish()
        try await work.mapRows { row throws(Fault) in verdict.outcome(row.index) }
        if conflicts != .keep {
            try work.write(
                verdict.conflictLines, to: "conflicts.jsonl", rows: verdict.conflicts.count)
        }
        try work.write(verdict.counts, to: "duplicates.json")
        if !verdict.conflicts.isEmpty, conflicts == .report {
            work.note(
                "\(Words.number(verdict.conflicts.count)) pairs of like texts have contrary "
                    + "labels: see conflicts.jsonl")
        }
        let relabelled = verdict.relabelled
        if relabelled > 0 {
            work.note(
                "\(Words.count(relabelled, "duplicate")) with other labels than the row that was "
                    + "kept, whose labels stay as they are: refused.jsonl names them; where a text "
                    + "has exactly one category, a taxonomy with `single_label: true` keeps both "
                    + "and lists them in conflicts.jsonl")
        }
    }

    /// Sketches every text, and reads again only those that share a band with another.
    private func findNear(
        _ near: NearDuplicates, _ work: StageWork, _ rows: [DedupeRow], _ merge: inout Merge
    ) async throws(Fault) {
        guard let input = work.input else { return }
        let (isAlive, shingling) = (merge.isAlive, Shingling.characters(shingle))
        let normaliser = TextNormaliser(.width)
        @Sendable func bytes(_ record: Record) -> [UInt8] {
            normaliser.normalise(Array(record.text.utf8))
        }
        var sketches = try await work.fold(near.noSketches) { block throws(Fault) in
            var part = near.noSketches
            for row in block.rows where isAlive[row.index] {
                let hashes = bytes(row.record).withUnsafeBufferPointer(shingling.hashes)
                near.add(hashes, to: &part)
            }
            return part
        } join: { all, part in
            all.append(contentsOf: part)
        }
        let alive = merge.order.filter { isAlive[$0] }
        insist(alive.count == sketches.count, "every living row has its sketch")
        if keep != .first {
            // Large buckets compare with their first texts only: those that would be kept.
            var places = [Int](repeating: 0, count: isAlive.count)
            for (place, row) in alive.sorted().enumerated() { places[row] = place }
            sketches = sketches.reordered(alive.map { places[$0] })
        }
        let index = BandIndex(sketches)
        let kinds = merge.labellings(of: alive)
        let lookup = RecordLookup(input)
        var pairs: [SimilarPair] = []
        var next = 0
        try await work.ordered {
            Self.buckets(of: index, from: &next)
        } work: { buckets throws(Fault) in
            try near.pairs(in: buckets, of: index, kinds: kinds) { text throws(Fault) in
                guard let address = rows[alive[text]].address else { return [] }
                let record = try lookup.record(at: address)
                return bytes(record).withUnsafeBufferPointer(shingling.set)
            }
        } take: { found in
            pairs += found
        }
        merge.take(
            NearDuplicates.joined(pairs).map {
                SimilarPair(first: alive[$0.first], second: alive[$0.second], score: $0.score)
            }, as: .near)
    }

    /// Neighbouring buckets with some thousand texts, which are worked on together; nil at the end.
    private static func buckets(of index: BandIndex, from next: inout Int) -> Range<Int>? {
        let first = next
        var texts = 0
        while next < index.bucketCount, texts < 2_048 {
            texts += index.texts(in: next).count
            next += 1
        }
        return first < next ? first..<next : nil
    }

    /// Cells looked into for each row; docs/decisions/0008-neighbour-index.md has the recall.
    private static let probes = 16

    private func findSemantic(
        _ threshold: Double, _ matrix: Matrix, _ work: StageWork, _ texts: [DedupeRow],
        _ merge: inout Merge
    ) async throws(Fault) {
        guard matrix.rows == merge.isAlive.count else {
            throw Fault(.badData, "the vectors are not those of the rows")
        }
        var passedOver = UnknownTally()
        for row in texts.indices where merge.isAlive[row] && texts[row].unknown?.isBlind == true {
            passedOver.add(texts[row].unknown)
        }
        if let note = passedOver.passedOverNote { work.note(note) }
        let alive = merge.isAlive.indices.filter {
            merge.isAlive[$0] && texts[$0].unknown?.isBlind != true
        }
        let rows = try UnitRows(try Self.rows(alive, of: matrix))
        let pairs =
            if alive.count > exactRows {
                try await NeighbourIndex(rows, seed: work.seed, threads: work.jobs)
                    .pairs(atLeast: threshold, probes: Self.probes, threads: work.jobs)
            } else {
                try SemanticDuplicates(threshold: threshold).pairs(rows)
            }
        merge.take(
            pairs.compactMap { pair in
                let (first, second) = (alive[pair.first], alive[pair.second])
                // Vectors do not show what the model does not know.
                guard texts[first].unknown?.words == texts[second].unknown?.words else {
                    return nil
                }
                return SimilarPair(first: first, second: second, score: pair.score)
            }, as: .semantic)
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

internal import Perturbation
internal import Pipeline
internal import Records
internal import StageKit
internal import Text
internal import Vectors

/// Finds texts that are edited copies of each other: bands of sketches propose, the similarity of
/// shingles and the alignment of words decide.
struct NearSearch: Sendable {
    /// Chosen with `Benchmarks/quality/near_duplicates.py`; docs/decisions/0026-edited-copies.md
    /// says on which texts, and has the table.
    static let threshold = 0.45
    static let recall = 0.85

    /// What is compared of a text.
    private struct Text: Sendable {
        let skeleton: TextSkeleton
        /// The letters; for a text without any, its signs.
        let letters: [UInt8]

        init(_ text: String) {
            skeleton = TextSkeleton(text)
            let letters = skeleton.letters
            self.letters =
                letters.isEmpty ? TextNormaliser(.width).normalise(Array(text.utf8)) : letters
        }
    }

    private let finder: NearDuplicates
    private let shingling: Shingling
    private let editsOnly: Bool

    init(_ finder: NearDuplicates, shingle: Int, editsOnly: Bool) {
        self.finder = finder
        shingling = .characters(shingle)
        self.editsOnly = editsOnly
    }

    /// Sketches every text, and reads again only those that share a band with another.
    func steps(_ graph: inout StepGraph, _ exact: StepValue<Merge>) -> StepValue<Merge> {
        let isAlive = graph.solve("alive", exact) { _, merge in merge.isAlive }
        let sketches = graph.fold("sketches", isAlive, initial: NearRows()) { _, isAlive in
            { block in
                var part = finder.noSketches
                var words = WordCounts()
                for row in block.rows where isAlive[row.index] {
                    let text = Text(row.record.text)
                    finder.add(
                        text.letters.withUnsafeBufferPointer(shingling.hashes), to: &part)
                    if editsOnly { words.add(text.skeleton.wordHashes) }
                }
                return NearRows(sketches: InRowOrder(part, of: block.range), words: words)
            }
        }
        return graph.solve("near", exact, sketches) { context, merge, rows throws(Fault) in
            guard let input = context.input, let sketches = try rows.sketches.joined() else {
                return merge
            }
            return try await search(sketches, rows.words, in: input, merge, context)
        }
    }

    private func search(
        _ found: Sketches, _ words: WordCounts, in input: Dataset, _ exact: Merge,
        _ context: StageContext
    ) async throws(Fault) -> Merge {
        var merge = exact
        let alive = exact.alive
        require(alive.count == found.count, "every living row has its sketch")
        // Large buckets compare with their first texts only: those that would be kept.
        var buckets = BucketRun(finder.index(found, order: exact.aliveOrder))
        let (lookup, rows) = (RecordLookup(input), merge.rows)
        let known = words.known
        let rule = EditGuard { hash, word in
            known.contains(hash) || CommonWords.english.contains(word)
                || StopWords.english.contains(word)
        }
        var pairs = SimilarPairs()
        try await context.ordered {
            buckets.next()
        } work: { (buckets, range) throws(Fault) in
            try finder.pairs(in: range, of: buckets) { text in
                rows.labelling(Int(alive[text]))
            } texts: { text throws(Fault) in
                guard let address = rows.address(Int(alive[text])) else {
                    throw Fault(.defect, "a row that was read has no address")
                }
                let text = Text(try lookup.record(at: address).text)
                return NearText(
                    shingles: text.letters.withUnsafeBufferPointer(shingling.set),
                    content: text.skeleton)
            } areCopies: {
                !editsOnly || rule.areCopies($0, $1)
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
}

/// The sketches of rows, and how many of the rows have each word.
struct NearRows: Mergeable {
    private(set) var sketches = InRowOrder<Sketches>()
    private(set) var words = WordCounts()

    init() {}

    init(sketches: InRowOrder<Sketches>, words: WordCounts) {
        self.sketches = sketches
        self.words = words
    }

    mutating func merge(_ other: NearRows) {
        sketches.merge(other.sketches)
        words.merge(other.words)
    }

    func write(to bytes: inout PortableWriter) {
        sketches.write(to: &bytes)
        words.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no sketches and words.
    init(from bytes: inout PortableReader) throws(Fault) {
        sketches = try InRowOrder<Sketches>(from: &bytes)
        words = try WordCounts(from: &bytes)
    }
}

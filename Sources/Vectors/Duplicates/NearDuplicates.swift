public import Records

/// Texts whose shingle sets are alike: MinHash bands find candidates, exact Jaccard decides.
///
/// The sketch only proposes; no pair is reported that was not counted in full. A pair at the
/// threshold is proposed with probability ``recall``, more similar ones with more, copies always.
///
/// Buckets can be huge (boilerplate, empty-looking texts). Comparing all pairs of n texts would
/// cost n², so a bucket compares each text with at most ``bucketLimit`` earlier ones: those that
/// were kept (``keepFirst(_:)``), or that no earlier one of the bucket was like (``pairs(_:)``).
/// Which ones these are follows from the order of the rows alone. A thousand copies thus cost a
/// thousand comparisons, and every copy still names the first.
public struct NearDuplicates: Sendable {
    /// The least Jaccard similarity of duplicates.
    public let threshold: Double
    public let recall: Double
    public let banding: Banding
    /// The most texts of a bucket that others are compared with.
    public let bucketLimit: Int
    private let hasher: MinHash

    /// `slots` limits the length of signatures; the bands may need fewer (see ``Banding``).
    ///
    /// Throws a `configuration` fault for settings out of range.
    public init(
        threshold: Double, recall: Double = 0.99, slots: Int = 128, seed: UInt64 = 0,
        bucketLimit: Int = 256
    ) throws(Fault) {
        guard bucketLimit > 0 else {
            throw Fault(.configuration, "the bucket limit is at least 1", why: "\(bucketLimit)")
        }
        banding = try Banding.forRecall(recall, at: threshold, slots: slots)
        hasher = try MinHash(slots: banding.slots, seed: seed)
        self.threshold = threshold
        self.recall = recall
        self.bucketLimit = bucketLimit
    }

    /// Keeps the first of the texts that are alike, in the order of rows.
    ///
    /// Time O(shingles · slots) for signatures, then at most bands · ``bucketLimit`` comparisons a
    /// text; memory 4 · slots + 12 · bands bytes a text beside the sets.
    public func keepFirst(_ sets: ShingleSets) -> DuplicateReport {
        let index = BandIndex(hasher.signatures(sets), banding)
        var keptTexts = [Int32](repeating: 0, count: index.texts.count)
        var keptCounts = [Int](repeating: 0, count: index.bucketCount)
        var refused: [DuplicateMatch] = []
        var overflows = 0
        for row in 0..<sets.count {
            let buckets = index.bucketOfText[row * banding.bands..<(row + 1) * banding.bands]
                .lazy.filter { $0 >= 0 }.map { Int($0) }
            var candidates: [Int32] = []
            for bucket in buckets {
                let from = index.offsets[bucket]
                candidates += keptTexts[from..<from + keptCounts[bucket]]
            }
            if let match = bestMatch(of: row, among: candidates, sets) {
                refused.append(match)
                continue
            }
            for bucket in buckets {
                if keptCounts[bucket] < bucketLimit {
                    keptTexts[index.offsets[bucket] + keptCounts[bucket]] = Int32(row)
                    keptCounts[bucket] += 1
                } else {
                    overflows += 1
                }
            }
        }
        return DuplicateReport(rowCount: sets.count, refused: refused, overflows: overflows)
    }

    /// All pairs found at or above the threshold, in rising order of (first, second).
    ///
    /// In a bucket of more than ``bucketLimit`` texts only pairs with its first unlike texts are
    /// reported, enough to connect copies (see ``Components``).
    ///
    /// - Parameter kinds: One a text, or none. Where a text may only stand for others of its kind,
    ///   a large bucket has first texts of every kind, so that each finds its own.
    public func pairs(_ sets: ShingleSets, kinds: [Int32] = []) -> [SimilarPair] {
        insist(kinds.isEmpty || kinds.count == sets.count, "every text has a kind, or none has")
        let index = BandIndex(hasher.signatures(sets), banding)
        var pairs: [SimilarPair] = []
        for bucket in 0..<index.bucketCount {
            let texts = index.texts(in: bucket)
            if texts.count > bucketLimit {
                pairs += pairsWithLeaders(texts, sets, kinds)
                continue
            }
            for at in texts.indices {
                for other in texts[(at + 1)...] {
                    let (first, second) = (Int(texts[at]), Int(other))
                    if index.haveMet(first, second, before: bucket, limit: bucketLimit) { continue }
                    if let score = score(first, second, sets) {
                        pairs.append(SimilarPair(first: first, second: second, score: score))
                    }
                }
            }
        }
        pairs.sort { ($0.first, $0.second) < ($1.first, $1.second) }
        var unique: [SimilarPair] = []
        for pair in pairs where pair != unique.last { unique.append(pair) }
        return unique
    }

    /// The key of each band of a text with these shingles: rows for a keyed shuffle.
    ///
    /// Texts are candidates when they have the same key in the same band. Within one process
    /// ``pairs(_:)`` does all of it.
    public func bandKeys(_ hashes: [UInt64]) -> [UInt64] {
        hasher.signature(hashes).withUnsafeBufferPointer { slots in
            (0..<banding.bands).map { band in
                let range = band * banding.rows..<(band + 1) * banding.rows
                return BandIndex.key(band, UnsafeBufferPointer(rebasing: slots[range]))
            }
        }
    }

    /// Every pair at or above the threshold, by comparing all: for small sets and for checks.
    public static func allPairs(_ sets: ShingleSets, threshold: Double) -> [SimilarPair] {
        var pairs: [SimilarPair] = []
        for first in 0..<sets.count {
            for second in first + 1..<max(sets.count, first + 1) {
                let score = sets.jaccard(first, second)
                if score >= threshold {
                    pairs.append(SimilarPair(first: first, second: second, score: score))
                }
            }
        }
        return pairs
    }

    private func pairsWithLeaders(
        _ texts: ArraySlice<Int32>, _ sets: ShingleSets, _ kinds: [Int32]
    ) -> [SimilarPair] {
        var pairs: [SimilarPair] = []
        var leaders: [Int] = []
        for text in texts.lazy.map({ Int($0) }) {
            var isAlike = false
            for leader in leaders {
                if let score = score(leader, text, sets) {
                    pairs.append(SimilarPair(first: leader, second: text, score: score))
                    if kinds.isEmpty || kinds[leader] == kinds[text] { isAlike = true }
                }
            }
            if !isAlike, leaders.count < bucketLimit { leaders.append(text) }
        }
        return pairs
    }

    private func bestMatch(
        of row: Int, among candidates: [Int32], _ sets: ShingleSets
    ) -> DuplicateMatch? {
        var best: DuplicateMatch?
        var previous: Int32 = -1
        for candidate in candidates.sorted() where candidate != previous {
            previous = candidate
            guard let score = score(Int(candidate), row, sets) else { continue }
            if best.map({ score > $0.score }) ?? true {
                best = DuplicateMatch(row: row, kept: Int(candidate), score: score)
            }
            if score == 1 { break }
        }
        return best
    }

    /// The similarity when it reaches the threshold.
    private func score(_ first: Int, _ second: Int, _ sets: ShingleSets) -> Double? {
        guard sets.sizeBound(first, second) >= threshold else { return nil }
        let score = sets.jaccard(first, second)
        return score >= threshold ? score : nil
    }
}

public import Records

/// Texts whose shingle sets are alike: MinHash bands find candidates, exact Jaccard decides.
///
/// The sketch only proposes; no pair is reported that was not counted in full. A pair at the
/// threshold is proposed with probability ``recall``, more similar ones with more, copies always.
/// Pairs that share a band and too few slots otherwise are left out before their texts are read
/// (`sureness`).
///
/// Buckets can be huge (boilerplate, empty-looking texts). Comparing all pairs of n texts would
/// cost n², so a bucket compares each text with at most ``bucketLimit`` earlier ones: those that no
/// earlier one of the bucket was like. Which ones these are follows from the order of the rows
/// alone. A thousand copies thus cost a thousand comparisons, and every copy still names the first.
public struct NearDuplicates: Sendable {
    /// The least Jaccard similarity of duplicates.
    public let threshold: Double
    public let recall: Double
    public let banding: Banding
    /// The most texts of a bucket that others are compared with.
    public let bucketLimit: Int
    /// The probability that the look at sketches lets a pair at the threshold pass.
    private static let sureness = 0.999
    private let hasher: MinHash
    private let leastEqualSlots: Int

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
        leastEqualSlots = banding.leastEqualSlots(at: threshold, confidence: Self.sureness)
        self.threshold = threshold
        self.recall = recall
        self.bucketLimit = bucketLimit
    }

    /// Sketches of no texts, to which ``add(_:to:)`` adds.
    public var noSketches: Sketches { Sketches(bands: banding.bands) }

    /// Adds the sketch of a text with these shingles, in any order and with repeats.
    ///
    /// Time O(shingles · slots).
    public func add(_ shingles: [UInt64], to sketches: inout Sketches) {
        hasher.signature(shingles).withUnsafeBufferPointer { sketches.append($0, banding) }
    }

    /// The sketches of all sets, in their order.
    public func sketches(_ sets: ShingleSets) -> Sketches {
        var sketches = noSketches
        for text in 0..<sets.count { add(Array(sets[text]), to: &sketches) }
        return sketches
    }

    /// All pairs found at or above the threshold, in rising order of (first, second).
    ///
    /// In a bucket of more than ``bucketLimit`` texts only pairs with its first unlike texts are
    /// reported, enough to connect copies (see ``Components``).
    public func pairs(_ sets: ShingleSets) -> [SimilarPair] {
        var index = index(sketches(sets))
        var found = SimilarPairs()
        while let buckets = index.next() {
            found.add(pairs(in: 0..<buckets.count, of: buckets) { Array(sets[$0]) })
        }
        return found.joined()
    }

    /// The buckets of these sketches, band by band.
    ///
    /// - Parameter order: Text i has the sketch with the number `order[i]`; nil where that is i.
    public func index(_ sketches: Sketches, order: [Int32]? = nil) -> BandIndex {
        BandIndex(sketches, order: order, limit: bucketLimit)
    }

    /// The pairs that some of a band's buckets have, at or above the threshold.
    ///
    /// - Parameters:
    ///   - kind: Where a text may only stand for others of its kind, a large bucket has first texts
    ///     of every kind, so that each finds its own.
    ///   - shingles: A text's shingles in rising order without repeats; asked for those texts only
    ///     that share a bucket with another.
    public func pairs<E: Error>(
        in range: Range<Int>, of buckets: BandBuckets, kind: (Int) -> Int32 = { _ in 0 },
        shingles: (Int) throws(E) -> [UInt64]
    ) throws(E) -> [SimilarPair] {
        try pairs(in: range, of: buckets, kind: kind) { (text) throws(E) in
            NearText(shingles: try shingles(text), content: ())
        } areCopies: { _, _ in
            true
        }
    }

    /// The pairs that some of a band's buckets have, at or above the threshold, which `areCopies`
    /// confirms.
    ///
    /// What the buckets of all bands have is complete, whatever the parts; ``SimilarPairs`` puts it
    /// in order. At most ``bucketLimit`` texts are held at a time.
    ///
    /// - Parameters:
    ///   - kind: Where a text may only stand for others of its kind, a large bucket has first texts
    ///     of every kind, so that each finds its own.
    ///   - texts: A text with its shingles, which is asked for only where it shares a bucket with
    ///     another.
    ///   - areCopies: Whether two texts that are similar enough are a pair.
    /// - Throws: What `texts` throws.
    public func pairs<Content, E: Error>(
        in range: Range<Int>, of buckets: BandBuckets, kind: (Int) -> Int32,
        texts: (Int) throws(E) -> NearText<Content>, areCopies: (Content, Content) -> Bool
    ) throws(E) -> [SimilarPair] {
        var pairs: [SimilarPair] = []
        for bucket in range {
            let found = buckets[bucket]
            pairs +=
                found.count > bucketLimit
                ? try pairsWithLeaders(found, buckets, kind, texts, areCopies)
                : try allPairs(found, buckets, texts, areCopies)
        }
        return pairs
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

    private func allPairs<Content, E: Error>(
        _ members: ArraySlice<Int32>, _ buckets: BandBuckets,
        _ texts: (Int) throws(E) -> NearText<Content>, _ areCopies: (Content, Content) -> Bool
    ) throws(E) -> [SimilarPair] {
        let sketches = sketches(of: members, buckets)
        var read = [NearText<Content>?](repeating: nil, count: members.count)
        func text(_ place: Int, _ member: Int) throws(E) -> NearText<Content> {
            if let text = read[place] { return text }
            let text = try texts(member)
            read[place] = text
            return text
        }
        var pairs: [SimilarPair] = []
        for (one, first) in members.lazy.map({ Int($0) }).enumerated() {
            for (offset, second) in members.dropFirst(one + 1).lazy.map({ Int($0) }).enumerated() {
                let other = one + 1 + offset
                if !sketches.mayBePair(one, other) || buckets.haveMet(first, second) { continue }
                let (a, b) = (try text(one, first), try text(other, second))
                if let score = score(a.shingles, b.shingles), areCopies(a.content, b.content) {
                    pairs.append(SimilarPair(first: first, second: second, score: score))
                }
            }
        }
        return pairs
    }

    private func sketches(of members: ArraySlice<Int32>, _ buckets: BandBuckets) -> SketchRows {
        var sketches = SketchRows(banding, least: leastEqualSlots)
        for member in members { sketches.append(buckets.keys(of: Int(member))) }
        return sketches
    }

    private func pairsWithLeaders<Content, E: Error>(
        _ members: ArraySlice<Int32>, _ buckets: BandBuckets, _ kind: (Int) -> Int32,
        _ texts: (Int) throws(E) -> NearText<Content>, _ areCopies: (Content, Content) -> Bool
    ) throws(E) -> [SimilarPair] {
        let sketches = sketches(of: members, buckets)
        var pairs: [SimilarPair] = []
        var leaders: [(place: Int, member: Int, text: NearText<Content>?)] = []
        for (place, member) in members.lazy.map({ Int($0) }).enumerated() {
            var text: NearText<Content>?
            var isAlike = false
            for at in leaders.indices where sketches.mayBePair(leaders[at].place, place) {
                let leader = leaders[at]
                let a = if let text = leader.text { text } else { try texts(leader.member) }
                let b = if let text { text } else { try texts(member) }
                (leaders[at].text, text) = (a, b)
                guard let score = score(a.shingles, b.shingles), areCopies(a.content, b.content)
                else { continue }
                pairs.append(SimilarPair(first: leader.member, second: member, score: score))
                if kind(leader.member) == kind(member) { isAlike = true }
            }
            if !isAlike, leaders.count < bucketLimit { leaders.append((place, member, text)) }
        }
        return pairs
    }

    /// The similarity of two sets when it reaches the threshold, which their sizes may rule out.
    private func score(_ first: [UInt64], _ second: [UInt64]) -> Double? {
        let (least, most) = (min(first.count, second.count), max(first.count, second.count))
        guard most > 0, Double(least) / Double(most) >= threshold else { return nil }
        let score = Jaccard.similarity(first, second)
        return score >= threshold ? score : nil
    }
}

/// A text that is compared with others: its shingles in rising order without repeats, and what
/// else is needed to tell whether two are a pair.
public struct NearText<Content> {
    public let shingles: [UInt64]
    public let content: Content

    public init(shingles: [UInt64], content: Content) {
        self.shingles = shingles
        self.content = content
    }
}

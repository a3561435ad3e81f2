/// Which texts fall into the same bucket, one band after the other.
///
/// Buckets come in the order of (band, key), their texts in rising order: nothing depends on a hash
/// table. Buckets of one text are left out. Memory beside the sketches: 4 bytes a text, and 4 to 6
/// for each text of the band's buckets; time O(texts · bands).
public struct BandIndex: Sendable {
    private let sketches: Sketches
    /// The sketch of each text; nil where texts have the order of the sketches.
    private let order: [Int32]?
    /// Buckets of more texts are crowded.
    private let limit: Int
    private var nextBand = 0
    /// The keys of the crowded buckets of each band before the next.
    private var crowded: [Set<UInt32>] = []

    /// - Parameters:
    ///   - order: Text i has the sketch with the number `order[i]`; nil where that is i.
    ///   - limit: The most texts of a bucket in which every text is compared with every other.
    public init(_ sketches: Sketches, order: [Int32]? = nil, limit: Int) {
        self.sketches = sketches
        self.order = order
        self.limit = limit
    }

    private var count: Int { order?.count ?? sketches.count }

    private func sketch(of text: Int) -> Int { order.map { Int($0[text]) } ?? text }

    /// The buckets of the next band; nil when there is none.
    public mutating func next() -> BandBuckets? {
        guard nextBand < sketches.bands else { return nil }
        defer { nextBand += 1 }
        var found = BandBuckets(band: nextBand, index: self)
        var crowdedKeys: Set<UInt32> = []
        forEachBucket { key, bucket in
            found.append(bucket)
            if bucket.count > limit { crowdedKeys.insert(key) }
        }
        crowded.append(crowdedKeys)
        return found
    }

    /// Gives the keys that several texts have in the next band in rising order, with the texts in
    /// the lower halves of the slice.
    private func forEachBucket(_ body: (UInt32, ArraySlice<UInt64>) -> Void) {
        let column = (0..<count).map { sketches.key(of: sketch(of: $0), in: nextBand) }
        // A part of the keys at a time: what is sorted, twice 8 bytes a text, stays small.
        let bits = max(0, Int.bitWidth - (count >> 21).leadingZeroBitCount)
        var keys: [UInt64] = []
        for part in 0..<UInt64(1) << bits {
            keys.removeAll(keepingCapacity: true)
            for (text, key) in column.enumerated() where UInt64(key) >> (32 - bits) == part {
                keys.append(UInt64(key) << 32 | UInt64(text))
            }
            Self.sortByUpperHalf(&keys)
            var from = 0
            while from < keys.count {
                var to = from + 1
                while to < keys.count, keys[to] >> 32 == keys[from] >> 32 { to += 1 }
                if to - from > 1 { body(UInt32(keys[from] >> 32), keys[from..<to]) }
                from = to
            }
        }
    }

    /// The keys of a text's sketch, band after band.
    func keys(of text: Int) -> ArraySlice<UInt32> { sketches.keys(of: sketch(of: text)) }

    /// Whether a band before `end` put both texts into a bucket that is not crowded.
    func haveMet(_ first: Int, _ second: Int, before end: Int) -> Bool {
        sketches.firstShared(sketch(of: first), sketch(of: second), before: end) { band, key in
            !crowded[band].contains(key)
        } != nil
    }

    /// Stable radix sort by the upper 32 bits; the lower halves come in rising order.
    static func sortByUpperHalf(_ keys: inout [UInt64]) {
        var other = keys
        for shift in [32, 43, 54] as [UInt64] {
            var starts = [Int](repeating: 0, count: 2_049)
            for key in keys { starts[Int(key >> shift & 2_047) + 1] += 1 }
            for digit in 0..<2_048 { starts[digit + 1] += starts[digit] }
            for key in keys {
                let digit = Int(key >> shift & 2_047)
                other[starts[digit]] = key
                starts[digit] += 1
            }
            swap(&keys, &other)
        }
    }
}

/// The buckets of one band with two texts or more, in the order of their keys.
public struct BandBuckets: Sendable {
    let band: Int
    /// The index as it was before the band.
    private let index: BandIndex
    /// Where the texts of a bucket start in `texts`.
    private var offsets: [Int32] = [0]
    private var texts: [Int32] = []

    init(band: Int, index: BandIndex) {
        self.band = band
        self.index = index
    }

    public var count: Int { offsets.count - 1 }

    /// The texts of a bucket, at least two, in rising order.
    public subscript(bucket: Int) -> ArraySlice<Int32> {
        texts[Int(offsets[bucket])..<Int(offsets[bucket + 1])]
    }

    /// Adds a bucket, its texts in the lower halves of the keys.
    mutating func append(_ keys: ArraySlice<UInt64>) {
        texts += keys.lazy.map { Int32(truncatingIfNeeded: $0 & 0xFFFF_FFFF) }
        offsets.append(Int32(texts.count))
    }

    /// The keys of a text's sketch, band after band.
    func keys(of text: Int) -> ArraySlice<UInt32> { index.keys(of: text) }

    /// Whether an earlier band put both texts into a bucket that is not crowded.
    func haveMet(_ first: Int, _ second: Int) -> Bool {
        index.haveMet(first, second, before: band)
    }
}

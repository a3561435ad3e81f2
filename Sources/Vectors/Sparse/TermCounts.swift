public import Records

/// How often hashed terms occur in texts: 4 bytes for each different term of a text.
///
/// Terms are hashed into ``buckets`` (feature hashing; Weinberger et al. 2009), so that no
/// vocabulary is kept. Of a text the first ``mostTerms`` different terms count, as a sentence model
/// reads the start of a text alone: memory is bounded by the number of texts.
public struct TermCounts: RowPart, Equatable {
    /// Different terms that can be told apart.
    public static let buckets = 1 << bucketBits
    /// Different terms of one text that are kept.
    public static let mostTerms = 512

    private static let bucketBits = 18
    private static let countBits = 32 - bucketBits
    private static let mostCount = UInt32(1) << countBits - 1

    /// Where the terms of each text start; one more entry than texts.
    private var offsets = [0]
    /// A term's bucket above, its count in the lower 14 bits; rising within a text.
    private var entries: [UInt32] = []

    public init() {}

    /// Texts.
    public var count: Int { offsets.count - 1 }

    /// Adds a text.
    ///
    /// - Parameter hashes: The hashes of its terms in the order of the text, with repeats.
    public mutating func append(_ hashes: [UInt64]) {
        // Looked up by bucket only; the order of the table is never used.
        var places: [UInt32: Int] = [:]
        var found: [UInt32] = []
        for hash in hashes {
            let bucket = UInt32(truncatingIfNeeded: hash >> (64 - Self.bucketBits))
            if let place = places[bucket] {
                if found[place] & Self.mostCount < Self.mostCount { found[place] += 1 }
            } else if found.count < Self.mostTerms {
                places[bucket] = found.count
                found.append(bucket << Self.countBits | 1)
            }
        }
        entries += found.sorted()
        offsets.append(entries.count)
    }

    public mutating func append(contentsOf other: TermCounts) {
        let base = entries.count
        entries += other.entries
        offsets += other.offsets.dropFirst().lazy.map { $0 + base }
    }

    public func write(to bytes: inout PortableWriter) {
        offsets.write(to: &bytes)
        entries.write(to: &bytes)
    }

    public init(from bytes: inout PortableReader) throws(Fault) {
        offsets = try [Int](from: &bytes)
        entries = try [UInt32](from: &bytes)
        guard offsets.first == 0, offsets.last == entries.count,
            zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw PortableReader.damaged }
    }

    /// Different terms of all texts together.
    var terms: Int { entries.count }

    /// Calls `body` with the bucket and the count of each different term of a text, buckets rising.
    func forEachTerm(of text: Int, _ body: (_ bucket: Int, _ count: Int) -> Void) {
        for entry in entries[offsets[text]..<offsets[text + 1]] {
            body(Int(entry >> Self.countBits), Int(entry & Self.mostCount))
        }
    }

    /// How many texts have each bucket's terms.
    func textsOfBuckets() -> [Int32] {
        var texts = [Int32](repeating: 0, count: Self.buckets)
        for entry in entries { texts[Int(entry >> Self.countBits)] += 1 }
        return texts
    }
}

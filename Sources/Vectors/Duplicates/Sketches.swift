public import Records

/// What the search for near-duplicates keeps of a text: the key of each band of its signature.
///
/// Texts are candidates when they have the same key in the same band. A key keeps 32 bits; texts
/// that meet by chance are parted when pairs are verified, most of them by ``SketchRows`` before
/// their texts are read. Memory: 4 bytes a text and band.
public struct Sketches: RowPart, Equatable {
    /// The texts of a chunk, since one array for all would be held twice whenever it grows.
    private static let chunk = 4_096

    public let bands: Int
    public private(set) var count = 0
    /// Every chunk but the last is full; in a chunk text after text, band after band.
    private var chunks: [[UInt32]] = []

    init(bands: Int) {
        require(bands > 0, "a sketch has bands")
        self.bands = bands
    }

    mutating func append(_ signature: UnsafeBufferPointer<UInt32>, _ banding: Banding) {
        if count % Self.chunk == 0 { chunks.append([]) }
        count += 1
        for band in 0..<bands {
            let slots = signature[band * banding.rows..<(band + 1) * banding.rows]
            chunks[chunks.count - 1].append(banding.key(band, slots))
        }
    }

    /// Adds the texts of `other`: parts made at the same time are joined in order.
    public mutating func append(contentsOf other: Sketches) {
        require(other.bands == bands, "joined sketches have the same bands")
        for chunk in other.chunks { append(keys: chunk) }
    }

    /// Adds texts by their keys, text after text.
    private mutating func append(keys: [UInt32]) {
        var left = keys[...]
        while !left.isEmpty {
            if count % Self.chunk == 0 {
                var chunk: [UInt32] = []
                chunk.reserveCapacity(Self.chunk * bands)
                chunks.append(chunk)
            }
            let fitting = left.prefix((Self.chunk - count % Self.chunk) * bands)
            chunks[chunks.count - 1] += fitting
            count += fitting.count / bands
            left = left.dropFirst(fitting.count)
        }
    }

    /// The key of a text in a band.
    func key(of text: Int, in band: Int) -> UInt32 {
        chunks[text / Self.chunk][text % Self.chunk * bands + band]
    }

    /// The keys of a text, band after band.
    func keys(of text: Int) -> ArraySlice<UInt32> {
        let first = text % Self.chunk * bands
        return chunks[text / Self.chunk][first..<first + bands]
    }

    /// The first band, of those before `end`, in which two texts have the same key that `counts`.
    func firstShared(
        _ one: Int, _ other: Int, before end: Int, where counts: (Int, UInt32) -> Bool
    ) -> Int? {
        let (first, second) = (chunks[one / Self.chunk], chunks[other / Self.chunk])
        let (here, there) = (one % Self.chunk * bands, other % Self.chunk * bands)
        for band in 0..<end where first[here + band] == second[there + band] {
            if counts(band, first[here + band]) { return band }
        }
        return nil
    }

    public func write(to bytes: inout PortableWriter) {
        bands.write(to: &bytes)
        chunks.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no sketches.
    public init(from bytes: inout PortableReader) throws(Fault) {
        bands = try Int(from: &bytes)
        guard bands > 0 else { throw PortableReader.damaged }
        for chunk in try [[UInt32]](from: &bytes) {
            guard chunk.count % bands == 0 else { throw PortableReader.damaged }
            append(keys: chunk)
        }
    }
}

/// The sketches of a few texts side by side, for a look at pairs before their texts are read.
///
/// Pairs that share one band by chance are many where texts are long: a band of three slots meets
/// with probability J³. Their other slots tell nearly all of them from pairs at the threshold.
struct SketchRows {
    private let bands: Int
    /// Shifts and a mask that give each slot of a key; none where keys are hashes.
    private let shifts: [UInt32]
    private let mask: UInt32
    private let least: Int
    private var keys: [UInt32] = []

    /// - Parameter least: The fewest equal slots of a pair that is worth reading.
    init(_ banding: Banding, least: Int) {
        bands = banding.bands
        self.least = least
        let bits = banding.bitsOfSlot ?? 0
        mask = bits == 32 ? .max : 1 << bits - 1
        shifts =
            bits == 0
            ? [] : (0..<banding.rows).map { UInt32(32 - bits * (banding.rows - $0)) }
    }

    mutating func append(_ text: ArraySlice<UInt32>) { keys += text }

    /// Whether the sketches of two of the texts are alike enough for a pair.
    func mayBePair(_ one: Int, _ other: Int) -> Bool {
        if shifts.isEmpty { return true }
        return keys.withUnsafeBufferPointer { keys in
            var equal = 0
            for shift in shifts {
                var differing = 0
                for band in 0..<bands {
                    let difference = keys[one * bands + band] ^ keys[other * bands + band]
                    differing &+= difference >> shift & mask == 0 ? 0 : 1
                }
                equal += bands - differing
            }
            return equal >= least
        }
    }
}

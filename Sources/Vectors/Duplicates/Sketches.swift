public import Records

/// What the search for near-duplicates keeps of a text: the key of each band of its signature.
///
/// Texts are candidates when they have the same key in the same band. A key keeps 32 bits; texts
/// that meet by chance are parted when pairs are verified. Memory: 4 bytes a text and band.
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
            var key = UInt64(band)
            for slot in signature[band * banding.rows..<(band + 1) * banding.rows] {
                key = StableHash.mix(key, UInt64(slot))
            }
            chunks[chunks.count - 1].append(UInt32(key >> 32))
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

public import Records

/// What the search for near-duplicates keeps of a text: the key of each band of its signature.
///
/// Texts are candidates when they have the same key in the same band. A key keeps 32 bits; texts
/// that meet by chance are parted when pairs are verified. Memory: 4 bytes a text and band.
public struct Sketches: RowPart, Equatable {
    public let bands: Int
    /// Text after text, band after band.
    private(set) var keys: [UInt32] = []

    public var count: Int { keys.count / bands }

    init(bands: Int) {
        insist(bands > 0, "a sketch has bands")
        self.bands = bands
    }

    mutating func append(_ signature: UnsafeBufferPointer<UInt32>, _ banding: Banding) {
        for band in 0..<bands {
            var key = UInt64(band)
            for slot in signature[band * banding.rows..<(band + 1) * banding.rows] {
                key = StableHash.mix(key, UInt64(slot))
            }
            keys.append(UInt32(key >> 32))
        }
    }

    /// Adds the texts of `other`: parts made at the same time are joined in order.
    public mutating func append(contentsOf other: Sketches) {
        insist(other.bands == bands, "joined sketches have the same bands")
        keys += other.keys
    }

    public func write(to bytes: inout PortableWriter) {
        bands.write(to: &bytes)
        keys.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no sketches.
    public init(from bytes: inout PortableReader) throws(Fault) {
        bands = try Int(from: &bytes)
        keys = try [UInt32](from: &bytes)
        guard bands > 0, keys.count % bands == 0 else { throw PortableReader.damaged }
    }

    /// The same texts in another order: text i is the one that was number `order[i]`.
    public func reordered(_ order: [Int]) -> Sketches {
        var sketches = Sketches(bands: bands)
        sketches.keys.reserveCapacity(order.count * bands)
        for text in order { sketches.keys += keys[text * bands..<(text + 1) * bands] }
        return sketches
    }
}

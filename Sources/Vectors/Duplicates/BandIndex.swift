internal import Records

/// Which texts fall into the same bucket, band by band.
///
/// Buckets are numbered in the order of (band, key), their texts in rising order: nothing depends
/// on a hash table. Buckets of one text are left out. Memory: 4 to 8 bytes a text and band; time
/// O(texts · bands).
public struct BandIndex: Sendable {
    let bands: Int
    /// The bucket of each text and band (`text * bands + band`), -1 when the text is alone.
    let bucketOfText: [Int32]
    /// Where the texts of a bucket start in `texts`.
    let offsets: [Int]
    let texts: [Int32]

    public var bucketCount: Int { offsets.count - 1 }

    public init(_ sketches: Sketches) {
        let count = sketches.count
        let bands = sketches.bands
        self.bands = bands
        var bucketOfText = [Int32](repeating: -1, count: count * bands)
        var offsets = [0]
        var texts: [Int32] = []
        var keys = [UInt64](repeating: 0, count: count)
        for band in 0..<bands {
            sketches.keys.withUnsafeBufferPointer { all in
                for text in 0..<count {
                    keys[text] = UInt64(all[text * bands + band]) << 32 | UInt64(text)
                }
            }
            Self.sortByUpperHalf(&keys)
            var from = 0
            while from < count {
                var to = from + 1
                while to < count, keys[to] >> 32 == keys[from] >> 32 { to += 1 }
                if to - from > 1 {
                    let bucket = Int32(offsets.count - 1)
                    for key in keys[from..<to] {
                        let text = Int(key & 0xFFFF_FFFF)
                        bucketOfText[text * bands + band] = bucket
                        texts.append(Int32(text))
                    }
                    offsets.append(texts.count)
                }
                from = to
            }
        }
        self.bucketOfText = bucketOfText
        self.offsets = offsets
        self.texts = texts
    }

    /// The texts of a bucket, at least two, in rising order.
    public func texts(in bucket: Int) -> ArraySlice<Int32> {
        texts[offsets[bucket]..<offsets[bucket + 1]]
    }

    /// Whether an earlier band than that of `bucket` put both texts into a bucket of `limit` or
    /// fewer texts.
    func haveMet(_ first: Int, _ second: Int, before bucket: Int, limit: Int) -> Bool {
        for band in 0..<bands {
            let shared = Int(bucketOfText[first * bands + band])
            if shared >= bucket { return false }
            if shared >= 0, shared == Int(bucketOfText[second * bands + band]),
                offsets[shared + 1] - offsets[shared] <= limit
            {
                return true
            }
        }
        return false
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

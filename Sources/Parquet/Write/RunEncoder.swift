/// Writes numbers in the hybrid of run lengths and bit packing; the inverse of ``RunDecoder``.
enum RunEncoder {
    private static let shortestRun = 8

    /// - Parameter width: Bits a number, 1 to 32.
    static func append(_ values: ArraySlice<UInt32>, width: Int, to bytes: inout [UInt8]) {
        var at = values.startIndex
        while at < values.endIndex {
            let run = runLength(values, at)
            if run >= shortestRun || run == values.endIndex - at {
                bytes.appendVarint(UInt64(run) << 1)
                for byte in 0..<(width + 7) / 8 {
                    bytes.append(UInt8(truncatingIfNeeded: values[at] >> UInt32(8 * byte)))
                }
                at += run
                continue
            }
            var end = at
            while end < values.endIndex, runLength(values, end) < shortestRun { end += 8 }
            let last = min(end, values.endIndex)
            bytes.appendVarint(UInt64((last - at + 7) / 8) << 1 | 1)
            pack(values[at..<last], width, to: &bytes)
            at = last
        }
    }

    /// How often the value at `start` stands there, as far as it matters.
    private static func runLength(_ values: ArraySlice<UInt32>, _ start: Int) -> Int {
        var end = start + 1
        while end < values.endIndex, values[end] == values[start] { end += 1 }
        return end - start
    }

    /// Groups of eight numbers, the last one filled up with zeros.
    private static func pack(_ values: ArraySlice<UInt32>, _ width: Int, to bytes: inout [UInt8]) {
        var bits: UInt64 = 0
        var count = 0
        func flush(_ bytes: inout [UInt8]) {
            while count >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: bits))
                bits >>= 8
                count -= 8
            }
        }
        for value in values {
            bits |= UInt64(value) << UInt64(count)
            count += width
            flush(&bytes)
        }
        count += (8 - values.count % 8) % 8 * width
        flush(&bytes)
    }
}

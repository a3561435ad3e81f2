/// Bytes of well-formed UTF-8, as all of the tokenizer hands them on.
typealias Bytes = UnsafeBufferPointer<UInt8>

extension UnsafeBufferPointer<UInt8> {
    /// Part of the bytes, counted from 0.
    @inline(__always) func part(_ from: Int, _ to: Int) -> Bytes {
        Bytes(rebasing: self[from..<to])
    }

    @inline(__always) func hasPrefix(_ prefix: [UInt8], at index: Int = 0) -> Bool {
        if prefix.count > count - index { return false }
        for offset in 0..<prefix.count where self[index + offset] != prefix[offset] {
            return false
        }
        return true
    }
}

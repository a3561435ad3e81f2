/// Steps through UTF-8 bytes (The Unicode Standard, table 3-7, "Well-Formed UTF-8 Byte Sequences").
public enum UTF8Scan {
    /// The length of the character at `at`, 1…4; or, below zero, of the ill-formed piece there.
    @inlinable public static func length(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        let lead = bytes[at]
        if lead < 0x80 { return 1 }
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        let length: Int
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { low = 0xA0 }
            if lead == 0xED { high = 0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { low = 0x90 }
            if lead == 0xF4 { high = 0x8F }
        default: return -1
        }
        var taken = 1
        while taken < length {
            guard at + taken < bytes.count, (low...high).contains(bytes[at + taken]) else {
                return -taken
            }
            low = 0x80
            high = 0xBF
            taken += 1
        }
        return length
    }

    /// The character at `at` and its length; an ill-formed piece counts as U+FFFD.
    @inlinable public static func scalar(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> (
        value: UInt32, length: Int
    ) {
        let length = length(bytes, at)
        if length < 0 { return (0xFFFD, -length) }
        return decodeScalar(bytes.assumingMemoryBound(to: UInt8.self), at: at)
    }

    /// Appends a character; one that is none (a surrogate, too large) becomes U+FFFD.
    @inlinable public static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        appendScalar(Unicode.Scalar(value)?.value ?? 0xFFFD, to: &bytes)
    }
}

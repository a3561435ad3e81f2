/// Steps through UTF-8 bytes (Unicode 15, table 3-7, "Well-Formed UTF-8 Byte Sequences").
enum UTF8Scan {
    /// The length of the character at `at`, 1…4; or, below zero, of the ill-formed piece there.
    static func length(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
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
    static func scalar(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> (value: UInt32, length: Int) {
        let length = length(bytes, at)
        if length < 0 { return (0xFFFD, -length) }
        let lead = UInt32(bytes[at])
        if length == 1 { return (lead, 1) }
        var value = lead & (0x7F >> UInt32(length))
        for next in 1..<length { value = value << 6 | UInt32(bytes[at + next] & 0x3F) }
        return (value, length)
    }

    /// Appends a character; one that is none (a surrogate, too large) becomes U+FFFD.
    static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        let value = Unicode.Scalar(value)?.value ?? 0xFFFD
        func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (value >> shift & 0x3F)) }
        switch value {
        case 0..<0x80: bytes.append(UInt8(value))
        case 0x80..<0x800:
            bytes.append(UInt8(0xC0 | value >> 6))
            bytes.append(tail(0))
        case 0x800..<0x1_0000:
            bytes.append(UInt8(0xE0 | value >> 12))
            bytes.append(tail(6))
            bytes.append(tail(0))
        default:
            bytes.append(UInt8(0xF0 | value >> 18))
            bytes.append(tail(12))
            bytes.append(tail(6))
            bytes.append(tail(0))
        }
    }
}

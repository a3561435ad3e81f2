/// UTF-8 by hand, for loops over bytes that came from a valid `String`.
enum UTF8Bytes {
    /// The scalar that starts at `offset`, and its length in bytes.
    static func decode(_ bytes: [UInt8], at offset: Int) -> (scalar: UInt32, length: Int) {
        let lead = bytes[offset]
        if lead < 0x80 { return (UInt32(lead), 1) }
        if lead < 0xE0 {
            return (UInt32(lead & 0x1F) << 6 | tail(bytes, offset + 1), 2)
        }
        if lead < 0xF0 {
            let high = UInt32(lead & 0x0F) << 12
            return (high | tail(bytes, offset + 1) << 6 | tail(bytes, offset + 2), 3)
        }
        let high = UInt32(lead & 0x07) << 18
        return (
            high | tail(bytes, offset + 1) << 12 | tail(bytes, offset + 2) << 6
                | tail(bytes, offset + 3), 4
        )
    }

    static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        func follow(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (scalar >> shift) & 0x3F) }
        switch scalar {
        case ..<0x80:
            bytes.append(UInt8(scalar))
        case ..<0x800:
            bytes.append(UInt8(0xC0 | scalar >> 6))
            bytes.append(follow(0))
        case ..<0x10000:
            bytes.append(UInt8(0xE0 | scalar >> 12))
            bytes.append(follow(6))
            bytes.append(follow(0))
        default:
            bytes.append(UInt8(0xF0 | scalar >> 18))
            bytes.append(follow(12))
            bytes.append(follow(6))
            bytes.append(follow(0))
        }
    }

    private static func tail(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        UInt32(bytes[offset] & 0x3F)
    }
}

/// ASCII questions about one byte.
extension UInt8 {
    var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }
    var isASCIIUpper: Bool { self &- 0x41 < 26 }
    var isASCIIDigit: Bool { self &- 0x30 < 10 }
    var isASCIISpace: Bool { self == 0x20 || self &- 9 < 5 }
    /// The lower-case form of an ASCII letter, every other byte itself.
    var lowered: UInt8 { isASCIIUpper ? self | 0x20 : self }
    /// This lower-case letter in the case of `model`.
    func inCase(of model: UInt8) -> UInt8 {
        model.isASCIIUpper && self &- 0x61 < 26 ? self & 0xDF : self
    }

    var isASCIIVowel: Bool {
        switch self | 0x20 {
        case 0x61, 0x65, 0x69, 0x6F, 0x75: isASCIILetter
        default: false
        }
    }
}

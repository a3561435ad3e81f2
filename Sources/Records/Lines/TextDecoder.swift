/// Encodings besides UTF-8 that texts are read in, by their IANA names.
public enum TextEncoding: String, CaseIterable, Sendable {
    case utf16LittleEndian = "utf-16le"
    case utf16BigEndian = "utf-16be"
    /// Latin-1 with printable characters at 80 to 9F, as the WHATWG encoding standard reads both.
    case windows1252 = "windows-1252"

    /// UTF-16 by its byte order mark; nil for other starts, that of UTF-32 among them.
    init?(mark start: [UInt8]) {
        if start.starts(with: [0xFE, 0xFF]) {
            self = .utf16BigEndian
        } else if start.starts(with: [0xFF, 0xFE]), !start.starts(with: [0xFF, 0xFE, 0, 0]) {
            self = .utf16LittleEndian
        } else {
            return nil
        }
    }
}

/// Turns text of another encoding into UTF-8, piece by piece.
///
/// What is no character (half a surrogate pair, half a unit at the end, a byte without a meaning)
/// becomes the byte FF, so that repairing the text later finds and counts one character.
struct TextDecoder: Sendable {
    private static let noCharacter: UInt8 = 0xFF

    private let encoding: TextEncoding
    /// The first byte of a unit of which the second is still to come.
    private var half: UInt8?
    /// The first unit of a pair of which the second is still to come.
    private var high: UInt32?

    init(_ encoding: TextEncoding) { self.encoding = encoding }

    /// - Parameter isLast: Whether the text ends behind these bytes.
    mutating func decode(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool, into text: inout [UInt8]
    ) {
        text.reserveCapacity(text.count + bytes.count * 3 / 2)
        switch encoding {
        case .windows1252: for byte in bytes { Self.append(windows1252: byte, to: &text) }
        case .utf16LittleEndian, .utf16BigEndian:
            for byte in bytes {
                guard let first = half else {
                    half = byte
                    continue
                }
                half = nil
                let (upper, lower) = encoding == .utf16BigEndian ? (first, byte) : (byte, first)
                append(unit: UInt32(upper) << 8 | UInt32(lower), to: &text)
            }
        }
        guard isLast else { return }
        if high != nil { text.append(Self.noCharacter) }
        if half != nil { text.append(Self.noCharacter) }
        (high, half) = (nil, nil)
    }

    private mutating func append(unit: UInt32, to text: inout [UInt8]) {
        if let first = high {
            high = nil
            if (0xDC00...0xDFFF).contains(unit) {
                let value = 0x10000 + ((first - 0xD800) << 10) + (unit - 0xDC00)
                return Self.append(scalar: value, to: &text)
            }
            text.append(Self.noCharacter)
        }
        switch unit {
        case 0xD800...0xDBFF: high = unit
        case 0xDC00...0xDFFF: text.append(Self.noCharacter)
        default: Self.append(scalar: unit, to: &text)
        }
    }

    private static func append(windows1252 byte: UInt8, to text: inout [UInt8]) {
        guard (0x80...0x9F).contains(byte) else { return append(scalar: UInt32(byte), to: &text) }
        let value = windows1252[Int(byte) - 0x80]
        if value == 0 { text.append(noCharacter) } else { append(scalar: value, to: &text) }
    }

    /// The characters of the bytes 80 to 9F (WHATWG encoding standard, index windows-1252); 0 for
    /// the five that have none.
    private static let windows1252: [UInt32] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
        0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
        0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
    ]

    private static func append(scalar value: UInt32, to text: inout [UInt8]) {
        func byte(_ shift: UInt32, _ lead: UInt32, _ mask: UInt32) {
            text.append(UInt8(truncatingIfNeeded: lead | value >> shift & mask))
        }
        switch value {
        case ..<0x80: byte(0, 0, 0x7F)
        case ..<0x800:
            byte(6, 0xC0, 0x1F)
            byte(0, 0x80, 0x3F)
        case ..<0x1_0000:
            byte(12, 0xE0, 0x0F)
            byte(6, 0x80, 0x3F)
            byte(0, 0x80, 0x3F)
        default:
            byte(18, 0xF0, 0x07)
            byte(12, 0x80, 0x3F)
            byte(6, 0x80, 0x3F)
            byte(0, 0x80, 0x3F)
        }
    }
}

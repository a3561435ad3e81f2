internal import Normalization

/// Character references of HTML: `&amp;`, `&#39;`, `&#x1F600;`.
///
/// Names are the 252 of HTML 4.01 and the common ones HTML 5 added (all case-sensitive, as there).
/// Numbers follow WHATWG HTML 13.2.5.80: 128…159 mean windows-1252, what is no character is U+FFFD;
/// unlike there, control characters other than tab, LF and CR are U+FFFD as well. One pass, so
/// that `&amp;lt;` becomes `&lt;` and no more. A reference without its semicolon is left alone.
public enum HTMLEntities {
    /// The decoded bytes and how many references there were.
    public static func decode(_ bytes: [UInt8]) -> (bytes: [UInt8], count: Int) {
        guard let first = bytes.firstIndex(of: ampersand) else { return (bytes, 0) }
        var result = Array(bytes[..<first])
        result.reserveCapacity(bytes.count)
        var count = 0
        var at = first
        while at < bytes.count {
            if bytes[at] == ampersand, let (value, next) = reference(bytes, at) {
                UTF8Scan.append(value, to: &result)
                count += 1
                at = next
            } else {
                result.append(bytes[at])
                at += 1
            }
        }
        return (result, count)
    }

    public static func decode(_ text: String) -> String {
        let (bytes, count) = decode(Array(text.utf8))
        return count == 0 ? text : String(decoding: bytes, as: UTF8.self)
    }

    private static let ampersand = UInt8(ascii: "&")
    /// The longest name of the table; no longer one is looked for.
    private static let longest = HTMLEntityNames.table.keys.map(\.utf8.count).max() ?? 0

    /// The character a reference at `at` stands for, and where the text goes on.
    private static func reference(_ bytes: [UInt8], _ at: Int) -> (value: UInt32, next: Int)? {
        let isNumber = at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "#")
        // Numbers may have leading zeros, but not for ever.
        let limit = min(bytes.count, at + 2 + (isNumber ? 12 : longest))
        guard let end = bytes[at..<limit].firstIndex(of: UInt8(ascii: ";")), end > at + 1 else {
            return nil
        }
        let name = bytes[(at + 1)..<end]
        let value: UInt32? =
            isNumber
            ? number(name.dropFirst())
            : HTMLEntityNames.table[String(decoding: name, as: UTF8.self)]
        return value.map { ($0, end + 1) }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        let isHex = digits.first.map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
        let digits = isHex ? digits.dropFirst() : digits
        if digits.isEmpty { return nil }
        var value: UInt32 = 0
        for digit in digits {
            let worth: UInt32
            switch digit {
            case 0x30...0x39: worth = UInt32(digit - 0x30)
            case 0x61...0x66 where isHex: worth = UInt32(digit - 0x61 + 10)
            case 0x41...0x46 where isHex: worth = UInt32(digit - 0x41 + 10)
            default: return nil
            }
            value = min(value * (isHex ? 16 : 10) + worth, 0x11_0000)
        }
        return character(value)
    }

    private static func character(_ value: UInt32) -> UInt32 {
        switch value {
        case 9, 10, 13: value
        case 0..<32, 127: 0xFFFD
        case 128...159: windows1252[Int(value - 128)]
        default: Unicode.Scalar(value)?.value ?? 0xFFFD
        }
    }

    private static let windows1252: [UInt32] = [
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
        0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
    ]
}

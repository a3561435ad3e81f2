/// JSON in one way only: RFC 8785, "JSON Canonicalization Scheme".
///
/// Keys sorted by their UTF-16 units, no blanks, numbers as ECMAScript writes them. This form is
/// what is hashed; a document that is sent keeps its members in the order that it declares.
///
/// The lines of datasets are written by ``JSONText``, which escapes invisible characters as well.
public enum JSONWriter {
    public enum Order: Sendable {
        /// RFC 8785's.
        case canonical
        /// As the value has them.
        case declared
    }

    /// The document in UTF-8.
    public static func write(_ value: JSONValue, order: Order = .canonical) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2048)
        write(value, order, &bytes)
        return bytes
    }

    private static func write(_ value: JSONValue, _ order: Order, _ bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let bool): bytes.append(contentsOf: (bool ? "true" : "false").utf8)
        case .integer(let integer): bytes.append(contentsOf: number(integer).utf8)
        case .number(let double): bytes.append(contentsOf: number(double).utf8)
        case .string(let string): write(string, &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(value, order, &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            let sorted = order == .canonical ? inOrder(members) : members
            for (index, member) in sorted.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(member.key, &bytes)
                bytes.append(UInt8(ascii: ":"))
                write(member.value, order, &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func inOrder(_ members: [JSONValue.Member]) -> [JSONValue.Member] {
        let isSorted = members.indices.dropFirst().allSatisfy {
            !precedes(members[$0].key, members[$0 - 1].key)
        }
        return isSorted ? members : members.sorted { precedes($0.key, $1.key) }
    }

    /// By UTF-16 units, told from the bytes wherever the two orders agree: they differ only between
    /// U+E000 to U+FFFF and what lies above.
    private static func precedes(_ a: String, _ b: String) -> Bool {
        var (first, second) = (a, b)
        return first.withUTF8 { first in
            second.withUTF8 { second in
                let shared = min(first.count, second.count)
                guard let at = (0..<shared).first(where: { first[$0] != second[$0] }) else {
                    return first.count < second.count
                }
                let (byte, other) = (first[at], second[at])
                if byte < 0xEE || other < 0xEE { return byte < other }
                return a.utf16.lexicographicallyPrecedes(b.utf16)
            }
        }
    }

    private static let hex = Array("0123456789abcdef".utf8)

    private static func write(_ string: String, _ bytes: inout [UInt8]) {
        var string = string
        bytes.append(UInt8(ascii: "\""))
        string.withUTF8 { text in
            // What needs no escape, which is nearly everything, is copied in runs.
            var start = 0
            for (index, byte) in text.enumerated()
            where byte < 32 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                bytes.append(contentsOf: text[start..<index])
                escape(byte, &bytes)
                start = index + 1
            }
            bytes.append(contentsOf: text[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8, _ bytes: inout [UInt8]) {
        switch byte {
        case 8: bytes.append(contentsOf: "\\b".utf8)
        case 9: bytes.append(contentsOf: "\\t".utf8)
        case 10: bytes.append(contentsOf: "\\n".utf8)
        case 12: bytes.append(contentsOf: "\\f".utf8)
        case 13: bytes.append(contentsOf: "\\r".utf8)
        case 0..<32:
            bytes.append(contentsOf: "\\u00".utf8)
            bytes += [hex[Int(byte >> 4)], hex[Int(byte & 15)]]
        default: bytes += [UInt8(ascii: "\\"), byte]
        }
    }

    /// Beyond 2^53 ECMAScript would round; ids and seeds must not change, so they stay exact.
    private static func number(_ integer: Int64) -> String { String(integer) }

    /// ECMA-262, Number::toString, from Swift's shortest digits that read back the same.
    ///
    /// JSON has no NaN and no infinity: they become null, and settings refuse them earlier.
    static func number(_ double: Double) -> String {
        guard double.isFinite else { return "null" }
        if double == 0 { return "0" }
        let text = double.description
        // Below 2^53 and not small Swift writes no exponent, and then as ECMAScript does.
        if !text.utf8.contains(UInt8(ascii: "e")) {
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
        let sign = double < 0 ? "-" : ""
        let parts = abs(double).description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
        var digits = String(mantissa[0]) + fraction
        // The value is 0.digits times ten to `point`.
        var point = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        let leading = digits.prefix { $0 == "0" }.count
        digits = String(digits.dropFirst(leading))
        point -= leading
        while digits.last == "0" { digits.removeLast() }
        let count = digits.count
        if count <= point && point <= 21 {
            return sign + digits + String(repeating: "0", count: point - count)
        }
        if 0 < point && point <= 21 {
            return sign + digits.prefix(point) + "." + digits.dropFirst(point)
        }
        if -6 < point && point <= 0 {
            return sign + "0." + String(repeating: "0", count: -point) + digits
        }
        let exponent = (point > 0 ? "+" : "-") + String(abs(point - 1))
        let rest = count > 1 ? "." + digits.dropFirst() : ""
        return sign + digits.prefix(1) + rest + "e" + exponent
    }
}

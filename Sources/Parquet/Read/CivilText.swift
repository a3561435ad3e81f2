internal import Records

/// Dates and times as ISO 8601 writes them.
enum CivilText {
    static func date(days: Int64) -> String {
        String(DateFormat.text(milliseconds: days * 86_400_000).prefix { $0 != " " })
    }

    /// A time of day.
    static func time(_ number: Int64, _ unit: LogicalType.Unit) -> String {
        let (seconds, rest) = parts(number, unit)
        return clock(seconds) + fraction(rest, unit)
    }

    static func timestamp(_ number: Int64, _ unit: LogicalType.Unit, isUTC: Bool) -> String {
        let (seconds, rest) = parts(number, unit)
        return moment(seconds) + fraction(rest, unit) + (isUTC ? "Z" : "")
    }

    static func timestamp(days: Int64, nanoseconds: Int64) -> String {
        let (seconds, rest) = parts(nanoseconds, .nanoseconds)
        return moment(days * 86_400 + seconds) + fraction(rest, .nanoseconds)
    }

    private static func moment(_ seconds: Int64) -> String {
        // Years of six digits and more are no dates of texts.
        let bounded = min(max(seconds, -1 << 43), 1 << 43)
        let text = DateFormat.text(milliseconds: bounded * 1_000)
        return text.replacing(" ", with: "T")
    }

    /// Whole seconds and what is left, which is not negative.
    private static func parts(
        _ number: Int64, _ unit: LogicalType.Unit
    ) -> (seconds: Int64, rest: Int64) {
        let (seconds, rest) = number.quotientAndRemainder(dividingBy: Int64(unit.rawValue))
        return rest < 0 ? (seconds - 1, rest + Int64(unit.rawValue)) : (seconds, rest)
    }

    private static func clock(_ seconds: Int64) -> String {
        let day = ((seconds % 86_400) + 86_400) % 86_400
        return String(DateFormat.text(milliseconds: day * 1_000).drop { $0 != " " }.dropFirst())
    }

    /// The digits behind the point without zeros at their end, or nothing when all are 0.
    private static func fraction(_ rest: Int64, _ unit: LogicalType.Unit) -> String {
        if rest == 0 { return "" }
        // The unit is added so that its digit 1 keeps the zeros behind the point.
        var digits = String(rest + Int64(unit.rawValue)).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "." + digits
    }
}

/// Decimals as people write them: no exponent, as many digits behind the point as the column has.
enum DecimalText {
    static func text(digits: String, _ isNegative: Bool, _ scale: Int) -> String {
        var digits = digits
        if digits.utf8.count <= scale {
            digits = String(repeating: "0", count: scale + 1 - digits.utf8.count) + digits
        }
        let sign = isNegative ? "-" : ""
        if scale == 0 { return sign + digits }
        return sign + digits.dropLast(scale) + "." + digits.suffix(scale)
    }

    /// A signed number in two's complement, the highest byte first.
    static func text(bigEndian raw: UnsafeRawBufferPointer, _ scale: Int) -> String {
        var bytes = Array(raw)
        let isNegative = bytes.first.map { $0 >= 0x80 } ?? false
        if isNegative {
            var carry: UInt16 = 1
            for at in bytes.indices.reversed() {
                let sum = UInt16(~bytes[at]) + carry
                bytes[at] = UInt8(truncatingIfNeeded: sum)
                carry = sum >> 8
            }
        }
        var digits: [UInt8] = []
        while bytes.contains(where: { $0 != 0 }) {
            var rest = 0
            for at in bytes.indices {
                let part = rest << 8 | Int(bytes[at])
                bytes[at] = UInt8(part / 10)
                rest = part % 10
            }
            digits.append(UInt8(ascii: "0") + UInt8(rest))
        }
        if digits.isEmpty { digits = [UInt8(ascii: "0")] }
        return text(digits: String(decoding: digits.reversed(), as: UTF8.self), isNegative, scale)
    }
}

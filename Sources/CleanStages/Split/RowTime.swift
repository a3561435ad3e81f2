internal import Records
internal import StageKit

/// A moment as data have it: an ISO 8601 date, with or without a time and a zone (UTC where there
/// is none), or a number of seconds or, from 10¹¹ on, milliseconds since 1970.
///
/// Other numbers, such as years, are in order among themselves.
struct RowTime {
    let milliseconds: Int64

    /// Nil for what is no time.
    init?(_ value: JSONScalar) { self.init(value.text) }

    init?(_ text: String) {
        let text = text.utf8.drop { $0 == 0x20 }
        let bytes = Array(text.reversed().drop { $0 == 0x20 }.reversed())
        if let number = Double(String(decoding: bytes, as: UTF8.self)) {
            guard number.isFinite, abs(number) < 1e15 else { return nil }
            milliseconds = Int64((abs(number) < 1e11 ? number * 1_000 : number).rounded())
            return
        }
        var reader = Digits(bytes)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2),
            (1...12).contains(month)
        else { return nil }
        var day = 1
        if reader.take("-") {
            guard let number = reader.number(2) else { return nil }
            day = number
        }
        guard day >= 1, day <= Self.days(in: month, of: year) else { return nil }
        guard let time = Self.time(&reader), reader.isAtEnd else { return nil }
        milliseconds = Int64(Self.days(year, month, day)) * 86_400_000 + time
    }

    /// Milliseconds of the time of a day, less its zone; 0 without one, nil for what is none.
    private static func time(_ reader: inout Digits) -> Int64? {
        if reader.isAtEnd { return 0 }
        guard reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(2), hour < 24, reader.take(":"),
            let minute = reader.number(2), minute < 60
        else { return nil }
        var (second, fraction) = (0, 0)
        if reader.take(":") {
            // 60 is a leap second.
            guard let number = reader.number(2), number <= 60 else { return nil }
            second = number
            if reader.take(".") || reader.take(",") {
                guard let number = reader.thousandths() else { return nil }
                fraction = number
            }
        }
        _ = reader.take(" ")
        var zone = 0
        if !reader.isAtEnd, !reader.take("Z"), !reader.take("z") {
            let isBehind = reader.take("-")
            guard isBehind || reader.take("+"), let hours = reader.number(2) else { return nil }
            _ = reader.take(":")
            let minutes = reader.isAtEnd ? 0 : reader.number(2)
            guard let minutes, hours < 24, minutes < 60 else { return nil }
            zone = (hours * 60 + minutes) * (isBehind ? -1 : 1)
        }
        return Int64(((hour * 60 + minute - zone) * 60 + second) * 1_000 + fraction)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days since 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms").
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private struct Digits {
        private let bytes: [UInt8]
        private var at = 0

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { at == bytes.count }

        mutating func take(_ letter: Unicode.Scalar) -> Bool {
            guard at < bytes.count, UInt32(bytes[at]) == letter.value else { return false }
            at += 1
            return true
        }

        mutating func number(_ count: Int) -> Int? {
            var number = 0
            for _ in 0..<count {
                guard at < bytes.count, (0x30...0x39).contains(bytes[at]) else { return nil }
                number = number * 10 + Int(bytes[at] - 0x30)
                at += 1
            }
            return number
        }

        /// A fraction of a second; further digits are dropped.
        mutating func thousandths() -> Int? {
            guard var number = number(1) else { return nil }
            for place in 1..<12 {
                guard let digit = self.number(1) else {
                    for _ in place..<max(place, 3) { number *= 10 }
                    return number
                }
                if place < 3 { number = number * 10 + digit }
            }
            return isAtEnd || !(0x30...0x39).contains(bytes[at]) ? number : nil
        }
    }
}

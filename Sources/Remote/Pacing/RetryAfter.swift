/// How long a server asks us to wait, in the four ways they say it.
enum RetryAfter {
    /// Milliseconds above 0, or nil when nothing sensible is said.
    ///
    /// In the order of the vendors' own clients (openai-python 3.52.0, anthropic 2.11.0):
    /// `retry-after-ms`, then `retry-after` as seconds or as a date, then litellm's
    /// `llm_provider-retry-after`. Zero, negative numbers and garbage say nothing.
    static func milliseconds(_ reply: HTTPReply, nowSeconds: Int64) -> Int64? {
        if let text = reply.header("retry-after-ms"), let value = number(text, scale: 1) {
            return value
        }
        if let text = reply.header("retry-after"),
            let value = number(text, scale: 1000) ?? date(text, reply, nowSeconds)
        {
            return value
        }
        return reply.header("llm_provider-retry-after").flatMap { number($0, scale: 1000) }
    }

    private static func number(_ text: String, scale: Double) -> Int64? {
        guard let value = Double(text), value.isFinite, value > 0 else { return nil }
        // A year bounds what is converted; the pacer's own limit is far below.
        return max(1, Int64(min(value * scale, 31_536_000_000)))
    }

    /// Against the server's own `Date`, where it sends one: the two clocks need not agree.
    ///
    /// Against our clock, which may be set meanwhile or wrong by hours, five minutes are the most
    /// that is believed; if they were too few, the server says so again.
    private static func date(_ text: String, _ reply: HTTPReply, _ nowSeconds: Int64) -> Int64? {
        guard let then = HTTPDate.seconds(text) else { return nil }
        let served = reply.header("date").flatMap(HTTPDate.seconds)
        let wait = then - (served ?? nowSeconds)
        if wait <= 0 { return nil }
        return served == nil ? min(wait * 1000, 300_000) : wait * 1000
    }
}

/// The preferred form of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Seconds since 1970 UTC, or nil for anything else.
    static func seconds(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT",
            let day = Int64(parts[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(parts[2])),
            let year = Int64(parts[3]), (1970...9999).contains(year)
        else { return nil }
        let time = parts[4].split(separator: ":").map { Int64($0) ?? -1 }
        guard time.count == 3, (0...23).contains(time[0]), (0...59).contains(time[1]),
            (0...60).contains(time[2])
        else { return nil }
        let days = dayNumber(year: year, month: Int64(month + 1), day: day)
        return days * 86400 + time[0] * 3600 + time[1] * 60 + time[2]
    }

    /// Days since 1970-01-01 (Hinnant 2013, "chrono-compatible low-level date algorithms").
    static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let shifted = (month + 9) % 12
        let dayOfYear = (153 * shifted + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

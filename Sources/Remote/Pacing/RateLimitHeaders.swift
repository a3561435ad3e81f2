/// What a reply's headers say is left of the endpoint's rate limits.
struct RateLimitHeaders: Sendable, Equatable {
    /// So much is left until the limit starts anew.
    struct Limit: Sendable, Equatable {
        var remaining: Int
        var resetMilliseconds: Int64
        /// What the limit is anew, where that is said.
        var whole: Int?
    }

    var requests: Limit?
    /// Of several limits on tokens, the one with the least left.
    var tokens: Limit?

    /// Longer resets (a day's limit) are left to the endpoint's own 429 and its delay, so that no
    /// odd clock on either side can stop us for long.
    static let longestMilliseconds: Int64 = 300_000

    /// Lower-case names of the fields that are read here.
    static let headerNames: Set<String> = Set(
        names.flatMap { [$0.remaining, $0.reset, $0.whole] })

    private static let names = [
        openAI("requests"), openAI("tokens"), anthropic("requests"), anthropic("tokens"),
        anthropic("input-tokens"), anthropic("output-tokens"),
    ]

    private struct Names: Sendable {
        var remaining: String
        var reset: String
        var whole: String
        var isTokens: Bool
    }

    private static func openAI(_ what: String) -> Names {
        Names(
            remaining: "x-ratelimit-remaining-\(what)", reset: "x-ratelimit-reset-\(what)",
            whole: "x-ratelimit-limit-\(what)", isTokens: what != "requests")
    }

    private static func anthropic(_ what: String) -> Names {
        let start = "anthropic-ratelimit-\(what)"
        return Names(
            remaining: "\(start)-remaining", reset: "\(start)-reset", whole: "\(start)-limit",
            isTokens: what != "requests")
    }

    init(requests: Limit?, tokens: Limit?) {
        self.requests = requests
        self.tokens = tokens
    }

    /// Nil when the reply says nothing that can be understood.
    ///
    /// OpenAI's resets are durations, Anthropic's are times (RFC 3339), held against the server's
    /// own `Date` where it sends one.
    init?(_ reply: HTTPReply, nowSeconds: Int64) {
        // Most local servers send none, and this is looked at for every reply.
        guard reply.headers.contains(where: { Self.headerNames.contains($0.name) }) else {
            return nil
        }
        let now = reply.header("date").flatMap(HTTPDate.seconds) ?? nowSeconds
        for names in Self.names {
            guard let left = reply.header(names.remaining).flatMap({ Int($0) }), left >= 0,
                let text = reply.header(names.reset),
                let wait = RateDuration.milliseconds(text)
                    ?? RFC3339.milliseconds(text).map({ $0 - now * 1000 })
            else { continue }
            let limit = Limit(
                remaining: left,
                resetMilliseconds: min(max(0, wait), Self.longestMilliseconds),
                whole: reply.header(names.whole).flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil })
            if !names.isTokens {
                requests = limit
            } else if limit.remaining < tokens?.remaining ?? .max {
                tokens = limit
            }
        }
        if requests == nil && tokens == nil { return nil }
    }
}

/// So much may pass until a moment; then the whole limit, until a reply tells more.
///
/// What is left is only ever believed to be less: replies overtake each other, and an older one
/// knows nothing of what was sent since.
struct Allowance: Sendable, Equatable {
    /// For a limit that started anew and of which no reply has told yet; most are by the minute.
    private static let periodMilliseconds: Int64 = 60_000

    private var remaining: Int
    private var until: Int64
    private var whole: Int?

    /// - Parameter underWay: What was sent and may not have been counted yet.
    init(_ limit: RateLimitHeaders.Limit, underWay: Int, now: Int64) {
        remaining = limit.remaining - underWay
        until = now + limit.resetMilliseconds
        whole = limit.whole
    }

    mutating func heed(_ limit: RateLimitHeaders.Limit, underWay: Int, now: Int64) {
        let rateLimits = Allowance(limit, underWay: underWay, now: now)
        if now >= until || rateLimits.remaining < remaining {
            self = rateLimits
        } else {
            until = min(until, rateLimits.until)
            whole = rateLimits.whole
        }
    }

    mutating func wait(for amount: Int, now: Int64) -> Int64 {
        if now >= until {
            guard let whole else { return 0 }
            (remaining, until) = (whole, now + Self.periodMilliseconds)
            // What is more than the whole limit can only be tried.
            return 0
        }
        return remaining >= amount ? 0 : until - now
    }

    mutating func take(_ amount: Int) { remaining -= amount }
}

/// Durations as Go writes them: `12ms`, `1s`, `6m0s`, `1.77s`, `1h2m3s`.
enum RateDuration {
    /// Milliseconds, rounded up; nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        var rest = Substring(text)
        var sum = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            let unit = rest.prefix { !($0.isASCII && $0.isNumber) && $0 != "." }
            rest = rest.dropFirst(unit.count)
            guard let value = Double(number), let scale = scale(unit) else { return nil }
            sum += value * scale
        }
        // A year bounds what is converted.
        return Int64(min(sum.rounded(.up), 31_536_000_000))
    }

    private static func scale(_ unit: Substring) -> Double? {
        switch unit {
        case "ns": 1e-6
        case "us", "µs", "μs": 1e-3
        case "ms": 1
        case "s": 1000
        case "m": 60_000
        case "h": 3_600_000
        default: nil
        }
    }
}

/// Times of RFC 3339, section 5.6: `2026-11-21T05:30:00Z`, `…T05:30:00.25+01:00`.
enum RFC3339 {
    /// Milliseconds since 1970 UTC, or nil for anything else.
    static func milliseconds(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 45, bytes[7] == 45, bytes[10] | 32 == 116,
            bytes[13] == 58, bytes[16] == 58,
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]),
            let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var fraction: Int64 = 0
        var at = 19
        if bytes[at] == UInt8(ascii: ".") {
            let digits = bytes[(at + 1)...].prefix { (48...57).contains($0) }
            guard let value = number((digits + [48, 48, 48]).prefix(3)), !digits.isEmpty else {
                return nil
            }
            fraction = value
            at += 1 + digits.count
        }
        guard let zone = zone(bytes[at...]) else { return nil }
        let days = HTTPDate.dayNumber(year: year, month: month, day: day)
        let seconds = days * 86400 + hour * 3600 + minute * 60 + second - zone * 60
        return seconds * 1000 + fraction
    }

    /// Minutes east of Greenwich.
    private static func zone(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(bytes)
        if bytes.count == 1, bytes[0] | 32 == 122 { return 0 }
        guard bytes.count == 6, bytes[0] == 43 || bytes[0] == 45, bytes[3] == 58,
            let hours = number(bytes[1..<3]), let minutes = number(bytes[4..<6]), hours < 24,
            minutes < 60
        else { return nil }
        return (bytes[0] == 45 ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        digits.allSatisfy { (48...57).contains($0) }
            ? Int64(String(decoding: digits, as: UTF8.self)) : nil
    }
}

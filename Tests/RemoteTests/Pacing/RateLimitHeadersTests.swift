import Records
import Testing

@testable import Remote

struct RateNewsTests {
    private func rateLimits(_ headers: [(String, String)], now: Int64 = 0) -> RateLimitHeaders? {
        let fields = headers.map { HTTPHeader(name: $0.0, value: $0.1) }
        return RateLimitHeaders(HTTPReply(status: 200, headers: fields, body: []), nowSeconds: now)
    }

    @Test func `reads durations as Go writes them`() {
        let expected: [(String, Int64?)] = [
            ("12ms", 12), ("1s", 1000), ("6m0s", 360_000), ("1.77s", 1770), ("1h2m3s", 3_723_000),
            ("250us", 1), ("0s", 0), ("999999h", 31_536_000_000), ("", nil), ("5", nil),
            ("s", nil), ("-1s", nil), ("1.2.3s", nil), ("1x", nil), ("soon", nil), ("1s2", nil),
        ]
        for (text, value) in expected {
            #expect(RateDuration.milliseconds(text) == value, "\(text)")
        }
    }

    @Test func `reads times of RFC 3339`() {
        let expected: [(String, Int64?)] = [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("2000-02-29t13:30:00.25+01:30", 951_825_600_250),
            ("2000-02-29T10:00:00.1239-02:00", 951_825_600_123),
            ("2000-02-29", nil), ("2000-13-01T00:00:00Z", nil), ("2000-02-29T12:00:00", nil),
            ("2000-02-29T12:00:00.Z", nil), ("2000-02-29T12:00:00+0100", nil), ("", nil),
            ("2000-0a-29T12:00:00Z", nil), ("2000-02-29T12:00:00Zoo", nil),
        ]
        for (text, value) in expected { #expect(RFC3339.milliseconds(text) == value, "\(text)") }
    }

    @Test func `reads OpenAI's and Anthropic's headers, and the tightest limit on tokens`() {
        let openAI = rateLimits([
            ("x-ratelimit-remaining-requests", "59"), ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-remaining-tokens", "149984"), ("x-ratelimit-reset-tokens", "6m0s"),
            ("x-ratelimit-limit-tokens", "150000"),
        ])
        #expect(openAI?.requests == .init(remaining: 59, resetMilliseconds: 1000))
        #expect(
            openAI?.tokens == .init(remaining: 149_984, resetMilliseconds: 300_000, whole: 150_000))
        let anthropic = rateLimits(
            [
                ("anthropic-ratelimit-tokens-remaining", "80000"),
                ("anthropic-ratelimit-tokens-reset", "2000-02-29T12:00:30Z"),
                ("anthropic-ratelimit-output-tokens-remaining", "900"),
                ("anthropic-ratelimit-output-tokens-reset", "2000-02-29T12:00:09Z"),
            ], now: 951_825_600)
        #expect(anthropic?.requests == nil)
        #expect(anthropic?.tokens == .init(remaining: 900, resetMilliseconds: 9000))
        // The server's own clock, an hour behind ours.
        let skewed = rateLimits(
            [
                ("anthropic-ratelimit-requests-remaining", "0"),
                ("anthropic-ratelimit-requests-reset", "2000-02-29T12:00:30Z"),
                ("date", "Tue, 29 Feb 2000 12:00:00 GMT"),
            ], now: 951_825_600 + 3600)
        #expect(skewed?.requests == .init(remaining: 0, resetMilliseconds: 30_000))
    }

    @Test func `nonsense says nothing, and a clock set by an hour blocks for five minutes at most`()
    {
        for headers in [
            [], [("x-ratelimit-remaining-requests", "5")],
            [("x-ratelimit-remaining-requests", "-1"), ("x-ratelimit-reset-requests", "1s")],
            [("x-ratelimit-remaining-requests", "9e9"), ("x-ratelimit-reset-requests", "1s")],
            [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "later")],
        ] as [[(String, String)]] {
            #expect(rateLimits(headers) == nil)
        }
        for (jump, wait) in [(3600, 0), (-3600, 300_000)] as [(Int64, Int64)] {
            let jumped = rateLimits(
                [
                    ("anthropic-ratelimit-requests-remaining", "0"),
                    ("anthropic-ratelimit-requests-reset", "2000-02-29T12:00:30Z"),
                ], now: 951_825_600 + jump)
            #expect(jumped?.requests?.resetMilliseconds == wait)
        }
    }

    @Test func `no more is sent than is said to be left, until the limit starts anew`() {
        for seed in 0..<10 as Range<UInt64> {
            var settings = PacerSettings()
            (settings.concurrency, settings.firstWindow) = (64, 64)
            var simulation = Simulation(settings, seed: seed)
            simulation.run(calls: 200, latency: 100...100) { send, _ in
                let rateLimits =
                    send.id == 0
                    ? RateLimitHeaders.Limit(remaining: 70, resetMilliseconds: 60_000) : nil
                return (
                    .done(.nothing), rateLimits.map { RateLimitHeaders(requests: $0, tokens: nil) }
                )
            }
            #expect(simulation.ends.count == 200)
            // 64 at once; then what is left of the 70, less the 63 still in flight.
            #expect(simulation.sentAt.count { $0.time < 60_100 } == 64 + 7)
            #expect(simulation.now >= 60_100)
        }
    }

    /// A window of a minute that lets so many pass, as the endpoint counts them.
    private func limited(
        requests: Int, tokens: Int, says: Bool, calls: Int, seed: UInt64,
        settings: PacerSettings
    ) -> (simulation: Simulation, refused: Int, late: Int) {
        var simulation = Simulation(settings, seed: seed)
        var (began, used, refused, late) = (Int64(0), 0, 0, 0)
        simulation.run(calls: calls, tokens: tokens) { send, _ in
            if send.time - began >= 60_000 { (began, used) = (send.time / 60_000 * 60_000, 0) }
            let reset = 60_000 - (send.time - began)
            if used >= requests {
                refused += 1
                if send.time > 60_000 { late += 1 }
                return (
                    .retry(Retry(kind: .rateLimited, delayMilliseconds: reset)), nil
                )
            }
            used += 1
            let left = RateLimitHeaders.Limit(
                remaining: requests - used, resetMilliseconds: reset, whole: requests)
            let inTokens = RateLimitHeaders.Limit(
                remaining: left.remaining * tokens, resetMilliseconds: reset,
                whole: requests * tokens)
            return (
                .done(Estimate(tokens: tokens, microunits: 0)),
                says ? RateLimitHeaders(requests: left, tokens: inTokens) : nil
            )
        }
        return (simulation, refused, late)
    }

    @Test func `case 2: 300 requests at 60 a minute, 64 in flight: all done, few refused`() {
        for seed in 0..<8 as Range<UInt64> {
            var settings = PacerSettings()
            settings.concurrency = 64
            let told = limited(
                requests: 60, tokens: 10, says: true, calls: 300, seed: seed, settings: settings)
            #expect(told.simulation.ends.values.count { $0 == .done } == 300)
            #expect(told.late * 20 < 300, "\(told.late) of 300 refused after warm-up")
            settings.requestsPerMinute = 60
            let known = limited(
                requests: 60, tokens: 10, says: false, calls: 300, seed: seed, settings: settings)
            #expect(known.simulation.ends.values.count { $0 == .done } == 300)
            #expect(known.late * 20 < 300, "\(known.late) of 300 refused after warm-up")
        }
    }

    @Test func `case 3: a limit on tokens is kept to, by setting or by what the endpoint says`() {
        for seed in 0..<8 as Range<UInt64> {
            var settings = PacerSettings()
            settings.concurrency = 64
            let told = limited(
                requests: 20, tokens: 500, says: true, calls: 100, seed: seed, settings: settings)
            #expect(told.simulation.ends.values.count { $0 == .done } == 100)
            #expect(told.late * 20 < 100)
            settings.tokensPerMinute = 10_000
            let known = limited(
                requests: 20, tokens: 500, says: false, calls: 100, seed: seed, settings: settings)
            #expect(known.simulation.ends.values.count { $0 == .done } == 100)
            #expect(known.late * 20 < 100)
        }
    }
}

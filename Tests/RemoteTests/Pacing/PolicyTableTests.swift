import Records
import Testing

@testable import Remote

/// Every row of the policy table: what an event is taken for, and how often and how fast the pacer
/// then tries again.
struct PolicyTableTests {
    /// What a row of the table demands of one reply or failure.
    enum Demand: Equatable {
        case success, refused, dead, rejected
        case retry(Retry.Kind)
        case failed(Retry.Kind)
        /// The run ends: at once for good, or to be continued.
        case abort, stop
    }

    private static let classifier = Classifier(endpointName: "t", redactor: Redactor(secrets: []))

    private static func demand(_ verdict: Verdict) -> Demand {
        switch verdict {
        case .success: .success
        case .refused: .refused
        case .dead: .dead
        case .rejected: .rejected
        case .retry(let retry): .retry(retry.kind)
        case .failed(let kind): .failed(kind)
        case .stop(let fault): fault.kind == .stopped ? .stop : .abort
        }
    }

    private static func code(_ code: String) -> String { #"{"error":{"code":"\#(code)"}}"# }
    private static func type(_ type: String) -> String { #"{"error":{"type":"\#(type)"}}"# }

    private static let replies: [(row: String, status: [Int], body: String, demand: Demand)] = [
        ("200", [200, 201], "{}", .success),
        ("204 / empty 200", [200, 204], "", .retry(.badReply)),
        ("3xx", [300, 301, 302, 303, 307, 308], "", .abort),
        ("400 context_length_exceeded", [400], code("context_length_exceeded"), .dead),
        ("400 exceed_context_size_error", [400], type("exceed_context_size_error"), .dead),
        ("413", [413], "<html>", .dead),
        ("400 content policy", [400], code("content_policy_violation"), .refused),
        ("400 content filter", [400], code("content_filter"), .refused),
        ("400/422 other", [400, 422, 405, 410, 418, 431], "{}", .rejected),
        ("401, 403, 402", [401, 402, 403], "{}", .abort),
        ("404", [404], "404 page not found", .abort),
        ("408, 409, 425", [408, 409, 425], "{}", .retry(.asked)),
        ("429 rate", [429], code("rate_limit_exceeded"), .retry(.rateLimited)),
        ("429 quota", [429], type("insufficient_quota"), .stop),
        ("429 quota", [429], code("project_spend_limit_exceeded"), .stop),
        ("429 quota", [429], code("organization_usage_limit_exceeded"), .stop),
        ("429 quota", [429], code("credit_balance_exhausted"), .stop),
        ("429 quota, Anthropic", [429], type("enforced_spend_limit_reached"), .stop),
        ("429 quota, Anthropic", [429], type("contract_spend_limit_reached"), .stop),
        ("429 slower, Anthropic", [429], type("ramp_limit_exceeded"), .retry(.overloaded)),
        ("500", [500], "always", .retry(.serverError)),
        ("501, 505", [501, 505], "{}", .abort),
        (
            "502, 503, 504, 520-527", [502, 503, 504] + Array(520...527), "<html>",
            .retry(.gateway)
        ),
        ("529", [529], "{}", .retry(.overloaded)),
        ("overloaded_error", [500, 503], type("overloaded_error"), .retry(.overloaded)),
        ("slow_down", [503], code("slow_down"), .retry(.overloaded)),
        ("server_is_overloaded", [503], code("server_is_overloaded"), .retry(.overloaded)),
    ]

    @Test func `replies: each row of the table`() {
        for (row, statuses, body, demand) in Self.replies {
            for status in statuses {
                let reply = HTTPReply(status: status, headers: [], body: Array(body.utf8))
                let verdict = Self.classifier.verdict(reply, nowSeconds: 0)
                #expect(Self.demand(verdict) == demand, "\(row): \(status)")
            }
        }
    }

    @Test func `x-should-retry overrides its row, except where money or keys are the matter`() {
        let rows: [(status: Int, body: String, word: String, demand: Demand)] = [
            (500, "{}", "false", .failed(.serverError)), (503, "{}", "false", .failed(.gateway)),
            (429, "{}", "false", .failed(.rateLimited)), (400, "{}", "true", .retry(.asked)),
            (413, "{}", "true", .retry(.asked)), (404, "{}", "true", .retry(.asked)),
            (501, "{}", "true", .retry(.asked)), (401, "{}", "true", .abort),
            (402, "{}", "true", .abort), (403, "{}", "true", .abort),
            (429, Self.type("insufficient_quota"), "true", .stop), (200, "{}", "true", .success),
            (500, "{}", "maybe", .retry(.serverError)),
        ]
        for (status, body, word, demand) in rows {
            let reply = HTTPReply(
                status: status, headers: [HTTPHeader(name: "x-should-retry", value: word)],
                body: Array(body.utf8))
            let verdict = Self.classifier.verdict(reply, nowSeconds: 0)
            #expect(Self.demand(verdict) == demand, "\(status) \(word)")
        }
    }

    @Test func `transfers: each row of the table`() {
        let rows: [(row: String, codes: [Int], wasSent: Bool, demand: Demand)] = [
            ("curl 5, 6, 7, 35: not sent", [5, 6, 7, 35], false, .retry(.unreachable)),
            ("curl 28 before the send", [28], false, .retry(.unreachable)),
            ("certificates", [51, 58, 59, 60, 77], false, .abort),
            (
                "after the send: ambiguous", [16, 18, 28, 42, 52, 55, 56, 92], true,
                .retry(.ambiguous)
            ),
            ("h2 GOAWAY before headers: not executed", [56, 92, 16], false, .retry(.unreachable)),
            ("curl 23, 63: too large", [23, 63], true, .dead),
            ("curl 61: bad encoding", [61], true, .retry(.badEncoding)),
        ]
        for (row, codes, wasSent, demand) in rows {
            for code in codes {
                let failure = TransferFailure(code: code, message: "m", wasSent: wasSent)
                #expect(Self.demand(Self.classifier.verdict(failure)) == demand, "\(row): \(code)")
            }
        }
        func closed(_ wasSent: Bool) -> Demand {
            Self.demand(
                Self.classifier.verdict(
                    TransferFailure(
                        code: 42, message: "the client was closed", wasSent: wasSent)))
        }
        #expect(closed(false) == .stop)
        #expect(closed(true) == .retry(.ambiguous))
    }

    /// How often a call is sent that always ends like this, and what becomes of it.
    private static let tries: [(kind: Retry.Kind, sends: Int, end: Simulation.End)] = [
        (.rateLimited, 5, .failed(.stopped)), (.overloaded, 6, .givenUp(.overloaded)),
        (.gateway, 6, .givenUp(.gateway)), (.serverError, 3, .buried),
        (.asked, 6, .givenUp(.asked)), (.unreachable, 6, .givenUp(.unreachable)),
        (.ambiguous, 3, .givenUp(.ambiguous)), (.badReply, 4, .givenUp(.badReply)),
        (.badEncoding, 2, .givenUp(.badEncoding)),
    ]

    @Test func `tries: each kind of failure has its number`() {
        #expect(Set(Self.tries.map(\.kind)) == Set(Retry.Kind.allCases))
        for (kind, sends, end) in Self.tries {
            for seed in 0..<20 as Range<UInt64> {
                var simulation = Simulation(PacerSettings(), seed: seed)
                simulation.run(calls: 1) { _, _, _ in .retry(Retry(kind: kind)) }
                #expect(simulation.ends == [0: end], "\(kind)")
                #expect(simulation.sentAt.count == sends, "\(kind)")
            }
        }
    }

    @Test func `speed: each kind of failure has its effect on the calls in flight`() {
        let rows: [(Retry.Kind, Double)] = [
            (.rateLimited, 0.5), (.overloaded, 0.5), (.gateway, 0.7), (.serverError, 1),
            (.asked, 1), (.unreachable, 1), (.ambiguous, 1), (.badReply, 1), (.badEncoding, 1),
        ]
        for (kind, factor) in rows {
            var settings = PacerSettings()
            (settings.concurrency, settings.firstWindow) = (40, 40)
            var pacer = Pacer(settings: settings)
            for id in 0..<40 {
                _ = pacer.submit(id, .nothing, now: 0)
            }
            // Twice within one window's calls is one mistake.
            for id in 0..<2 {
                _ = pacer.finished(
                    id, .retry(Retry(kind: kind, delayMilliseconds: 10)), now: 1, draw: 0)
            }
            #expect(pacer.window == 40 * factor, "\(kind)")
        }
    }

    @Test func `overload: the backoff has the longer base`() {
        for (kind, base) in [(Retry.Kind.overloaded, 5000), (.gateway, 1000)] {
            for seed in 0..<50 as Range<UInt64> {
                var simulation = Simulation(PacerSettings(), seed: seed)
                simulation.run(calls: 1, latency: 0...0) { _, _, _ in .retry(Retry(kind: kind)) }
                let times = simulation.sentAt.map(\.time)
                for (number, (a, b)) in zip(times, times.dropFirst()).enumerated() {
                    #expect(b - a <= Int64(min(60_000, base << number)))
                }
            }
        }
    }

    @Test func `20 waits for one call are the most, and a wait costs no attempt`() {
        func wait(_ times: Int) -> Simulation {
            var simulation = Simulation(PacerSettings(), seed: 3)
            simulation.run(calls: 1) { _, send, _ in
                send <= times
                    ? .retry(Retry(kind: .rateLimited, delayMilliseconds: 1000)) : .done(.nothing)
            }
            return simulation
        }
        #expect(wait(20).ends == [0: .done])
        #expect(wait(21).ends == [0: .failed(.stopped)])
    }

    @Test func `a delay above 5 minutes parks the endpoint, one above 30 ends the run`() {
        for kind in [Retry.Kind.rateLimited, .asked, .serverError, .gateway] {
            for (seconds, isParked) in [
                (Int64(200), kind == .rateLimited || kind == .gateway),
                (400, true),
            ] {
                var pacer = Pacer(settings: PacerSettings())
                _ = pacer.submit(0, .nothing, now: 0)
                let retry = Retry(kind: kind, delayMilliseconds: seconds * 1000)
                #expect(pacer.finished(0, .retry(retry), now: 0, draw: 0).isEmpty)
                #expect(pacer.submit(1, .nothing, now: 1).isEmpty == isParked, "\(kind)")
                #expect(pacer.nextWake(now: 1) == seconds * 1000)
            }
            var simulation = Simulation(PacerSettings(), seed: 1)
            simulation.run(calls: 20) { _, _, _ in
                .retry(Retry(kind: kind, delayMilliseconds: 999_999_000))
            }
            #expect(simulation.ends.values.allSatisfy { $0 == .failed(.stopped) })
            #expect(simulation.ends.count == 20)
            #expect(simulation.now < 1000)
        }
    }
}

import Records
import Testing

@testable import Remote

struct PacerTests {
    private static let used = Estimate(tokens: 10, microunits: 10)

    private func settings(_ change: (inout PacerSettings) -> Void = { _ in }) -> PacerSettings {
        var settings = PacerSettings()
        change(&settings)
        return settings
    }

    private func retry(_ kind: Retry.Kind, after: Int64? = nil) -> Outcome {
        .retry(Retry(kind: kind, delayMilliseconds: after))
    }

    @Test func `every call ends exactly once, within the cap, whatever the endpoint does`() {
        for seed in 0..<100 as Range<UInt64> {
            let cap = 1 + Int(seed % 13)
            var simulation = Simulation(settings { $0.concurrency = cap }, seed: seed)
            simulation.run(calls: 60) { _, _, draws in
                if draws.chance(0.6) { return .done(Self.used) }
                let kind = Retry.Kind.allCases[draws.below(Retry.Kind.allCases.count)]
                let delay = draws.chance(0.5) ? Int64(draws.below(2000)) + 1 : nil
                return retry(kind, after: delay)
            }
            #expect(simulation.ends.count == 60)
            #expect(simulation.mostInFlight <= cap)
            #expect(simulation.pacer.inFlight.isEmpty)
            #expect(simulation.pacer.openCalls == 0)
        }
    }

    @Test func `a call is sent as often as its kind of failure allows and no more`() {
        let expected: [(Retry.Kind, Int)] = [
            (.ambiguous, 3), (.badReply, 4), (.badEncoding, 2),
            (.gateway, 6), (.overloaded, 6), (.unreachable, 6), (.asked, 6),
        ]
        for (kind, sends) in expected {
            var simulation = Simulation(settings(), seed: 1)
            simulation.run(calls: 1) { _, _, _ in retry(kind) }
            #expect(simulation.ends == [0: .givenUp(kind)])
            #expect(simulation.sentAt.count == sends)
        }
        var simulation = Simulation(settings(), seed: 1)
        simulation.run(calls: 1) { _, _, _ in retry(.serverError) }
        #expect(simulation.ends == [0: .buried])
        #expect(simulation.sentAt.count == 3)
    }

    @Test func `a rate limit with a delay costs no attempt, one without ends the run in time`() {
        var patient = Simulation(settings(), seed: 1)
        patient.run(calls: 1) { _, send, _ in
            send <= 15 ? retry(.rateLimited, after: 1000) : .done(Self.used)
        }
        #expect(patient.ends == [0: .done])
        var silent = Simulation(settings(), seed: 1)
        silent.run(calls: 3) { _, _, _ in retry(.rateLimited) }
        #expect(silent.ends.values.allSatisfy { $0 == .failed(.stopped) })
        #expect(silent.sentAt.count <= 15)
        var absurd = Simulation(settings(), seed: 1)
        absurd.run(calls: 5) { _, _, _ in retry(.rateLimited, after: 999_999_000) }
        #expect(absurd.ends.values.allSatisfy { $0 == .failed(.stopped) })
        #expect(absurd.now < 1000)
    }

    @Test func `a delay pauses the whole endpoint, and for at least as long as was asked`() {
        for seed in 0..<50 as Range<UInt64> {
            var simulation = Simulation(settings { $0.concurrency = 8 }, seed: seed)
            var pausedFrom: Int64?
            simulation.run(calls: 40, latency: 100...100) { id, send, _ in
                if id == 5 && send == 1 { return retry(.rateLimited, after: 2000) }
                return .done(Self.used)
            }
            pausedFrom = 100
            let during = simulation.sentAt.filter { $0.time > pausedFrom ?? 0 && $0.time < 2100 }
            #expect(during.isEmpty)
            #expect(simulation.ends.values.allSatisfy { $0 == .done })
        }
    }

    @Test func `backoff is jittered within its growing bound`() {
        for seed in 0..<100 as Range<UInt64> {
            var simulation = Simulation(settings(), seed: seed)
            simulation.run(calls: 1, latency: 0...0) { _, _, _ in retry(.gateway) }
            let times = simulation.sentAt.map(\.time)
            let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
            #expect(gaps.count == 5)
            for (index, gap) in gaps.enumerated() { #expect(gap <= Int64(1000 << index)) }
        }
    }

    @Test func `the window halves once for a burst of refusals and grows back when it is clean`() {
        var simulation = Simulation(
            settings {
                $0.concurrency = 64
                $0.firstWindow = 64
            }, seed: 1)
        simulation.run(calls: 64, latency: 10...10) { _, send, _ in
            send == 1 ? retry(.rateLimited, after: 10) : .done(Self.used)
        }
        // One burst of 64, one halving; then 64 clean replies bring some of it back.
        #expect((33...64).contains(Int(simulation.pacer.window)))
        var growing = Simulation(settings { $0.concurrency = 64 }, seed: 1)
        growing.run(calls: 3000) { _, _, _ in .done(Self.used) }
        #expect(growing.pacer.window == 64)
        #expect(growing.mostInFlight == 64)
    }

    @Test func `an endpoint that fails above some load is loaded no more than it can bear`() {
        for seed in 0..<20 as Range<UInt64> {
            var simulation = Simulation(settings { $0.concurrency = 200 }, seed: seed)
            simulation.run(calls: 2000) { id, _, draws in
                draws.chance(0.02) ? retry(.overloaded, after: 50) : .done(Self.used)
            }
            #expect(simulation.mostInFlight < 100)
            #expect(simulation.ends.values.allSatisfy { $0 == .done })
        }
    }

    @Test func `requests and tokens a minute are kept to over every minute`() {
        for (requests, tokens, calls) in [(60, nil, 300), (nil, 1200, 200), (600, 3000, 400)] {
            var simulation = Simulation(
                settings {
                    $0.concurrency = 64
                    $0.requestsPerMinute = requests
                    $0.tokensPerMinute = tokens
                }, seed: 1)
            simulation.run(calls: calls) { _, _, _ in .done(Self.used) }
            #expect(simulation.ends.count == calls)
            let times = simulation.sentAt.map(\.time)
            let perMinute = min(requests ?? .max, tokens.map { $0 / 10 } ?? .max)
            for start in times {
                let within = times.count { $0 >= start && $0 < start + 60_000 }
                #expect(within <= perMinute + perMinute / 60 + 2)
            }
            #expect(simulation.now >= Int64(calls - perMinute / 60 - 1) * 60_000 / Int64(perMinute))
        }
    }

    @Test func `no budget is ever overspent, and what fits is used`() {
        for seed in 0..<50 as Range<UInt64> {
            for budget in [
                Budget(calls: 37), Budget(tokens: 375), Budget(microunits: 375),
                Budget(calls: 0),
            ] {
                var simulation = Simulation(settings { $0.budget = budget }, seed: seed)
                simulation.run(calls: 100) { _, _, draws in
                    if draws.chance(0.2) { return retry(.ambiguous) }
                    return .done(Estimate(tokens: 5 + draws.below(6), microunits: 7))
                }
                let book = simulation.pacer.book
                #expect(book.calls <= budget.calls ?? .max)
                #expect(book.tokens <= budget.tokens ?? .max)
                #expect(book.microunits <= budget.microunits ?? .max)
                if let tokens = budget.tokens { #expect(book.tokens > tokens - 10) }
                #expect(simulation.ends.count == 100)
                #expect(simulation.ends.values.contains(.failed(.stopped)))
            }
        }
    }

    @Test func `a stop fails what waits, lets what is in flight end, and refuses what comes`() {
        var pacer = Pacer(settings: settings { $0.concurrency = 2 })
        let fault = Fault(.stopped, "stop")
        for id in 0..<5 { _ = pacer.submit(id, Self.used, now: 0) }
        #expect(pacer.inFlight == [0, 1])
        #expect(pacer.stop(fault) == [.fail(2, fault), .fail(3, fault), .fail(4, fault)])
        #expect(pacer.submit(5, Self.used, now: 1) == [.fail(5, fault)])
        #expect(pacer.finished(0, .done(Self.used), now: 2, draw: 0).isEmpty)
        #expect(
            pacer.finished(1, retry(.gateway), now: 2, draw: 0) == [.fail(1, fault)])
        #expect(pacer.openCalls == 0)
        #expect(pacer.nextWake(now: 2) == nil)
    }

    @Test func `one seed gives one course of events`() {
        func course(_ seed: UInt64) -> [Int64] {
            var simulation = Simulation(settings(), seed: seed)
            simulation.run(calls: 50) { _, _, draws in
                draws.chance(0.3) ? retry(.gateway) : .done(Self.used)
            }
            return simulation.sentAt.map(\.time)
        }
        for seed in 0..<10 as Range<UInt64> { #expect(course(seed) == course(seed)) }
        #expect(course(1) != course(2))
    }
}

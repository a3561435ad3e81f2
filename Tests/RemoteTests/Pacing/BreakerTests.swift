import Records
import Testing

@testable import Remote

struct BreakerTests {
    private let gateway = Outcome.retry(Retry(kind: .gateway))

    @Test func `opens when more than half of the last 50 sends failed, and not before`() {
        for (failures, opens) in [(25, false), (26, true)] {
            var breaker = Breaker(BreakerSettings())
            for id in 0..<200 { breaker.ended(id, isFailure: false, now: 0) }
            for id in 0..<failures { breaker.ended(id, isFailure: true, now: 100) }
            #expect(breaker.admits(now: 100) != opens)
            #expect(breaker.opensAt == (opens ? 30_100 : nil))
        }
        // Half and half for ever is not more than half.
        var breaker = Breaker(BreakerSettings())
        for id in 0..<1000 {
            breaker.ended(id, isFailure: id % 2 == 0, now: 0)
            #expect(breaker.admits(now: 0))
        }
    }

    @Test func `probes one call at a time, and waits twice as long after each that fails`() {
        var breaker = Breaker(BreakerSettings())
        for id in 0..<26 { breaker.ended(id, isFailure: true, now: 0) }
        var now: Int64 = 0
        for seconds in [30, 60, 120, 240, 300, 300] as [Int64] {
            #expect(!breaker.admits(now: now + seconds * 1000 - 1))
            now += seconds * 1000
            #expect(breaker.admits(now: now))
            breaker.sent(99)
            #expect(!breaker.admits(now: now))
            breaker.ended(5, isFailure: false, now: now)
            #expect(!breaker.admits(now: now), "what was sent before says nothing")
            breaker.ended(99, isFailure: true, now: now)
        }
        breaker.sent(100)
        breaker.ended(100, isFailure: false, now: now)
        #expect(breaker.admits(now: now))
        #expect(breaker.givesUpAt == nil)
    }

    @Test func `an outage passes: few sends meanwhile, and every call is answered`() {
        for seed in 0..<6 as Range<UInt64> {
            var settings = PacerSettings()
            (settings.concurrency, settings.attempts) = (16, 20)
            var simulation = Simulation(settings, seed: seed)
            let outage = 5000...(205_000 as Int64)
            simulation.run(calls: 1500) { send, _ in
                (outage.contains(send.time) ? gateway : .done(.nothing), nil)
            }
            #expect(simulation.ends.count == 1500)
            #expect(simulation.ends.values.allSatisfy { $0 == .done })
            #expect(simulation.surplusEnds.isEmpty)
            // 26 to notice it, what was in flight then, and probes after 30, 60 and 120 s.
            let during = simulation.sentAt.count { outage.contains($0.time) }
            #expect((27...60).contains(during))
        }
    }

    @Test func `after 5 minutes of outage the run ends, to be continued`() {
        for kind in [Retry.Kind.gateway, .unreachable, .ambiguous, .overloaded, .serverError] {
            for seed in 0..<4 as Range<UInt64> {
                var settings = PacerSettings()
                (settings.concurrency, settings.attempts) = (16, 1000)
                var simulation = Simulation(settings, seed: seed)
                simulation.run(calls: 100) { _, _ in (.retry(Retry(kind: kind)), nil) }
                #expect(simulation.ends.count == 100)
                #expect(simulation.ends.values.contains(.failed(.unavailable)))
                #expect((300_000...400_000).contains(simulation.now), "\(kind)")
                #expect(simulation.sentAt.count < 80)
            }
        }
    }

    @Test func `case 9: 500 for one body is its fault, 500 for all bodies is not theirs`() {
        for seed in 0..<20 as Range<UInt64> {
            var settings = PacerSettings()
            settings.concurrency = 8
            var one = Simulation(settings, seed: seed)
            one.run(calls: 60) { id, _, _ in
                id == 30 ? .retry(Retry(kind: .serverError)) : .done(.nothing)
            }
            #expect(one.ends[30] == .buried)
            #expect(one.ends.values.count { $0 == .done } == 59)
            #expect(one.sentAt.count { $0.id == 30 } == 3)
            var all = Simulation(settings, seed: seed)
            all.run(calls: 60) { _, _, _ in .retry(Retry(kind: .serverError)) }
            #expect(all.ends.count == 60)
            #expect(all.ends.values.count { $0 == .buried } <= 2)
        }
    }

    @Test func `case 8: a fifth of all sends failing costs few calls their answer`() {
        var answered = 0
        for seed in 0..<10 as Range<UInt64> {
            var simulation = Simulation(PacerSettings(), seed: seed)
            simulation.run(calls: 300) { _, _, draws in
                draws.chance(0.2) ? .retry(Retry(kind: .serverError)) : .done(.nothing)
            }
            #expect(simulation.ends.count == 300)
            answered += simulation.ends.values.count { $0 == .done }
        }
        // 0.2³ of the calls fail three times: 0.8 %.
        #expect(answered > 10 * 300 * 98 / 100)
    }
}

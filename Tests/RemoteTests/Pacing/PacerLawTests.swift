import Glibc
import Records
import StoreProtocols
import Testing

@testable import Remote

/// What holds whatever the endpoint does.
struct PacerLawTests {
    private func settings(_ change: (inout PacerSettings) -> Void) -> PacerSettings {
        var settings = PacerSettings()
        change(&settings)
        return settings
    }

    /// Everything an endpoint may do, at random.
    private func chaos(_ draws: inout CounterRNG) -> (Outcome, RateLimitHeaders?) {
        let rateLimits: RateLimitHeaders? =
            draws.chance(0.1)
            ? RateLimitHeaders(
                requests: .init(
                    remaining: draws.below(20), resetMilliseconds: Int64(draws.below(3000))),
                tokens: nil) : nil
        if draws.chance(0.6) { return (.done(Estimate(tokens: 10, microunits: 9)), rateLimits) }
        let kind = Retry.Kind.allCases[draws.below(Retry.Kind.allCases.count)]
        if draws.chance(0.1) { return (.failed(kind), rateLimits) }
        if draws.chance(0.005) { return (.stop(Fault(.stopped, "quota")), rateLimits) }
        let delay = draws.chance(0.3) ? Int64(draws.below(5000)) + 1 : nil
        return (.retry(Retry(kind: kind, delayMilliseconds: delay)), rateLimits)
    }

    @Test func `every call has one end, none is sent in a pause, the window holds`() {
        for seed in 0..<120 as Range<UInt64> {
            let cap = 1 + Int(seed % 17)
            var simulation = Simulation(
                settings {
                    $0.concurrency = cap
                    $0.requestsPerMinute = seed % 3 == 0 ? 600 : nil
                    $0.tokensPerMinute = seed % 5 == 0 ? 6000 : nil
                    $0.deadline = seed % 7 == 0 ? 8000 : nil
                    $0.budget = Budget(microunits: seed % 4 == 0 ? 500 : nil)
                    $0.breaker.attempts = 10
                }, seed: seed)
            simulation.run(calls: 60) { _, draws in chaos(&draws) }
            #expect(simulation.ends.count == 60)
            #expect(simulation.surplusEnds.isEmpty)
            #expect(simulation.sendsInPause == 0)
            #expect(simulation.mostInFlight <= cap)
            #expect(simulation.pacer.openCalls == 0)
            #expect(simulation.pacer.inFlight.isEmpty)
            #expect(
                simulation.pacer.book.microunits <= simulation.pacer.book.budget.microunits ?? .max)
            if let deadline = simulation.pacer.settings.deadline {
                #expect(simulation.sentAt.allSatisfy { $0.time < deadline })
            }
        }
    }

    @Test func `calls are first sent in the order they came, and a retry before any new one`() {
        for seed in 0..<20 as Range<UInt64> {
            var simulation = Simulation(settings { $0.concurrency = 5 }, seed: seed)
            simulation.run(calls: 200) { id, send, draws in
                send == 1 && draws.chance(0.3)
                    ? .retry(Retry(kind: .asked, delayMilliseconds: 300)) : .done(.nothing)
            }
            var seen: Set<Int> = []
            let firsts = simulation.sentAt.map(\.id).filter { seen.insert($0).inserted }
            #expect(firsts == Array(0..<200))
            // Asked for 300 ms (330 with jitter), each waits for a free place at most.
            for id in 0..<200 {
                let times = simulation.sentAt.filter { $0.id == id }.map(\.time)
                if times.count == 2 { #expect(times[1] - times[0] <= 200 + 330 + 200) }
            }
        }
    }

    @Test func `case 14: an endpoint that bears 8 at once is loaded with 10 at most, in time`() {
        for seed in 0..<6 as Range<UInt64> {
            var simulation = Simulation(settings { $0.concurrency = 64 }, seed: seed)
            var late: [Int] = []
            simulation.run(calls: 1200, latency: 100...100) { send, _ in
                if send.id > 500 { late.append(send.atOnce) }
                return (send.atOnce > 8 ? .retry(Retry(kind: .gateway)) : .done(.nothing), nil)
            }
            #expect(simulation.ends.values.filter { $0 != .done } == [])
            #expect(late.allSatisfy { $0 <= 10 })
        }
    }

    @Test func `after the deadline nothing is sent, and a pause beyond it ends the run at once`() {
        for seed in 0..<20 as Range<UInt64> {
            var simulation = Simulation(
                settings { ($0.deadline, $0.concurrency) = (3000, 8) }, seed: seed)
            simulation.run(calls: 400) { _, _, _ in .done(.nothing) }
            #expect(simulation.sentAt.allSatisfy { $0.time < 3000 })
            #expect(simulation.ends.count == 400)
            #expect(simulation.ends.values.contains(.failed(.stopped)))
            #expect((3000...3200).contains(simulation.now))
            var paused = Simulation(settings { $0.deadline = 60_000 }, seed: seed)
            paused.run(calls: 20) { _, _, _ in
                .retry(Retry(kind: .rateLimited, delayMilliseconds: 61_000))
            }
            #expect(paused.ends.values.allSatisfy { $0 == .failed(.stopped) })
            #expect(paused.now <= 200)
            // A pause that ends in time is waited for.
            var patient = Simulation(settings { $0.deadline = 60_000 }, seed: seed)
            patient.run(calls: 4) { _, send, _ in
                send == 1
                    ? .retry(Retry(kind: .rateLimited, delayMilliseconds: 40_000))
                    : .done(.nothing)
            }
            #expect(patient.ends.values.allSatisfy { $0 == .done })
        }
    }

    @Test func `what was spent before counts, and an optional call ends nothing`() {
        for (before, fits) in [(0, 100), (250, 75), (990, 1), (1000, 0), (5000, 0)] {
            var simulation = Simulation(
                settings {
                    $0.budget = Budget(tokens: 1000)
                    $0.spentBefore = Spending(tokens: before)
                }, seed: 1)
            simulation.run(calls: 120) { _, _, _ in .done(Estimate(tokens: 10, microunits: 0)) }
            #expect(simulation.sentAt.count == fits)
            #expect(simulation.pacer.book.tokens == before + fits * 10)
        }
        var pacer = Pacer(settings: settings { $0.budget = Budget(tokens: 100) })
        let large = Estimate(tokens: 101, microunits: 0)
        let small = Estimate(tokens: 50, microunits: 0)
        #expect(pacer.submit(0, large, isOptional: true, now: 0) == [.decline(0)])
        #expect(pacer.submit(1, small, now: 0) == [.send(1)])
        #expect(pacer.stopped == nil)
        // Not now, but perhaps when the first turns out cheaper.
        #expect(
            pacer.submit(2, Estimate(tokens: 60, microunits: 0), isOptional: true, now: 0) == [])
        #expect(
            pacer.finished(1, .done(Estimate(tokens: 40, microunits: 0)), now: 1, draw: 0)
                == [.send(2)])
    }

    @Test func `absurd prices and token limits stop a run and crash nothing`() {
        var pacer = Pacer(
            settings: settings {
                $0.budget = Budget(tokens: .max, microunits: .max)
                $0.tokensPerMinute = 1000
            })
        let absurd = Estimate(tokens: 1 << 40, microunits: .max)
        #expect(pacer.submit(0, absurd, now: 0) == [.send(0)])
        #expect(pacer.submit(1, absurd, now: 0) == [])
        _ = pacer.finished(0, .done(absurd), now: 5, draw: 0)
        #expect(pacer.book.microunits == .max)
    }

    @Test func `a withdrawn call is never sent, one in flight goes on`() {
        for seed in 0..<50 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "withdrawal")
            var pacer = Pacer(settings: settings { $0.concurrency = 3 })
            let fault = Fault(.stopped, "withdrawn")
            var sent: Set<Int> = []
            var gone: Set<Int> = []
            func note(_ actions: [Pacer.Action]) {
                for action in actions {
                    switch action {
                    case .send(let id):
                        #expect(!gone.contains(id))
                        sent.insert(id)
                    case .fail(let id, _): gone.insert(id)
                    default: break
                    }
                }
            }
            for id in 0..<40 { note(pacer.submit(id, .nothing, now: 0)) }
            var now: Int64 = 0
            while pacer.openCalls > 0 {
                now += 10
                note(pacer.withdraw(draws.below(40), fault, now: now))
                if let id = pacer.inFlight.min() {
                    let outcome: Outcome =
                        draws.chance(0.4) ? .retry(Retry(kind: .asked)) : .done(.nothing)
                    note(pacer.finished(id, outcome, now: now, draw: draws.unit()))
                } else if let wake = pacer.nextWake(now: now) {
                    now = wake
                    note(pacer.tick(now: now))
                }
            }
            #expect(!gone.isEmpty)
            #expect(gone.union(sent) == Set(0..<40))
        }
    }

    @Test func `case 50: a minute's pause with 2,048 calls waiting wakes nobody`() {
        var simulation = Simulation(
            settings {
                $0.concurrency = 2048
                $0.firstWindow = 2048
            }, seed: 1)
        simulation.run(calls: 2500, latency: 10...10) { _, send, _ in
            send == 1
                ? .retry(Retry(kind: .rateLimited, delayMilliseconds: 60_000)) : .done(.nothing)
        }
        #expect(simulation.ends.values.allSatisfy { $0 == .done })
        // Submitting, ending twice and little else: no event for time alone passing.
        #expect(simulation.events < 2500 + 2500 * 2 + 2600)
    }

    @Test func `case 50: an event costs no more with 8,000 calls than with a quarter of them`() {
        func cpuSeconds() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        func seconds(_ calls: Int) -> Double {
            let begin = cpuSeconds()
            var simulation = Simulation(
                settings {
                    $0.concurrency = 2048
                    $0.firstWindow = 2048
                }, seed: 1)
            simulation.run(calls: calls) { _, _, draws in
                draws.chance(0.2) ? .retry(Retry(kind: .asked)) : .done(.nothing)
            }
            #expect(simulation.ends.count == calls)
            return cpuSeconds() - begin
        }
        // Linear would be 4; quadratic would be 16.
        let small = seconds(2000)
        #expect(seconds(8000) < small * 9)
    }
}

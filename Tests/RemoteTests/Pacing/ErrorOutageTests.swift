import Testing

@testable import Remote

/// Endpoints that answer, but with errors alone.
struct ErrorOutageTests {
    private let settings = OutageSettings()
    private let error = Outage.Trouble.errors("HTTP 503")
    private let refusal = Outage.Trouble.rateLimit("HTTP 429")

    /// An endpoint that gives `reply` to every send, one a `gap`, for one call after the other.
    ///
    /// - Parameter reply: nil for an answer.
    private func run(
        _ outage: inout Outage, from start: Int64 = 0, to end: Int64, gap: Int64 = 1_000,
        reply: (Int64) -> Outage.Trouble?
    ) -> [(time: Int64, action: Outage.Action)] {
        var actions: [(Int64, Outage.Action)] = []
        outage.opened(now: start)
        for now in stride(from: start, through: end, by: 500) {
            if (now - start) % gap == 0 {
                outage.sent(now: now)
                if let trouble = reply(now) {
                    outage.replied(trouble, now: now)
                } else if let action = outage.answered(now: now) {
                    actions.append((now, action))
                }
            }
            actions += outage.tick(now: now).map { (now, $0) }
        }
        outage.closed()
        return actions
    }

    private func said(_ actions: [(time: Int64, action: Outage.Action)]) -> [Int64] {
        actions.compactMap { if case .say = $0.action { $0.time } else { nil } }
    }

    @Test func `errors alone are said within seconds, again at intervals, and given up in time`() {
        for hasServed in [false, true] {
            var outage = Outage(settings)
            if hasServed { _ = run(&outage, to: 5_000) { _ in nil } }
            let actions = run(&outage, from: 10_000, to: 400_000) { _ in error }
            let times = said(actions)
            #expect(times.first.map { $0 <= 14_000 } == true)
            #expect(zip(times.dropFirst(), times).map { $0 - $1 } == [60_000, 120_000])
            #expect(
                actions.first?.action == .say(error, since: 10_000, until: 310_000))
            #expect(actions.last?.action == .giveUp(error) && actions.last?.time == 310_000)
            #expect(!actions.contains { $0.action == .probe }, "what it answers is known")
            #expect(!outage.isWatching)
        }
    }

    @Test func `how long errors are borne is the setting's`() {
        for longest in [5_000, 100_000, 3_600_000] as [Int64] {
            var settings = settings
            settings.longestMilliseconds = longest
            var outage = Outage(settings)
            let actions = run(&outage, to: 4_000_000, gap: 10_000) { _ in error }
            #expect(actions.last?.action == .giveUp(error) && actions.last?.time == longest)
        }
    }

    @Test func `what was said is taken back when an answer comes, and not before`() {
        var outage = Outage(settings)
        let actions = run(&outage, to: 100_000) { $0 < 50_000 ? error : nil }
        #expect(
            actions.map(\.action) == [
                .say(error, since: 0, until: 300_000), .recovered(since: 0),
            ])
        #expect(actions.last?.time == 50_000)
        // A probe that is answered says nothing of the calls.
        var probed = Outage(settings)
        _ = run(&probed, to: 10_000) { _ in error }
        #expect(probed.probed(.replied(isWell: true), now: 11_000) == nil)
        #expect(probed.answered(now: 12_000) == .recovered(since: 0))
    }

    @Test func `errors of one call among others that are answered are not spoken of`() {
        var outage = Outage(settings)
        // Three 500s for one body, every now and then.
        let actions = run(&outage, to: 600_000, gap: 500) { now in
            (now / 500) % 10 < 3 ? error : nil
        }
        #expect(actions.isEmpty)
    }

    @Test func `a rate limit is said when it lasts, and less and less often while calls pass`() {
        var fresh = Outage(settings)
        let never = run(&fresh, to: 2_000_000) { _ in refusal }
        #expect(said(never).first.map { $0 <= 5_000 } == true)
        #expect(said(never).count < 10)
        #expect(never.last?.action == .giveUp(refusal) && never.last?.time == 1_800_000)
        // A limit a minute: twenty seconds of answers, forty of refusals.
        var limited = Outage(settings)
        let hour = run(&limited, to: 3_600_000) { $0 % 60_000 < 20_000 ? nil : refusal }
        #expect((1...4).contains(said(hour).count))
        #expect(hour.count == 2 * said(hour).count, "each is taken back")
    }

    @Test func `refusals among errors do not make the wait longer`() {
        var outage = Outage(settings)
        let actions = run(&outage, to: 2_000_000) { ($0 / 1_000) % 2 == 0 ? error : refusal }
        #expect(actions.last?.time == 300_000)
        guard case .giveUp? = actions.last?.action else {
            Issue.record("it was not given up")
            return
        }
    }

    @Test func `nobody waits, nothing is said: a stage without calls ends no later one`() {
        var outage = Outage(settings)
        _ = run(&outage, to: 1_500) { _ in error }
        #expect(!outage.isWatching)
        for now in stride(from: 2_000 as Int64, through: 900_000, by: 500) {
            #expect(outage.tick(now: now).isEmpty)
        }
        let later = run(&outage, from: 900_000, to: 901_000) { _ in error }
        #expect(later.isEmpty, "errors of a quarter of an hour ago are none of this call's")
    }

    @Test func `a slow endpoint that has stopped to fail is not given up`() {
        for fails in [true, false] {
            var outage = Outage(settings)
            _ = run(&outage, to: 20_000) { _ in error }
            outage.opened(now: 20_500)
            outage.sent(now: 20_500)
            var actions: [Outage.Action] = []
            for now in stride(from: 20_500 as Int64, through: 1_200_000, by: 500) {
                for action in outage.tick(now: now) {
                    actions.append(action)
                    if action == .probe { _ = outage.probed(.replied(isWell: true), now: now) }
                }
                // One that fails slowly is: an error every twenty seconds.
                if fails, now % 20_000 == 0, outage.isWatching {
                    outage.replied(error, now: now)
                    outage.sent(now: now)
                }
            }
            #expect((actions.last == .giveUp(error)) == fails)
            if !fails { #expect(outage.answered(now: 1_200_000) == .recovered(since: 0)) }
        }
    }

    @Test func `an endpoint that falls silent behind its errors is asked, and given up in time`() {
        var outage = Outage(settings)
        _ = run(&outage, to: 4_000) { _ in error }
        outage.opened(now: 4_500)
        outage.sent(now: 4_500)
        var actions: [Outage.Action] = []
        for now in stride(from: 4_500 as Int64, through: 400_000, by: 500) {
            for action in outage.tick(now: now) {
                actions.append(action)
                if action == .probe { _ = outage.probed(.silent("refused"), now: now) }
            }
        }
        #expect(actions.contains(.probe))
        #expect(actions.last == .giveUp(.silence("refused")))
    }
}

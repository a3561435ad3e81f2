import Testing

@testable import Remote

struct OutageTests {
    private let settings = OutageSettings()

    /// Ticks every half second up to `end` and gives what happened, and when.
    private func run(
        _ outage: inout Outage, from start: Int64 = 0, to end: Int64,
        probe: (Int64) -> Outage.Probed = { _ in .silent("refused") }
    ) -> [(time: Int64, action: Outage.Action)] {
        var actions: [(Int64, Outage.Action)] = []
        for now in stride(from: start, through: end, by: 500) {
            for action in outage.tick(now: now) {
                actions.append((now, action))
                if action == .probe, let end = outage.probed(probe(now), now: now) {
                    actions.append((now, end))
                }
            }
        }
        return actions
    }

    private func said(_ actions: [(time: Int64, action: Outage.Action)]) -> [Int64] {
        actions.compactMap { if case .say = $0.action { $0.time } else { nil } }
    }

    private func gaveUp(_ actions: [(time: Int64, action: Outage.Action)]) -> Int64? {
        actions.first { if case .giveUp = $0.action { true } else { false } }?.time
    }

    @Test func `a refused connection is said within seconds and given up within a minute`() {
        var outage = Outage(settings)
        outage.sent(now: 0)
        outage.failed("refused", now: 100)
        let actions = run(&outage, to: 400_000)
        #expect(said(actions).count == 1 && said(actions)[0] < 5_000)
        #expect(
            actions.contains { $0.action == .say(.silence("refused"), since: 100, until: 45_100) })
        #expect(gaveUp(actions).map { $0 < 60_000 } == true)
        #expect(!outage.isWatching)
    }

    @Test func `an endpoint that answered before is tried for as long as the setting says`() {
        for longest in [20_000, 300_000] as [Int64] {
            var settings = settings
            settings.longestMilliseconds = longest
            var outage = Outage(settings, hasAnswered: true)
            outage.sent(now: 0)
            outage.failed("reset", now: 0)
            #expect(gaveUp(run(&outage, to: 400_000)) == longest)
        }
    }

    @Test func `a slow endpoint that answers the probe is left alone for hours`() {
        var outage = Outage(settings)
        outage.sent(now: 0)
        let actions = run(&outage, to: 7_200_000) { _ in .replied(isWell: true) }
        #expect(actions.allSatisfy { $0.action == .probe })
        #expect((300...500).contains(actions.count), "one probe for every quiet time")
        _ = outage.answered(now: 7_200_000)
        #expect(!outage.isWatching)
    }

    @Test func `an endpoint that takes connections and never answers is said and given up`() {
        var outage = Outage(settings)
        outage.sent(now: 0)
        let actions = run(&outage, to: 100_000) { _ in .silent("Timeout was reached") }
        #expect(said(actions).first.map { $0 < 30_000 } == true)
        #expect(gaveUp(actions) == 45_000)
    }

    @Test func `one broken connection is no outage when the next thing asked is answered`() {
        var outage = Outage(settings, hasAnswered: true)
        outage.sent(now: 0)
        outage.failed("reset", now: 10)
        let actions = run(&outage, from: 500, to: 60_000) { _ in .replied(isWell: true) }
        #expect(said(actions).isEmpty && gaveUp(actions) == nil)
        #expect(actions.map(\.action) == [.probe])
        // Nor is it asked anything when the next call is answered at once.
        outage.sent(now: 60_500)
        outage.failed("reset", now: 60_600)
        outage.sent(now: 60_700)
        _ = outage.answered(now: 60_900)
        #expect(run(&outage, from: 61_000, to: 70_000).isEmpty)
    }

    @Test func `a limit below the time that finding out takes still says before it ends`() {
        var settings = settings
        settings.longestMilliseconds = 1_000
        var outage = Outage(settings)
        outage.sent(now: 0)
        outage.failed("refused", now: 0)
        let actions = run(&outage, to: 20_000).map(\.action)
        #expect(
            actions == [
                .probe, .say(.silence("refused"), since: 0, until: 1_000),
                .giveUp(.silence("refused")),
            ])
    }

    @Test func `it is said again when it is silent again`() {
        var outage = Outage(settings, hasAnswered: true)
        for start in [0, 1_000_000] as [Int64] {
            outage.sent(now: start)
            outage.failed("refused", now: start)
            let actions = run(&outage, from: start, to: start + 20_000)
            #expect(said(actions).count == 1)
            outage.sent(now: start + 20_000)
            #expect(outage.answered(now: start + 21_000) == .recovered(since: start))
            #expect(!outage.isWatching)
        }
    }

    @Test func `the end is told as a time of day`() {
        #expect(OutageWatch.time(milliseconds: 0) == "00:00:00")
        #expect(OutageWatch.time(milliseconds: 86_399_999) == "23:59:59")
        #expect(OutageWatch.time(milliseconds: 1_700_000_000_000) == "22:13:20")
    }
}

/// When a circuit breaker opens and for how long; milliseconds.
struct BreakerSettings: Sendable, Equatable {
    /// Sends that are looked back at, 1 to 64; it opens when more than half of them failed.
    var attempts = 50
    var openMilliseconds: Int64 = 30_000
    /// The opening doubles with each failed probe, up to this.
    var longestOpenMilliseconds: Int64 = 300_000
    /// Without a clean probe for so long the run ends, resumably.
    var longestOutageMilliseconds: Int64 = 300_000
}

/// Spares an endpoint that is down, and us the waiting on it (Nygard 2007, "Release It!").
///
/// Closed, it lets every call pass. When most of the last sends failed with 5xx or on the way, it
/// opens: nothing is sent for a while, then one probe; its success closes, its failure opens again
/// for twice as long.
struct Breaker: Sendable {
    private enum State: Sendable, Equatable {
        case closed
        case open(until: Int64)
        case probing(Int)
    }

    private let settings: BreakerSettings
    private var state = State.closed
    /// A bit a send, the latest lowest, 1 for a failure.
    private var history: UInt64 = 0
    private var samples = 0
    private var pause: Int64
    private var outageBegan: Int64 = 0

    init(_ settings: BreakerSettings) {
        self.settings = settings
        pause = settings.openMilliseconds
    }

    /// When a probe may go; nil while closed or while one is under way.
    var opensAt: Int64? {
        if case .open(let until) = state { until } else { nil }
    }

    /// When the run is to end unless a probe succeeds before.
    var givesUpAt: Int64? {
        if case .open = state {
            outageBegan + settings.longestOutageMilliseconds
        } else {
            nil
        }
    }

    /// Whether the endpoint fails for most calls, so that no failure is any one call's fault.
    ///
    /// 10 sends are the fewest of which "most" says something.
    var isMostlyFailing: Bool {
        state != .closed || (samples >= 10 && history.nonzeroBitCount * 2 > samples)
    }

    func admits(now: Int64) -> Bool {
        switch state {
        case .closed: true
        case .open(let until): now >= until
        case .probing: false
        }
    }

    /// A call that ``admits(now:)`` let pass is sent.
    mutating func sent(_ id: Int) {
        if case .open = state { state = .probing(id) }
    }

    /// The endpoint gave a sign of life: the next probe need not wait.
    mutating func heard(now: Int64) {
        if case .open(let until) = state { state = .open(until: min(until, now)) }
    }

    /// A send has ended.
    mutating func ended(_ id: Int, isFailure: Bool, now: Int64) {
        switch state {
        case .closed:
            history = (history << 1 | (isFailure ? 1 : 0)) & (~0 >> UInt64(64 - settings.attempts))
            samples = min(samples + 1, settings.attempts)
            if history.nonzeroBitCount * 2 > settings.attempts {
                outageBegan = now
                pause = settings.openMilliseconds
                state = .open(until: now + pause)
            }
        // What was sent before it opened says nothing new.
        case .open: break
        case .probing(let probe):
            guard probe == id else { return }
            if isFailure {
                pause = min(pause * 2, settings.longestOpenMilliseconds)
                state = .open(until: now + pause)
            } else {
                state = .closed
                (history, samples) = (0, 0)
            }
        }
    }
}

internal import Records
internal import Synchronization

/// Watches over an endpoint that gives no answers: drives ``Outage`` with a clock and a sleeper.
final class OutageWatch: Sendable {
    /// What the watch can do; set once by the ``Connection``.
    struct Hands: Sendable {
        /// Asks whether anybody is there.
        var probe: @Sendable () async -> Outage.Probed
        /// Tells the user.
        var say: @Sendable (String) -> Void
        /// Ends what waits; a silent endpoint will not answer what it has either.
        var giveUp: @Sendable (Fault, _ isSilent: Bool) -> Void
    }

    private struct State: Sendable {
        var outage: Outage
        var hands: Hands?
        var isRunning = false
        var fault: Fault?
    }

    private static let napMilliseconds = 500
    private let endpointName: String
    private let address: String
    private let state: Mutex<State>

    init(_ settings: OutageSettings, endpointName: String, address: String, hasAnswered: Bool) {
        self.endpointName = endpointName
        self.address = address
        state = Mutex(State(outage: Outage(settings, hasAnswered: hasAnswered)))
    }

    func begin(_ hands: Hands) { state.withLock { $0.hands = hands } }

    func sent() {
        let starts = state.withLock { state in
            state.outage.sent(now: CallScheduler.now())
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts {
            let own = Weak(watch: self)
            Task { await Self.watch(own) }
        }
    }

    /// Why the endpoint was given up; nil while it is not.
    var givenUp: Fault? { state.withLock { $0.fault } }

    /// A call begins, whose sends follow.
    func opened() { state.withLock { $0.outage.opened(now: CallScheduler.now()) } }

    func closed() { state.withLock { $0.outage.closed() } }

    func answered() {
        let (action, hands) = state.withLock { state in
            (state.outage.answered(now: CallScheduler.now()), state.hands)
        }
        if let action { act(action, hands) }
    }

    /// A reply that is an error and asks for another try.
    func replied(_ error: Outage.Trouble) {
        state.withLock { $0.outage.replied(error, now: CallScheduler.now()) }
    }

    /// - Parameter reason: In libcurl's words, redacted.
    func failed(_ reason: String) {
        state.withLock { $0.outage.failed(reason, now: CallScheduler.now()) }
    }

    /// Looks every half second while anything is under way or amiss; holds the watch only while it
    /// looks.
    private static func watch(_ own: Weak) async {
        while true {
            try? await Task.sleep(for: .milliseconds(napMilliseconds))
            guard let watch = own.watch, watch.look() else { return }
        }
    }

    private struct Weak: Sendable {
        weak let watch: OutageWatch?
    }

    /// Whether there is reason to look again.
    private func look() -> Bool {
        let now = CallScheduler.now()
        let (actions, hands) = state.withLock { state in
            let actions = state.outage.tick(now: now)
            if !state.outage.isWatching { state.isRunning = false }
            return (actions, state.hands)
        }
        for action in actions { act(action, hands) }
        return state.withLock { $0.isRunning }
    }

    private func act(_ action: Outage.Action, _ hands: Hands?) {
        switch action {
        case .probe:
            Task { [weak self] in
                guard let result = await hands?.probe() else { return }
                let action = self?.state.withLock {
                    $0.outage.probed(result, now: CallScheduler.now())
                }
                if let action { self?.act(action, hands) }
            }
        case .say(let trouble, let since, let until):
            hands?.say(sentence(trouble, since: since, until: until))
        case .recovered(let since):
            let seconds = Double(CallScheduler.now() - since) / 1_000
            hands?.say("\(address) answers again, after \(NumberFormat.seconds(seconds))")
        case .giveUp(let trouble):
            let fault = self.fault(trouble)
            state.withLock { $0.fault = fault }
            if case .silence = trouble {
                hands?.giveUp(fault, true)
            } else {
                hands?.giveUp(fault, false)
            }
        }
    }

    /// Where nothing has ever come from the address, no setting makes the wait longer.
    private func sentence(_ trouble: Outage.Trouble, since: Int64, until: Int64) -> String {
        let offset = WallClock.system.now() - CallScheduler.now()
        let start = Self.time(milliseconds: since + offset)
        let end = "trying until \(Self.time(milliseconds: until + offset)) UTC"
        let setting = "(`provider.give_up_seconds`)"
        switch trouble {
        case .silence(let reason):
            let isKnown = state.withLock { $0.outage.hasAnswered }
            return "no answer from \(address): \(reason); \(end)" + (isKnown ? " \(setting)" : "")
        case .errors(let words):
            return "nothing but errors from \(address) since \(start) UTC: \(words); "
                + "\(end) \(setting)"
        case .rateLimit(let words):
            return "every call refused by \(address) since \(start) UTC: \(words); "
                + "\(end) at most \(setting); `provider.requests_per_minute` asks less often"
        }
    }

    private func fault(_ trouble: Outage.Trouble) -> Fault {
        let hint = "`provider.give_up_seconds` waits longer; then the same command continues"
        switch trouble {
        case .silence(let reason):
            return Fault(
                .unavailable, "endpoint \(endpointName) gives no answer",
                why: "\(address): \(reason)",
                hint: "`curate doctor --endpoint` looks again, \(hint)")
        case .errors(let words):
            return Fault(
                .unavailable, "endpoint \(endpointName) answers nothing but errors",
                why: "\(address): \(words)", hint: hint)
        case .rateLimit(let words):
            return Fault(
                .stopped, "endpoint \(endpointName) keeps refusing for its rate limit",
                why: "\(address): \(words)", hint: hint)
        }
    }

    /// `07:05:09`, of a moment in milliseconds since 1970 UTC.
    static func time(milliseconds: Int64) -> String {
        let seconds = (milliseconds / 1000) % 86_400
        return [seconds / 3600, seconds / 60 % 60, seconds % 60]
            .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}

internal import Records
internal import Store
internal import Synchronization

/// Watches over an endpoint's silence: drives ``Outage`` with a clock and a sleeper.
final class OutageWatch: Sendable {
    /// What the watch can do; set once by the ``Connection``.
    struct Hands: Sendable {
        /// Asks whether anybody is there; nil when a reply came, or why none did.
        var probe: @Sendable () async -> String?
        /// Tells the user.
        var say: @Sendable (String) -> Void
        var giveUp: @Sendable (Fault) -> Void
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
            state.outage.sent(now: Gate.now())
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

    func replied() { state.withLock { $0.outage.replied(now: Gate.now()) } }

    /// - Parameter reason: In libcurl's words, redacted.
    func failed(_ reason: String) {
        state.withLock { $0.outage.failed(reason, now: Gate.now()) }
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
        let now = Gate.now()
        let (actions, hands) = state.withLock { state in
            let actions = state.outage.tick(now: now)
            if !state.outage.isWatching { state.isRunning = false }
            return (actions, state.hands)
        }
        for action in actions {
            switch action {
            case .probe:
                Task { [weak self] in
                    let reason = await hands?.probe()
                    self?.state.withLock { $0.outage.probed(reason, now: Gate.now()) }
                }
            case .say(let reason, let until):
                let end = WorkspaceClock.system.now() + until - now
                hands?.say(
                    "no answer from \(address): \(reason); trying until "
                        + "\(Self.time(milliseconds: end)) UTC")
            case .giveUp(let reason):
                let fault = self.fault(reason)
                state.withLock { $0.fault = fault }
                hands?.giveUp(fault)
            }
        }
        return state.withLock { $0.isRunning }
    }

    private func fault(_ reason: String) -> Fault {
        Fault(
            .unavailable, "endpoint \(endpointName) gives no answer", why: "\(address): \(reason)",
            hint: "`curate doctor --endpoint` looks again, `provider.give_up_seconds` waits "
                + "longer; then the same command continues")
    }

    /// `07:05:09`, of a moment in milliseconds since 1970 UTC.
    static func time(milliseconds: Int64) -> String {
        let seconds = (milliseconds / 1000) % 86_400
        return [seconds / 3600, seconds / 60 % 60, seconds % 60]
            .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}

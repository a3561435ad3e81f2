internal import Glibc
internal import Records
internal import Synchronization

/// Lets calls wait for their turn: drives the ``Pacer`` with a clock, draws and continuations.
final class Gate: Sendable {
    /// What a waiting call hears.
    enum Turn: Sendable {
        case send
        case giveUp(Retry.Kind)
        case fail(Fault)
    }

    private struct State {
        var pacer: Pacer
        var draws: Draws
        var lastID = 0
        var waiting: [Int: CheckedContinuation<Turn, Never>] = [:]
        /// When the earliest sleeper wakes.
        var wakeAt: Int64?
    }

    private let state: Mutex<State>

    /// - Parameter seed: of the jitter alone; results do not depend on it.
    init(settings: PacerSettings, seed: UInt64) {
        let pacer = Pacer(settings: settings, now: Self.now())
        state = Mutex(State(pacer: pacer, draws: Draws(seed: seed, purpose: "backoff")))
    }

    /// Milliseconds of a clock that no change of the date moves.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Hands in a new call and waits for its first turn.
    func enter(_ estimate: Estimate) async -> (id: Int, turn: Turn) {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let turn = await wait(id) { pacer, now, _ in pacer.submit(id, estimate, now: now) }
        return (id, turn)
    }

    /// Ends a send that asks for another and waits for that one's turn.
    func again(_ id: Int, _ retry: Retry) async -> Turn {
        await wait(id) { pacer, now, draw in
            pacer.finished(id, .retry(retry), now: now, draw: draw)
        }
    }

    /// Ends a call.
    func finish(_ id: Int, _ outcome: Outcome) {
        step { pacer, now, draw in pacer.finished(id, outcome, now: now, draw: draw) }
    }

    /// How often the call was sent.
    func sends(of id: Int) -> Int { state.withLock { $0.pacer.sends(of: id) } }

    /// Sends nothing more.
    func stop(_ fault: Fault) {
        step { pacer, _, _ in pacer.stop(fault) }
    }

    /// The budget's books, for calls that go out as a batch and wait for no turn.
    func withBook<Value: Sendable>(_ body: (inout BudgetBook) -> Value) -> Value {
        state.withLock { body(&$0.pacer.book) }
    }

    private typealias Event = (inout Pacer, _ now: Int64, _ draw: Double) -> [Pacer.Action]

    private func wait(_ id: Int, _ event: Event) async -> Turn {
        await withCheckedContinuation { continuation in
            step(before: { $0.waiting[id] = continuation }, event)
        }
    }

    private func step(before: (inout State) -> Void = { _ in }, _ event: Event) {
        let (turns, wake) = state.withLock { state in
            before(&state)
            let now = Self.now()
            let actions = event(&state.pacer, now, state.draws.unit())
            let turns = actions.compactMap { action in Self.turn(action, &state.waiting) }
            return (turns, Self.nextSleep(&state, now))
        }
        for (continuation, turn) in turns { continuation.resume(returning: turn) }
        if let wake { sleep(wake) }
    }

    private static func turn(
        _ action: Pacer.Action, _ waiting: inout [Int: CheckedContinuation<Turn, Never>]
    ) -> (CheckedContinuation<Turn, Never>, Turn)? {
        switch action {
        case .send(let id): waiting.removeValue(forKey: id).map { ($0, .send) }
        case .giveUp(let id, let kind):
            waiting.removeValue(forKey: id).map { ($0, .giveUp(kind)) }
        case .fail(let id, let fault):
            waiting.removeValue(forKey: id).map { ($0, .fail(fault)) }
        }
    }

    /// A new sleeper's milliseconds, unless one wakes early enough already.
    private static func nextSleep(_ state: inout State, _ now: Int64) -> Int64? {
        guard let next = state.pacer.nextWake(now: now) else { return nil }
        if let planned = state.wakeAt, planned <= next, planned > now { return nil }
        state.wakeAt = next
        return next - now
    }

    private func sleep(_ milliseconds: Int64) {
        Task { [weak self] in
            try? await Task.sleep(for: .milliseconds(milliseconds))
            self?.step { pacer, now, _ in pacer.tick(now: now) }
        }
    }
}

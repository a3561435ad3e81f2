internal import Glibc
internal import Records
internal import Synchronization

/// Lets calls wait for their turn: drives the ``Pacer`` with a clock, draws and continuations.
final class CallScheduler: Sendable {
    /// What a waiting call hears.
    enum Turn: Sendable {
        case send
        case giveUp(Retry.Kind)
        case markDead
        case decline
        case fail(Fault)
    }

    /// How a call ends that all who waited for it gave up.
    static let cancelled = Fault(.stopped, "a call was cancelled before it was sent")

    private typealias Waiter = CheckedContinuation<Turn, Never>

    private struct State {
        var pacer: Pacer
        var draws: CounterRNG
        var lastID = 0
        var waiting: [Int: Waiter] = [:]
        /// The one sleeper, and when it wakes.
        var timer: (task: Task<Void, Never>, wakesAt: Int64)?
    }

    private let state: Mutex<State>

    /// - Parameter seed: of the jitter alone; results do not depend on it.
    init(settings: PacerSettings, seed: UInt64) {
        let pacer = Pacer(settings: settings, now: Self.now())
        state = Mutex(State(pacer: pacer, draws: CounterRNG(seed: seed, purpose: "backoff")))
    }

    deinit { state.withLock { $0.timer?.task.cancel() } }

    /// Milliseconds of a clock that no change of the date moves.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Hands in a new call and waits for its first turn.
    func enter(_ estimate: Estimate, isOptional: Bool = false) async -> (id: Int, turn: Turn) {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let turn = await wait(id) { pacer, now, _ in
            pacer.submit(id, estimate, isOptional: isOptional, now: now)
        }
        return (id, turn)
    }

    /// Ends a send that asks for another and waits for that one's turn.
    func again(_ id: Int, _ retry: Retry, _ rateLimits: RateLimitHeaders?) async -> Turn {
        await wait(id) { pacer, now, draw in
            pacer.finished(id, .retry(retry), rateLimits: rateLimits, now: now, draw: draw)
        }
    }

    /// Ends a call.
    func finish(_ id: Int, _ outcome: Outcome, _ rateLimits: RateLimitHeaders? = nil) {
        step { pacer, now, draw in
            pacer.finished(id, outcome, rateLimits: rateLimits, now: now, draw: draw)
        }
    }

    /// Sends nothing more.
    func stop(_ fault: Fault) {
        step { pacer, _, _ in pacer.stop(fault) }
    }

    /// The endpoint answered something that was no call.
    func heard() {
        step { pacer, now, _ in pacer.heard(now: now) }
    }

    /// Milliseconds until the endpoint is sent anything again; 0 when it is not paused.
    var pauseMilliseconds: Int64 {
        state.withLock { state in
            max(0, max(state.pacer.pausedUntil, state.pacer.breaker.opensAt ?? 0) - Self.now())
        }
    }

    /// The budget's books, for calls that go out as a batch and wait for no turn.
    func withBook<Value: Sendable>(_ body: (inout BudgetBook) -> Value) -> Value {
        state.withLock { body(&$0.pacer.book) }
    }

    private typealias Event = (inout Pacer, _ now: Int64, _ draw: Double) -> [Pacer.Action]

    private func wait(_ id: Int, _ event: Event) async -> Turn {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                step(before: { $0.waiting[id] = continuation }, event)
                // The handler may have run before the call was there to be withdrawn.
                if Task.isCancelled { withdraw(id) }
            }
        } onCancel: {
            withdraw(id)
        }
    }

    private func withdraw(_ id: Int) {
        step { pacer, now, _ in pacer.withdraw(id, Self.cancelled, now: now) }
    }

    private func step(before: (inout State) -> Void = { _ in }, _ event: Event) {
        let turns = state.withLock { state in
            before(&state)
            let now = Self.now()
            let actions = event(&state.pacer, now, state.draws.unit())
            arm(&state, now)
            return actions.compactMap { action in Self.turn(action, &state.waiting) }
        }
        for (continuation, turn) in turns { continuation.resume(returning: turn) }
    }

    private static func turn(
        _ action: Pacer.Action, _ waiting: inout [Int: Waiter]
    ) -> (Waiter, Turn)? {
        let (id, turn): (Int, Turn) =
            switch action {
            case .send(let id): (id, .send)
            case .giveUp(let id, let kind): (id, .giveUp(kind))
            case .markDead(let id): (id, .markDead)
            case .decline(let id): (id, .decline)
            case .fail(let id, let fault): (id, .fail(fault))
            }
        return waiting.removeValue(forKey: id).map { ($0, turn) }
    }

    /// Sees to it that the one sleeper wakes in time; one that wakes too early does no harm.
    private func arm(_ state: inout State, _ now: Int64) {
        guard let next = state.pacer.nextWake(now: now) else { return }
        if let timer = state.timer, timer.wakesAt <= next { return }
        state.timer?.task.cancel()
        let task = Task { [weak self] in
            guard (try? await Task.sleep(for: .milliseconds(next - now))) != nil else { return }
            self?.wake()
        }
        state.timer = (task, next)
    }

    private func wake() {
        step(before: { $0.timer = nil }) { pacer, now, _ in pacer.tick(now: now) }
    }
}

internal import Records

/// How an endpoint is paced; times are milliseconds.
struct PacerSettings: Sendable, Equatable {
    /// The most calls in flight.
    var concurrency = 8
    /// Calls in flight at the start; grows while nothing goes wrong.
    var firstWindow = 8
    /// Sends of one call, waits for a rate limit not counted.
    var attempts = 6
    /// Full jitter: U[0, min(longest, base · 2^k)] (Brooker 2015, "Exponential backoff and
    /// jitter", AWS Architecture Blog).
    var backoffMilliseconds: Int64 = 1000
    /// The base where the endpoint says it is overloaded.
    var overloadBackoffMilliseconds: Int64 = 5000
    var longestBackoffMilliseconds: Int64 = 60_000
    /// An endpoint that asks for more, or keeps a call waiting longer, ends the run resumably.
    var longestPauseMilliseconds: Int64 = 1_800_000
    /// 429s of one call in a row that name no delay: probably a quota, not a rate.
    var mostUnexplainedWaits = 5
    var requestsPerMinute: Int?
    var tokensPerMinute: Int?
    var budget = Budget()
}

/// Decides when which call is sent: events in, actions out, no clock, no socket, no randomness.
///
/// Calls in flight follow additive increase and multiplicative decrease (Chiu and Jain 1989):
/// one more after half a window of clean replies, halved on 429 and 529, at most once for the
/// calls of one window. Retries go before new calls, older before younger.
struct Pacer: Sendable {
    /// What the driver has to do.
    enum Action: Sendable, Equatable {
        case send(Int)
        /// No further try helps; the call is over.
        case giveUp(Int, Retry.Kind)
        /// The call is not sent (again), since the run stops.
        case fail(Int, Fault)
    }

    private struct Call: Sendable {
        var estimate: Estimate
        var sends = 0
        var counted = 0
        var sendsByKind: [Retry.Kind: Int] = [:]
        var unexplainedWaits = 0
        var firstWait: Int64?
        var epoch = 0
    }

    let settings: PacerSettings
    /// Changed from outside only for calls that are not paced, those of batches.
    var book: BudgetBook
    /// Why nothing is sent any more.
    private(set) var stopped: Fault?
    private(set) var window: Double
    private(set) var inFlight: Set<Int> = []
    private(set) var pausedUntil: Int64 = 0
    private var calls: [Int: Call] = [:]
    private var fresh = Fifo()
    /// Due retries and those still waiting, each in order.
    private var ready: [Int] = []
    private var delayed: [(due: Int64, id: Int)] = []
    private var cleanReplies = 0
    private var epoch = 0
    private var requests: RateBucket?
    private var tokens: RateBucket?
    private var bucketWake: Int64?

    init(settings: PacerSettings, now: Int64 = 0) {
        self.settings = settings
        book = BudgetBook(settings.budget)
        window = Double(max(1, min(settings.firstWindow, settings.concurrency)))
        requests = settings.requestsPerMinute.map { RateBucket(perMinute: $0, now: now) }
        tokens = settings.tokensPerMinute.map { RateBucket(perMinute: $0, now: now) }
    }

    /// Calls that were submitted and are not over.
    var openCalls: Int { calls.count }

    /// How often a call was sent.
    func sends(of id: Int) -> Int { calls[id]?.sends ?? 0 }

    /// When to call ``tick(now:)`` if nothing else happens before; nil for never.
    func nextWake(now: Int64) -> Int64? {
        if calls.count == inFlight.count { return nil }
        let pause = ready.isEmpty && fresh.isEmpty ? nil : pausedUntil
        return [delayed.first?.due, pause, bucketWake].compactMap { $0 }.filter { $0 > now }.min()
    }

    /// A new call; ids are never used twice.
    mutating func submit(_ id: Int, _ estimate: Estimate, now: Int64) -> [Action] {
        insist(calls[id] == nil, "a call is submitted once")
        if let stopped { return [.fail(id, stopped)] }
        calls[id] = Call(estimate: estimate)
        fresh.append(id)
        return pump(now)
    }

    /// Time has passed.
    mutating func tick(now: Int64) -> [Action] { pump(now) }

    /// Nothing more is sent; what is in flight may finish; the first reason stays.
    mutating func stop(_ fault: Fault) -> [Action] {
        stopped = stopped ?? fault
        let waiting = calls.keys.filter { !inFlight.contains($0) }.sorted()
        for id in waiting { calls[id] = nil }
        fresh = Fifo()
        ready = []
        delayed = []
        return waiting.map { .fail($0, stopped ?? fault) }
    }

    /// A send has ended.
    ///
    /// - Parameter draw: in 0..<1, for the jitter.
    mutating func finished(_ id: Int, _ outcome: Outcome, now: Int64, draw: Double) -> [Action] {
        guard inFlight.remove(id) != nil, var call = calls[id] else {
            insist(false, "only a call in flight can finish")
            return []
        }
        switch outcome {
        case .done(let used):
            settle(call.estimate, used: used)
            calls[id] = nil
            noteClean()
            return pump(now)
        case .stop(let fault):
            settle(call.estimate, used: Estimate(tokens: 0, microunits: 0))
            calls[id] = nil
            return [.fail(id, fault)] + stop(fault)
        case .retry(let retry):
            // A call that may have been carried out is booked as if it had been.
            let isPaid = retry.kind == .ambiguous
            settle(
                call.estimate,
                used: isPaid ? call.estimate : Estimate(tokens: 0, microunits: 0))
            let actions = again(id, &call, retry, now: now, draw: draw)
            return actions + pump(now)
        }
    }

    private mutating func settle(_ estimate: Estimate, used: Estimate) {
        book.settle(estimate, used: used)
        tokens?.take(used.tokens - estimate.tokens)
    }

    private mutating func noteClean() {
        cleanReplies += 1
        if Double(cleanReplies) * 2 >= window {
            window = min(Double(settings.concurrency), window + 1)
            cleanReplies = 0
        }
    }

    private mutating func again(
        _ id: Int, _ call: inout Call, _ retry: Retry, now: Int64, draw: Double
    ) -> [Action] {
        if retry.kind.windowFactor < 1 && call.epoch == epoch {
            window = max(1, window * retry.kind.windowFactor)
            epoch += 1
            cleanReplies = 0
        }
        call.sendsByKind[retry.kind, default: 0] += 1
        if retry.kind != .rateLimited { call.counted += 1 }
        if let stopped {
            calls[id] = nil
            return [.fail(id, stopped)]
        }
        if let fault = endlessWait(&call, retry, now: now) {
            calls[id] = nil
            return [.fail(id, fault)] + stop(fault)
        }
        if call.counted >= settings.attempts
            || call.sendsByKind[retry.kind, default: 0] >= retry.kind.mostSends
        {
            calls[id] = nil
            return [.giveUp(id, retry.kind)]
        }
        let wait = delay(call, retry, draw: draw)
        if retry.kind.pausesEndpoint && retry.delayMilliseconds != nil {
            pausedUntil = max(pausedUntil, now + wait)
        }
        calls[id] = call
        let due = now + wait
        let place = delayed.firstIndex { ($0.due, $0.id) > (due, id) } ?? delayed.endIndex
        delayed.insert((due, id), at: place)
        return []
    }

    /// The fault that ends the run when a rate limit is no passing thing.
    private func endlessWait(_ call: inout Call, _ retry: Retry, now: Int64) -> Fault? {
        let hint = "run again later: it continues where it was"
        if let delay = retry.delayMilliseconds, delay > settings.longestPauseMilliseconds {
            return Fault(
                .stopped, "the endpoint asks for a pause of \(delay / 60_000) minutes",
                hint: hint)
        }
        guard retry.kind == .rateLimited else { return nil }
        call.unexplainedWaits =
            retry.delayMilliseconds == nil ? call.unexplainedWaits + 1 : 0
        let first = call.firstWait ?? now
        call.firstWait = first
        if call.unexplainedWaits >= settings.mostUnexplainedWaits
            || call.sendsByKind[.rateLimited, default: 0] >= Retry.Kind.rateLimited.mostSends
            || now - first > settings.longestPauseMilliseconds
        {
            return Fault(
                .stopped, "the endpoint keeps refusing for its rate limit",
                why: "one call was refused \(call.sendsByKind[.rateLimited, default: 0]) times",
                hint: hint)
        }
        return nil
    }

    private func delay(_ call: Call, _ retry: Retry, draw: Double) -> Int64 {
        if let delay = retry.delayMilliseconds {
            return delay + Int64(Double(delay) * 0.1 * draw)
        }
        let base =
            retry.kind == .overloaded
            ? settings.overloadBackoffMilliseconds : settings.backoffMilliseconds
        let doublings = min(max(0, call.sends - 1), 20)
        let longest = min(settings.longestBackoffMilliseconds, base << Int64(doublings))
        return Int64(Double(longest) * draw)
    }

    private mutating func pump(_ now: Int64) -> [Action] {
        while let first = delayed.first, first.due <= now {
            delayed.removeFirst()
            ready.insert(first.id, at: ready.firstIndex { $0 > first.id } ?? ready.endIndex)
        }
        bucketWake = nil
        var actions: [Action] = []
        while stopped == nil, now >= pausedUntil, inFlight.count < Int(window),
            let id = ready.first ?? fresh.first, var call = calls[id]
        {
            switch book.answer(call.estimate) {
            case .never(let fault): return actions + stop(fault)
            case .wait: return actions
            case .fits: break
            }
            let wait = max(
                requests?.wait(for: 1, now: now) ?? 0,
                tokens?.wait(for: call.estimate.tokens, now: now) ?? 0)
            if wait > 0 {
                bucketWake = now + wait
                return actions
            }
            requests?.take(1)
            tokens?.take(call.estimate.tokens)
            book.reserve(call.estimate)
            if ready.isEmpty { fresh.removeFirst() } else { ready.removeFirst() }
            call.sends += 1
            call.epoch = epoch
            calls[id] = call
            inFlight.insert(id)
            actions.append(.send(id))
        }
        return actions
    }
}

/// A queue that gives its front away in constant time.
private struct Fifo: Sendable {
    private var items: [Int] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }
    var first: Int? { isEmpty ? nil : items[head] }

    mutating func append(_ item: Int) { items.append(item) }

    mutating func removeFirst() {
        head += 1
        if head > 1024 && head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
    }
}

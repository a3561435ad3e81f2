internal import HeapModule
internal import Records

/// Decides when which call is sent: events in, actions out, no clock, no socket, no randomness.
///
/// Calls in flight follow additive increase and multiplicative decrease (Chiu and Jain 1989):
/// one more after half a window of clean replies, halved on 429 and 529, at most once for the
/// calls of one window; where the last overload was met, growth takes ten windows, so that few
/// calls pay for finding out whether it still holds. Retries go before new calls, older before
/// younger. No event costs more than the logarithm of the waiting calls, but a stop.
struct Pacer: Sendable {
    /// What the driver has to do.
    enum Action: Sendable, Equatable {
        case send(Int)
        /// No further try helps now; the call is over, a later run may ask again.
        case giveUp(Int, Retry.Kind)
        /// The endpoint fails at this call and not at others: no run need ask again.
        case markDead(Int)
        /// An optional call for which the budget has no room.
        case decline(Int)
        /// The call is not sent (again): the run stops, or the call was withdrawn.
        case fail(Int, Fault)
    }

    private struct Call: Sendable {
        var estimate: Estimate
        var isOptional: Bool
        var sends = 0
        var counted = 0
        var sendsByKind: [Retry.Kind: Int] = [:]
        var unexplainedWaits = 0
        var firstWait: Int64?
        var firstFailure: Int64?
        var epoch = 0
    }

    /// A retry and when it may go.
    private struct Due: Comparable, Sendable {
        var time: Int64
        var id: Int

        static func < (a: Due, b: Due) -> Bool { (a.time, a.id) < (b.time, b.id) }
    }

    let settings: PacerSettings
    /// Changed from outside only for calls that are not paced, those of batches.
    var book: BudgetBook
    /// Why nothing is sent any more.
    private(set) var stopped: Fault?
    private(set) var window: Double
    private(set) var inFlight: Set<Int> = []
    private(set) var pausedUntil: Int64 = 0
    private(set) var breaker: Breaker
    private var calls: [Int: Call] = [:]
    /// The queues may name calls that were withdrawn; these are passed over.
    private var fresh = Fifo()
    private var ready = Heap<Int>()
    private var delayed = Heap<Due>()
    private var cleanReplies = 0
    private var lastReply: Int64 = .min
    /// The window that was too much last.
    private var ceiling = Double.infinity
    private var epoch = 0
    private var requests: RateBucket?
    private var tokens: RateBucket?
    private var requestAllowance: Allowance?
    private var tokenAllowance: Allowance?
    private var tokensInFlight = 0
    private var bucketWake: Int64?

    init(settings: PacerSettings, now: Int64 = 0) {
        self.settings = settings
        book = BudgetBook(settings.budget, before: settings.spentBefore)
        breaker = Breaker(settings.breaker)
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
        let opensAt = max(pausedUntil, breaker.opensAt ?? 0)
        let isReady = ready.min != nil || fresh.first != nil
        var wake = [settings.deadline, breaker.givesUpAt]
        if opensAt > now {
            // What falls due in a pause can wait for its end.
            let due = isReady ? opensAt : delayed.min.map { max($0.time, opensAt) }
            wake.append(due)
        } else {
            wake += [bucketWake, delayed.min?.time]
        }
        return wake.compactMap { $0 }.filter { $0 > now }.min()
    }

    /// A new call; ids are never used twice.
    ///
    /// - Parameter isOptional: it may be declined where another call would end the run.
    mutating func submit(
        _ id: Int, _ estimate: Estimate, isOptional: Bool = false, now: Int64
    ) -> [Action] {
        require(calls[id] == nil, "a call is submitted once")
        if let stopped { return [.fail(id, stopped)] }
        calls[id] = Call(estimate: estimate, isOptional: isOptional)
        fresh.append(id)
        return pump(now)
    }

    /// The endpoint answered something that was no call.
    mutating func heard(now: Int64) -> [Action] {
        breaker.heard(now: now)
        return pump(now)
    }

    /// Time has passed.
    mutating func tick(now: Int64) -> [Action] { pump(now) }

    /// Nobody waits for the call any more; one in flight is paid for and goes on.
    mutating func withdraw(_ id: Int, _ fault: Fault, now: Int64) -> [Action] {
        guard calls[id] != nil, !inFlight.contains(id) else { return [] }
        calls[id] = nil
        return [.fail(id, fault)] + pump(now)
    }

    /// Nothing more is sent; what is in flight may finish; the first reason stays.
    mutating func stop(_ fault: Fault) -> [Action] {
        stopped = stopped ?? fault
        let waiting = calls.keys.filter { !inFlight.contains($0) }.sorted()
        for id in waiting { calls[id] = nil }
        (fresh, ready, delayed) = (Fifo(), Heap(), Heap())
        return waiting.map { .fail($0, stopped ?? fault) }
    }

    /// A send has ended.
    ///
    /// - Parameters:
    ///   - news: what the reply said of the rate limits.
    ///   - draw: in 0..<1, for the jitter.
    mutating func finished(
        _ id: Int, _ outcome: Outcome, rateLimits: RateLimitHeaders? = nil, now: Int64, draw: Double
    ) -> [Action] {
        guard inFlight.remove(id) != nil, var call = calls[id] else {
            require(false, "only a call in flight can finish")
            return []
        }
        tokensInFlight -= call.estimate.tokens
        if let rateLimits { heed(rateLimits, now) }
        var actions: [Action] = []
        switch outcome {
        case .done(let used):
            breaker.ended(id, isFailure: false, now: now)
            settle(call.estimate, used: used)
            calls[id] = nil
            lastReply = now
            noteClean()
        case .failed(let kind):
            breaker.ended(id, isFailure: kind.isOutage, now: now)
            settle(call.estimate, used: .nothing)
            calls[id] = nil
        case .stop(let fault):
            settle(call.estimate, used: .nothing)
            calls[id] = nil
            return [.fail(id, fault)] + stop(fault)
        case .retry(let retry):
            breaker.ended(id, isFailure: retry.kind.isOutage, now: now)
            // A call that may have been carried out is booked as if it had been.
            settle(call.estimate, used: retry.kind == .ambiguous ? call.estimate : .nothing)
            actions = again(id, &call, retry, now: now, draw: draw)
        }
        return actions + pump(now)
    }

    private mutating func settle(_ estimate: Estimate, used: Estimate) {
        book.settle(estimate, used: used)
        tokens?.take(used.tokens - estimate.tokens)
    }

    private mutating func heed(_ rateLimits: RateLimitHeaders, _ now: Int64) {
        Self.heed(rateLimits.requests, &requestAllowance, underWay: inFlight.count, now)
        Self.heed(rateLimits.tokens, &tokenAllowance, underWay: tokensInFlight, now)
    }

    private static func heed(
        _ limit: RateLimitHeaders.Limit?, _ allowance: inout Allowance?, underWay: Int, _ now: Int64
    ) {
        guard let limit else { return }
        if allowance == nil { allowance = Allowance(limit, underWay: underWay, now: now) }
        allowance?.heed(limit, underWay: underWay, now: now)
    }

    private mutating func noteClean() {
        cleanReplies += 1
        let meetsCeiling = window < ceiling && (window + 1).rounded(.down) >= ceiling
        if Double(cleanReplies) >= window * (meetsCeiling ? 10 : 0.5) {
            if meetsCeiling { ceiling = .infinity }
            window = min(Double(settings.concurrency), window + 1)
            cleanReplies = 0
        }
    }

    private mutating func again(
        _ id: Int, _ call: inout Call, _ retry: Retry, now: Int64, draw: Double
    ) -> [Action] {
        if retry.kind.windowFactor < 1 && call.epoch == epoch {
            ceiling = window.rounded(.down)
            window = max(1, window * retry.kind.windowFactor)
            epoch += 1
            cleanReplies = 0
        }
        call.sendsByKind[retry.kind, default: 0] += 1
        if retry.kind != .rateLimited { call.counted += 1 }
        call.firstFailure = call.firstFailure ?? now
        calls[id] = nil
        if let stopped { return [.fail(id, stopped)] }
        if let fault = endlessWait(&call, retry, now: now) {
            return [.fail(id, fault)] + stop(fault)
        }
        let times = call.sendsByKind[retry.kind, default: 0]
        if retry.kind == .serverError, times >= Retry.mostServerErrors, !breaker.isMostlyFailing {
            return [.markDead(id)]
        }
        let isUsedUp = call.counted >= settings.attempts && !outlasts(call, retry.kind, now: now)
        if isUsedUp || times >= retry.kind.mostSends {
            return [.giveUp(id, retry.kind)]
        }
        let wait = delay(call, retry, draw: draw)
        if let asked = retry.delayMilliseconds,
            retry.kind.pausesEndpoint || asked > settings.parkMilliseconds
        {
            pausedUntil = max(pausedUntil, now + wait)
        }
        calls[id] = call
        delayed.insert(Due(time: now + wait, id: id))
        return []
    }

    /// Whether a call goes on beyond its tries, since the endpoint answers no other.
    private func outlasts(_ call: Call, _ kind: Retry.Kind, now: Int64) -> Bool {
        guard let first = call.firstFailure, kind.isOutage else { return false }
        return lastReply < first && now - first < settings.patienceMilliseconds
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

    /// Why what waits need not wait any longer.
    private func ending(_ now: Int64) -> Fault? {
        let hint = "run again: it continues where it was"
        if let deadline = settings.deadline {
            if now >= deadline { return Fault(.stopped, "the deadline has come", hint: hint) }
            if max(pausedUntil, breaker.opensAt ?? 0) >= deadline {
                return Fault(
                    .stopped, "the endpoint pauses until after the deadline", hint: hint)
            }
        }
        if let end = breaker.givesUpAt, now >= end {
            return Fault(
                .unavailable, "the endpoint has failed for too long",
                why: "most calls failed, and since then every probe", hint: hint)
        }
        return nil
    }

    private mutating func pump(_ now: Int64) -> [Action] {
        if stopped == nil, calls.count > inFlight.count, let fault = ending(now) {
            return stop(fault)
        }
        while let first = delayed.min, first.time <= now {
            delayed.removeMin()
            ready.insert(first.id)
        }
        bucketWake = nil
        var actions: [Action] = []
        while stopped == nil, now >= pausedUntil, inFlight.count < Int(window),
            breaker.admits(now: now), let (id, call) = next()
        {
            switch book.answer(call.estimate) {
            case .never where call.isOptional:
                removeNext()
                calls[id] = nil
                actions.append(.decline(id))
                continue
            case .never(let fault): return actions + stop(fault)
            case .wait: return actions
            case .fits: break
            }
            let wait = bucketWait(call.estimate, now)
            if wait > 0 {
                bucketWake = now + wait
                return actions
            }
            removeNext()
            admit(id, call)
            actions.append(.send(id))
        }
        return actions
    }

    /// The call whose turn is next: retries before new ones.
    private mutating func next() -> (id: Int, call: Call)? {
        while let id = ready.min ?? fresh.first {
            if let call = calls[id] { return (id, call) }
            removeNext()
        }
        return nil
    }

    private mutating func removeNext() {
        if ready.min != nil { ready.removeMin() } else { fresh.removeFirst() }
    }

    private mutating func bucketWait(_ estimate: Estimate, _ now: Int64) -> Int64 {
        max(
            requests?.wait(for: 1, now: now) ?? 0,
            tokens?.wait(for: estimate.tokens, now: now) ?? 0,
            requestAllowance?.wait(for: 1, now: now) ?? 0,
            tokenAllowance?.wait(for: estimate.tokens, now: now) ?? 0)
    }

    private mutating func admit(_ id: Int, _ call: Call) {
        requests?.take(1)
        tokens?.take(call.estimate.tokens)
        requestAllowance?.take(1)
        tokenAllowance?.take(call.estimate.tokens)
        book.reserve(call.estimate)
        breaker.sent(id)
        calls[id]?.sends += 1
        calls[id]?.epoch = epoch
        inFlight.insert(id)
        tokensInFlight += call.estimate.tokens
    }
}

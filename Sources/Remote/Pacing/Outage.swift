/// Tells a slow endpoint from a dead one, and says what an endpoint does that gives no answer:
/// events in, actions out, no clock and no socket.
///
/// Any HTTP reply is a sign of life. A connection that fails begins an outage, and so does silence
/// while calls wait; a probe that fails confirms it. An outage is also when every reply is an error
/// that asks for another try; that ends with the first reply of use alone.
struct Outage: Sendable {
    /// What comes in place of answers, in words that are fit for a log.
    enum Trouble: Sendable, Equatable {
        /// No HTTP reply, for the given reason.
        case silence(String)
        /// HTTP replies that are errors: 5xx, or a success that is not the protocol.
        case errors(String)
        /// Refusals for the rate limit.
        case rateLimit(String)

        fileprivate func isKind(of other: Trouble) -> Bool {
            switch (self, other) {
            case (.silence, .silence), (.errors, .errors), (.rateLimit, .rateLimit): true
            default: false
            }
        }
    }

    enum Action: Sendable, Equatable {
        /// Ask the endpoint something cheap.
        case probe
        /// Nothing of use has come since a moment, and it is tried until another.
        case say(Trouble, since: Int64, until: Int64)
        /// What was said is over; it had begun then.
        case recovered(since: Int64)
        case giveUp(Trouble)
    }

    private let settings: OutageSettings
    /// Calls that are not over, those that wait for their next send included.
    private var open = 0
    private var inFlight = 0
    /// Whether any HTTP reply has come.
    private(set) var hasAnswered: Bool
    /// Whether a reply of use has come.
    private var hasServed = false
    private var lastSign: Int64 = 0
    /// Since when there have been calls under way without a break.
    private var busySince: Int64 = 0
    private var trouble: Trouble?
    private var began: Int64 = 0
    /// Of this outage, the first failure that was no rate limit.
    private var failsSince: Int64?
    private var errors = 0
    private var isConfirmed = false
    private var said: (trouble: Trouble, at: Int64, pause: Int64)?
    /// The beginning of what was said last, until its end is said.
    private var toldSince: Int64?
    private var rateLimitGrace: Int64
    private var isProbing = false
    private var lastProbe: Int64 = .min / 2
    private var isOver = false

    /// - Parameter hasAnswered: Whether the endpoint was seen to answer before.
    init(_ settings: OutageSettings, hasAnswered: Bool = false) {
        self.settings = settings
        self.hasAnswered = hasAnswered
        rateLimitGrace = settings.quietMilliseconds
    }

    /// Whether time alone can lead to an action.
    var isWatching: Bool {
        if isOver { return false }
        if case .silence? = trouble { return true }
        return inFlight > 0 || (trouble != nil && open > 0)
    }

    private var until: Int64 {
        switch trouble {
        case .rateLimit where failsSince == nil: began + settings.longestRateLimitMilliseconds
        case .silence where !hasAnswered:
            began + min(settings.longestMilliseconds, settings.longestUnansweredMilliseconds)
        default: (failsSince ?? began) + settings.longestMilliseconds
        }
    }

    /// A call begins, whose sends follow.
    mutating func opened(now: Int64) {
        // Errors of long ago say nothing of a call that begins now.
        if open == 0, now - lastSign > settings.quietMilliseconds { forgetErrors() }
        open += 1
    }

    mutating func closed() { open -= 1 }

    mutating func sent(now: Int64) {
        if inFlight == 0 {
            busySince = now
            if trouble == nil { lastSign = now }
        }
        inFlight += 1
    }

    /// A reply of use to a call, or one that ends the run.
    mutating func answered(now: Int64) -> Action? {
        inFlight -= 1
        hasServed = true
        return recover(now, isWell: true)
    }

    /// A reply that is an error and asks for another try.
    mutating func replied(_ error: Trouble, now: Int64) {
        inFlight -= 1
        (hasAnswered, isConfirmed) = (true, true)
        lastSign = now
        note(error, since: now)
        errors += 1
    }

    mutating func failed(_ reason: String, now: Int64) {
        inFlight -= 1
        note(.silence(reason), since: now)
    }

    enum Probed: Sendable, Equatable {
        case silent(String)
        /// - isWell: false for a reply of 429 or 5xx.
        case replied(isWell: Bool)
    }

    mutating func probed(_ result: Probed, now: Int64) -> Action? {
        isProbing = false
        switch result {
        case .silent(let reason):
            // What was under way when the silence began counts from the last sign of life.
            note(.silence(reason), since: lastSign)
            isConfirmed = true
            return nil
        case .replied(let isWell):
            if case .silence? = trouble { return recover(now, isWell: isWell) }
            // Of errors it says nothing: that some address answers does not make calls succeed.
            return trouble == nil ? recover(now, isWell: isWell) : nil
        }
    }

    mutating func tick(now: Int64) -> [Action] {
        if isOver { return [] }
        var actions: [Action] = []
        if let trouble, isConfirmed, isWatching, !isAtWork(now) {
            if isToBeSaid(trouble, now) { actions.append(say(trouble, now)) }
            if now >= until {
                isOver = true
                return actions + [.giveUp(trouble)]
            }
        }
        let isDue =
            if case .silence? = trouble {
                now
                    >= max(
                        began + settings.graceMilliseconds, lastProbe + settings.probeMilliseconds)
            } else {
                inFlight > 0
                    && now >= max(lastSign, busySince, lastProbe) + settings.quietMilliseconds
            }
        if isDue, !isProbing {
            isProbing = true
            lastProbe = now
            actions.append(.probe)
        }
        return actions
    }

    /// Whether errors have stopped coming while calls are under way: a slow server that has loaded
    /// its model, say, which a probe tells from one that fell silent.
    private func isAtWork(_ now: Int64) -> Bool {
        if case .silence? = trouble { return false }
        return inFlight > 0 && now - max(lastSign, busySince) >= settings.quietMilliseconds
    }

    private func isToBeSaid(_ trouble: Trouble, _ now: Int64) -> Bool {
        if let said {
            let isOther = !said.trouble.isKind(of: trouble)
            return now >= said.at + (isOther ? settings.quietMilliseconds : said.pause)
        }
        if now >= until { return true }
        let lasts = now - began
        switch trouble {
        case .silence: return true
        case .errors:
            return lasts >= settings.quietMilliseconds
                || lasts >= settings.graceMilliseconds
                    && (!hasServed || errors >= settings.fewestErrors)
        case .rateLimit:
            return lasts >= (hasServed ? rateLimitGrace : settings.graceMilliseconds)
        }
    }

    private mutating func say(_ trouble: Trouble, _ now: Int64) -> Action {
        if said == nil, case .rateLimit = trouble, hasServed {
            rateLimitGrace = min(
                2 * rateLimitGrace, settings.longestRateLimitGraceMilliseconds)
        }
        let pause = said.map { min(2 * $0.pause, settings.longestRepeatMilliseconds) }
        said = (trouble, now, pause ?? settings.repeatMilliseconds)
        toldSince = toldSince ?? began
        return .say(trouble, since: began, until: until)
    }

    /// - Parameter isWell: Whether what came lets anybody believe that calls succeed.
    private mutating func recover(_ now: Int64, isWell: Bool) -> Action? {
        hasAnswered = true
        lastSign = now
        forget()
        guard isWell, let since = toldSince else { return nil }
        toldSince = nil
        return .recovered(since: since)
    }

    private mutating func note(_ trouble: Trouble, since: Int64) {
        if self.trouble == nil { began = since }
        self.trouble = trouble
        if case .rateLimit = trouble { return }
        failsSince = failsSince ?? since
    }

    private mutating func forgetErrors() {
        if case .silence? = trouble { return }
        forget()
    }

    private mutating func forget() {
        (trouble, failsSince, errors, isConfirmed, said) = (nil, nil, 0, false, nil)
    }
}

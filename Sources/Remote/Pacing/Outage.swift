/// When silence of an endpoint is spoken of and when it is given up; milliseconds.
struct OutageSettings: Sendable, Equatable {
    /// Without any HTTP reply for so long the run goes on without the endpoint.
    var longestMilliseconds: Int64 = 300_000
    /// The same for an endpoint that has never answered: its address is probably wrong.
    var longestUnansweredMilliseconds: Int64 = 45_000
    /// Calls under way without a reply for so long are reason to ask whether anybody is there: a
    /// slow server answers that, a dead one does not.
    var quietMilliseconds: Int64 = 15_000
    /// Between two such questions while there is no answer.
    var probeMilliseconds: Int64 = 5_000
    /// How long such a question waits for its answer.
    var probeTimeoutMilliseconds = 10_000
    /// After a connection that failed, before it is asked whether anybody is there: one that broke
    /// is none of a user's business.
    var graceMilliseconds: Int64 = 2_000
}

/// Tells a slow endpoint from a dead one: events in, actions out, no clock and no socket.
///
/// Any HTTP reply, whatever its status, is a sign of life. A connection that fails begins an
/// outage, and so does silence while calls wait; a probe that fails confirms it.
struct Outage: Sendable {
    enum Action: Sendable, Equatable {
        /// Ask the endpoint something cheap.
        case probe
        /// Nothing has come for the given reason, and it is tried until then.
        case say(reason: String, until: Int64)
        case giveUp(reason: String)
    }

    private let settings: OutageSettings
    private var inFlight = 0
    private var hasAnswered: Bool
    private var lastSign: Int64 = 0
    private var began: Int64?
    private var reason = ""
    private var isConfirmed = false
    private var hasSaid = false
    private var isProbing = false
    private var lastProbe: Int64 = .min / 2
    private var isOver = false

    /// - Parameter hasAnswered: Whether the endpoint was seen to answer before.
    init(_ settings: OutageSettings, hasAnswered: Bool = false) {
        self.settings = settings
        self.hasAnswered = hasAnswered
    }

    /// Whether time alone can lead to an action.
    var isWatching: Bool { !isOver && (inFlight > 0 || began != nil) }

    private var limit: Int64 {
        hasAnswered
            ? settings.longestMilliseconds
            : min(settings.longestMilliseconds, settings.longestUnansweredMilliseconds)
    }

    mutating func sent(now: Int64) {
        if inFlight == 0, began == nil { lastSign = now }
        inFlight += 1
    }

    mutating func replied(now: Int64) {
        inFlight -= 1
        sign(now)
    }

    mutating func failed(_ reason: String, now: Int64) {
        inFlight -= 1
        silence(reason, since: now)
    }

    /// - Parameter reason: Why no reply came to the probe; nil when one did.
    mutating func probed(_ reason: String?, now: Int64) {
        isProbing = false
        // What was under way when the silence began counts from the last sign of life.
        guard let reason else { return sign(now) }
        silence(reason, since: lastSign)
        isConfirmed = true
    }

    mutating func tick(now: Int64) -> [Action] {
        if isOver { return [] }
        var actions: [Action] = []
        if let began, isConfirmed {
            if !hasSaid {
                hasSaid = true
                actions.append(.say(reason: reason, until: began + limit))
            }
            if now >= began + limit {
                isOver = true
                return actions + [.giveUp(reason: reason)]
            }
        }
        let isDue =
            if let began {
                now
                    >= max(
                        began + settings.graceMilliseconds, lastProbe + settings.probeMilliseconds)
            } else {
                inFlight > 0 && now >= max(lastSign, lastProbe) + settings.quietMilliseconds
            }
        if isDue, !isProbing {
            isProbing = true
            lastProbe = now
            actions.append(.probe)
        }
        return actions
    }

    private mutating func sign(_ now: Int64) {
        hasAnswered = true
        lastSign = now
        began = nil
        (isConfirmed, hasSaid) = (false, false)
    }

    private mutating func silence(_ reason: String, since: Int64) {
        self.reason = reason
        began = began ?? since
    }
}

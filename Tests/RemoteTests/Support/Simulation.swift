import HeapModule
import Records

@testable import Remote

/// Runs a pacer against a made-up endpoint in made-up time.
struct Simulation {
    enum End: Equatable {
        case done
        case givenUp(Retry.Kind)
        case buried
        case declined
        case failed(Fault.Kind)
    }

    /// One send, as it reaches the endpoint.
    struct Send {
        var id: Int
        /// From 1.
        var number: Int
        var time: Int64
        /// Calls in flight, this one included.
        var atOnce: Int
    }

    typealias Server = (Send, inout CounterRNG) -> (outcome: Outcome, rateLimits: RateLimitHeaders?)

    private struct Reply: Comparable {
        var due: Int64
        var id: Int
        static func < (a: Reply, b: Reply) -> Bool { (a.due, a.id) < (b.due, b.id) }
    }

    var pacer: Pacer
    var draws: CounterRNG
    var now: Int64 = 0
    var ends: [Int: End] = [:]
    /// Ends beyond the first of a call; must stay empty.
    var surplusEnds: [Int] = []
    var sentAt: [(time: Int64, id: Int)] = []
    var mostInFlight = 0
    /// Sends while the endpoint was paused; must stay 0.
    var sendsInPause = 0
    /// Events that the pacer was given.
    var events = 0
    private var underWay = Heap<Reply>()
    private var answers: [Int: (outcome: Outcome, rateLimits: RateLimitHeaders?)] = [:]

    init(_ settings: PacerSettings, seed: UInt64) {
        pacer = Pacer(settings: settings)
        draws = CounterRNG(seed: seed, purpose: "simulation")
    }

    /// - Parameter reply: what the endpoint makes of a send, by id and how often it was sent.
    mutating func run(
        calls: Int, tokens: Int = 10, latency: ClosedRange<Int> = 50...200,
        reply: (_ id: Int, _ send: Int, inout CounterRNG) -> Outcome
    ) {
        run(calls: calls, tokens: tokens, latency: latency) { send, draws in
            (reply(send.id, send.number, &draws), nil)
        }
    }

    mutating func run(
        calls: Int, tokens: Int = 10, latency: ClosedRange<Int> = 50...200, server: Server
    ) {
        for id in 0..<calls {
            let estimate = Estimate(tokens: tokens, microunits: Int64(tokens))
            events += 1
            apply(pacer.submit(id, estimate, now: now), latency, server)
        }
        finish(latency: latency, server: server)
    }

    /// Goes on until every call is over, or nothing would ever happen again.
    mutating func finish(latency: ClosedRange<Int> = 50...200, server: Server) {
        while pacer.openCalls > 0 {
            let next = [underWay.min?.due, pacer.nextWake(now: now)].compactMap { $0 }.min()
            guard let next else { return }
            now = max(now, next)
            events += 1
            guard let first = underWay.min, first.due <= now,
                let (outcome, rateLimits) = answers.removeValue(forKey: first.id)
            else {
                apply(pacer.tick(now: now), latency, server)
                continue
            }
            underWay.removeMin()
            if case .done = outcome { end(first.id, .done) }
            if case .failed(let kind) = outcome { end(first.id, .givenUp(kind)) }
            let draw = draws.unit()
            let actions = pacer.finished(
                first.id, outcome, rateLimits: rateLimits, now: now, draw: draw)
            apply(actions, latency, server)
        }
    }

    private mutating func end(_ id: Int, _ end: End) {
        if ends.updateValue(end, forKey: id) != nil { surplusEnds.append(id) }
    }

    private mutating func apply(
        _ actions: [Pacer.Action], _ latency: ClosedRange<Int>, _ server: Server
    ) {
        for action in actions {
            switch action {
            case .send(let id):
                sentAt.append((now, id))
                if now < pacer.pausedUntil { sendsInPause += 1 }
                let send = Send(
                    id: id, number: pacer.sends(of: id), time: now,
                    atOnce: answers.count + 1)
                answers[id] = server(send, &draws)
                let wait = latency.lowerBound + draws.below(latency.count)
                underWay.insert(Reply(due: now + Int64(wait), id: id))
            case .giveUp(let id, let kind): end(id, .givenUp(kind))
            case .markDead(let id): end(id, .buried)
            case .decline(let id): end(id, .declined)
            case .fail(let id, let fault): end(id, .failed(fault.kind))
            }
        }
        mostInFlight = max(mostInFlight, answers.count)
    }
}

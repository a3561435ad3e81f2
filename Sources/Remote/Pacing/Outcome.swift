internal import Records

/// What a send's end means for pacing.
enum Outcome: Sendable, Equatable {
    /// The call is over, for better or worse; with what it used.
    case done(Estimate)
    /// The call is over without an answer, and the endpoint asks not to try again.
    case failed(Retry.Kind)
    /// It may be sent again.
    case retry(Retry)
    /// The whole run has to stop.
    case stop(Fault)
}

/// A wish to send again.
struct Retry: Sendable, Equatable {
    /// Why; decides how often, how soon, and how much the endpoint is spared.
    enum Kind: Sendable, Equatable, Hashable, CaseIterable {
        /// 429.
        case rateLimited
        /// 529, or 503 that says so.
        case overloaded
        /// 502, 503, 504 and their kin.
        case gateway
        /// 500: three times for one body is taken as the body's fault, unless all calls fail.
        case serverError
        /// 408, 409, 425, or asked for by `x-should-retry`.
        case asked
        /// Not sent: name, connection or TLS handshake failed.
        case unreachable
        /// Sent, and no reply: it may have been carried out and paid for.
        case ambiguous
        /// 2xx, but not the protocol: a proxy's page, or nothing.
        case badReply
        /// Compressed wrongly, or too large.
        case badEncoding
    }

    /// 500s for one body after which it is taken as the body's fault.
    static let mostServerErrors = 3

    var kind: Kind
    /// The server's wish in milliseconds.
    var delayMilliseconds: Int64?
}

extension Retry.Kind {
    /// How often one call may be sent for this reason, the first time included.
    ///
    /// What may be paid for each time is bounded tightly; the rest only by ``PacerSettings``.
    var mostSends: Int {
        switch self {
        case .rateLimited: 21
        case .ambiguous: 3
        case .badReply: 4
        case .badEncoding: 2
        case .serverError, .overloaded, .gateway, .asked, .unreachable: .max
        }
    }

    /// Whether the endpoint or the way to it failed, as the circuit breaker counts.
    var isOutage: Bool {
        switch self {
        case .overloaded, .gateway, .serverError, .unreachable, .ambiguous: true
        case .rateLimited, .asked, .badReply, .badEncoding: false
        }
    }

    /// The factor on the calls in flight; 1 leaves them.
    var windowFactor: Double {
        switch self {
        case .rateLimited, .overloaded: 0.5
        case .gateway: 0.7
        default: 1
        }
    }

    /// Whether the server's delay holds for every call to it.
    var pausesEndpoint: Bool { windowFactor < 1 }
}

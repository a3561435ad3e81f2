internal import Records
internal import StoreProtocols
internal import Synchronization

/// Tells a call that an endpoint cannot answer from an endpoint that answers none.
///
/// A call whose tries are used up is that call's own failure as long as others get their replies:
/// it is noted in the ledger, and the run goes on. Several in a row without a reply between them
/// are the endpoint's failure, and nothing of them is kept.
final class LostCalls: Sendable {
    static let mostInARow = 3

    private let keys = Mutex<[SHA256.Digest]>([])
    /// Calls that were answered with 500 alone, since the last reply.
    private let buried = Mutex<[SHA256.Digest]>([])

    /// Notes a call without a reply.
    ///
    /// - Returns: nil when it is the call's own failure; otherwise the calls that were taken for
    ///   such and were not.
    func note(_ key: SHA256.Digest) -> [SHA256.Digest]? {
        keys.withLock { keys in
            if keys.count < Self.mostInARow {
                keys.append(key)
                return nil
            }
            defer { keys = [] }
            return keys
        }
    }

    func noteBuried(_ key: SHA256.Digest) { buried.withLock { $0.append(key) } }

    /// The calls that failed inside since the endpoint answered another, which are no more.
    func takeBuried() -> [SHA256.Digest] {
        buried.withLock { keys in
            defer { keys = [] }
            return keys
        }
    }

    /// A reply came.
    func noteReply() {
        keys.withLock { keys in
            if !keys.isEmpty { keys = [] }
        }
        buried.withLock { keys in
            if !keys.isEmpty { keys = [] }
        }
    }
}

extension Retry.Kind {
    /// Why a call is dead whose tries are used up though the endpoint answers others; nil where
    /// only the endpoint can be to blame.
    var lostReason: String? {
        switch self {
        case .badReply: "bad_reply"
        case .badEncoding: "bad_encoding"
        case .ambiguous: "no_reply"
        case .asked: "asked_again"
        case .serverError: CallRunner.serverError
        case .rateLimited, .overloaded, .gateway, .unreachable: nil
        }
    }
}

extension CallRunner {
    /// Ends a call whose tries are used up: it is dead, unless the endpoint answers no other.
    func lose(
        _ call: Call, _ attempt: Attempt, _ kind: Retry.Kind
    ) async throws(Fault) -> StoredReply {
        guard call.isStored, let reason = kind.lostReason else {
            try await clearIntent(call, attempt)
            throw classifier.exhausted(kind)
        }
        if let others = lost.note(call.key) {
            try await clearIntent(call, attempt)
            try await ledger.forget(others)
            throw classifier.exhausted(kind)
        }
        let reply = StoredReply(
            state: .dead, httpStatus: kind == .serverError ? 500 : 0, body: [],
            attempts: attempt.sends, reason: reason)
        try await keep(reply, call, attempt)
        return reply
    }

    /// What an error means that came with a status of success, as some proxies send it; nil when
    /// another try may help.
    func errorInReply(_ body: [UInt8], _ sends: Int) -> Sent? {
        let error = ProviderError(body)
        func over(_ state: StoredReply.State, _ reason: String) -> Sent {
            .over(
                Over(
                    // The status that the error has when it comes alone: nothing is charged for.
                    reply: StoredReply(
                        state: state, httpStatus: 400, body: [], attempts: sends,
                        reason: reason)))
        }
        if error.isContentPolicy { return over(.refused, "content_filter") }
        return error.isTooLong ? over(.dead, "too_long") : nil
    }
}

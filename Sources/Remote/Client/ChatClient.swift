public import Records
internal import StoreProtocols

/// Asks chat models; what was answered once is never asked again.
public struct ChatClient: Sendable {
    private let connection: Connection

    public init(_ connection: Connection) { self.connection = connection }

    /// The answer to one request, from the ledger or from the endpoint.
    ///
    /// A refusal, a cut reply and a request the endpoint can never answer are results, not faults.
    ///
    /// - Throws: `.unavailable` when no answer came after all tries, `.stopped` when the run has
    ///   to stop (budget, quota, disk), `.configuration` for what has to be set up first.
    public func complete(_ request: ChatRequest) async throws(Fault) -> ChatReply {
        try await complete(request, reask: 0)
    }

    /// Asks for JSON, and again (at most twice) when what came is not what was asked for.
    ///
    /// The JSON is found in a fence, behind reasoning and between sentences, and mended where that
    /// cannot change its meaning (byte order mark, trailing commas), never when it was cut. Of
    /// several documents the one that fits is taken; two that fit and differ are no answer.
    ///
    /// - Parameters:
    ///   - mostReasks: 0 or more; each is a call of its own, kept in the ledger.
    ///   - validate: given a document of the answer as canonical JSON; throws when its content
    ///     will not do.
    /// - Returns: the last reply, and its value unless none was usable (`outcome` is then not
    ///   `.answered`, and `reason` says why). The ledger then has all replies of the question as
    ///   `invalid`, so that they are asked again when those are forgotten.
    /// - Throws: As ``complete(_:)``.
    public func completeJSON<Value: Sendable & Equatable>(
        _ request: ChatRequest, mostReasks: Int = 2,
        validate: (String) throws(Misfit) -> Value
    ) async throws(Fault) -> (reply: ChatReply, value: Value?) {
        var unfit: [ChatReply] = []
        var misfits: [String] = []
        while true {
            var reply = try await complete(
                request.reasked(because: misfits), reask: unfit.count)
            guard reply.outcome == .answered || reply.outcome == .invalid else {
                return (reply, nil)
            }
            let asStored = reply
            let documents = reply.documents ?? EmbeddedJSON.documents(in: reply.content)
            switch Result(catching: { () throws(Misfit) in
                try AnswerFit.value(in: documents, validate)
            }) {
            case .success(let value):
                reply.outcome = .answered
                reply.reason = nil
                try await restate(unfit, as: .answered)
                return (reply, value)
            case .failure(let misfit):
                // A reply without any message says so itself.
                if reply.outcome == .answered || reply.reason == nil {
                    reply.reason = misfit.code
                }
            }
            unfit.append(asStored)
            misfits.append(reply.reason ?? Misfit.notJSON.code)
            if unfit.count > mostReasks {
                reply.outcome = .invalid
                try await restate(unfit, as: .invalid)
                return (reply, nil)
            }
        }
    }

    /// Notes how a question ended with its replies that did not fit: none of them has to be asked
    /// again once another one fits, and all of them when none does.
    private func restate(
        _ replies: [ChatReply], as outcome: ChatReply.Outcome
    ) async throws(Fault) {
        let changed = replies.filter { $0.outcome != outcome }
        if changed.isEmpty { return }
        let runner = connection.runner
        try await runner.ledger.restate(
            changed.map(\.key), as: outcome == .invalid ? .invalid : .answered)
        let new = changed.count { !$0.isCached }
        runner.counters.update { counters in
            counters.invalid += outcome == .invalid ? new : -new
            if outcome == .invalid { counters.answered -= new } else { counters.reasked += new }
        }
    }

    /// Asks once more, with twice the room, for a reply that was cut, where the budget has any.
    ///
    /// That is a call of its own, kept like every other. When it does not help, the first stands.
    private func complete(_ request: ChatRequest, reask: Int) async throws(Fault) -> ChatReply {
        let first = try await once(request, reask)
        guard first.outcome == .truncated, let longer = request.afterCut else { return first }
        do {
            let second = try await once(longer, reask, isOptional: true)
            return second.outcome == .dead ? first : second
        } catch {
            if error == CallRunner.declined { return first }
            throw error
        }
    }

    private func once(
        _ request: ChatRequest, _ reask: Int, isOptional: Bool = false
    ) async throws(Fault) -> ChatReply {
        let form = try ChatCall.form(connection.endpoint)
        var call = try ChatCall.make(request, reask: reask, connection.endpoint)
        call.isOptional = isOptional
        // A model that cannot write so much rejects the request; the template is not to blame.
        if isOptional { call.group = nil }
        let answer = try await connection.runner.run(call)
        return Self.reply(answer, call.key, form)
    }

    /// A stored reply is read anew from its bytes each time, so that a better reader costs nothing.
    private static func reply(
        _ answer: CallRunner.Answer, _ key: SHA256.Digest, _ form: any ChatForm
    ) -> ChatReply {
        let stored = answer.reply
        var reply = ChatReply(
            outcome: .dead, content: "", reason: stored.reason, model: stored.model,
            promptTokens: stored.promptTokens, completionTokens: stored.completionTokens,
            isCached: answer.isCached, key: key)
        switch stored.state {
        case .answered: reply.outcome = .answered
        case .refused: reply.outcome = .refused
        case .truncated: reply.outcome = .truncated
        case .invalid: reply.outcome = .invalid
        case .dead: reply.outcome = .dead
        }
        if stored.state == .dead { return reply }
        let content =
            answer.content ?? form.parse(stored.body)?.reading(wantsJSON: false).content
        if let content {
            reply.content = content.text
            reply.documents = content.documents
            reply.logprobs = content.logprobs
        }
        return reply
    }
}

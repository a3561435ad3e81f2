internal import Records
internal import StoreProtocols

/// Takes one call from question to answer: ledger, turn, intent, send, verdict, ledger.
///
/// The order is the point: nothing is sent that is answered already, nothing whose intent is not
/// on the disk, and no answer is handed out that is not.
struct CallRunner: Sendable {
    let endpoint: Endpoint
    let url: BaseURL
    /// What all requests to the endpoint have in common; with the key.
    let template: HTTPRequest
    let ledger: any ReplyStore
    let transfer: Transfer
    let scheduler: CallScheduler
    let classifier: Classifier
    let counters: CounterBox
    let flights: SingleFlight<Answer>
    let watch: RejectionBox
    let outage: OutageWatch
    let lost = LostCalls()
    /// Takes the calls that have no reply yet, where they go out as batches.
    var batchQueue: BatchQueue?

    /// A reply and whether it was there before.
    struct Answer: Sendable {
        var reply: StoredReply
        /// What was read in it when it came; nil for one from the ledger.
        var content: ChatContent?
        var isCached: Bool
    }

    /// What became of an optional call for which the budget has no room.
    static let declined = Fault(
        .stopped, "the budget has no room for a second, longer answer",
        hint: "raise it and run again")

    /// - Throws: ``declined`` for an optional call that does not fit into the budget.
    func run(_ call: Call) async throws(Fault) -> Answer {
        while true {
            if Task.isCancelled { throw CallScheduler.cancelled }
            let (result, isShared) = await flights.value(for: call.key) {
                do throws(Fault) {
                    return .success(try await execute(call))
                } catch {
                    return .failure(error)
                }
            }
            // Joined the flight of callers who then all gave up.
            if isShared, case .failure(CallScheduler.cancelled) = result { continue }
            var answer = try result.get()
            if let batchQueue {
                if batchQueue.isNew(call.key) {
                    answer.isCached = false
                    return answer
                }
                if batchQueue.isCollecting { return answer }
            }
            if isShared || answer.isCached {
                answer.isCached = true
                counters.update { $0.cached += 1 }
            }
            return answer
        }
    }

    private func execute(_ call: Call) async throws(Fault) -> Answer {
        if call.isStored, let reply = try await ledger.reply(for: call.key) {
            return Answer(reply: reply, isCached: true)
        }
        if call.isStored, let batchQueue {
            try batchQueue.collect(call)
            throw BatchQueue.pending
        }
        do {
            return try await ask(call)
        } catch {
            if error != Self.declined { counters.update { $0.failed += 1 } }
            throw error
        }
    }

    /// One call on its way: what is set aside for each send, and how many there were.
    struct Attempt: Sendable {
        let estimate: Estimate
        var sends = 0
        var ambiguous = 0
        var serverErrors = 0
    }

    func estimate(_ call: Call) -> Estimate {
        // Bounded, so that no sum overflows; no model has read or written so much.
        let prompt = min(call.promptTokens, 1 << 40)
        let completion = min(call.completionTokens, 1 << 40)
        return Estimate(
            tokens: prompt + completion,
            microunits: endpoint.costMicrounits(
                promptTokens: prompt, completionTokens: completion))
    }

    private func ask(_ call: Call) async throws(Fault) -> Answer {
        outage.opened()
        defer { outage.closed() }
        var attempt = Attempt(estimate: estimate(call))
        var (id, turn) = await scheduler.enter(attempt.estimate, isOptional: call.isOptional)
        while true {
            guard case .send = turn else {
                return Answer(reply: try await end(call, attempt, turn), isCached: false)
            }
            do {
                try await ledger.recordIntent(
                    key: call.key, reservedMicrounits: attempt.estimate.microunits)
            } catch {
                // What cannot be written down must not be paid for, by any call.
                scheduler.finish(id, .stop(error))
                throw error
            }
            attempt.sends += 1
            let (sent, rateLimits) = await send(call, attempt.sends)
            switch sent {
            case .over(let over):
                return try await complete(call, attempt, id, over, rateLimits)
            case .retry(let retry):
                attempt.ambiguous += retry.kind == .ambiguous ? 1 : 0
                attempt.serverErrors += retry.kind == .serverError ? 1 : 0
                if retry.kind == .serverError, let end = handBack(call, attempt) {
                    return try await complete(
                        call, attempt, id, Over(reply: Self.buried(attempt)), rateLimits, as: end)
                }
                turn = await scheduler.again(id, retry, rateLimits)
            case .failed(let kind):
                scheduler.finish(id, .failed(kind), rateLimits)
                return Answer(reply: try await lose(call, attempt, kind), isCached: false)
            case .stop(let own):
                // A connection that is closed with its endpoint says only that it was closed.
                let fault = outage.givenUp ?? own
                scheduler.finish(id, .stop(fault))
                try await clearIntent(call, attempt)
                throw fault
            }
        }
    }

    /// How a call ends whose 500s its caller wants to see; nil while it is to be tried again.
    private func handBack(_ call: Call, _ attempt: Attempt) -> Outcome? {
        switch call.serverErrors {
        case .retried: nil
        case .reported: .failed(.serverError)
        case .blamed(let tries): attempt.serverErrors >= tries ? .done(.nothing) : nil
        }
    }

    /// The `reason` of a reply that is one of these.
    static let serverError = "http_500"

    private static func buried(_ attempt: Attempt) -> StoredReply {
        StoredReply(
            state: .dead, httpStatus: 500, body: [], attempts: attempt.sends, reason: serverError)
    }

    /// A call that is not to be sent (again).
    private func end(
        _ call: Call, _ attempt: Attempt, _ turn: CallScheduler.Turn
    ) async throws(Fault) -> StoredReply {
        switch turn {
        case .markDead:
            let reply = Self.buried(attempt)
            try await keep(reply, call, attempt)
            if call.isStored { lost.noteBuried(call.key) }
            return reply
        case .giveUp(let kind):
            // Calls that fail inside while others do not were buried before (``Pacer``).
            if kind != .serverError { return try await lose(call, attempt, kind) }
            try await clearIntent(call, attempt)
            throw classifier.exhausted(kind)
        case .decline: throw Self.declined
        case .fail(let fault):
            try await clearIntent(call, attempt)
            // Whose 500s were taken for their own, and were the endpoint's.
            if outage.givenUp != nil { try await ledger.forget(lost.takeBuried()) }
            throw fault
        case .send: throw Fault(.defect, "a call that is to be sent was ended")
        }
    }

    /// A call that has its reply.
    private func complete(
        _ call: Call, _ attempt: Attempt, _ id: Int, _ over: Over, _ rateLimits: RateLimitHeaders?,
        as outcome: Outcome? = nil
    ) async throws(Fault) -> Answer {
        // In this order: the place in flight is free only when the reply is safe.
        do {
            try await keep(over.reply, call, attempt)
        } catch {
            scheduler.finish(id, .stop(error))
            throw error
        }
        lost.noteReply()
        if let group = call.group, watch.note(group, isRejected: over.isRejected) {
            let fault = classifier.templateFault(group, reason: over.reply.reason ?? "unknown")
            scheduler.finish(id, .stop(fault))
            throw fault
        }
        scheduler.finish(id, outcome ?? .done(used(over.reply, call)), rateLimits)
        return Answer(reply: over.reply, content: over.content, isCached: false)
    }

    /// A call without a reply: unless some send may have been paid for, no open intent is left.
    func clearIntent(_ call: Call, _ attempt: Attempt) async throws(Fault) {
        if attempt.sends == 0 { return }
        try await ledger.clearIntents(
            key: call.key, bill: bill(attempt, .nothing), isExposed: attempt.ambiguous > 0)
    }

    /// What the call's sends took together; each of which nobody knows whether it was carried out
    /// counts as if it had been.
    private func bill(_ attempt: Attempt, _ used: Estimate, isEstimated: Bool = false) -> Bill {
        let (unknown, overflows) = attempt.estimate.microunits.multipliedReportingOverflow(
            by: Int64(attempt.ambiguous))
        let (sum, overflowsToo) = used.microunits.addingReportingOverflow(unknown)
        return Bill(
            endpoint: endpoint.name,
            spending: Spending(
                calls: attempt.sends,
                tokens: used.tokens + attempt.ambiguous * attempt.estimate.tokens,
                microunits: overflows || overflowsToo ? .max : sum,
                estimated: isEstimated ? 1 : 0))
    }

    /// How one send ended.
    enum Sent {
        case over(Over)
        case retry(Retry)
        case failed(Retry.Kind)
        case stop(Fault)
    }

    /// A reply that ends its call.
    struct Over {
        var reply: StoredReply
        var content: ChatContent?
        /// The endpoint did not take the request.
        var isRejected = false
    }

    private func send(_ call: Call, _ sends: Int) async -> (
        sent: Sent, rateLimits: RateLimitHeaders?
    ) {
        counters.update {
            $0.sends += 1
            $0.inFlight += 1
        }
        outage.sent()
        let result = await transfer.send(request(call))
        counters.update { $0.inFlight -= 1 }
        let sent = judge(result, call, sends)
        switch result {
        case .failed(let failure):
            outage.failed(classifier.words(failure))
            return (sent, nil)
        case .reply(let reply):
            switch sent {
            case .retry(let retry): note(retry.kind, reply, call)
            case .failed(let kind): note(kind, reply, call)
            case .over, .stop: outage.answered()
            }
            return (sent, RateLimitHeaders(reply, nowSeconds: WallClock.system.now() / 1000))
        }
    }

    /// Keeps what an error says, for whoever waits for an answer.
    private func note(_ kind: Retry.Kind, _ reply: HTTPReply, _ call: Call) {
        let words = classifier.words(reply, kind, asked: call.body)
        outage.replied(kind == .rateLimited ? .rateLimit(words) : .errors(words))
    }

    /// What a reply, or its absence, means for the call.
    func judge(_ result: TransferResult, _ call: Call, _ sends: Int) -> Sent {
        let verdict: Verdict
        var (status, body) = (0, [UInt8]())
        switch result {
        case .reply(let reply):
            verdict = classifier.verdict(
                reply, asked: call.body, nowSeconds: WallClock.system.now() / 1000)
            (status, body) = (reply.status, reply.body)
        case .failed(let failure): verdict = classifier.verdict(failure)
        }
        counters.update { counters in
            if case .retry(let retry) = verdict {
                if retry.kind == .ambiguous { counters.ambiguous += 1 }
                if retry.kind == .rateLimited { counters.rateLimited += 1 }
            }
        }
        // Without the body: no answer is in it, but perhaps the row's text or the key.
        func tombstone(
            _ state: StoredReply.State, _ reason: String, isRejected: Bool = false
        ) -> Sent {
            let reply = StoredReply(
                state: state, httpStatus: status, body: [], attempts: sends, reason: reason)
            return .over(Over(reply: reply, isRejected: isRejected))
        }
        switch verdict {
        case .success: return read(call, status, body, sends)
        case .refused(let reason): return tombstone(.refused, reason)
        case .dead(let reason): return tombstone(.dead, reason)
        case .rejected(let reason): return tombstone(.dead, reason, isRejected: true)
        case .retry(let retry): return .retry(retry)
        case .failed(let kind): return .failed(kind)
        case .stop(let fault): return .stop(fault)
        }
    }

    private func read(_ call: Call, _ status: Int, _ body: [UInt8], _ sends: Int) -> Sent {
        // Before it is read: neither a model's name nor a reason may hold a key.
        let body = classifier.redactor.withoutKeys(body)
        guard case .reply(let read) = call.read(body) else {
            return errorInReply(body, sends) ?? .retry(Retry(kind: .badReply))
        }
        var reply = StoredReply(
            state: read.state, httpStatus: status,
            body: body, model: read.model,
            promptTokens: read.usage.prompt, completionTokens: read.usage.completion,
            attempts: sends, reason: read.reason)
        reply.costMicrounits = endpoint.costMicrounits(
            promptTokens: read.usage.prompt ?? call.promptTokens,
            completionTokens: read.usage.completion ?? call.completionTokens,
            cachedTokens: read.usage.cached, writtenTokens: read.usage.written)
        counters.update { $0.note(read) }
        return .over(Over(reply: reply, content: read.content))
    }

    /// What all requests to an endpoint have in common.
    static func template(
        _ endpoint: Endpoint, _ url: BaseURL, key: String?
    ) -> HTTPRequest {
        var request = HTTPRequest(
            url: url.text, timeoutMilliseconds: endpoint.timeoutMilliseconds)
        request.headers = endpoint.dialect.rules.headers(key)
        request.allowsPlainHTTP = !url.isTLS
        request.proxy = endpoint.proxy
        request.http2 = endpoint.http2
        request.caFile = endpoint.caFile
        return request
    }

    private func request(_ call: Call) -> HTTPRequest {
        // With a slash in front nothing in it can change the host that gets the key.
        require(call.path.utf8.first == UInt8(ascii: "/"), "a call's path begins with a slash")
        var request = template
        request.url = url.text + call.path
        request.body = call.body
        return request
    }

    /// A request to an address of this endpoint; the key goes nowhere else.
    func request(to address: String) -> HTTPRequest {
        var request = template
        request.url = address
        if !url.isSameOrigin(as: address) {
            request.headers = endpoint.dialect.rules.headers(nil)
        }
        return request
    }

    /// What the reply says it used, else the estimate; errors are not charged by any provider.
    func used(_ reply: StoredReply, _ call: Call) -> Estimate {
        guard (200..<300).contains(reply.httpStatus) else {
            return .nothing
        }
        let prompt = reply.promptTokens ?? call.promptTokens
        let completion = reply.completionTokens ?? call.completionTokens
        return Estimate(tokens: prompt + completion, microunits: reply.costMicrounits)
    }

    /// - Parameter trip: nil for a call of a batch, which is sent once.
    func keep(_ reply: StoredReply, _ call: Call, _ attempt: Attempt? = nil) async throws(Fault) {
        let attempt = attempt ?? Attempt(estimate: .nothing, sends: 1)
        let isEstimated = (200..<300).contains(reply.httpStatus) && reply.promptTokens == nil
        let bill = bill(attempt, used(reply, call), isEstimated: isEstimated)
        if call.isStored {
            try await ledger.recordReply(reply, for: call.key, bill: bill)
        } else {
            try await ledger.clearIntents(key: call.key, bill: bill, isExposed: false)
        }
        counters.update { counters in
            switch reply.state {
            case .answered: counters.answered += 1
            case .refused: counters.refused += 1
            case .truncated: counters.truncated += 1
            case .invalid: counters.invalid += 1
            case .dead: counters.dead += 1
            }
            guard (200..<300).contains(reply.httpStatus) else { return }
            counters.promptTokens += reply.promptTokens ?? call.promptTokens
            counters.completionTokens += reply.completionTokens ?? call.completionTokens
            counters.costMicrounits += reply.costMicrounits
            if isEstimated { counters.estimatedUsage += 1 }
        }
    }
}

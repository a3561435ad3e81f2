internal import Records
internal import Store

/// Takes one call from question to answer: ledger, turn, intent, send, verdict, ledger.
///
/// The order is the point: nothing is sent that is answered already, nothing whose intent is not
/// on the disk, and no answer is handed out that is not.
struct CallRunner: Sendable {
    let endpoint: Endpoint
    let url: BaseURL
    let key: String?
    let ledger: ReplyLedger
    let transfer: Transfer
    let gate: Gate
    let classifier: Classifier
    let counters: CounterBox
    let flights: SingleFlight<Answer>

    /// A reply and whether it was there before.
    struct Answer: Sendable {
        var reply: StoredReply
        var isCached: Bool
    }

    func run(_ call: Call) async throws(Fault) -> Answer {
        if Task.isCancelled {
            throw Fault(.stopped, "a call was cancelled before it was sent")
        }
        let (result, isShared) = await flights.value(for: call.key) {
            do throws(Fault) {
                return .success(try await fly(call))
            } catch {
                return .failure(error)
            }
        }
        var answer = try result.get()
        if isShared && !answer.isCached {
            answer.isCached = true
            counters.update { $0.cached += 1 }
        } else if answer.isCached {
            counters.update { $0.cached += 1 }
        }
        return answer
    }

    private func fly(_ call: Call) async throws(Fault) -> Answer {
        if call.isStored, let reply = try await ledger.reply(for: call.key) {
            return Answer(reply: reply, isCached: true)
        }
        do {
            return Answer(reply: try await ask(call), isCached: false)
        } catch {
            counters.update { $0.failed += 1 }
            throw error
        }
    }

    private func estimate(_ call: Call) -> Estimate {
        Estimate(
            tokens: call.promptTokens + call.completionTokens,
            microunits: endpoint.costMicrounits(
                promptTokens: call.promptTokens, completionTokens: call.completionTokens))
    }

    private func ask(_ call: Call) async throws(Fault) -> StoredReply {
        let estimate = estimate(call)
        var (id, turn) = await gate.enter(estimate)
        var sends = 0
        var wasAmbiguous = false
        while true {
            switch turn {
            case .fail(let fault):
                try await forget(call, sends, wasAmbiguous)
                throw fault
            case .giveUp(.serverError):
                let reply = StoredReply(
                    state: .dead, httpStatus: 500, body: [], attempts: sends,
                    reason: "http_500")
                try await keep(reply, call)
                return reply
            case .giveUp(let kind):
                try await forget(call, sends, wasAmbiguous)
                throw classifier.exhausted(kind)
            case .send: break
            }
            do {
                try await ledger.recordIntent(
                    key: call.key, reservedMicrounits: estimate.microunits)
            } catch {
                // What cannot be written down must not be paid for, by any call.
                gate.finish(id, .stop(error))
                throw error
            }
            sends += 1
            switch await send(call, sends) {
            case .over(let reply):
                // In this order: the place in flight is free only when the reply is safe.
                do {
                    try await keep(reply, call)
                } catch {
                    gate.finish(id, .stop(error))
                    throw error
                }
                gate.finish(id, .done(used(reply, call)))
                return reply
            case .retry(let retry):
                wasAmbiguous = wasAmbiguous || retry.kind == .ambiguous
                turn = await gate.again(id, retry)
            case .failed(let kind):
                gate.finish(id, .done(Estimate(tokens: 0, microunits: 0)))
                try await forget(call, sends, wasAmbiguous)
                throw classifier.exhausted(kind)
            case .stop(let fault):
                gate.finish(id, .stop(fault))
                try await forget(call, sends, wasAmbiguous)
                throw fault
            }
        }
    }

    /// A call that surely was not paid for leaves no open intent behind.
    private func forget(_ call: Call, _ sends: Int, _ wasAmbiguous: Bool) async throws(Fault) {
        if sends > 0 && !wasAmbiguous { try await ledger.clearIntents(key: call.key) }
    }

    /// How one send ended.
    private enum Sent {
        case over(StoredReply)
        case retry(Retry)
        case failed(Retry.Kind)
        case stop(Fault)
    }

    private func send(_ call: Call, _ sends: Int) async -> Sent {
        counters.update {
            $0.sends += 1
            $0.inFlight += 1
        }
        let result = await transfer.send(request(call))
        let verdict =
            switch result {
            case .reply(let reply):
                classifier.verdict(
                    reply, nowSeconds: WorkspaceClock.system.now() / 1000)
            case .failed(let failure): classifier.verdict(failure)
            }
        counters.update { counters in
            counters.inFlight -= 1
            if case .retry(let retry) = verdict {
                if retry.kind == .ambiguous { counters.ambiguous += 1 }
                if retry.kind == .rateLimited { counters.rateLimited += 1 }
            }
        }
        let (status, body) =
            if case .reply(let reply) = result { (reply.status, reply.body) } else { (0, []) }
        // Without the body: no answer is in it, but perhaps the row's text or the key.
        func tombstone(_ state: StoredReply.State, _ reason: String) -> Sent {
            .over(
                StoredReply(
                    state: state, httpStatus: status, body: [], attempts: sends,
                    reason: reason))
        }
        switch verdict {
        case .success: return read(call, status, body, sends)
        case .refused(let reason): return tombstone(.refused, reason)
        case .dead(let reason): return tombstone(.dead, reason)
        case .retry(let retry): return .retry(retry)
        case .failed(let kind): return .failed(kind)
        case .stop(let fault): return .stop(fault)
        }
    }

    private func read(_ call: Call, _ status: Int, _ body: [UInt8], _ sends: Int) -> Sent {
        guard case .reply(let read) = call.read(body) else {
            return .retry(Retry(kind: .badReply))
        }
        var reply = StoredReply(
            state: read.state, httpStatus: status,
            body: classifier.redactor.withoutKeys(body), model: read.model,
            promptTokens: read.promptTokens, completionTokens: read.completionTokens,
            attempts: sends, reason: read.reason)
        reply.costMicrounits = used(reply, call).microunits
        return .over(reply)
    }

    private func request(_ call: Call) -> HTTPRequest {
        var request = HTTPRequest(
            url: url.text + call.path, body: call.body,
            timeoutMilliseconds: endpoint.timeoutMilliseconds)
        if let key {
            request.headers = [HTTPHeader(name: "Authorization", value: "Bearer \(key)")]
        }
        request.allowsPlainHTTP = !url.isTLS
        request.proxy = endpoint.proxy
        request.http2 = endpoint.http2
        request.caFile = endpoint.caFile
        return request
    }

    /// What the reply says it used, else the estimate; errors are not charged by any provider.
    private func used(_ reply: StoredReply, _ call: Call) -> Estimate {
        guard (200..<300).contains(reply.httpStatus) else {
            return Estimate(tokens: 0, microunits: 0)
        }
        let prompt = reply.promptTokens ?? call.promptTokens
        let completion = reply.completionTokens ?? call.completionTokens
        return Estimate(
            tokens: prompt + completion,
            microunits: endpoint.costMicrounits(
                promptTokens: prompt, completionTokens: completion))
    }

    private func keep(_ reply: StoredReply, _ call: Call) async throws(Fault) {
        if call.isStored {
            try await ledger.recordReply(reply, for: call.key)
        } else {
            try await ledger.clearIntents(key: call.key)
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
            if reply.promptTokens == nil { counters.estimatedUsage += 1 }
        }
    }
}

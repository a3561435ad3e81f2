internal import Glibc
internal import Records
internal import StoreProtocols

extension BatchDriver {
    private var base: String { runner.url.text }

    func find(_ after: String?) async -> BatchMachine.Event {
        var request = runner.request(to: base + batchQueue.form.listPath(after: after))
        request.method = .get
        return await exchange(request) { value in
            batchQueue.form.page(value).map { .page($0.batches, next: $0.next) }
        }
    }

    func upload(_ input: BatchInput?) async -> BatchMachine.Event {
        await exchange(send(input, to: OpenAIBatches.filesPath)) { value in
            value["id"].flatMap(OpenAIBatches.identifier).map { .uploaded($0) }
        }
    }

    func create(
        _ record: BatchRecord, _ file: String?, _ input: BatchInput?
    ) async -> BatchMachine.Event {
        var request = send(input, to: batchQueue.form.path)
        if let file {
            request = runner.request(to: base + batchQueue.form.path)
            request.body = batchQueue.form.creation(
                file: file, path: record.path, input: record.input, run: batchQueue.settings.run)
        }
        return await exchange(request) { value in batchQueue.form.batch(value).map { .batch($0) } }
    }

    func poll(_ id: String) async -> BatchMachine.Event {
        var request = runner.request(to: "\(base)\(batchQueue.form.path)/\(id)")
        request.method = .get
        let result = await runner.transfer.send(request)
        if case .reply(let reply) = result, reply.status == 404 {
            // A server of this machine forgets its batches when it ends, and charges nothing.
            if runner.url.isLoopback { return .gone }
            return .refused(
                Fault(
                    .configuration, "endpoint \(runner.endpoint.name) does not know batch \(id)",
                    hint: "use the key and the project that it was submitted with"))
        }
        return event(result) { value in batchQueue.form.batch(value).map { .batch($0) } }
    }

    /// Fetches a file of results and keeps every reply in it.
    func fetch(
        _ address: String, _ record: BatchRecord, _ replies: inout BatchReplies
    ) async throws(Fault) -> BatchMachine.Event {
        let full = address.hasPrefix("/") ? base + address : address
        guard runner.url.isSameOrigin(as: full) else {
            return .refused(
                Fault(
                    .badData, "endpoint \(runner.endpoint.name) has its results on another host",
                    why: "the key is for \(runner.url.host) alone"))
        }
        let path = "\(batchQueue.settings.folder)/.batch-\(record.number).results"
        defer { unlink(path) }
        var request = runner.request(to: full)
        request.method = .get
        request.saveAs = path
        request.largestReplyBytes = Self.largestResults
        request.timeoutMilliseconds = Self.fileTimeoutMilliseconds
        let result = await runner.transfer.send(request)
        switch result {
        case .reply(var reply):
            if (200..<300).contains(reply.status) {
                try await replies.take(file: path)
                return .fetched
            }
            var source = try ByteSource(path: path)
            reply.body = (try? source.readAll(limit: Self.largestErrorBody)) ?? []
            return event(.reply(reply)) { _ in nil }
        case .failed(let failure) where failure.code == 23:
            return .refused(
                Fault(
                    .stopped, "a batch's results cannot be written down",
                    at: .file(batchQueue.settings.folder),
                    hint: "free some disk space, then run again: it continues where it was"))
        case .failed: return event(result) { _ in nil }
        }
    }

    func reader(_ record: BatchRecord) async throws(Fault) -> BatchReplies {
        let keys = try await batchQueue.log.keys(of: record)
        return BatchReplies(
            runner, batchQueue, path: record.path, keys: keys,
            attempts: try await batchQueue.log.attempts(of: Array(keys.open)))
    }

    /// Ends a batch: intents and what was reserved for unanswered calls go back.
    func finish(
        _ record: BatchRecord, _ replies: BatchReplies?, _ failure: String?
    ) async throws(Fault) {
        let answered = try await batchQueue.log.finish(record)
        let used = replies?.used ?? Estimate(tokens: 0, microunits: 0)
        if let reserved = batchQueue.takeReserved(batch: record.number) {
            runner.scheduler.withBook { book in
                book.settle(reserved, used: used)
                book.giveBack(calls: record.calls - answered)
            }
        }
        runner.counters.update { $0.batchStrays += replies?.strays ?? 0 }
        if let stop = replies?.stop { throw stop }
        if let failure, answered == 0 {
            throw Fault(
                .unavailable, "endpoint \(runner.endpoint.name) did not accept a batch",
                why: runner.classifier.redactor.code(failure),
                hint: "check the model and what the endpoint allows in batches")
        }
    }

    private func send(_ input: BatchInput?, to path: String) -> HTTPRequest {
        var request = runner.request(to: base + path)
        request.file = input?.body
        request.contentType = input?.contentType ?? "application/json"
        request.timeoutMilliseconds = Self.fileTimeoutMilliseconds
        return request
    }

    private func exchange(
        _ request: HTTPRequest, _ read: (JSONValue) -> BatchMachine.Event?
    ) async -> BatchMachine.Event {
        event(await runner.transfer.send(request), read)
    }

    /// By the same policy as every other reply.
    private func event(
        _ result: TransferResult, _ read: (JSONValue) -> BatchMachine.Event?
    ) -> BatchMachine.Event {
        let verdict: Verdict
        var body: [UInt8] = []
        switch result {
        case .failed(let failure): verdict = runner.classifier.verdict(failure)
        case .reply(let reply):
            verdict = runner.classifier.verdict(
                reply, nowSeconds: WallClock.system.now() / 1000)
            body = reply.body
        }
        switch verdict {
        case .success:
            guard let value = try? JSONReader.read(body), let event = read(value) else {
                return .failed(Retry(kind: .badReply))
            }
            return event
        case .retry(let retry): return .failed(retry)
        case .failed(let kind): return .refused(runner.classifier.exhausted(kind))
        case .stop(let fault): return .refused(fault)
        case .refused(let reason), .dead(let reason), .rejected(let reason):
            return .refused(
                Fault(
                    .unavailable, "endpoint \(runner.endpoint.name) refused a batch",
                    why: reason, hint: "leave `mode` out if it has no batches"))
        }
    }
}

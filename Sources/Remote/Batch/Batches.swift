public import Records
internal import StoreProtocols

/// Has a stage's calls answered by batches before the stage asks for the answers.
///
/// What is asked is a function of settings, rows and earlier answers, and what was answered lies in
/// the ledger; so a stage may ask as often as it likes. It asks once for nothing but to find out
/// what is missing, the missing calls go out as batches, and so again until nothing is missing.
/// Nothing waits for anything but the provider, and a process may die at any moment: the next one
/// finds the batches that are out and the replies that are kept.
public enum Batches {
    /// Fills the ledger with everything that `ask` asks for; returns at once, without asking, when
    /// no connection goes by batches.
    ///
    /// - Parameters:
    ///   - check: Throws when the run has to end.
    ///   - watch: Hears several times a second of the batch that is waited for.
    ///   - ask: Asks everything it can; calls without an answer fail with a fault for which
    ///     ``Records/Fault/awaitsBatch`` holds, and are to be passed over.
    /// - Throws: `.stopped` when a batch is still out after the wait, or for a budget; otherwise as
    ///   ``ChatClient/complete(_:)``.
    public static func fill(
        _ connections: [Connection], check: @escaping @Sendable () throws(Fault) -> Void,
        watch: @escaping @Sendable (WaitingBatch) -> Void = { _ in },
        ask: () async throws(Fault) -> Void
    ) async throws(Fault) {
        var rounds: [BatchRound] = []
        for connection in connections {
            guard let batchQueue = connection.runner.batchQueue,
                !rounds.contains(where: { $0.batchQueue === batchQueue })
            else { continue }
            rounds.append(
                BatchRound(
                    runner: connection.runner, batchQueue: batchQueue, check: check, watch: watch))
        }
        defer { for round in rounds { round.batchQueue.end() } }
        if rounds.isEmpty { return }
        while true {
            for round in rounds { try await round.takeUp() }
            for round in rounds { try round.batchQueue.begin() }
            try await ask()
            if rounds.allSatisfy({ $0.batchQueue.count == 0 }) { return }
            try check()
            var refusal: Fault?
            var hasProgress = false
            for round in rounds {
                let step = try await round.submit()
                refusal = refusal ?? step.refusal
                hasProgress = hasProgress || step.hasProgress
            }
            var out: [WaitingBatch] = []
            let start = CallScheduler.now()
            for round in rounds {
                let (hasWaited, left) = try await round.wait(from: start)
                hasProgress = hasProgress || hasWaited
                out += left
            }
            if let fault = WaitingBatch.fault(out) { throw fault }
            if let refusal, !hasProgress { throw refusal }
        }
    }
}

extension Fault {
    /// Whether it says only that a call's answer will come by a batch.
    public var awaitsBatch: Bool { self == BatchQueue.pending }
}

/// One connection's part in ``Batches/fill(_:check:ask:)``.
struct BatchRound {
    let runner: CallRunner
    let batchQueue: BatchQueue
    let check: @Sendable () throws(Fault) -> Void
    let watch: @Sendable (WaitingBatch) -> Void

    private var endpoint: String { runner.endpoint.name }
    private var driver: BatchDriver {
        BatchDriver(runner: runner, batchQueue: batchQueue, check: check, watch: watch)
    }

    /// Looks at every batch that is out, once, and keeps what is there.
    func takeUp() async throws(Fault) {
        for record in try await batchQueue.log.open(endpoint: batchQueue.owner) {
            try check()
            _ = try await driver.run(record, nil, deadline: .min)
        }
    }

    /// Submits what is missing and not out yet.
    ///
    /// - Returns: Why some of it was not, and whether anything else happened.
    func submit() async throws(Fault) -> (refusal: Fault?, hasProgress: Bool) {
        var out: Set<SHA256.Digest> = []
        for record in try await batchQueue.log.open(endpoint: batchQueue.owner) {
            out.formUnion(try await batchQueue.log.keys(of: record).open)
        }
        var calls = batchQueue.calls.filter { !out.contains($0.key) }
        let attempts = try await batchQueue.log.attempts(of: calls.map(\.key))
        let hopeless = calls.map(\.key).filter {
            attempts[$0, default: 0] >= batchQueue.settings.mostAttempts
        }
        if !hopeless.isEmpty {
            try await batchQueue.log.forgetAttempts(of: hopeless)
            try await lose(hopeless)
            let dropped = Set(hopeless)
            calls.removeAll { dropped.contains($0.key) }
        }
        var hasProgress = !hopeless.isEmpty
        while !calls.isEmpty {
            try check()
            let (count, refusal) = take(calls)
            if count == 0 { return (refusal, hasProgress) }
            try await submit(Array(calls.prefix(count)))
            calls.removeFirst(count)
            hasProgress = true
        }
        return (nil, hasProgress)
    }

    /// Ends calls that no batch answered: each is dead, unless no other call was answered either.
    private func lose(_ keys: [SHA256.Digest]) async throws(Fault) {
        let counters = runner.counters.snapshot
        if counters.answered + counters.refused + counters.truncated + counters.invalid == 0 {
            batchQueue.fail(keys, exhausted)
            runner.counters.update { $0.failed += keys.count }
            return
        }
        for key in keys {
            guard let call = batchQueue.call(key) else { continue }
            try await runner.keep(
                StoredReply(
                    state: .dead, httpStatus: 0, body: [],
                    attempts: batchQueue.settings.mostAttempts,
                    reason: Retry.Kind.ambiguous.lostReason),
                call, CallRunner.Attempt(estimate: .nothing))
        }
        batchQueue.noteNew(keys)
    }

    /// How many of the first calls make one batch: of one path, within the provider's limits and
    /// the budget.
    private func take(_ calls: [Call]) -> (count: Int, refusal: Fault?) {
        let most = min(batchQueue.form.mostCalls, batchQueue.settings.mostCalls ?? .max)
        // The frame, and what stands around a call in its line.
        var bytes = 1024
        var sum = Estimate(tokens: 0, microunits: 0)
        for (count, call) in calls.enumerated() {
            if count == most || call.path != calls[0].path { return (count, nil) }
            bytes += batchQueue.bytes(of: call.key) + 256
            if count > 0, bytes > batchQueue.form.mostBytes { return (count, nil) }
            let next = add(sum, estimate(call))
            if let refusal = runner.scheduler.withBook({ $0.refusal(next, calls: count + 1) }) {
                return (count, refusal)
            }
            sum = next
        }
        return (calls.count, nil)
    }

    private func submit(_ calls: [Call]) async throws(Fault) {
        let input = try batchQueue.write(calls)
        var sum = Estimate(tokens: 0, microunits: 0)
        var reserved: [(key: SHA256.Digest, reservedMicrounits: Int64)] = []
        for call in calls {
            let one = estimate(call)
            sum = add(sum, one)
            reserved.append((call.key, one.microunits))
        }
        let record = try await batchQueue.log.begin(
            endpoint: batchQueue.owner, path: calls[0].path, input: input.digest, calls: reserved)
        runner.scheduler.withBook { [sum] in $0.reserve(sum, calls: calls.count) }
        batchQueue.noteReserved(sum, batch: record.number)
        runner.counters.update {
            $0.sends += calls.count
            $0.batches += 1
        }
        _ = try await driver.run(record, input, deadline: .min)
    }

    /// Waits for the batches that hold something that is missing.
    ///
    /// - Parameter start: When the wait for all batches began, in ``CallScheduler/now()``.
    /// - Returns: Whether there was one, and those that are still out when time is up.
    func wait(
        from start: Int64
    ) async throws(Fault) -> (hasWaited: Bool, out: [WaitingBatch]) {
        let missing = Set(batchQueue.calls.map(\.key))
        let deadline = start + batchQueue.settings.waitMilliseconds
        var hasWaited = false
        var out: [WaitingBatch] = []
        for record in try await batchQueue.log.open(endpoint: batchQueue.owner) {
            let keys = try await batchQueue.log.keys(of: record).open
            if missing.isDisjoint(with: keys) { continue }
            hasWaited = true
            if case .out(let id) = try await driver.run(record, nil, deadline: deadline) {
                var batch = WaitingBatch(record, id: id, endpoint: endpoint)
                batch.open = keys.count
                out.append(batch)
            }
        }
        return (hasWaited, out)
    }

    private var exhausted: Fault {
        Fault(
            .unavailable, "endpoint \(endpoint) gave no answer to a call",
            why: "\(batchQueue.settings.mostAttempts) batches came back without one",
            hint: "run again later: answered calls are not repeated")
    }

    private func estimate(_ call: Call) -> Estimate {
        let full = runner.estimate(call)
        return Estimate(
            tokens: full.tokens, microunits: batchQueue.settings.price(full.microunits))
    }

    private func add(_ a: Estimate, _ b: Estimate) -> Estimate {
        let (sum, overflows) = a.microunits.addingReportingOverflow(b.microunits)
        return Estimate(tokens: a.tokens + b.tokens, microunits: overflows ? .max : sum)
    }
}

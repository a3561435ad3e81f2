internal import Records
internal import StoreProtocols

/// Carries out what a ``BatchMachine`` decides for one batch: requests, the ledger, the clock.
struct BatchDriver {
    let runner: CallRunner
    let batchQueue: BatchQueue
    /// Whoever runs this may end it between two steps.
    let check: @Sendable () throws(Fault) -> Void
    /// Hears of the batch while it is waited for.
    let watch: @Sendable (WaitingBatch) -> Void

    /// How a drive ended.
    enum End: Equatable {
        /// Replies are kept, or it never was.
        case over
        /// The provider still works on it.
        case out(String)
    }

    /// Files of a hundred megabytes take their time on a slow line.
    static let fileTimeoutMilliseconds = 3_600_000
    static let largestResults = 4 << 30
    static let largestErrorBody = 64 << 10
    /// Between two looks for a signal.
    private static let napMilliseconds: Int64 = 200

    /// - Parameters:
    ///   - input: The calls as written down; nil when they are not at hand.
    ///   - deadline: In ``CallScheduler/now()``; when to stop waiting.
    func run(
        _ record: BatchRecord, _ input: BatchInput?, deadline: Int64
    ) async throws(Fault) -> End {
        var record = record
        var machine = try await machine(record, canSubmit: input != nil, deadline)
        var draws = CounterRNG(
            seed: UInt64(bitPattern: CallScheduler.now()), purpose: "batch backoff")
        var replies: BatchReplies?
        var event = BatchMachine.Event.begin
        while true {
            let action = machine.next(event, now: CallScheduler.now(), draw: draws.unit())
            switch action {
            case .find(let after): event = await find(after)
            case .adopt(let batch): event = .batch(batch)
            case .upload: event = await upload(input)
            case .create(let file): event = await create(record, file, input)
            case .poll(let id): event = await poll(id)
            case .sleep(let milliseconds):
                try await nap(milliseconds, record)
                event = .woke
            case .fetch(let address):
                var taking: BatchReplies
                if let replies { taking = replies } else { taking = try await reader(record) }
                event = try await fetch(address, record, &taking)
                replies = taking
            case .leave: return .out(record.remote ?? "")
            case .finish(let failure):
                try await finish(record, replies, failure)
                return .over
            case .abandon:
                try await batchQueue.log.abandon(record)
                return .over
            case .stop(let fault):
                // What was surely never made leaves nothing open; the rest is looked for next time.
                if record.remote == nil, !machine.mayExist {
                    try await batchQueue.log.abandon(record)
                }
                throw fault
            }
            try await note(event, &record)
        }
    }

    private func machine(
        _ record: BatchRecord, canSubmit: Bool, _ deadline: Int64
    ) async throws(Fault) -> BatchMachine {
        var taken = try await batchQueue.log.remotes(endpoint: record.endpoint)
        if let own = record.remote { taken.remove(own) }
        let classifier = runner.classifier
        var timing = BatchMachine.Timing()
        timing.firstPollMilliseconds = batchQueue.settings.firstPollMilliseconds
        timing.longestPollMilliseconds = batchQueue.settings.longestPollMilliseconds
        timing.backoffMilliseconds = min(
            timing.backoffMilliseconds, batchQueue.settings.firstPollMilliseconds)
        return BatchMachine(
            wanted: BatchMachine.Wanted(
                input: record.input, calls: record.calls,
                createdSeconds: record.createdMilliseconds / 1000, taken: taken,
                hasMetadata: batchQueue.form.keepsMetadata),
            remote: record.remote, file: record.file, canSubmit: canSubmit,
            uploadsFile: batchQueue.form.uploadsFile, timing: timing, deadline: deadline,
            exhausted: { classifier.exhausted($0) })
    }

    /// What the provider calls things is durable before anything else happens.
    private func note(
        _ event: BatchMachine.Event, _ record: inout BatchRecord
    ) async throws(Fault) {
        switch event {
        case .uploaded(let file): record.file = file
        case .batch(let batch) where record.remote == nil:
            record.remote = batch.id
            record.state = .out
        default: return
        }
        try await batchQueue.log.update(record)
    }

    private func nap(_ milliseconds: Int64, _ record: BatchRecord) async throws(Fault) {
        let end = CallScheduler.now() + milliseconds
        while true {
            try check()
            let left = end - CallScheduler.now()
            if left <= 0 { return }
            if let id = record.remote {
                watch(WaitingBatch(record, id: id, endpoint: runner.endpoint.name))
            }
            try? await Task.sleep(for: .milliseconds(min(left, Self.napMilliseconds)))
        }
    }
}

internal import Glibc
public import Records
public import StoreProtocols

/// An endpoint in use: one pace, one budget and one ledger for everything that is asked of it.
///
/// Make one for each endpoint and share it between clients; two for the same endpoint would not
/// know of each other's rate.
public final class Connection: Sendable {
    public let endpoint: Endpoint
    let runner: CallRunner

    /// Reads the key, checks the settings and starts the transfer thread; sends nothing yet.
    ///
    /// - Parameters:
    ///   - spentBefore: What counts against the budget already, by
    ///     ``StoreProtocols/SpendingAccount``, say.
    ///   - deadlineMilliseconds: Since 1970 UTC. Nothing is sent from then on, and a pause that
    ///     the endpoint asks for beyond it ends the run at once.
    ///   - facts: What the endpoint told of itself, if it was asked before.
    ///   - batches: Sends calls as batches, see ``Batches``; nil sends them one by one.
    ///   - log: Keeps the batches, beside the ledger; needed for them.
    ///   - notice: Hears, in a sentence, when the endpoint gives no answer and when it does again.
    /// - Throws: `.configuration` for settings or a key that cannot work, and where calls are to go
    ///   out one by one while a batch of the endpoint is out.
    public convenience init(
        _ endpoint: Endpoint, ledger: any ReplyStore, budget: Budget = Budget(),
        spentBefore: Spending = Spending(), deadlineMilliseconds: Int64? = nil,
        facts: ServerFacts? = nil, batches: BatchSettings? = nil, log: (any BatchStore)? = nil,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(Fault) {
        var pacing = PacerSettings()
        pacing.concurrency = endpoint.concurrency
        pacing.firstWindow = endpoint.startConcurrency
        pacing.requestsPerMinute = endpoint.requestsPerMinute
        pacing.tokensPerMinute = endpoint.tokensPerMinute
        pacing.budget = budget
        pacing.spentBefore = spentBefore
        pacing.deadline = deadlineMilliseconds.map {
            CallScheduler.now() + $0 - WallClock.system.now()
        }
        pacing.breaker.longestOutageMilliseconds = Int64(endpoint.outageMilliseconds)
        var outage = OutageSettings()
        outage.longestMilliseconds = Int64(endpoint.outageMilliseconds)
        pacing.patienceMilliseconds = outage.longestMilliseconds
        pacing.longestPauseMilliseconds = max(
            pacing.longestPauseMilliseconds, outage.longestMilliseconds)
        outage.longestRateLimitMilliseconds = pacing.longestPauseMilliseconds
        try self.init(
            endpoint, ledger: ledger, pacing: pacing, outage: outage, hasAnswered: facts != nil,
            batches: batches, log: log, notice: notice)
    }

    /// With a pace of its own; for tests.
    init(
        _ endpoint: Endpoint, ledger: any ReplyStore, pacing: PacerSettings,
        outage: OutageSettings = OutageSettings(), hasAnswered: Bool = false,
        batches: BatchSettings? = nil, log: (any BatchStore)? = nil,
        notice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(Fault) {
        try endpoint.validate()
        let batchQueue = try batches.map { settings throws(Fault) in
            guard let log, let form = endpoint.dialect.rules.batches else {
                throw Fault(
                    .configuration, "endpoint \(endpoint.name) has no batches",
                    why: "its dialect is \(endpoint.dialect.rawValue)",
                    hint: "leave `mode` out, or correct `dialect`")
            }
            return BatchQueue(endpoint, settings: settings, log: log, form: form)
        }
        if batchQueue == nil, let log, let conflict = try BatchQueue.conflict(endpoint, log) {
            throw conflict
        }
        let key = try Credential.key(of: endpoint)
        let redactor = Redactor(secrets: [key].compactMap { $0 })
        self.endpoint = endpoint
        // Processes that start together must not retry together; nothing else depends on it.
        let seed = UInt64(truncatingIfNeeded: CallScheduler.now()) ^ UInt64(getpid()) << 32
        let url = try BaseURL(endpoint.baseURL)
        runner = CallRunner(
            endpoint: endpoint, url: url,
            template: CallRunner.template(endpoint, url, key: key), ledger: ledger,
            transfer: try Transfer(inFlight: endpoint.concurrency, http2: endpoint.http2),
            scheduler: CallScheduler(settings: pacing, seed: seed),
            classifier: Classifier(
                endpointName: endpoint.name, redactor: redactor, address: url.text,
                model: endpoint.model),
            counters: CounterBox(), flights: SingleFlight(), watch: RejectionBox(),
            outage: OutageWatch(
                outage, endpointName: endpoint.name, address: url.text, hasAnswered: hasAnswered),
            batchQueue: batchQueue)
        watch(notice, probeTimeoutMilliseconds: outage.probeTimeoutMilliseconds)
    }

    /// Lets the watch over outages ask, speak and end what waits.
    private func watch(
        _ notice: @escaping @Sendable (String) -> Void, probeTimeoutMilliseconds: Int
    ) {
        let runner = runner
        let probe = ServerProbe(
            endpoint, runner.url, runner.template, runner.classifier.redactor, runner.transfer,
            timeoutMilliseconds: probeTimeoutMilliseconds)
        runner.outage.begin(
            OutageWatch.Hands(
                probe: { [weak scheduler = runner.scheduler] in
                    do throws(ServerProbe.Silence) {
                        let status = try await probe.status()
                        scheduler?.heard()
                        return .replied(isWell: status != 429 && status < 500)
                    } catch {
                        return .silent(error.reason)
                    }
                }, say: notice,
                giveUp: { [weak self] fault, isSilent in
                    self?.stop(fault, abandonAfterMilliseconds: isSilent ? 0 : 10_000)
                }))
    }

    /// How the calls stand now.
    public var counters: CallCounters { runner.counters.snapshot }

    /// Milliseconds until the endpoint is sent anything again, by its own wish or because it fails;
    /// 0 when nothing stands in the way.
    public var pauseMilliseconds: Int64 { runner.scheduler.pauseMilliseconds }

    /// Sends nothing more: waiting calls fail with this fault, those in flight may finish.
    ///
    /// - Parameter abandonAfterMilliseconds: What is still in flight then is given up; the ledger
    ///   keeps it as an open call, since it may be carried out and paid for.
    public func stop(
        _ fault: Fault = Fault(
            .stopped, "the run was stopped", hint: "run again: it continues where it was"),
        abandonAfterMilliseconds: Int = 10_000
    ) {
        runner.scheduler.stop(fault)
        Task { [weak transfer = runner.transfer] in
            try? await Task.sleep(for: .milliseconds(max(0, abandonAfterMilliseconds)))
            transfer?.close()
        }
    }
}

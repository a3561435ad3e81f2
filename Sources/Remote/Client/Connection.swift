internal import Glibc
public import Records
public import Store

/// An endpoint in use: one pace, one budget and one ledger for everything that is asked of it.
///
/// Make one for each endpoint and share it between clients; two for the same endpoint would not
/// know of each other's rate.
public final class Connection: Sendable {
    public let endpoint: Endpoint
    let runner: CallRunner

    /// Reads the key, checks the settings and starts the transfer thread; sends nothing yet.
    ///
    /// - Throws: `.configuration` for settings or a key that cannot work.
    public convenience init(
        _ endpoint: Endpoint, ledger: ReplyLedger, budget: Budget = Budget()
    ) throws(Fault) {
        var pacing = PacerSettings()
        pacing.concurrency = endpoint.concurrency
        pacing.firstWindow = endpoint.startConcurrency
        pacing.requestsPerMinute = endpoint.requestsPerMinute
        pacing.tokensPerMinute = endpoint.tokensPerMinute
        pacing.budget = budget
        try self.init(endpoint, ledger: ledger, pacing: pacing)
    }

    /// With a pace of its own; for tests.
    init(_ endpoint: Endpoint, ledger: ReplyLedger, pacing: PacerSettings) throws(Fault) {
        try endpoint.validate()
        let key = try Credential.key(of: endpoint)
        let redactor = Redactor(secrets: [key].compactMap { $0 })
        self.endpoint = endpoint
        // Processes that start together must not retry together; nothing else depends on it.
        let seed = UInt64(truncatingIfNeeded: Gate.now()) ^ UInt64(getpid()) << 32
        runner = CallRunner(
            endpoint: endpoint, url: try BaseURL(endpoint.baseURL), key: key, ledger: ledger,
            transfer: try Transfer(inFlight: endpoint.concurrency, http2: endpoint.http2),
            gate: Gate(settings: pacing, seed: seed),
            classifier: Classifier(endpointName: endpoint.name, redactor: redactor),
            counters: CounterBox(), flights: SingleFlight())
    }

    /// How the calls stand now.
    public var counters: CallCounters { runner.counters.snapshot }

    /// Sends nothing more: waiting calls fail with this fault, those in flight may finish.
    public func stop(
        _ fault: Fault = Fault(
            .stopped, "the run was stopped", hint: "run again: it continues where it was")
    ) {
        runner.gate.stop(fault)
    }
}

internal import Records
internal import StoreProtocols
internal import Synchronization

/// Where calls wait for a batch, and what is known of those that were in one.
final class BatchQueue: Sendable {
    private struct State: ~Copyable {
        /// Present while calls are collected.
        var spool: BatchSpool?
        /// Answered by a batch in this run and not read since: paid now, not cached.
        var new: Set<SHA256.Digest> = []
        /// In as many batches as allowed and never answered.
        var failed: [SHA256.Digest: Fault] = [:]
        /// Reserved in this run's budget, by the batch's number.
        var reserved: [Int64: Estimate] = [:]
    }

    /// What a call is told that has no reply yet.
    static let pending = Fault(
        .stopped, "a call waits for its batch", hint: "run again: it continues where it was")

    /// The endpoint's name and model: batches are made, found and taken up by these.
    let owner: String
    let settings: BatchSettings
    let log: any BatchStore
    let form: any BatchForm
    private let state = Mutex(State())

    init(_ endpoint: Endpoint, settings: BatchSettings, log: any BatchStore, form: any BatchForm) {
        owner = Self.owner(endpoint)
        self.settings = settings
        self.log = log
        self.form = form
    }

    private static func owner(_ endpoint: Endpoint) -> String {
        "\(endpoint.name) \(endpoint.model)"
    }

    /// Why calls of an endpoint may not go out one by one: a batch has them, and they would be paid
    /// for twice.
    static func conflict(_ endpoint: Endpoint, _ log: any BatchStore) throws(Fault) -> Fault? {
        let records = try log.openNow(endpoint: owner(endpoint))
        guard let first = records.first else { return nil }
        let calls = NumberFormat.count(records.reduce(0) { $0 + $1.calls }, "call")
        let names = records.map { $0.remote ?? "one whose name is not known" }
        return Fault(
            .configuration,
            "\(NumberFormat.count(records.count, "batch", "batches")) with \(calls) of endpoint "
                + "\(endpoint.name) \(records.count == 1 ? "is" : "are") still out",
            why: "\(names.joined(separator: ", ")), sent "
                + "\(DateFormat.text(milliseconds: first.createdMilliseconds)) UTC; single calls "
                + "would be paid for twice",
            hint: "run with `mode: batch` until the answers are taken up, then change the mode")
    }

    var isCollecting: Bool { state.withLock { $0.spool != nil } }

    /// Begins to collect, with nothing collected.
    func begin() throws(Fault) {
        try state.withLock { state throws(Fault) in
            state.spool = try BatchSpool(folder: settings.folder)
        }
    }

    func end() { state.withLock { $0.spool = nil } }

    /// Takes a call without a reply.
    ///
    /// - Throws: `.unavailable` when batches did not help; `.stopped` when it cannot be kept.
    func collect(_ call: Call) throws(Fault) {
        try state.withLock { state throws(Fault) in
            if let fault = state.failed[call.key] { throw fault }
            try state.spool?.add(call)
        }
    }

    /// Whether a call's reply came by a batch of this run and is read for the first time.
    func isNew(_ key: SHA256.Digest) -> Bool {
        state.withLock { state in
            state.spool == nil ? state.new.remove(key) != nil : state.new.contains(key)
        }
    }

    var count: Int { state.withLock { $0.spool?.count ?? 0 } }

    /// What was collected, in the order of paths and keys.
    var calls: [Call] { state.withLock { $0.spool?.calls ?? [] } }

    /// A collected call without its body.
    func call(_ key: SHA256.Digest) -> Call? { state.withLock { $0.spool?.call(key) ?? nil } }

    func bytes(of key: SHA256.Digest) -> Int { state.withLock { $0.spool?.bytes(of: key) ?? 0 } }

    func write(_ calls: [Call]) throws(Fault) -> BatchInput {
        try state.withLock { state throws(Fault) in
            guard let input = try state.spool?.write(calls, form, folder: settings.folder) else {
                throw Fault(.defect, "a batch is written while nothing is collected")
            }
            return input
        }
    }

    func noteNew(_ keys: [SHA256.Digest]) { state.withLock { $0.new.formUnion(keys) } }

    func fail(_ keys: [SHA256.Digest], _ fault: Fault) {
        state.withLock { state in
            for key in keys { state.failed[key] = fault }
        }
    }

    func noteReserved(_ estimate: Estimate, batch number: Int64) {
        state.withLock { $0.reserved[number] = estimate }
    }

    /// What this run reserved for a batch; nil for one of an earlier run.
    func takeReserved(batch number: Int64) -> Estimate? {
        state.withLock { $0.reserved.removeValue(forKey: number) }
    }
}

internal import Records
internal import StoreProtocols
internal import Synchronization

/// The worker processes of a stage.
///
/// One that dies is replaced, and what it was doing is done again.
final class WorkerPool: Sendable {
    /// A task that ends this many workers is at fault itself.
    static let attempts = 4

    private struct State {
        var idle: [WorkerProcess] = []
        var all: [ObjectIdentifier: WorkerProcess] = [:]
        var isStopped = false
        var attempt = 0
    }

    let count: Int
    private let command: [String]
    private let setup: WorkerSetup
    private let vectors: any VectorStore
    private let state = Mutex(State())

    /// - Parameter vectors: The run's store, which workers ask through the channel.
    init(count: Int, command: [String], setup: WorkerSetup, vectors: any VectorStore) {
        self.vectors = vectors
        self.count = count
        self.command = command
        self.setup = setup
    }

    /// Has a task done by whichever worker is free.
    ///
    /// - Throws: The task's own fault; `defect` when it ends one worker after the other.
    func perform(
        step: Int, _ target: WorkerTask.Target, values: [Int: String], taken: String?
    ) async throws(Fault) -> WorkerReply {
        var ends: [String] = []
        while ends.count < Self.attempts {
            let worker = try takeWorker()
            let task = WorkerTask(
                step: step, target, attempt: nextAttempt(), values: values, taken: taken)
            guard let reply = await worker.perform(task, vectors) else {
                ends.append(retire(worker))
                if state.withLock({ $0.isStopped }) {
                    throw Fault(.stopped, "the workers were stopped")
                }
                continue
            }
            state.withLock { $0.idle.append(worker) }
            if let fault = reply.fault { throw fault }
            return reply
        }
        throw Fault(
            .defect, "step \(step) on \(target.words) ended \(ends.count) workers",
            why: ends.joined(separator: ", "), hint: "run without `--workers` to see its error")
    }

    private func nextAttempt() -> Int {
        state.withLock { state in
            state.attempt += 1
            return state.attempt
        }
    }

    private func takeWorker() throws(Fault) -> WorkerProcess {
        if let idle = state.withLock({ $0.idle.popLast() }) { return idle }
        let worker = try WorkerProcess(command, setup)
        state.withLock { $0.all[ObjectIdentifier(worker)] = worker }
        return worker
    }

    private func retire(_ worker: WorkerProcess) -> String {
        state.withLock { _ = $0.all.removeValue(forKey: ObjectIdentifier(worker)) }
        return worker.reap()
    }

    /// Ends all workers, so that whoever waits for one goes on at once.
    func stop() {
        let workers = state.withLock { state in
            state.isStopped = true
            return Array(state.all.values)
        }
        for worker in workers { worker.kill() }
    }

    /// Ends all workers, none of which has anything to do.
    func close() {
        let workers = state.withLock { state in
            defer {
                state.idle = []
                state.all = [:]
            }
            return Array(state.all.values)
        }
        for worker in workers { _ = worker.reap() }
    }
}

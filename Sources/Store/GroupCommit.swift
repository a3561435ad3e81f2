internal import GRDB
internal import Glibc
internal import Records
internal import Synchronization

/// Many small writes, few fsyncs: each caller returns when its own write is durable.
///
/// While one transaction is being synced the next writes gather, and go together in the next one
/// (at most ``largestBatch``). So a lone write waits for nothing but its own sync, and a crowd
/// shares one: the "group commit" of DeWitt et al. 1984, "Implementation techniques for main
/// memory database systems". A crowd that was there a moment ago is waited for a little, since a
/// sync costs more than the wait: PostgreSQL's `commit_delay` and `commit_siblings`. A batch fails
/// or holds as a whole; what fails it (a full disk, a failing one) would fail each of its writes
/// alone too.
final class GroupCommit: Sendable {
    /// One write, applied inside the batch's transaction; its bill goes into the tally, since what
    /// the batch's calls took is booked in one.
    typealias Apply = @Sendable (Database, inout SpendingTally) throws -> Void

    private struct Pending: Sendable {
        var apply: Apply
        var done: CheckedContinuation<Fault?, Never>
    }

    private struct State: Sendable {
        var waiting: [Pending] = []
        var isRunning = false
        var batches = 0
        var writes = 0
    }

    /// Bounds what one failed transaction takes with it; throughput is flat above about 500.
    static let largestBatch = 1024
    /// Writes that went together last time and are worth waiting for, and how long.
    private static let crowd = 16
    private static let delayMicroseconds: UInt32 = 3000

    private let pool: DatabasePool
    private let path: String
    private let state = Mutex(State())

    init(pool: DatabasePool, path: String) {
        self.pool = pool
        self.path = path
    }

    /// Transactions and writes so far.
    var counts: (batches: Int, writes: Int) { state.withLock { ($0.batches, $0.writes) } }

    /// Applies one write and returns when it is on the disk.
    func write(_ what: String, _ apply: @escaping Apply) async throws(Fault) {
        let fault = await withCheckedContinuation { (done: CheckedContinuation<Fault?, Never>) in
            let starts = state.withLock { state in
                state.waiting.append(Pending(apply: apply, done: done))
                defer { state.isRunning = true }
                return !state.isRunning
            }
            if starts { pool.asyncWriteWithoutTransaction { [self] db in drain(db) } }
        }
        if var fault {
            if fault.kind == .defect { fault.what += " (\(what))" }
            throw fault
        }
    }

    /// Runs on GRDB's writer queue until nothing waits.
    private func drain(_ db: Database) {
        var last = 0
        while true {
            if last >= Self.crowd { usleep(Self.delayMicroseconds) }
            let batch = state.withLock { state -> [Pending] in
                let batch = Array(state.waiting.prefix(Self.largestBatch))
                state.waiting.removeFirst(batch.count)
                if batch.isEmpty {
                    state.isRunning = false
                } else {
                    state.batches += 1
                    state.writes += batch.count
                }
                return batch
            }
            if batch.isEmpty { return }
            last = batch.count
            let fault = commit(batch, db)
            for pending in batch { pending.done.resume(returning: fault) }
        }
    }

    private func commit(_ batch: [Pending], _ db: Database) -> Fault? {
        do {
            try db.inTransaction(.immediate) {
                var tally = SpendingTally()
                for pending in batch { try pending.apply(db, &tally) }
                try tally.book(db)
                return .commit
            }
            return nil
        } catch {
            return StoreFaults.fault(error, doing: "writing", path: path)
        }
    }
}

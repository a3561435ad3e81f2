internal import GRDB
public import Records
public import StoreProtocols

/// A look at a workspace's runs that changes nothing in it.
///
/// Needs permission to read alone, and neither waits for a run nor keeps one from beginning.
public struct ReadOnlySnapshot: Sendable {
    /// The latest runs, newest first; one whose process died is `interrupted`.
    public let runs: [RunRecord]
    /// Batches of calls that are with a provider, or on their way there, oldest first.
    public let batches: [BatchRecord]
    /// Who works on it now, `process 123 holds it`; nil when nobody does.
    public let holder: String?

    /// - Parameters:
    ///   - path: The database file.
    ///   - count: The most runs.
    /// - Throws: `.configuration` when the file cannot be read, `.badData` when it is damaged.
    public init(path: String, runs count: Int = 20) throws(Fault) {
        holder = WorkspaceLock.holder(path: path + ".lock")
        var runs: [RunRecord]
        do {
            (runs, batches) = try Self.read(path, count)
        } catch {
            throw StoreFaults.fault(error, doing: "listing runs", path: path)
        }
        if holder == nil {
            for index in runs.indices where runs[index].state == .running {
                runs[index].state = .interrupted
            }
        }
        self.runs = runs
    }

    private static func read(
        _ path: String, _ count: Int
    ) throws -> (runs: [RunRecord], batches: [BatchRecord]) {
        let queue = try ImmutableDatabase.open(path)
        // A workspace whose first run died at once has no tables yet.
        let found = try queue.read { db in
            (
                try db.tableExists("runs") ? RunLog.latest(count, db) : [],
                try db.tableExists("batches") ? BatchLog.open(db) : []
            )
        }
        try queue.close()
        return found
    }
}

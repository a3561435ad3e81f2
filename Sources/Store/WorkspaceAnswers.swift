internal import GRDB
public import Records
public import StoreProtocols

/// What a workspace holds already: read without changing it or waiting for a run, for a plan.
public final class WorkspaceAnswers: StoredAnswers {
    private let path: String
    private let queue: DatabaseQueue

    /// - Parameter path: The database file.
    /// - Throws: `.configuration` when the file cannot be read, `.badData` when it is damaged.
    public init(path: String) throws(Fault) {
        self.path = path
        do {
            queue = try ImmutableDatabase.open(path)
        } catch {
            throw StoreFaults.fault(error, doing: "reading", path: path)
        }
    }

    deinit { try? queue.close() }

    public func holds(_ key: SHA256.Digest) throws(Fault) -> Bool {
        try read("replies", otherwise: false) { db in try ReplyLedger.holds(key, db) }
    }

    public func holdsVector(of text: SHA256.Digest, model: SHA256.Digest) throws(Fault) -> Bool {
        try read("vectors", otherwise: false) { db in try VectorCache.holds(text, model, db) }
    }

    public func spent(sinceRun run: Int64, endpoint: String?) throws(Fault) -> Spending {
        try read("spending", otherwise: Spending()) { db in
            try ReplyLedger.sum("run >= ?", run, endpoint, db)
        }
    }

    public func spent(
        sinceMilliseconds milliseconds: Int64, endpoint: String?
    ) throws(Fault) -> Spending {
        try read("spending", otherwise: Spending()) { db in
            try ReplyLedger.sum("hour >= ?", ReplyLedger.hour(milliseconds), endpoint, db)
        }
    }

    public func firstOfSeries(pipeline: String) throws(Fault) -> Int64 {
        let first = try read("runs", otherwise: 0) { db in
            try RunLog.firstOfSeries(pipeline, db)
        }
        return first == 0 ? .max : first
    }

    /// - Parameter table: A workspace of an older version may lack it.
    private func read<Value>(
        _ table: String, otherwise nothing: Value, _ body: (Database) throws -> Value
    ) throws(Fault) -> Value {
        do {
            return try queue.read { db in try db.tableExists(table) ? body(db) : nothing }
        } catch {
            throw StoreFaults.fault(error, doing: "reading", path: path)
        }
    }
}

/// The same of the workspace that this process works on.
extension WorkspaceStore: StoredAnswers {
    public func holds(_ key: SHA256.Digest) throws(Fault) -> Bool {
        try core.readNow("looking up a reply") { db in try ReplyLedger.holds(key, db) }
    }

    public func holdsVector(of text: SHA256.Digest, model: SHA256.Digest) throws(Fault) -> Bool {
        try core.readNow("looking up a vector") { db in try VectorCache.holds(text, model, db) }
    }

    public func spent(sinceRun run: Int64, endpoint: String?) throws(Fault) -> Spending {
        try ledger.spent(sinceRun: run, endpoint: endpoint)
    }

    public func spent(
        sinceMilliseconds milliseconds: Int64, endpoint: String?
    ) throws(Fault) -> Spending {
        try ledger.spent(sinceMilliseconds: milliseconds, endpoint: endpoint)
    }

    public func firstOfSeries(pipeline: String) throws(Fault) -> Int64 {
        let first = try runs.firstOfSeries(pipeline: pipeline)
        return first == 0 ? .max : first
    }
}

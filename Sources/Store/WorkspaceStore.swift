internal import GRDB
internal import Glibc
public import Records
public import StoreProtocols

/// The state of one workspace in one SQLite file: paid replies, vectors, runs and decisions.
///
/// Write-ahead log, and every commit is synced (`synchronous = FULL`), since a reply that was
/// reported stored has been paid for and must survive a power cut. Only one process holds a
/// workspace at a time; a second one gets a fault of kind `.stopped`.
public final class WorkspaceStore: Sendable {
    /// The database file.
    public let path: String
    /// Answers of endpoints, by the fingerprint of their request.
    public let ledger: ReplyLedger
    /// Batches of calls that endpoints work on.
    public let batches: BatchLog
    /// Vectors, by model and text.
    public let vectors: VectorCache
    /// What ran, when, and how it ended.
    public let runs: RunLog
    /// What reviewers decided.
    public let decisions: DecisionLog

    let core: StoreCore

    /// Opens the workspace's database, making it and its folder when they do not exist.
    ///
    /// - Throws: `.stopped` when another process holds it, `.configuration` when it cannot be
    ///   opened or was written by a newer version, `.badData` when it is damaged.
    public init(path: String, clock: WallClock = .system) throws(Fault) {
        let core = try StoreCore(path: path, clock: clock)
        self.core = core
        self.path = path
        ledger = ReplyLedger(core: core)
        batches = BatchLog(core: core)
        vectors = VectorCache(core: core)
        runs = RunLog(core: core)
        decisions = DecisionLog(core: core)
        try core.writeNow("noting interrupted runs") { db in
            try db.inTransaction(.immediate) {
                try RunLog.noteInterrupted(db)
                try ReplyLedger.bookOpenCalls(db)
                return .commit
            }
        }
    }

    /// What a run is given of the workspace.
    public var stores: Stores {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        return Stores(
            replies: ledger, batches: batches, vectors: vectors, answers: self,
            scratchFolder: folder.isEmpty ? "." : folder)
    }

    /// Checkpoints and closes the file and gives the lock back; later calls are faults.
    ///
    /// - Throws: `.stopped` while other calls still use the database.
    public func close() throws(Fault) {
        try core.close()
    }

    /// Refuses every page beyond the present ones, as a full disk would; for tests.
    func fillDisk(pagesLeft: Int) throws(Fault) {
        try core.writeNow("limiting") { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            _ = try Int.fetchOne(db, sql: "PRAGMA max_page_count = \(pages + pagesLeft)")
        }
    }

    /// Refuses every write, as a file system gone read-only would; for tests.
    func refuseWrites() throws(Fault) {
        try core.writeNow("limiting") { db in try db.execute(sql: "PRAGMA query_only = ON") }
    }

    /// Takes the second migration back, as a workspace of the first version is; for tests.
    func removeBatchTables() throws(Fault) {
        try core.writeNow("removing tables") { db in
            try db.execute(
                sql: """
                    DROP TABLE batches; DROP TABLE batch_calls;
                    DELETE FROM grdb_migrations WHERE identifier = '2 batches';
                    """)
        }
    }

    /// SQLite's own settings as they took effect; for tests.
    func pragma(_ name: String) throws(Fault) -> String? {
        try core.writeNow("reading settings") { db in
            try String.fetchOne(db, sql: "SELECT CAST(\(name) AS TEXT) FROM pragma_\(name)")
        }
    }

    /// Transactions and writes of the group commit so far; for tests.
    var commitCounts: (batches: Int, writes: Int) { core.group.counts }
}

/// What the typed views share: the pool, the group commit, the lock and the clock.
final class StoreCore: Sendable {
    let path: String
    let clock: WallClock
    let group: GroupCommit
    private let pool: DatabasePool
    private let replies: ReadConnection
    private let lock: WorkspaceLock

    init(path: String, clock: WallClock) throws(Fault) {
        self.path = path
        self.clock = clock
        try Self.makeFolder(of: path)
        lock = try WorkspaceLock(path: path + ".lock")
        do {
            var configuration = Configuration()
            configuration.label = "workspace"
            // Another program (a backup, a viewer) may hold the file for a moment.
            configuration.busyMode = .timeout(5)
            configuration.maximumReaderCount = 4
            pool = try DatabasePool(path: path, configuration: configuration)
            // After opening, since GRDB's pool sets NORMAL when it switches to the log.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                // 16 MB instead of 4: fewer pages are copied into the database twice.
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            }
            let migrator = Schema.migrator
            if try pool.read({ try migrator.hasBeenSuperseded($0) }) {
                throw Fault(
                    .configuration, "the workspace was written by a newer version",
                    at: .file(path), hint: "use that version, or another workspace folder")
            }
            try migrator.migrate(pool)
            replies = try ReadConnection(path: path, sql: ReplyLedger.lookup)
        } catch {
            throw StoreFaults.fault(error, doing: "opening", path: path)
        }
        group = GroupCommit(pool: pool, path: path)
    }

    /// One consistent look at the data; many run at a time and wait for no writer.
    func read<Value: Sendable>(
        _ what: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(Fault) -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw StoreFaults.fault(error, doing: what, path: path)
        }
    }

    /// The same, on the caller's thread.
    func readNow<Value>(
        _ what: String, _ body: (Database) throws -> Value
    ) throws(Fault) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw StoreFaults.fault(error, doing: what, path: path)
        }
    }

    /// The reply kept under a key, on the caller's thread.
    func reply(_ key: BoundStatement.Value) throws(Fault) -> StoredReply? {
        do {
            return try replies.first(key, ReplyLedger.decode)
        } catch {
            throw StoreFaults.fault(error, doing: "looking up a reply", path: path)
        }
    }

    /// A write of its own transaction, blocking; for opening and upkeep.
    func writeNow<Value>(
        _ what: String, _ body: (Database) throws -> Value
    ) throws(Fault) -> Value {
        do {
            return try pool.writeWithoutTransaction(body)
        } catch {
            throw StoreFaults.fault(error, doing: what, path: path)
        }
    }

    func close() throws(Fault) {
        do {
            replies.close()
            // A copy of the one file is then a copy of all. On a full disk the log stays, as safe.
            try? pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
            try pool.close()
        } catch {
            throw StoreFaults.fault(error, doing: "closing", path: path)
        }
        lock.release()
    }

    private static func makeFolder(of path: String) throws(Fault) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        var folder = ""
        for (index, part) in parts.enumerated() {
            folder += index == 0 ? String(part) : "/\(part)"
            if folder.isEmpty || mkdir(folder, 0o755) == 0 || errno == EEXIST { continue }
            if access(folder, F_OK) == 0 { continue }
            throw Fault(
                .configuration, "the workspace's folder cannot be made", at: .file(folder),
                why: String(cString: strerror(errno)))
        }
    }
}

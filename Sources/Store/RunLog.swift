internal import GRDB
public import Records

/// One run of a pipeline.
public struct RunRecord: Sendable, Equatable {
    /// How a run stands or ended.
    public enum State: String, Sendable, CaseIterable {
        case running
        case done
        /// Stopped on purpose; continues where it was.
        case stopped
        case failed
        /// Its process died; found so when the workspace was opened again.
        case interrupted
    }

    /// Counts up from 1 in a workspace, never used twice.
    public var id: Int64
    public var pipeline: String
    /// Milliseconds since 1970 UTC.
    public var startedMilliseconds: Int64
    public var finishedMilliseconds: Int64?
    public var state: State
    /// A JSON object of the runner's making.
    public var summary: String?
}

/// The runs of a workspace.
public struct RunLog: Sendable {
    let core: StoreCore

    /// Notes that a run began and returns its number.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func begin(pipeline: String) throws(Fault) -> Int64 {
        let now = core.clock.now()
        return try core.writeNow("noting a run") { db in
            try db.execute(
                sql: "INSERT INTO runs (pipeline, started, state) VALUES (?, ?, 'running')",
                arguments: [pipeline, now])
            return db.lastInsertedRowID
        }
    }

    /// Notes how a run ended.
    ///
    /// - Throws: `.defect` when no such run is under way.
    public func finish(
        _ id: Int64, state: RunRecord.State, summary: String? = nil
    ) throws(Fault) {
        let now = core.clock.now()
        try core.writeNow("noting a run's end") { db in
            try db.execute(
                sql: """
                    UPDATE runs SET finished = ?, state = ?, summary = ?
                    WHERE id = ? AND state = 'running'
                    """,
                arguments: [now, state.rawValue, summary, id])
            guard db.changesCount == 1 else {
                throw Fault(.defect, "run \(id) is not under way and cannot end")
            }
        }
    }

    /// The latest runs, newest first.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func latest(_ count: Int = 20) async throws(Fault) -> [RunRecord] {
        try await core.read("listing runs") { db in try Self.latest(count, db) }
    }

    /// The latest run of a pipeline; nil when it has none.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func latest(pipeline: String) async throws(Fault) -> RunRecord? {
        try await core.read("listing runs") { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM runs WHERE pipeline = ? ORDER BY id DESC LIMIT 1",
                arguments: [pipeline]
            ).map(Self.decode)
        }
    }

    static func latest(_ count: Int, _ db: Database) throws -> [RunRecord] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM runs ORDER BY id DESC LIMIT ?", arguments: [max(0, count)]
        ).map(decode)
    }

    private static func decode(_ row: Row) -> RunRecord {
        RunRecord(
            id: row["id"], pipeline: row["pipeline"],
            startedMilliseconds: row["started"], finishedMilliseconds: row["finished"],
            state: RunRecord.State(rawValue: row["state"]) ?? .failed, summary: row["summary"])
    }

    /// Under the workspace's lock a run that still says "running" has lost its process.
    static func noteInterrupted(_ db: Database) throws {
        try db.execute(sql: "UPDATE runs SET state = 'interrupted' WHERE state = 'running'")
    }
}

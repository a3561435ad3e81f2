internal import GRDB
public import Records
public import StoreProtocols

/// The batches in a workspace's database.
public struct BatchLog: BatchStore {
    let core: StoreCore

    public func begin(
        endpoint: String, path: String, input: SHA256.Digest,
        calls: [(key: SHA256.Digest, reservedMicrounits: Int64)]
    ) async throws(Fault) -> BatchRecord {
        let now = core.clock.now()
        let keys = calls.map { (Blob($0.key.bytes), $0.reservedMicrounits) }
        try await core.group.write("noting a batch") { db, _ in
            try db.execute(
                sql: """
                    INSERT INTO batches (endpoint, path, input, state, calls, created, changed)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    endpoint, path, Blob(input.bytes), BatchRecord.State.submitting.rawValue,
                    keys.count, now, now,
                ])
            let number = db.lastInsertedRowID
            let call = try db.cachedStatement(
                sql: "INSERT INTO batch_calls (key, batch) VALUES (?, ?)")
            let intent = try db.cachedStatement(
                sql: """
                    INSERT OR REPLACE INTO intents (key, attempt, reserved_microunits, created)
                    VALUES (?, (SELECT coalesce(max(attempt), 0) + 1 FROM intents WHERE key = ?),
                        ?, ?)
                    """)
            for (key, reserved) in keys {
                try call.execute(arguments: [key, number])
                try intent.execute(arguments: [key, key, reserved, now])
            }
        }
        let found = try await core.read("looking up a batch") { db in
            try Row.fetchOne(
                db,
                sql: """
                    SELECT * FROM batches WHERE endpoint = ? AND input = ? AND state = ?
                    ORDER BY number DESC LIMIT 1
                    """,
                arguments: [
                    endpoint, Blob(input.bytes), BatchRecord.State.submitting.rawValue,
                ]
            ).map(Self.decode)
        }
        guard let found else { throw Fault(.defect, "a batch that was noted is not there") }
        return found
    }

    public func update(_ batch: BatchRecord) async throws(Fault) {
        let now = core.clock.now()
        try await core.group.write("noting a batch") { db, _ in
            try db.execute(
                sql: """
                    UPDATE batches SET file = ?, remote = ?, state = ?, changed = ?
                    WHERE number = ?
                    """,
                arguments: [batch.file, batch.remote, batch.state.rawValue, now, batch.number])
        }
    }

    public func finish(_ batch: BatchRecord) async throws(Fault) -> Int {
        let now = core.clock.now()
        let number = batch.number
        try await core.group.write("ending a batch") { db, _ in
            try Self.dropIntents(number, db)
            try db.execute(
                sql: """
                    DELETE FROM batch_calls WHERE key IN (
                        SELECT c.key FROM batch_calls c JOIN replies r ON r.key = c.key
                        WHERE c.batch = ?)
                    """,
                arguments: [number])
            try db.execute(
                sql: """
                    UPDATE batches SET state = ?, changed = ?, answered =
                        calls - (SELECT count(*) FROM batch_calls WHERE batch = number)
                    WHERE number = ?
                    """,
                arguments: [BatchRecord.State.over.rawValue, now, number])
        }
        return try await core.read("counting a batch") { db in
            try Int.fetchOne(
                db, sql: "SELECT answered FROM batches WHERE number = ?", arguments: [number]) ?? 0
        }
    }

    public func abandon(_ batch: BatchRecord) async throws(Fault) {
        let number = batch.number
        try await core.group.write("dropping a batch") { db, _ in
            try Self.dropIntents(number, db)
            try db.execute(sql: "DELETE FROM batch_calls WHERE batch = ?", arguments: [number])
            try db.execute(sql: "DELETE FROM batches WHERE number = ?", arguments: [number])
        }
    }

    public func open(endpoint: String) async throws(Fault) -> [BatchRecord] {
        try await core.read("listing batches") { db in try Self.open(endpoint, db) }
    }

    public func openNow(endpoint: String) throws(Fault) -> [BatchRecord] {
        try core.writeNow("listing batches") { db in try Self.open(endpoint, db) }
    }

    private static func open(_ endpoint: String, _ db: Database) throws -> [BatchRecord] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM batches WHERE endpoint = ? AND state <> ? ORDER BY number",
            arguments: [endpoint, BatchRecord.State.over.rawValue]
        ).map(decode)
    }

    /// Every batch, newest first.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func latest(_ count: Int = 20) async throws(Fault) -> [BatchRecord] {
        try await core.read("listing batches") { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM batches ORDER BY number DESC LIMIT ?",
                arguments: [max(0, count)]
            ).map(Self.decode)
        }
    }

    public func keys(
        of batch: BatchRecord
    ) async throws(Fault) -> (all: Set<SHA256.Digest>, open: Set<SHA256.Digest>) {
        let number = batch.number
        return try await core.read("listing a batch's calls") { db in
            func keys(_ sql: String) throws -> Set<SHA256.Digest> {
                let blobs = try Blob.fetchAll(db, sql: sql, arguments: [number])
                return Set(blobs.compactMap { SHA256.Digest(kept: $0.bytes) })
            }
            return (
                try keys("SELECT key FROM batch_calls WHERE batch = ?"),
                try keys(
                    """
                    SELECT key FROM batch_calls c WHERE batch = ?
                        AND NOT EXISTS (SELECT 1 FROM replies r WHERE r.key = c.key)
                    """)
            )
        }
    }

    public func remotes(endpoint: String) async throws(Fault) -> Set<String> {
        try await core.read("listing batches") { db in
            try String.fetchSet(
                db, sql: "SELECT remote FROM batches WHERE endpoint = ? AND remote IS NOT NULL",
                arguments: [endpoint])
        }
    }

    public func attempts(
        of keys: [SHA256.Digest]
    ) async throws(Fault) -> [SHA256.Digest: Int] {
        try await core.read("counting tries") { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT count(*) FROM batch_calls c JOIN batches b ON b.number = c.batch
                    WHERE c.key = ? AND b.state = 'over'
                    """)
            var counts: [SHA256.Digest: Int] = [:]
            for key in keys {
                let count = try Int.fetchOne(statement, arguments: [Blob(key.bytes)]) ?? 0
                if count > 0 { counts[key] = count }
            }
            return counts
        }
    }

    public func forgetAttempts(of keys: [SHA256.Digest]) async throws(Fault) {
        try await core.group.write("forgetting tries") { db, _ in
            let statement = try db.cachedStatement(
                sql: """
                    DELETE FROM batch_calls WHERE key = ? AND batch IN
                        (SELECT number FROM batches WHERE state = 'over')
                    """)
            for key in keys { try statement.execute(arguments: [Blob(key.bytes)]) }
        }
    }

    private static func dropIntents(_ number: Int64, _ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM intents WHERE key IN (SELECT key FROM batch_calls WHERE batch = ?)",
            arguments: [number])
    }

    /// All that are not over, oldest first.
    static func open(_ db: Database) throws -> [BatchRecord] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM batches WHERE state <> ? ORDER BY number",
            arguments: [BatchRecord.State.over.rawValue]
        ).map(decode)
    }

    private static func decode(_ row: Row) throws -> BatchRecord {
        let input: Blob = row["input"]
        guard let state = BatchRecord.State(rawValue: row["state"]),
            let digest = SHA256.Digest(kept: input.bytes)
        else { throw Fault(.badData, "a stored batch has a state this version does not know") }
        return BatchRecord(
            number: row["number"], endpoint: row["endpoint"], path: row["path"], input: digest,
            file: row["file"], remote: row["remote"], state: state, calls: row["calls"],
            answered: row["answered"], createdMilliseconds: row["created"],
            changedMilliseconds: row["changed"])
    }
}

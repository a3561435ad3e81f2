internal import GRDB
internal import GRDBSQLite
internal import Synchronization

/// A connection of its own for one lookup by key, on the caller's thread.
///
/// Every call begins with one, and most find nothing. GRDB's pool, a queue and two changes of
/// thread, would cost several times what the lookup itself does (measured, Benchmarks/endpoint).
final class ReadConnection: Sendable {
    /// SQLite's handles, used by whoever holds the lock, and closed with the last owner.
    private struct Handles: ~Copyable {
        let database: OpaquePointer
        let statement: OpaquePointer

        init(path: String, sql: String) throws {
            var database: OpaquePointer?
            var statement: OpaquePointer?
            var code = sqlite3_open_v2(
                path, &database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
            if code == SQLITE_OK { code = sqlite3_busy_timeout(database, 5000) }
            if code == SQLITE_OK {
                code = sqlite3_prepare_v3(
                    database, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
            }
            guard code == SQLITE_OK, let database, let statement else {
                let error = DatabaseError(
                    resultCode: ResultCode(rawValue: code),
                    message: database.map { String(cString: sqlite3_errmsg($0)) })
                sqlite3_close_v2(database)
                throw error
            }
            (self.database, self.statement) = (database, statement)
        }

        deinit {
            sqlite3_finalize(statement)
            sqlite3_close_v2(database)
        }
    }

    private let handles: Mutex<Handles?>

    init(path: String, sql: String) throws {
        handles = Mutex(try Handles(path: path, sql: sql))
    }

    /// The row of that key as of now: one statement is its own transaction and sees every commit
    /// before it.
    func first<Result: Sendable>(
        _ key: BoundStatement.Value,
        _ read: @Sendable (BoundStatement.Columns) throws -> Result
    ) throws -> Result? {
        try handles.withLock { handles throws in
            guard let statement = handles?.statement else {
                throw DatabaseError(resultCode: .SQLITE_MISUSE, message: "it was closed")
            }
            return try BoundStatement(raw: statement).first([key], read)
        }
    }

    /// Later lookups are faults.
    func close() { handles.withLock { $0 = nil } }
}

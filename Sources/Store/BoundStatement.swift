internal import GRDB
internal import GRDBSQLite
internal import Records

/// One of GRDB's prepared statements, bound and stepped through SQLite's own functions.
///
/// For the statements that run for every call: GRDB's arguments and rows go through `Data` and a
/// box a value, which costs more than SQLite itself (measured, Benchmarks/endpoint). Everything
/// else in the store uses GRDB's own words.
struct BoundStatement {
    private let raw: OpaquePointer

    /// One that somebody else prepared, and keeps.
    init(raw: OpaquePointer) { self.raw = raw }

    /// Prepared once a connection, by GRDB's cache.
    init(_ sql: String, _ database: Database) throws {
        raw = try database.cachedStatement(sql: sql).sqliteStatement
    }

    /// A value of a column or a parameter.
    enum Value {
        case null
        case integer(Int64)
        case text(String)
        case blob([UInt8])

        static func optional(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
        static func optional(_ number: Int?) -> Value {
            number.map { .integer(Int64($0)) } ?? .null
        }
    }

    /// Runs a statement that has no rows.
    func execute(_ values: [Value]) throws {
        _ = try first(values) { _ in }
    }

    /// Reads the first row, if there is one.
    func first<Result>(_ values: [Value], _ read: (Columns) throws -> Result) throws -> Result? {
        sqlite3_reset(raw)
        defer {
            sqlite3_reset(raw)
            // What was bound may be large, and a statement lives as long as the connection.
            sqlite3_clear_bindings(raw)
        }
        for index in values.indices { try bind(values[index], Int32(index + 1)) }
        switch sqlite3_step(raw) {
        case SQLITE_ROW: return try read(Columns(raw: raw))
        case SQLITE_DONE: return nil
        case let code: throw failure(code)
        }
    }

    private func bind(_ value: Value, _ index: Int32) throws {
        // SQLite copies what it is given: SQLITE_TRANSIENT, which C spells as the pointer -1.
        let copies = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let code =
            switch value {
            case .null: sqlite3_bind_null(raw, index)
            case .integer(let number): sqlite3_bind_int64(raw, index, number)
            // With its length: a text may hold a NUL, which would end it.
            case .text(let text):
                sqlite3_bind_text64(
                    raw, index, text, UInt64(text.utf8.count), copies, UInt8(SQLITE_UTF8))
            case .blob(let bytes):
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(raw, index, 0)
                    : sqlite3_bind_blob64(raw, index, bytes, UInt64(bytes.count), copies)
            }
        if code != SQLITE_OK { throw failure(code) }
    }

    /// Without the SQL and its arguments, which may carry a row's text.
    private func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code),
            message: String(cString: sqlite3_errmsg(sqlite3_db_handle(raw))))
    }

    /// The columns of one row, from 0; valid while it is the current one.
    struct Columns {
        fileprivate let raw: OpaquePointer

        func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(raw, column)) }

        func optionalInteger(_ column: Int32) -> Int? {
            isNull(column) ? nil : integer(column)
        }

        func text(_ column: Int32) -> String? {
            guard let start = sqlite3_column_text(raw, column) else { return nil }
            let count = Int(sqlite3_column_bytes(raw, column))
            return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
        }

        func blob(_ column: Int32) -> [UInt8] {
            guard let start = sqlite3_column_blob(raw, column) else { return [] }
            let count = Int(sqlite3_column_bytes(raw, column))
            return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
        }

        private func isNull(_ column: Int32) -> Bool {
            sqlite3_column_type(raw, column) == SQLITE_NULL
        }
    }
}

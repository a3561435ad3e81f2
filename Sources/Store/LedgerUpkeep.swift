internal import GRDB
public import Records
public import StoreProtocols

/// What a cache holds: `curate cache stats`.
public struct CacheStatistics: Sendable, Equatable {
    public var entries: Int
    /// Bytes of the bodies or vectors themselves.
    public var bytes: Int
    /// Milliseconds since 1970 UTC; nil when there is nothing.
    public var oldestMilliseconds: Int64?
    public var newestMilliseconds: Int64?
}

extension ReplyLedger {
    /// Entries and bytes of the stored replies.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func statistics() async throws(Fault) -> CacheStatistics {
        try await core.read("counting replies") { db in
            try CacheStatistics.of(table: "replies", bytes: "body", db)
        }
    }

    /// Stored replies by state, every state named.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func countsByState() async throws(Fault) -> [StoredReply.State: Int] {
        try await core.read("counting replies") { db in
            var counts: [StoredReply.State: Int] = [:]
            for state in StoredReply.State.allCases { counts[state] = 0 }
            let rows = try Row.fetchAll(
                db, sql: "SELECT state, count(*) AS count FROM replies GROUP BY state")
            for row in rows {
                if let state = StoredReply.State(rawValue: row["state"]) {
                    counts[state] = row["count"]
                }
            }
            return counts
        }
    }

    /// Forgets replies and open intents older than a moment; whoever asks again pays again.
    ///
    /// - Parameter milliseconds: since 1970 UTC.
    /// - Returns: how many replies were forgotten.
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    @discardableResult
    public func prune(olderThan milliseconds: Int64) throws(Fault) -> Int {
        try core.writeNow("forgetting old replies") { db in
            try db.execute(
                sql: "DELETE FROM intents WHERE created < ?", arguments: [milliseconds])
            try db.execute(
                sql: "DELETE FROM replies WHERE created < ?", arguments: [milliseconds])
            return db.changesCount
        }
    }
}

extension CacheStatistics {
    /// Names of table and column are ours, never a user's.
    static func of(table: String, bytes column: String, _ db: Database) throws -> CacheStatistics {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT count(*) AS entries, coalesce(sum(length(\(column))), 0) AS bytes,
                    min(created) AS oldest, max(created) AS newest
                FROM \(table)
                """)
        return CacheStatistics(
            entries: row?["entries"] ?? 0, bytes: row?["bytes"] ?? 0,
            oldestMilliseconds: row?["oldest"], newestMilliseconds: row?["newest"])
    }
}

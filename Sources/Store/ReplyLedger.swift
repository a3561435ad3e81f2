internal import GRDB
public import Records
public import StoreProtocols

/// The replies and intents in a workspace's database.
public struct ReplyLedger: ReplyStore {
    let core: StoreCore

    /// Read on the caller's thread: a lookup takes microseconds, a change of threads more.
    public func reply(for key: SHA256.Digest) async throws(Fault) -> StoredReply? {
        try core.reply(.blob(key.bytes))
    }

    public func recordIntent(
        key: SHA256.Digest, reservedMicrounits: Int64 = 0
    ) async throws(Fault) {
        let now = core.clock.now()
        try await core.group.write("noting a call") { db, _ in
            try BoundStatement(Self.intent, db).execute([
                .blob(key.bytes), .integer(reservedMicrounits), .integer(now),
            ])
        }
    }

    public func recordReply(
        _ reply: StoredReply, for key: SHA256.Digest, bill: Bill? = nil
    ) async throws(Fault) {
        let now = core.clock.now()
        try await core.group.write("storing a reply") { db, tally in
            try BoundStatement(Self.insertion, db).execute([
                .blob(key.bytes), .text(reply.state.rawValue), .optional(reply.httpStatus),
                .blob(reply.body), .optional(reply.model), .optional(reply.promptTokens),
                .optional(reply.completionTokens), .integer(reply.costMicrounits),
                .optional(reply.attempts), .optional(reply.reason), .integer(now),
            ])
            try Self.dropIntents(key, db)
            if let bill { tally.add(bill, now: now) }
        }
    }

    public func clearIntents(
        key: SHA256.Digest, bill: Bill? = nil, isExposed: Bool = false
    ) async throws(Fault) {
        let now = core.clock.now()
        try await core.group.write("clearing a call") { db, tally in
            if isExposed {
                try db.cachedStatement(
                    sql: "UPDATE intents SET reserved_microunits = -1 WHERE key = ?"
                ).execute(arguments: [Blob(key.bytes)])
            } else {
                try Self.dropIntents(key, db)
            }
            if let bill { tally.add(bill, now: now) }
        }
    }

    /// The number of requests that were sent, or about to be, and have no reply kept.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func exposedCount() async throws(Fault) -> Int {
        try await core.read("counting open calls") { db in
            try Int.fetchOne(db, sql: "SELECT count(DISTINCT key) FROM intents") ?? 0
        }
    }

    /// Forgets the replies in one state, so that the next run asks again: `curate retry`.
    ///
    /// - Returns: how many were forgotten.
    @discardableResult
    public func forget(_ state: StoredReply.State) throws(Fault) -> Int {
        try core.writeNow("forgetting replies") { db in
            try db.execute(
                sql: "DELETE FROM replies WHERE state = ?", arguments: [state.rawValue])
            return db.changesCount
        }
    }

    public func restate(
        _ keys: [SHA256.Digest], as state: StoredReply.State
    ) async throws(Fault) {
        try await core.group.write("noting how a question ended") { db, _ in
            for key in keys {
                try BoundStatement(Self.restatement, db).execute([
                    .blob(key.bytes), .text(state.rawValue),
                ])
            }
        }
    }

    public func forget(_ keys: [SHA256.Digest]) async throws(Fault) {
        try await core.group.write("forgetting replies") { db, _ in
            for key in keys {
                try BoundStatement("DELETE FROM replies WHERE key = ?", db).execute([
                    .blob(key.bytes)
                ])
            }
        }
    }

    private static let restatement = """
        UPDATE replies SET state = ?2 WHERE key = ?1 AND state IN ('answered', 'invalid')
        """

    static let lookup = """
        SELECT state, http_status, body, model, prompt_tokens, completion_tokens,
            cost_microunits, attempts, reason
        FROM replies WHERE key = ?
        """

    private static let intent = """
        INSERT OR REPLACE INTO intents (key, attempt, reserved_microunits, created)
        VALUES (?1, (SELECT coalesce(max(attempt), 0) + 1 FROM intents WHERE key = ?1), ?2, ?3)
        """

    private static let insertion = """
        INSERT OR IGNORE INTO replies (key, state, http_status, body, model, prompt_tokens,
            completion_tokens, cost_microunits, attempts, reason, created)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    static func holds(_ key: SHA256.Digest, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM replies WHERE key = ?)"),
            arguments: [Blob(key.bytes)]) ?? false
    }

    private static func dropIntents(_ key: SHA256.Digest, _ db: Database) throws {
        try BoundStatement("DELETE FROM intents WHERE key = ?", db).execute([.blob(key.bytes)])
    }

    /// An unknown state is a fault rather than "no reply": asking again would pay again.
    static func decode(_ row: BoundStatement.Columns) throws -> StoredReply {
        guard let state = row.text(0).flatMap(StoredReply.State.init(rawValue:)) else {
            throw Fault(.badData, "a stored reply has a state this version does not know")
        }
        return StoredReply(
            state: state, httpStatus: row.integer(1), body: row.blob(2), model: row.text(3),
            promptTokens: row.optionalInteger(4), completionTokens: row.optionalInteger(5),
            costMicrounits: Int64(row.integer(6)), attempts: row.integer(7), reason: row.text(8))
    }
}

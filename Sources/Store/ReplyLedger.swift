internal import GRDB
public import Records

/// What an endpoint said to one request, as it came.
public struct StoredReply: Sendable, Equatable {
    /// How a call ended; every state is final, so that no answered call is ever paid again.
    public enum State: String, Sendable, CaseIterable {
        /// A complete answer.
        case answered
        /// The model or its filter declined: a result, and a signal for labelling.
        case refused
        /// Cut at the token limit.
        case truncated
        /// Paid for, but not of the form that was asked for.
        case invalid
        /// The endpoint can never answer this request (too long, say); see `reason`.
        case dead
    }

    public var state: State
    public var httpStatus: Int
    /// The raw reply, so that a better parser can read it again for nothing.
    public var body: [UInt8]
    /// The model that answered, in the endpoint's words.
    public var model: String?
    public var promptTokens: Int?
    public var completionTokens: Int?
    /// Millionths of the endpoint's currency.
    public var costMicrounits: Int64
    /// Sends it took, this one included.
    public var attempts: Int
    /// Why it is dead: a code, never text.
    public var reason: String?

    public init(
        state: State, httpStatus: Int, body: [UInt8], model: String? = nil,
        promptTokens: Int? = nil, completionTokens: Int? = nil, costMicrounits: Int64 = 0,
        attempts: Int = 1, reason: String? = nil
    ) {
        self.state = state
        self.httpStatus = httpStatus
        self.body = body
        self.model = model
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.costMicrounits = costMicrounits
        self.attempts = attempts
        self.reason = reason
    }
}

/// The replies that were paid for, and the calls that may have been.
///
/// Before each send an intent is made durable; the reply replaces it. After a kill the intents
/// left over are exactly the calls that may have been paid for without an answer kept.
public struct ReplyLedger: Sendable {
    let core: StoreCore

    /// The reply to the request with this fingerprint, if one is kept.
    ///
    /// Read on the caller's thread: a lookup takes microseconds, a change of threads more.
    public func reply(for key: SHA256.Digest) async throws(Fault) -> StoredReply? {
        try core.reply(.blob(key.bytes))
    }

    /// Makes durable that a send is about to happen; when this throws, do not send.
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

    /// Makes a reply durable and takes its request's intents away, in one transaction.
    ///
    /// The first reply to a request stays: what was once read is read again the same.
    ///
    /// - Parameter bill: what all sends of the call took; goes to the account.
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

    /// Takes away a request's intents once it is known that none of its sends was paid for.
    ///
    /// - Parameters:
    ///   - bill: what all sends of the call took; goes to the account.
    ///   - isExposed: some send may have been carried out: the intents stay, as booked.
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

    /// Gives replies that were paid for another state, once it is known what became of their
    /// question: `answered` or `invalid`; replies in any third state stay as they are.
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

    /// Forgets single replies, so that the next run asks again.
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

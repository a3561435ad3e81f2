internal import GRDB
public import Records

/// What a reviewer said about one record and category.
public struct ReviewDecision: Sendable, Equatable {
    /// The record's id.
    public var record: String
    public var category: String
    /// The reviewer's word: a label or an action, defined by the review page.
    public var decision: String
    public var who: String
    /// Milliseconds since 1970 UTC.
    public var madeMilliseconds: Int64

    public init(
        record: String, category: String, decision: String, who: String,
        madeMilliseconds: Int64
    ) {
        self.record = record
        self.category = category
        self.decision = decision
        self.who = who
        self.madeMilliseconds = madeMilliseconds
    }
}

/// Review decisions, append-only: a change of mind is a new row, and the latest one counts.
public struct DecisionLog: Sendable {
    let core: StoreCore

    /// Makes decisions durable, all or none.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func append(_ decisions: [ReviewDecision]) async throws(Fault) {
        if decisions.isEmpty { return }
        try await core.group.write("storing decisions") { db, _ in
            let statement = try db.cachedStatement(
                sql: """
                    INSERT INTO decisions (record, category, decision, who, made)
                    VALUES (?, ?, ?, ?, ?)
                    """)
            for decision in decisions {
                try statement.execute(arguments: [
                    decision.record, decision.category, decision.decision, decision.who,
                    decision.madeMilliseconds,
                ])
            }
        }
    }

    /// The decision that counts for every record and category, by record, then category.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func current() async throws(Fault) -> [ReviewDecision] {
        try await core.read("reading decisions") { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM decisions WHERE number IN
                        (SELECT max(number) FROM decisions GROUP BY record, category)
                    ORDER BY record, category
                    """
            ).map(Self.decode)
        }
    }

    /// Everything that was said about a record, oldest first.
    ///
    /// - Throws: `stopped` where the store cannot be read or written for now, `badData` where it is
    ///   damaged.
    public func history(of record: String) async throws(Fault) -> [ReviewDecision] {
        try await core.read("reading decisions") { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM decisions WHERE record = ? ORDER BY number",
                arguments: [record]
            ).map(Self.decode)
        }
    }

    private static func decode(_ row: Row) -> ReviewDecision {
        ReviewDecision(
            record: row["record"], category: row["category"], decision: row["decision"],
            who: row["who"], madeMilliseconds: row["made"])
    }
}

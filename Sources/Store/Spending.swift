internal import GRDB
public import Records

/// What calls took from a budget.
public struct Spending: Sendable, Equatable {
    /// Sends, repeated ones included.
    public var calls: Int
    /// Prompt and completion together.
    public var tokens: Int
    /// Millionths of the endpoint's currency.
    public var microunits: Int64
    /// Of the calls: those whose reply did not say what it used, so that our estimate stands.
    public var estimated: Int

    public init(calls: Int = 0, tokens: Int = 0, microunits: Int64 = 0, estimated: Int = 0) {
        self.calls = calls
        self.tokens = tokens
        self.microunits = microunits
        self.estimated = estimated
    }

    /// Sums stop at the largest number there is: absurd prices must not end a run.
    mutating func add(_ other: Spending) {
        calls += other.calls
        tokens = Self.saturating(tokens, other.tokens)
        microunits = Self.saturating(microunits, other.microunits)
        estimated += other.estimated
    }

    private static func saturating<Number: FixedWidthInteger>(_ a: Number, _ b: Number) -> Number {
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? .max : sum
    }
}

/// What one call took, and from which endpoint's budget.
public struct Bill: Sendable, Equatable {
    public var endpoint: String
    public var spending: Spending

    public init(endpoint: String, spending: Spending) {
        self.endpoint = endpoint
        self.spending = spending
    }
}

/// Tells what was spent.
public protocol SpendingAccount: Sendable {
    /// What the runs from `run` on spent at an endpoint.
    func spent(sinceRun run: Int64, endpoint: String?) throws(Fault) -> Spending
    /// What was spent at an endpoint since a moment, in milliseconds since 1970 UTC.
    func spent(sinceMilliseconds milliseconds: Int64, endpoint: String?) throws(Fault) -> Spending
    /// The first of the runs of a pipeline since its last finished one.
    func firstOfSeries(pipeline: String) throws(Fault) -> Int64
}

extension WorkspaceStore: SpendingAccount {
    public func spent(sinceRun run: Int64, endpoint: String?) throws(Fault) -> Spending {
        try ledger.spent(sinceRun: run, endpoint: endpoint)
    }

    public func spent(
        sinceMilliseconds milliseconds: Int64, endpoint: String?
    ) throws(Fault) -> Spending {
        try ledger.spent(sinceMilliseconds: milliseconds, endpoint: endpoint)
    }

    public func firstOfSeries(pipeline: String) throws(Fault) -> Int64 {
        try runs.firstOfSeries(pipeline: pipeline)
    }
}

/// The account: apart from the replies, since what was spent stays spent when these are forgotten.
///
/// One row for each hour, run and endpoint, written in the transaction that ends the call. So a
/// budget holds over a run and its resumes, a day or a month, whoever was killed in between.
extension ReplyLedger {
    /// What the runs from `run` on spent at an endpoint, calls that a kill left open included.
    ///
    /// - Parameters:
    ///   - endpoint: nil for all.
    ///   - run: of ``RunLog/firstOfSeries(pipeline:)``, say.
    public func spent(sinceRun run: Int64, endpoint: String? = nil) throws(Fault) -> Spending {
        try spent("run >= ?", run, endpoint)
    }

    /// What was spent at an endpoint since a moment, to the hour in which it lies.
    ///
    /// - Parameter milliseconds: since 1970 UTC.
    public func spent(
        sinceMilliseconds milliseconds: Int64, endpoint: String? = nil
    ) throws(Fault) -> Spending {
        try spent("hour >= ?", Self.hour(milliseconds), endpoint)
    }

    private func spent(
        _ condition: String, _ from: Int64, _ endpoint: String?
    ) throws(Fault) -> Spending {
        try core.writeNow("adding up what was spent") { db in
            try Self.sum(condition, from, endpoint, db)
        }
    }

    static func sum(
        _ condition: String, _ from: Int64, _ endpoint: String?, _ db: Database
    ) throws -> Spending {
        // An open call of a killed process does not tell its endpoint: it counts for each.
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT calls, tokens, microunits, estimated FROM spending
                WHERE \(condition) AND (? IS NULL OR endpoint IN (?, ''))
                """, arguments: [from, endpoint, endpoint])
        var sum = Spending()
        for row in rows {
            sum.add(
                Spending(
                    calls: row["calls"], tokens: row["tokens"], microunits: row["microunits"],
                    estimated: row["estimated"]))
        }
        return sum
    }

    /// Books the calls that a killed process left open, once: they may have been paid for.
    ///
    /// A reservation of -1 is one that was booked. What a batch carries that is still out is booked
    /// with its replies. Before the new run begins, so that it counts
    /// for the run that was killed.
    static func bookOpenCalls(_ db: Database) throws {
        let open = """
            reserved_microunits >= 0 AND key NOT IN (
                SELECT key FROM batch_calls JOIN batches ON batches.number = batch_calls.batch
                WHERE batches.state <> 'over')
            """
        let rows = try Row.fetchAll(
            db,
            sql: "SELECT created, reserved_microunits AS reserved FROM intents WHERE \(open)")
        var tally = SpendingTally()
        for row in rows {
            let spending = Spending(calls: 1, microunits: row["reserved"])
            tally.add(Bill(endpoint: "", spending: spending), now: row["created"])
        }
        try tally.book(db)
        try db.execute(sql: "UPDATE intents SET reserved_microunits = -1 WHERE \(open)")
    }

    static func hour(_ milliseconds: Int64) -> Int64 { milliseconds / 3_600_000 }
}

extension RunLog {
    /// The first of the runs of a pipeline since its last finished one: a run and its resumes.
    ///
    /// 0 when there is none.
    public func firstOfSeries(pipeline: String) throws(Fault) -> Int64 {
        try core.writeNow("looking for a run's beginning") { db in
            try Self.firstOfSeries(pipeline, db)
        }
    }

    static func firstOfSeries(_ pipeline: String, _ db: Database) throws -> Int64 {
        try Int64.fetchOne(
            db,
            sql: """
                SELECT coalesce(min(id), 0) FROM runs WHERE pipeline = ? AND id > (
                    SELECT coalesce(max(id), 0) FROM runs WHERE pipeline = ? AND state = 'done')
                """, arguments: [pipeline, pipeline]) ?? 0
    }
}

internal import GRDB
public import Records
public import StoreProtocols

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

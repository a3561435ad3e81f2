internal import GRDB
internal import StoreProtocols

/// What a transaction's calls took, added up before it is booked: a statement for each account
/// instead of one for each call.
struct SpendingTally {
    private var accounts: [(hour: Int64, endpoint: String, spending: Spending)] = []

    /// - Parameter now: when the call ended, milliseconds since 1970 UTC.
    mutating func add(_ bill: Bill, now: Int64) {
        if bill.spending == Spending() { return }
        let hour = ReplyLedger.hour(now)
        // One or two: an endpoint, and rarely a change of the hour.
        let known = accounts.firstIndex { $0.hour == hour && $0.endpoint == bill.endpoint }
        if let known {
            accounts[known].spending.add(bill.spending)
        } else {
            accounts.append((hour, bill.endpoint, bill.spending))
        }
    }

    /// Adds everything to the accounts of the latest run.
    func book(_ db: Database) throws {
        for (hour, endpoint, spending) in accounts {
            try BoundStatement(Self.addition, db).execute([
                .integer(hour), .text(endpoint), .integer(Int64(spending.calls)),
                .integer(min(Int64(spending.tokens), Self.largest)),
                .integer(min(spending.microunits, Self.largest)),
                .integer(Int64(spending.estimated)),
            ])
        }
    }

    /// A quarter of what a column holds, so that no sum of two overflows.
    private static let largest = Int64.max / 4

    /// The bounds keep absurd prices from overflowing the table; it must take every reply.
    private static let addition = """
        INSERT INTO spending (hour, run, endpoint, calls, tokens, microunits, estimated)
        VALUES (?, (SELECT coalesce(max(id), 0) FROM runs), ?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET calls = calls + excluded.calls,
            tokens = min(tokens + excluded.tokens, \(largest)),
            microunits = min(microunits + excluded.microunits, \(largest)),
            estimated = estimated + excluded.estimated
        """
}

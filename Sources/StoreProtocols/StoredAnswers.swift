public import Records

/// Tells what was spent.
///
/// - Throws: As the methods of ``ReplyStore``.
public protocol SpendingAccount: Sendable {
    /// What the runs from `run` on spent at an endpoint, calls that a kill left open included.
    ///
    /// - Parameter endpoint: nil for all.
    func spent(sinceRun run: Int64, endpoint: String?) throws(Fault) -> Spending

    /// What was spent at an endpoint since a moment, to the hour in which it lies.
    ///
    /// - Parameters:
    ///   - milliseconds: Since 1970 UTC.
    ///   - endpoint: nil for all.
    func spent(sinceMilliseconds milliseconds: Int64, endpoint: String?) throws(Fault) -> Spending

    /// The first of the runs of a pipeline since its last finished one: a run and its resumes.
    ///
    /// Beyond every run when the next one begins a series of its own.
    func firstOfSeries(pipeline: String) throws(Fault) -> Int64
}

/// Tells what is held already, without changing it: for a plan, and for the budget of a run.
///
/// - Throws: As the methods of ``ReplyStore``.
public protocol StoredAnswers: SpendingAccount {
    /// Whether the request with this fingerprint was answered.
    func holds(_ key: SHA256.Digest) throws(Fault) -> Bool

    /// Whether a vector is kept for the text with this digest; see ``VectorStore``.
    func holdsVector(of text: SHA256.Digest, model: SHA256.Digest) throws(Fault) -> Bool
}

/// A number of `stats.json` that the program reads again: for the summary of a run, or for `retry`.
///
/// Whoever counts and whoever reads name the same declaration, so that a counter that is renamed in
/// one place alone does not compile. Numbers that only people and their scripts read are counted
/// under a plain name.
public struct Counter: Hashable, Sendable {
    /// The key in `stats.json`.
    public let name: String

    private init(_ name: String) { self.name = name }
}

/// What a stage asked of an endpoint.
extension Counter {
    /// Requests that went out, repeated ones among them.
    public static let calls = Counter("calls")
    /// Answers that were stored before.
    public static let cached = Counter("cached")
    public static let answered = Counter("answered")
    /// Calls that the model or the endpoint's filter refused.
    public static let refused = Counter("refused")
    /// Calls without a usable answer.
    public static let failed = Counter("failed")
    public static let promptTokens = Counter("prompt_tokens")
    public static let completionTokens = Counter("completion_tokens")
    /// Prompts and answers together.
    public static let tokens = Counter("tokens")
    /// In the currency of the price table.
    public static let money = Counter("money")
    /// Calls that a batch answered.
    public static let batchCalls = Counter("batch_calls")
    /// Batches that this run sent.
    public static let batches = Counter("batches")
}

/// What was foreseen for a stage before the run.
extension Counter {
    public static let plannedCalls = Counter("planned_calls")
    public static let plannedTokens = Counter("planned_tokens")
    public static let plannedMoney = Counter("planned_money")
}

/// Rows without a usable answer, by reason: a family of counters.
extension Counter {
    /// The reason of rows that an endpoint that was down left without a reply.
    public static let unavailable = "unavailable"

    private static let failedRowsPrefix = "failed."

    public static func failedRows(_ reason: String) -> Counter {
        Counter(failedRowsPrefix + reason)
    }

    /// The reason that a counter of ``failedRows(_:)`` is about; nil for another counter.
    static func failureReason(_ name: String) -> String? {
        name.hasPrefix(failedRowsPrefix) ? String(name.dropFirst(failedRowsPrefix.count)) : nil
    }
}

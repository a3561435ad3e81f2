internal import Pipeline
internal import Records

/// What is said of a stage whose calls went out as batches.
enum BatchWords {
    /// nil for a stage that asked otherwise, or asked nothing.
    static func line(_ statistics: StageStatistics) -> String? {
        let counters = statistics.counters
        guard let calls = counters["batch_calls"] else { return nil }
        let sent = Int(counters["batches"] ?? 0)
        return "asked as a batch: \(Words.count(Int(calls), "call")) answered, "
            + (sent > 0
                ? "\(Words.count(sent, "batch", "batches")) sent" : "sent by an earlier run")
    }
}

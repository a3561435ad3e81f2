internal import Pipeline
internal import Records
internal import StoreProtocols

/// What is said of calls that go out as batches.
enum BatchWords {
    /// A batch that is with its provider: `batch out: batch_7 with 120 calls of main some-model,
    /// since 2026-11-30 08:37:52 UTC; the provider has until 2026-12-01 08:37:52 UTC`.
    static func line(_ batch: BatchRecord) -> String {
        let name = batch.remote ?? "a batch whose name is not known"
        return
            "batch out: \(name) with \(NumberFormat.count(batch.calls, "call")) of "
            + "\(batch.endpoint), "
            + "since \(DateFormat.text(milliseconds: batch.createdMilliseconds)) UTC; the provider "
            + "has until \(DateFormat.text(milliseconds: batch.dueMilliseconds)) UTC"
    }

    static func object(_ batch: BatchRecord) -> [UInt8] {
        var object = JSONObject()
        object["batch"] = JSONOutput.string(batch.remote)
        object["endpoint"] = .string(batch.endpoint)
        object["calls"] = .integer(batch.calls)
        object["since"] = .string(DateFormat.text(milliseconds: batch.createdMilliseconds))
        object["until"] = .string(DateFormat.text(milliseconds: batch.dueMilliseconds))
        return object.bytes
    }

    /// Of a finished stage; nil for one that asked otherwise, or asked nothing.
    static func line(_ statistics: StageStatistics) -> String? {
        guard let calls = statistics[.batchCalls] else { return nil }
        let sent = Int(statistics[.batches] ?? 0)
        return "asked as a batch: \(NumberFormat.count(Int(calls), "call")) answered, "
            + (sent > 0
                ? "\(NumberFormat.count(sent, "batch", "batches")) sent" : "sent by an earlier run")
    }
}

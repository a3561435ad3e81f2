internal import Records
internal import StoreProtocols

/// A batch that a provider works on while a run waits for it.
public struct WaitingBatch: Sendable, Equatable {
    /// As the provider names it.
    public var id: String
    public var endpoint: String
    public var calls: Int
    /// Of the calls: those without an answer.
    public var open: Int
    /// Milliseconds since 1970 UTC.
    public var sentMilliseconds: Int64

    init(_ record: BatchRecord, id: String, endpoint: String) {
        self.id = id
        self.endpoint = endpoint
        calls = record.calls
        open = record.calls
        sentMilliseconds = record.createdMilliseconds
    }

    /// How long ago it was sent.
    public var secondsOut: Double {
        max(0, Double(WallClock.system.now() - sentMilliseconds) / 1_000)
    }

    /// The end of a run that waited in vain; nil when nothing is out.
    static func fault(_ batches: [WaitingBatch]) -> Fault? {
        guard let first = batches.first else { return nil }
        let what =
            batches.count == 1
            ? "batch \(first.id) of endpoint \(first.endpoint) is still out"
            : "\(NumberFormat.number(batches.count)) batches are still out"
        let parts = batches.map { batch in
            let name = batches.count == 1 ? "" : "\(batch.id) of endpoint \(batch.endpoint), "
            return name + "sent \(DateFormat.text(milliseconds: batch.sentMilliseconds)) UTC, "
                + "\(NumberFormat.number(batch.open)) of "
                + "\(NumberFormat.count(batch.calls, "call")) without an "
                + "answer"
        }
        return Fault(
            .stopped, what, why: parts.joined(separator: "; "),
            hint: "run the same command again later: it takes the answers up")
    }
}

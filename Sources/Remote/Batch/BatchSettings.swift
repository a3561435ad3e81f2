/// How calls go out as batches.
public struct BatchSettings: Sendable, Equatable {
    /// How long a run waits for a batch before it ends and leaves the rest to the next one.
    public var waitMilliseconds: Int64 = 600_000
    /// Millionths of the usual price.
    ///
    /// Half is what OpenAI ("Batch API") and Anthropic ("Message Batches") state.
    public var priceMillionths: Int64 = 500_000
    /// How many batches one call may be in before it counts as unanswerable for now.
    public var mostAttempts = 3
    /// Fewer calls in a batch than the provider allows; nil for as many as that.
    public var mostCalls: Int?
    /// Between two looks at a batch, at first and at most.
    public var firstPollMilliseconds: Int64 = 1000
    public var longestPollMilliseconds: Int64 = 60_000
    /// Goes into the batch's metadata, for whoever looks at the provider's list.
    public var run = "curate"
    /// Where the input lies until it is sent, and the results until they are read.
    public var folder: String

    public init(folder: String) { self.folder = folder }

    /// What a batch charges for something that usually costs so much, rounded up.
    public func price(_ microunits: Int64) -> Int64 {
        let (product, overflows) = microunits.multipliedReportingOverflow(by: priceMillionths)
        if overflows { return microunits }
        return product / 1_000_000 + (product % 1_000_000 > 0 ? 1 : 0)
    }
}

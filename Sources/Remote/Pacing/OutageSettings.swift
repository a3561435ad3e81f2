/// When an endpoint that gives no answer is spoken of and when it is given up; milliseconds.
struct OutageSettings: Sendable, Equatable {
    /// Without any answer for so long the run goes on without the endpoint.
    var longestMilliseconds: Int64 = 300_000
    /// The same for an endpoint from which no HTTP reply has ever come: its address is probably
    /// wrong.
    var longestUnansweredMilliseconds: Int64 = 45_000
    /// The same for an endpoint that refuses every call for its rate limit.
    var longestRateLimitMilliseconds: Int64 = 1_800_000
    /// Calls under way without a reply for so long are reason to ask whether anybody is there: a
    /// slow server answers that, a dead one does not.
    var quietMilliseconds: Int64 = 15_000
    /// Between two such questions while there is no reply.
    var probeMilliseconds: Int64 = 5_000
    /// How long such a question waits for its reply.
    var probeTimeoutMilliseconds = 10_000
    /// After the first failure, before it is asked whether anybody is there, or errors are spoken
    /// of: one connection that broke, or one 503, is none of a user's business.
    var graceMilliseconds: Int64 = 2_000
    /// Errors in a row before they are spoken of where the endpoint has answered before: more than
    /// one call is tried that every reply to is a 500.
    var fewestErrors = Retry.mostServerErrors + 1
    /// Until it is said again that nothing has changed; doubles each time.
    var repeatMilliseconds: Int64 = 60_000
    var longestRepeatMilliseconds: Int64 = 600_000
    /// The most that an endpoint which has answered may refuse for its rate limit before that is
    /// said, after the first times: a limit a minute would otherwise be said every minute.
    var longestRateLimitGraceMilliseconds: Int64 = 300_000
}

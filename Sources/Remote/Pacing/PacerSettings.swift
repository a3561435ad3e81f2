internal import StoreProtocols

/// How an endpoint is paced; times are milliseconds.
struct PacerSettings: Sendable, Equatable {
    /// The most calls in flight.
    var concurrency = 8
    /// Calls in flight at the start; grows while nothing goes wrong.
    var firstWindow = 8
    /// Sends of one call, waits for a rate limit not counted.
    var attempts = 6
    /// How long, beyond ``attempts``, a call is tried while no other is answered either: then the
    /// endpoint is down, and its outage's end is the call's.
    var patienceMilliseconds: Int64 = 0
    /// Full jitter: U[0, min(longest, base · 2^k)] (Brooker 2015, "Exponential backoff and
    /// jitter", AWS Architecture Blog).
    var backoffMilliseconds: Int64 = 1000
    /// The base where the endpoint says it is overloaded.
    var overloadBackoffMilliseconds: Int64 = 5000
    var longestBackoffMilliseconds: Int64 = 60_000
    /// A server's wish for more than this holds for every call, whatever it was said to.
    var parkMilliseconds: Int64 = 300_000
    /// An endpoint that asks for more, or keeps a call waiting longer, ends the run resumably.
    var longestPauseMilliseconds: Int64 = 1_800_000
    /// 429s of one call in a row that name no delay: probably a quota, not a rate.
    var mostUnexplainedWaits = 5
    var breaker = BreakerSettings()
    /// The clock's time (``CallScheduler/now()``) from which nothing is sent any more.
    var deadline: Int64?
    var requestsPerMinute: Int?
    var tokensPerMinute: Int?
    var budget = Budget()
    /// What earlier runs took from the budget.
    var spentBefore = Spending()
}

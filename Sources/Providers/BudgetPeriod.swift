internal import Glibc
internal import Pipeline
package import Records
package import StoreProtocols

/// Over what the limits of `provider.budget` hold.
package enum BudgetPeriod: String, CaseIterable, Sendable {
    /// One run: each starts with the whole budget, a resumed one too.
    case run
    /// A run and all its resumes until the pipeline is done.
    case series
    /// A day of UTC, over all pipelines of the workspace.
    case day
    /// A month of UTC, over all pipelines of the workspace.
    case month

    /// As a sentence names it.
    package var words: String { self == .series ? "a run with its resumes" : "a \(rawValue)" }

    /// What was spent at an endpoint in the period before this run.
    package func spent(
        at endpoint: String, pipeline: String, _ account: some SpendingAccount,
        now: Int = time(nil)
    ) throws(Fault) -> Spending {
        switch self {
        case .run: return Spending()
        case .series:
            let first = try account.firstOfSeries(pipeline: pipeline)
            return try account.spent(sinceRun: first, endpoint: endpoint)
        case .day, .month:
            var moment = now
            var date = tm()
            gmtime_r(&moment, &date)
            (date.tm_hour, date.tm_min, date.tm_sec) = (0, 0, 0)
            if self == .month { date.tm_mday = 1 }
            return try account.spent(
                sinceMilliseconds: Int64(timegm(&date)) * 1_000, endpoint: endpoint)
        }
    }
}

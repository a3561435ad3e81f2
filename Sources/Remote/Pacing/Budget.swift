internal import Records

/// The most a run may spend; nil is no limit.
public struct Budget: Sendable, Equatable {
    /// Sends, repeated ones included.
    public var calls: Int?
    /// Prompt and completion tokens together.
    public var tokens: Int?
    /// Millionths of the endpoint's currency.
    public var microunits: Int64?

    public init(calls: Int? = nil, tokens: Int? = nil, microunits: Int64? = nil) {
        self.calls = calls
        self.tokens = tokens
        self.microunits = microunits
    }
}

/// What one send is expected to use at most; reserved before it and corrected after it.
struct Estimate: Sendable, Equatable {
    var tokens: Int
    var microunits: Int64
}

/// The budget's books: what was spent, what is set aside for calls in flight.
struct BudgetBook: Sendable, Equatable {
    /// Whether a send fits.
    enum Answer: Equatable {
        case fits
        /// Not now, but it may when calls in flight turn out cheaper than expected.
        case wait
        case never(Fault)
    }

    let budget: Budget
    private(set) var calls = 0
    private(set) var tokens = 0
    private(set) var microunits: Int64 = 0
    private var reservedTokens = 0
    private var reservedMicrounits: Int64 = 0

    init(_ budget: Budget) { self.budget = budget }

    func answer(_ estimate: Estimate) -> Answer {
        if let limit = budget.calls, calls >= limit { return .never(Self.fault("calls")) }
        var mustWait = false
        if let limit = budget.tokens {
            if tokens + estimate.tokens > limit { return .never(Self.fault("tokens")) }
            mustWait = tokens + reservedTokens + estimate.tokens > limit
        }
        if let limit = budget.microunits {
            let least = sum(microunits, estimate.microunits)
            if least > limit { return .never(Self.fault("money")) }
            mustWait = mustWait || sum(least, reservedMicrounits) > limit
        }
        return mustWait ? .wait : .fits
    }

    /// Why so many calls at once, as a batch is, do not fit now; nil when they do.
    func refusal(_ estimate: Estimate, calls count: Int) -> Fault? {
        if let limit = budget.calls, calls + count > limit { return Self.fault("calls") }
        if let limit = budget.tokens, tokens + reservedTokens + estimate.tokens > limit {
            return Self.fault("tokens")
        }
        let least = sum(sum(microunits, reservedMicrounits), estimate.microunits)
        if let limit = budget.microunits, least > limit { return Self.fault("money") }
        return nil
    }

    /// Gives back calls that were reserved and never answered, as errors in a batch are not charged.
    mutating func giveBack(calls count: Int) { calls -= count }

    mutating func reserve(_ estimate: Estimate, calls count: Int = 1) {
        calls += count
        reservedTokens += estimate.tokens
        reservedMicrounits = sum(reservedMicrounits, estimate.microunits)
    }

    /// Turns a reservation into what was really used.
    mutating func settle(_ estimate: Estimate, used: Estimate) {
        reservedTokens -= estimate.tokens
        reservedMicrounits -= estimate.microunits
        tokens += used.tokens
        microunits = sum(microunits, used.microunits)
    }

    private func sum(_ a: Int64, _ b: Int64) -> Int64 {
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? .max : sum
    }

    private static func fault(_ what: String) -> Fault {
        Fault(
            .stopped, "the budget of \(what) is used up",
            hint: "raise it and run again: what was answered is not asked twice")
    }
}

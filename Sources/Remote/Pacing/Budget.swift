internal import Records
internal import StoreProtocols

/// The most a run may spend, what earlier runs of the same period spent included; nil is no limit.
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

    static let nothing = Estimate(tokens: 0, microunits: 0)
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

    /// - Parameter before: what was spent already.
    init(_ budget: Budget, before: Spending = Spending()) {
        self.budget = budget
        calls = before.calls
        tokens = before.tokens
        microunits = before.microunits
    }

    func answer(_ estimate: Estimate) -> Answer {
        if let limit = budget.calls, calls >= limit { return .never(Self.fault("calls")) }
        var mustWait = false
        if let limit = budget.tokens {
            let least = sum(tokens, estimate.tokens)
            if least > limit { return .never(Self.fault("tokens")) }
            mustWait = sum(least, reservedTokens) > limit
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
        let leastTokens = sum(sum(tokens, reservedTokens), estimate.tokens)
        if let limit = budget.tokens, leastTokens > limit { return Self.fault("tokens") }
        let least = sum(sum(microunits, reservedMicrounits), estimate.microunits)
        if let limit = budget.microunits, least > limit { return Self.fault("money") }
        return nil
    }

    /// Gives back calls that were reserved and never answered: errors in a batch are not charged.
    mutating func giveBack(calls count: Int) { calls -= count }

    mutating func reserve(_ estimate: Estimate, calls count: Int = 1) {
        calls += count
        reservedTokens = sum(reservedTokens, estimate.tokens)
        reservedMicrounits = sum(reservedMicrounits, estimate.microunits)
    }

    /// Turns a reservation into what was really used.
    mutating func settle(_ estimate: Estimate, used: Estimate) {
        reservedTokens = max(0, reservedTokens - estimate.tokens)
        reservedMicrounits = max(0, reservedMicrounits - estimate.microunits)
        tokens = sum(tokens, used.tokens)
        microunits = sum(microunits, used.microunits)
    }

    /// Stays at the largest number: a price out of this world must stop a run, not crash it.
    private func sum<Number: FixedWidthInteger>(_ a: Number, _ b: Number) -> Number {
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? .max : sum
    }

    private static func fault(_ what: String) -> Fault {
        Fault(
            .stopped, "the budget of \(what) is used up",
            hint: "raise it and run again: what was answered is not asked twice")
    }
}

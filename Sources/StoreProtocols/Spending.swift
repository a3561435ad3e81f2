/// What calls took from a budget.
public struct Spending: Sendable, Equatable {
    /// Sends, repeated ones included.
    public var calls: Int
    /// Prompt and completion together.
    public var tokens: Int
    /// Millionths of the endpoint's currency.
    public var microunits: Int64
    /// Of the calls: those whose reply did not say what it used, so that our estimate stands.
    public var estimated: Int

    public init(calls: Int = 0, tokens: Int = 0, microunits: Int64 = 0, estimated: Int = 0) {
        self.calls = calls
        self.tokens = tokens
        self.microunits = microunits
        self.estimated = estimated
    }

    /// Sums stop at the largest number there is: absurd prices must not end a run.
    public mutating func add(_ other: Spending) {
        calls += other.calls
        tokens = Self.saturating(tokens, other.tokens)
        microunits = Self.saturating(microunits, other.microunits)
        estimated += other.estimated
    }

    private static func saturating<Number: FixedWidthInteger>(_ a: Number, _ b: Number) -> Number {
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? .max : sum
    }
}

/// What one call took, and from which endpoint's budget.
public struct Bill: Sendable, Equatable {
    public var endpoint: String
    public var spending: Spending

    public init(endpoint: String, spending: Spending) {
        self.endpoint = endpoint
        self.spending = spending
    }
}

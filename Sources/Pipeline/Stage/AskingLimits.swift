/// What may be spent at an endpoint, and what of it is spent already; nil is no limit.
public struct AskingLimits: Sendable, Equatable {
    /// Stages that ask one endpoint share its budget.
    public var endpoint: String
    public var calls: Int?
    public var tokens: Int?
    /// Millionths of the price table's currency.
    public var microunits: Int64?
    /// Over what they hold: `a run`, `a day`.
    public var period: String
    public var spentCalls = 0
    public var spentTokens = 0
    public var spentMicrounits: Int64 = 0

    public init(endpoint: String, period: String) {
        self.endpoint = endpoint
        self.period = period
    }
}

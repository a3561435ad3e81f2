internal import Synchronization

/// How the calls to an endpoint stand: for the live line and stats.json.
public struct CallCounters: Sendable, Equatable {
    /// Answers from the ledger; everything else below was paid or tried now.
    public var cached = 0
    public var answered = 0
    public var refused = 0
    public var truncated = 0
    public var invalid = 0
    /// Answers of no use to questions that another answer settled.
    public var reasked = 0
    /// Calls the endpoint can never answer.
    public var dead = 0
    /// Calls without an answer; a later run asks again.
    public var failed = 0
    /// Being sent now.
    public var inFlight = 0
    /// Requests handed to the transfer, repeated ones included.
    public var sends = 0
    /// Replies of 429.
    public var rateLimited = 0
    /// Sends of which nobody knows whether they were carried out; counted as paid.
    public var ambiguous = 0
    /// Batches submitted; their calls count as sends.
    public var batches = 0
    /// Lines of batches' results that belong to no open call.
    public var batchStrays = 0
    public var promptTokens = 0
    public var completionTokens = 0
    /// Of the prompt tokens: read from the provider's cache.
    public var cachedTokens = 0
    /// Of the completion tokens: reasoning that no answer shows.
    public var reasoningTokens = 0
    /// Who answered, and how often: more than one means that the endpoint changed under the run.
    public var served: [ServedModel: Int] = [:]
    /// Replies without a count of tokens, for which the estimate stands.
    public var estimatedUsage = 0
    /// Millionths of the endpoint's currency.
    public var costMicrounits: Int64 = 0

    public init() {}

    /// Calls that came to an end in any way.
    public var finished: Int { finishedNow + cached }

    private var finishedNow: Int {
        answered + refused + truncated + invalid + reasked + dead + failed
    }
}

/// A model as replies name it.
public struct ServedModel: Sendable, Hashable {
    public var model: String
    /// Of the software behind it (`system_fingerprint`), where the endpoint tells.
    public var fingerprint: String?

    public init(model: String, fingerprint: String? = nil) {
        self.model = model
        self.fingerprint = fingerprint
    }
}

extension CallCounters {
    /// Upper bound on distinct served-model names kept.
    private static let mostServed = 64

    mutating func note(_ read: Reading.Read) {
        cachedTokens += read.usage.cached
        reasoningTokens += read.usage.reasoning
        guard let model = read.model else { return }
        let name = ServedModel(model: model, fingerprint: read.fingerprint)
        if served[name] != nil || served.count < Self.mostServed { served[name, default: 0] += 1 }
    }
}

/// The counters, shared.
final class CounterBox: Sendable {
    private let counters = Mutex(CallCounters())

    var snapshot: CallCounters { counters.withLock { $0 } }

    func update(_ change: (inout CallCounters) -> Void) { counters.withLock { change(&$0) } }
}

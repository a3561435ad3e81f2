public import Records

/// The replies that were paid for, and the calls that may have been.
///
/// What an endpoint client keeps, whatever the store is made of. A request is known by its
/// fingerprint (``Records/SHA256/Digest``), which decides alone what is kept under it. Before each
/// send an intent is made durable, and the reply replaces it; so the intents that a killed process
/// leaves are exactly the calls that may have been paid for without an answer kept. They lapse when
/// the store is opened again: each is counted as spent, once, and its request may be sent again.
///
/// Every method returns when what it did is durable, and may be called from many tasks at once.
/// - Throws: `.stopped` where the store cannot be written or read for now (no room, a failing disk,
///   held by another), `.badData` where it is damaged, `.configuration` where it may not be used.
public protocol ReplyStore: Sendable {
    /// The reply to the request with this fingerprint; nil when none is kept.
    func reply(for key: SHA256.Digest) async throws(Fault) -> StoredReply?

    /// Makes durable that a send is about to happen; when this throws, do not send.
    ///
    /// - Parameter reservedMicrounits: What counts as spent if no reply ever replaces the intent,
    ///   in millionths of the endpoint's currency.
    func recordIntent(key: SHA256.Digest, reservedMicrounits: Int64) async throws(Fault)

    /// Keeps a reply unless one is kept, and takes its request's intents away, all or nothing.
    ///
    /// The first reply to a request stays: what was once read is read again the same.
    ///
    /// - Parameter bill: What all sends of the call took; goes to the account in either case.
    func recordReply(
        _ reply: StoredReply, for key: SHA256.Digest, bill: Bill?
    ) async throws(Fault)

    /// Takes away a request's intents once it is known that none of its sends was paid for.
    ///
    /// - Parameters:
    ///   - bill: What all sends of the call took; goes to the account.
    ///   - isExposed: Some send may have been carried out: the intents stay, as booked.
    func clearIntents(key: SHA256.Digest, bill: Bill?, isExposed: Bool) async throws(Fault)

    /// Gives replies that were paid for another state, once it is known what became of their
    /// question: `answered` or `invalid`; replies in any third state stay as they are.
    func restate(_ keys: [SHA256.Digest], as state: StoredReply.State) async throws(Fault)

    /// Forgets single replies, so that the next run asks again.
    func forget(_ keys: [SHA256.Digest]) async throws(Fault)
}

/// What an endpoint said to one request, as it came.
public struct StoredReply: Sendable, Equatable {
    /// How a call ended; every state is final, so that no answered call is ever paid again.
    public enum State: String, Sendable, CaseIterable {
        /// A complete answer.
        case answered
        /// The model or its filter declined: a result, and a signal for labelling.
        case refused
        /// Cut at the token limit.
        case truncated
        /// Paid for, but not of the form that was asked for.
        case invalid
        /// The endpoint can never answer this request (too long, say); see `reason`.
        case dead
    }

    public var state: State
    public var httpStatus: Int
    /// The raw reply, so that a better parser can read it again for nothing.
    public var body: [UInt8]
    /// The model that answered, in the endpoint's words.
    public var model: String?
    public var promptTokens: Int?
    public var completionTokens: Int?
    /// Millionths of the endpoint's currency.
    public var costMicrounits: Int64
    /// Sends it took, this one included.
    public var attempts: Int
    /// Why it is dead: a code, never text.
    public var reason: String?

    public init(
        state: State, httpStatus: Int, body: [UInt8], model: String? = nil,
        promptTokens: Int? = nil, completionTokens: Int? = nil, costMicrounits: Int64 = 0,
        attempts: Int = 1, reason: String? = nil
    ) {
        self.state = state
        self.httpStatus = httpStatus
        self.body = body
        self.model = model
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.costMicrounits = costMicrounits
        self.attempts = attempts
        self.reason = reason
    }
}

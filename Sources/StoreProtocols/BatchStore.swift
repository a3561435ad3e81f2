public import Records

/// The batches of calls that were handed to providers, and which calls are in each.
///
/// A batch begins with the intents of all its calls, and its end gives them back. Every method
/// returns when what it did is durable.
/// - Throws: As the methods of ``ReplyStore``.
public protocol BatchStore: Sendable {
    /// Makes durable that a batch is about to be submitted, with the intents of all its calls; when
    /// this throws, do not submit.
    ///
    /// - Parameters:
    ///   - endpoint: Whose it is: see ``BatchRecord/endpoint``.
    ///   - calls: Each key once, with the money that is set aside for it.
    func begin(
        endpoint: String, path: String, input: SHA256.Digest,
        calls: [(key: SHA256.Digest, reservedMicrounits: Int64)]
    ) async throws(Fault) -> BatchRecord

    /// Keeps what the provider calls the batch and its file, and how far it is.
    func update(_ batch: BatchRecord) async throws(Fault)

    /// Ends a batch whose replies are kept, and gives its intents back.
    ///
    /// Calls without a reply stay noted under it: ``attempts(of:)`` counts them.
    ///
    /// - Returns: How many of its calls have a reply.
    func finish(_ batch: BatchRecord) async throws(Fault) -> Int

    /// Forgets a batch that the provider never had.
    func abandon(_ batch: BatchRecord) async throws(Fault)

    /// The endpoint's batches that are not over, oldest first.
    func open(endpoint: String) async throws(Fault) -> [BatchRecord]

    /// The same, blocking; for opening a connection.
    func openNow(endpoint: String) throws(Fault) -> [BatchRecord]

    /// The keys of a batch's calls, and of these the ones that have no reply yet.
    func keys(
        of batch: BatchRecord
    ) async throws(Fault) -> (all: Set<SHA256.Digest>, open: Set<SHA256.Digest>)

    /// The provider's names of all batches of an endpoint that have one.
    func remotes(endpoint: String) async throws(Fault) -> Set<String>

    /// How many batches that are over carried each of these calls in vain, those at 0 left out.
    func attempts(of keys: [SHA256.Digest]) async throws(Fault) -> [SHA256.Digest: Int]

    /// Lets calls that no batch answered be asked anew by a later run.
    func forgetAttempts(of keys: [SHA256.Digest]) async throws(Fault)
}

/// A batch of calls at a provider, or on its way there.
public struct BatchRecord: Sendable, Equatable {
    /// How far it is.
    public enum State: String, Sendable, CaseIterable {
        /// Its calls are noted; the provider has it only if a process died at the wrong moment.
        case submitting
        /// The provider works on it, or is done and nobody has looked.
        case out
        /// Its replies are kept.
        case over
    }

    /// Counts up from 1 in a workspace, never used twice.
    public var number: Int64
    /// Whose it is: the endpoint's name and its model, for a batch has one model.
    public var endpoint: String
    /// Of its calls, `/chat/completions`.
    public var path: String
    /// SHA-256 of its calls as they were written down.
    public var input: SHA256.Digest
    /// The provider's name of the input file, once there is one.
    public var file: String?
    /// The provider's name of the batch, once there is one.
    public var remote: String?
    public var state: State
    public var calls: Int
    /// Calls that have a reply since it was over.
    public var answered: Int
    /// Milliseconds since 1970 UTC.
    public var createdMilliseconds: Int64
    public var changedMilliseconds: Int64

    public init(
        number: Int64, endpoint: String, path: String, input: SHA256.Digest,
        file: String? = nil, remote: String? = nil, state: State, calls: Int, answered: Int,
        createdMilliseconds: Int64,
        changedMilliseconds: Int64
    ) {
        self.number = number
        self.endpoint = endpoint
        self.path = path
        self.input = input
        self.file = file
        self.remote = remote
        self.state = state
        self.calls = calls
        self.answered = answered
        self.createdMilliseconds = createdMilliseconds
        self.changedMilliseconds = changedMilliseconds
    }

    /// When its provider gives it up, in milliseconds since 1970 UTC: after 24 hours, as OpenAI
    /// ("Batch API", `completion_window`) and Anthropic ("Message Batches") state it.
    public var dueMilliseconds: Int64 { createdMilliseconds + 86_400_000 }
}

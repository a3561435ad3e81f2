internal import Records
internal import StoreProtocols

/// What a dialect makes of a 2xx reply.
enum Reading: Sendable, Equatable {
    /// The protocol was kept: paid for, to be stored and never asked again.
    case reply(Read)
    /// Not the protocol: a proxy's page, a cut document. Not stored.
    case garbage

    /// The parts every kind of call has in common.
    struct Read: Sendable, Equatable {
        var state: StoredReply.State
        var reason: String?
        var model: String?
        /// Of the software behind the model, where the endpoint tells it apart.
        var fingerprint: String?
        var usage = TokenUsage()
        /// What a chat model said; nil for other calls.
        var content: ChatContent?
    }
}

/// What a chat reply holds for its caller, read once and handed on.
struct ChatContent: Sendable, Equatable {
    var text: String
    /// The JSON documents in the text, each canonical, where JSON was asked for; see
    /// ``EmbeddedJSON``.
    var documents: [String]?
    var logprobs: [TokenLogprob]?
}

/// One call, ready to be sent by ``CallRunner``.
struct Call: Sendable {
    /// Whose fault an HTTP 500 is.
    enum ServerErrors: Sendable {
        /// It is tried again, and the pacer says in the end.
        case retried
        /// Handed back at once, for the caller to find out; until then it is the endpoint's.
        case reported
        /// This body's, since the endpoint answers others; handed back after so many.
        case blamed(tries: Int)
    }

    /// After the base URL, with a slash in front.
    var path: String
    /// As it is sent; the key is made of its canonical form.
    var body: [UInt8]
    var key: SHA256.Digest
    /// Prompt and completion, at most.
    var promptTokens: Int
    var completionTokens: Int
    /// Whether the raw reply goes to the ledger; vectors have a cache of their own.
    var isStored = true
    /// What made it, a template say; nil where a rejection is no sign of a mistake.
    ///
    /// Many rejected calls of one group end the run.
    var group: String?
    /// Whether it may be left out where the budget has no room for it.
    var isOptional = false
    var serverErrors = ServerErrors.retried
    var read: @Sendable ([UInt8]) -> Reading

    /// "llmreq/1" of the ledger: what is hashed is what can change the answer, and nothing else.
    static func key(
        dialect: String, endpoint: String, path: String, body: [UInt8], sample: String
    ) -> SHA256.Digest {
        var hash = SHA256()
        hash.update("llmreq/1\n\(dialect)\n\(endpoint)\n\(path)\n")
        hash.update(body)
        hash.update("\n\(sample)")
        return hash.finish()
    }

    /// Three bytes a token is on the safe side for English, and right for most other scripts.
    static func estimatedTokens(bytes: Int) -> Int { (bytes + 2) / 3 }
}

extension JSONValue {
    /// The `model` of a reply.
    var modelName: String? { self["model"]?.string.map { String($0.prefix(200)) } }
}

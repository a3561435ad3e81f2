public import Records

/// One message of a chat.
public struct ChatMessage: Sendable, Equatable {
    /// Who speaks.
    public enum Role: String, Sendable {
        case system
        case user
        case assistant
    }

    public var role: Role
    public var content: String

    public init(_ role: Role, _ content: String) {
        self.role = role
        self.content = content
    }
}

/// One question to a chat model.
///
/// What is nil is not sent: an absent temperature and one of 1 are different requests.
public struct ChatRequest: Sendable, Equatable {
    /// The form the answer must have.
    public struct Schema: Sendable, Equatable {
        /// At most 64 letters, digits, `_` and `-`.
        public var name: String
        /// A JSON Schema as JSON.
        public var json: String { didSet { parsed = Self.parse(json) } }
        /// Read once, its members in the order in which they were declared: every request of a
        /// run carries it.
        private(set) var parsed: Result<JSONValue, JSONReader.ParseError>

        public init(name: String, json: String) {
            self.name = name
            self.json = json
            parsed = Self.parse(json)
        }

        private static func parse(_ json: String) -> Result<JSONValue, JSONReader.ParseError> {
            Result { () throws(JSONReader.ParseError) in try JSONReader.read(Array(json.utf8)) }
        }
    }

    /// Nil for the endpoint's model.
    public var model: String?
    public var messages: [ChatMessage]
    /// 0 to 2; at Anthropic 0 to 1.
    public var temperature: Double?
    /// Above 0, at most 1.
    public var topP: Double?
    /// Texts before which an answer ends.
    public var stop: [String] = []
    /// Asks how likely each token was, and so many others in its place, 0 to 20.
    public var topLogprobs: Int?
    /// Always stated: a model that loops would otherwise be paid to its own limit.
    public var maxTokens: Int
    /// Best effort at every provider; a part of the key, no promise.
    public var seed: Int?
    public var schema: Schema?
    /// Tells apart equal requests of which several answers are wanted; from 0.
    public var sample = 0
    /// What the request is for, a template's name say; no part of the key.
    ///
    /// When an endpoint rejects most requests of one purpose, the run ends.
    public var purpose: String?
    /// How far the token limit may be raised for the one second try after a cut answer.
    ///
    /// Nil for twice `maxTokens`, and `maxTokens` itself for no second try. No part of the key.
    public var longestMaxTokens: Int?

    public init(
        model: String? = nil, messages: [ChatMessage], temperature: Double? = nil,
        maxTokens: Int, seed: Int? = nil, schema: Schema? = nil, sample: Int = 0
    ) {
        self.model = model
        self.messages = messages
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.seed = seed
        self.schema = schema
        self.sample = sample
    }
}

extension ChatRequest {
    /// The request once more, when the answers before did not fit for these reasons.
    ///
    /// A model without any randomness would answer the same again, so it is told what was wrong.
    func reasked(because misfits: [String]) -> ChatRequest {
        guard temperature == 0, !misfits.isEmpty, let last = messages.indices.last else {
            return self
        }
        var request = self
        request.messages[last].content +=
            "\n\nEarlier answers to this did not fit (\(misfits.joined(separator: ", "))). "
            + "Answer again, in exactly the form that is asked for."
        return request
    }

    /// No cut answer is asked for at greater length than this, unless ``maxTokens`` is more.
    static let longestSecondTry = 65_536

    /// The request once more with twice the room, or nil when it may have no more.
    var afterCut: ChatRequest? {
        let most = min(longestMaxTokens ?? .max, Self.longestSecondTry)
        guard maxTokens < most else { return nil }
        var longer = self
        longer.maxTokens = min(maxTokens * 2, most)
        return longer
    }
}

/// What a chat model answered, or that it did not.
public struct ChatReply: Sendable, Equatable {
    /// How it ended.
    public enum Outcome: String, Sendable {
        /// A complete answer in `content`.
        case answered
        /// The model or its filter declined: a result of its own.
        case refused
        /// Cut at the token limit; `content` has what came.
        case truncated
        /// Nothing usable in a reply that was paid for.
        case invalid
        /// The endpoint can never answer this; see `reason`.
        case dead
    }

    public var outcome: Outcome
    public var content: String
    /// A code for why there is no answer; never text.
    public var reason: String?
    /// The model that answered, in the endpoint's words.
    public var model: String?
    public var promptTokens: Int?
    public var completionTokens: Int?
    /// For each token of the answer, where they were asked for and the endpoint tells.
    public var logprobs: [TokenLogprob]?
    /// Whether it came from the ledger and cost nothing now.
    public var isCached: Bool
    /// The ledger's key, for provenance.
    public var key: SHA256.Digest
    /// The JSON documents in the content, where they are known already.
    var documents: [String]?
}

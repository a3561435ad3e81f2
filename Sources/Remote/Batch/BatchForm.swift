internal import Records

/// How a dialect takes batches in and gives results out.
protocol BatchForm: Sendable {
    var mostCalls: Int { get }
    /// Of the whole input.
    var mostBytes: Int { get }
    /// Whether the input is a file of its own, uploaded before the batch is made.
    var uploadsFile: Bool { get }
    /// After the base URL.
    var path: String { get }
    /// Whether a batch carries our metadata, by which it is found again.
    var keepsMetadata: Bool { get }

    func frame(mark: String) -> BatchFrame
    /// One call as the input has it, without a line end.
    func line(_ call: Call, body: [UInt8]) -> [UInt8]
    /// The body that makes a batch out of an uploaded file.
    func creation(file: String, path: String, input: SHA256.Digest, run: String) -> [UInt8]
    /// After the base URL: a page of the list of batches.
    func listPath(after: String?) -> String
    /// A batch as the provider describes it; nil when it is none.
    func batch(_ value: JSONValue) -> RemoteBatch?
    /// What one line of the results says; nil when it is none.
    func result(_ value: JSONValue) -> BatchLine?
}

extension BatchForm {
    /// A page of the list and where the next begins.
    func page(_ value: JSONValue) -> (batches: [RemoteBatch], next: String?)? {
        guard let data = value["data"]?.array else { return nil }
        let batches = data.compactMap(batch)
        guard value["has_more"]?.bool == true else { return (batches, nil) }
        return (batches, value["last_id"].flatMap(Self.identifier) ?? batches.last?.id)
    }

    /// A name that may stand in an address.
    static func identifier(_ value: JSONValue) -> String? {
        guard let text = value.string, (1...200).contains(text.utf8.count) else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || byte == 45
                || byte == 95
        }
        return isPlain ? text : nil
    }
}

/// A batch as its provider tells of it.
struct RemoteBatch: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case working
        /// Whatever is answered can be had, perhaps nothing.
        case ended
        /// Never worked on: the input was not accepted; with the provider's code.
        case failed(String?)
    }

    var id: String
    var state: State
    /// Addresses of the results: full, or after the base URL when they begin with a slash.
    var results: [String] = []
    /// Out of our metadata.
    var input: SHA256.Digest?
    var calls: Int?
    /// Since 1970 UTC.
    var createdSeconds: Int64?
}

/// What a result says of one call.
struct BatchLine: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        /// As the endpoint would have replied to the call alone.
        case reply(status: Int, body: JSONValue)
        /// Not worked on: expired or cancelled.
        case unanswered
    }

    var id: String
    var content: Content
}

extension DialectRules {
    /// nil where there are no batches.
    var batches: (any BatchForm)? {
        switch chat {
        case is AnthropicMessages: AnthropicBatches()
        case let form as OpenAIChat where form.keyName == OpenAIChat().keyName: OpenAIBatches()
        default: nil
        }
    }
}

internal import Records
internal import StoreProtocols

/// A moderation model's opinion of one text.
public struct ModerationReply: Sendable, Equatable {
    /// One category's judgement; a category the endpoint leaves out is unknown, not 0.
    public struct Category: Sendable, Equatable {
        public var name: String
        public var isFlagged: Bool?
        /// 0 to 1.
        public var score: Double?
    }

    public var isFlagged: Bool
    /// By name.
    public var categories: [Category]
    public var model: String?
    public var isCached: Bool
}

/// OpenAI's Moderations; one text a call, so that each is kept and paid for alone.
enum OpenAIModerations {
    static let dialect = "openai-moderations/1"
    static let path = "/moderations"

    static func call(_ text: String, _ endpoint: Endpoint) throws(Fault) -> Call {
        guard endpoint.dialect.offers(.moderations) else {
            throw Fault(
                .configuration, "endpoint \(endpoint.name) has no moderations",
                why: "its dialect is \(endpoint.dialect.rawValue)",
                hint: "name another endpoint, or correct `dialect`")
        }
        guard !text.isEmpty else {
            throw Fault(.badData, "an empty text cannot be moderated")
        }
        let body = JSONWriter.write(
            .members([("model", .string(endpoint.model)), ("input", .string(text))]))
        return Call(
            path: path, body: body,
            key: Call.key(
                dialect: dialect, endpoint: endpoint.name, path: path, body: body, sample: "0"),
            promptTokens: Call.estimatedTokens(bytes: body.count), completionTokens: 0,
            group: "moderations", read: read)
    }

    static func read(_ body: [UInt8]) -> Reading {
        parse(body).map { .reply($0.read) } ?? .garbage
    }

    struct Parsed: Equatable {
        var read: Reading.Read
        var isFlagged: Bool
        var categories: [ModerationReply.Category]
    }

    /// Nil unless there is exactly one result, with a verdict.
    static func parse(_ body: [UInt8]) -> Parsed? {
        guard let value = try? JSONReader.read(body), let results = value["results"]?.array,
            results.count == 1, let isFlagged = results[0]["flagged"]?.bool
        else { return nil }
        let flags = members(results[0]["categories"])
        let scores = members(results[0]["category_scores"])
        let names = (flags + scores).map(\.key).sorted {
            $0.utf8.lexicographicallyPrecedes($1.utf8)
        }
        var categories: [ModerationReply.Category] = []
        for name in names where categories.last?.name != name {
            let score = scores.first { $0.key == name }?.value.double
            categories.append(
                ModerationReply.Category(
                    name: name, isFlagged: flags.first { $0.key == name }?.value.bool,
                    score: score.flatMap { (0...1).contains($0) ? $0 : nil }))
        }
        return Parsed(
            read: Reading.Read(state: .answered, model: value.modelName),
            isFlagged: isFlagged, categories: categories)
    }

    private static func members(_ value: JSONValue?) -> [JSONValue.Member] {
        guard case .object(let members) = value else { return [] }
        return members
    }
}

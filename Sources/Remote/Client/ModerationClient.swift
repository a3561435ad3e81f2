public import Records
internal import StoreProtocols

/// Asks a moderation model; what was answered once is never asked again.
public struct ModerationClient: Sendable {
    private let connection: Connection

    public init(_ connection: Connection) { self.connection = connection }

    /// The model's opinion of one text, or nil when the endpoint can never give one.
    ///
    /// - Throws: `.badData` for an empty text; otherwise as ``ChatClient/complete(_:)``.
    public func moderate(_ text: String) async throws(Fault) -> ModerationReply? {
        let call = try OpenAIModerations.call(text, connection.endpoint)
        let answer = try await connection.runner.run(call)
        guard answer.reply.state == .answered,
            let parsed = OpenAIModerations.parse(answer.reply.body)
        else { return nil }
        return ModerationReply(
            isFlagged: parsed.isFlagged, categories: parsed.categories,
            model: answer.reply.model, isCached: answer.isCached)
    }
}

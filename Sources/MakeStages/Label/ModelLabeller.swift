internal import Pipeline
internal import Providers
internal import Records
internal import Remote

/// Asks the provider's chat model.
struct ModelLabeller: Labeller {
    let name: String
    let isRemote = true
    let prompt: LabelPrompt
    let session: ModelSession
    let minimumConfidence: Double

    func label(_ row: Row) async throws(Fault) -> LabellerVerdict {
        let (reply, value) = try await session.chat.completeJSON(
            try prompt.request(row.record.text), validate: prompt.read)
        session.say()
        if reply.outcome == .refused { return .refused }
        guard var answer = value else {
            return .failed(reply.reason ?? reply.outcome.rawValue)
        }
        guard let labels = prompt.space.closed(answer.labels) else { return .pass("not_single") }
        guard answer.reaches(minimumConfidence) else { return .pass("unsure") }
        answer.labels = labels
        answer.model = reply.model
        answer.reply = reply.key.hex
        return .answer(answer)
    }
}

package import Pipeline
package import Records
package import Remote
internal import StoreProtocols

/// `provider.mode: batch`: calls go out together, are answered within a day and cost less.
///
/// How calls travel cannot change their answers: it is no part of any identity, and replies that
/// came one way are found the other way.
package struct BatchMode: Sendable, Equatable {
    /// Whether calls go out one by one.
    package enum Choice: String, CaseIterable {
        case single, batch
    }

    /// Half, as OpenAI ("Batch API") and Anthropic ("Message Batches") state it.
    package static let vendorsFactor = 0.5

    package var priceMillionths: Int64
    package var waitSeconds: Int

    /// Reads `mode` and `batch`; nil for `single`.
    package static func read(_ reader: SettingsReader) -> BatchMode? {
        let choice = reader.choice(
            "mode", Choice.single,
            help: "`batch` hands calls over together: half the price, answered within a day.")
        let section = reader.section("batch", help: "What holds for `mode: batch`.")
        let factor = section.number(
            "price_factor", vendorsFactor, in: 0...1,
            help: "Of the usual price; half is what OpenAI and Anthropic state.")
        let wait = section.integer(
            "wait_seconds", 600, in: 0...86_400,
            help: "How long a run waits for a batch before it ends with 75.", affectsResult: false)
        section.finish()
        guard choice == .batch else { return nil }
        return BatchMode(
            priceMillionths: Int64((factor * 1e6).rounded()), waitSeconds: wait)
    }

    /// Beside the workspace's database: rows are in the files, and nowhere else are they safe.
    package func settings(_ context: StageContext) throws(Fault) -> BatchSettings {
        var settings = BatchSettings(folder: try context.stores.scratchFolder)
        settings.priceMillionths = priceMillionths
        settings.waitMilliseconds = Int64(waitSeconds) * 1000
        settings.run = context.stage
        return settings
    }

    /// What a batch charges for something that usually costs so much.
    package func price(_ microunits: Int64) -> Int64 {
        var settings = BatchSettings(folder: "")
        settings.priceMillionths = priceMillionths
        return settings.price(microunits)
    }
}

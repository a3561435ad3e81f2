internal import Providers
public import Records
internal import Remote
public import StoreProtocols

extension LabelStage {
    /// The canary set that curate brings along, in the folder of its own files.
    public static let canaries = "templates/canaries"

    /// Asks this stage's model about a canary set, to see how easily texts give it orders.
    ///
    /// The prompt is that of the stage, the answers go to the ledger like any others, so that a
    /// second measurement of an unchanged prompt costs nothing.
    ///
    /// - Parameters:
    ///   - folder: With `texts.jsonl` and `injections.jsonl`.
    ///   - offlineBaseURL: Where the offline server listens, for `provider: offline`.
    /// - Throws: `.configuration` when no labeller of the stage asks a chat model; otherwise as
    ///   the client.
    public func measureCanaries(
        folder: String, ledger: any ReplyStore, offlineBaseURL: String? = nil
    ) async throws(Fault) -> CanaryReport {
        let canaries = try Canaries(folder: folder)
        guard let provider = chatProvider else {
            throw Fault(
                .configuration, "no labeller of the stage asks a chat model",
                hint: "add `{use: model}` to `labellers`")
        }
        let fingerprint =
            provider.isOffline ? try OfflineFiles.digest(seed: offlineSeed).hex : nil
        let endpoint = try provider.endpoint(
            offlineBaseURL: offlineBaseURL, fingerprint: fingerprint.map { String($0.prefix(12)) })
        let connection = try Connection(
            endpoint, ledger: ledger, budget: provider.budget, facts: provider.ownFacts)
        return try await canaries.measure(
            try prompt(), ChatClient(connection), limit: endpoint.concurrency)
    }

    /// What a measurement of a canary set asks at most, re-asked answers aside.
    ///
    /// - Throws: `badData` with file and line for a line that is no canary, or a set without one.
    public func canaryCalls(folder: String) throws(Fault) -> Int {
        try Canaries(folder: folder).calls
    }
}

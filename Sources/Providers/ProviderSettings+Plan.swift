package import Pipeline
package import Records
package import Remote
package import StoreProtocols
internal import Text

/// What a plan says of a provider, without asking it.
extension ProviderSettings {
    /// The endpoint as a run names it: its name is part of every stored answer's key.
    ///
    /// - Parameter offlineBaseURL: Where the offline server listens; any will do for a plan.
    package func endpoint(
        seed: UInt64, offlineBaseURL: String? = "http://127.0.0.1/v1"
    ) throws(Fault) -> Endpoint {
        let fingerprint = isOffline ? try OfflineFiles.digest(seed: seed).hex : nil
        return try endpoint(
            offlineBaseURL: offlineBaseURL, fingerprint: fingerprint.map { String($0.prefix(12)) })
    }

    /// The budget and what of it is spent; nil where there is none.
    package func limits(seed: UInt64, _ answers: (any StoredAnswers)?) throws(Fault)
        -> AskingLimits?
    {
        guard budget != Budget() else { return nil }
        let name = try endpoint(seed: seed).name
        var limits = AskingLimits(endpoint: name, period: budgetPeriod.words)
        limits.calls = budget.calls
        limits.tokens = budget.tokens
        limits.microunits = budget.microunits
        if let answers {
            let spent = try budgetPeriod.spent(at: name, pipeline: pipeline, answers)
            limits.spentCalls = spent.calls
            limits.spentTokens = spent.tokens
            limits.spentMicrounits = spent.microunits
        }
        return limits
    }

    /// About how many tokens a prompt has: as the offline server counts them, elsewhere one for
    /// every four bytes begun.
    ///
    /// The offline server's own rule counts 9 % more than that for the prompts of
    /// pipelines/quickstart.yaml. For a real endpoint nothing closer is at hand: for the same
    /// prompts a token for every four bytes is 6 % above the WordPiece tokenizer of
    /// all-MiniLM-L6-v2, so the frame of a chat (four tokens a message and three for the answer's
    /// beginning, by OpenAI's "How to count tokens with tiktoken") would only add to the excess.
    package func estimatedTokens(_ contents: [String]) -> Int {
        contents.reduce(0) {
            $0 + (isOffline ? TokenEstimate.byWords($1) : TokenEstimate.byBytes($1))
        }
    }
}

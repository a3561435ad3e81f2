package import Pipeline
package import Records
package import Remote
internal import StoreProtocols
internal import Synchronization

/// A stage's talk with the provider: the run's one connection, and what this stage's part of it
/// came to.
package final class ModelSession: Sendable {
    package let chat: ChatClient
    package let limit: Int
    private let connection: Connection
    private let before: CallCounters
    private let context: StageContext
    private let goesByBatch: Bool
    /// Whether the calls went out as batches.
    private let wasFilled = Mutex(false)
    private let tally = Mutex<[String: Int]>([:])

    /// Opens the connection, or takes the one that an earlier stage opened.
    package init(_ settings: ProviderSettings, _ context: StageContext) throws(Fault) {
        var endpoint = try settings.endpoint(
            seed: context.seed,
            offlineBaseURL: context.endpoint(named: ProviderSettings.offlineName))
        let greetings = try context.shared(Greetings.key) { Greetings() }
        let facts = settings.ownFacts ?? greetings.facts(of: Greetings.address(endpoint))
        // More calls than a server works on wait in its queue, and their time runs.
        if settings.concurrency == nil, let slots = facts?.slots {
            endpoint.concurrency = min(slots, 2_048)
        }
        let limit = endpoint.concurrency
        let progress = context.progress
        connection = try context.shared("connection \(endpoint.name) \(endpoint.model)") {
            [endpoint] () throws(Fault) in
            let connection = try Connection(
                endpoint, ledger: try context.stores.replies, budget: settings.budget,
                spentBefore: try settings.budgetPeriod.spent(
                    at: endpoint.name, pipeline: settings.pipeline, try context.stores.answers),
                deadlineMilliseconds: context.deadlineMilliseconds, facts: facts,
                batches: try settings.batches?.settings(context), log: try context.stores.batches,
                notice: { progress.notice($0) })
            // A signal must not wait for an endpoint's pause, which may last half an hour.
            context.whenStopped { [weak connection] fault in connection?.stop(fault) }
            return connection
        }
        chat = ChatClient(connection)
        self.limit = limit
        goesByBatch = settings.batches != nil
        before = connection.counters
        self.context = context
    }

    package var moderation: ModerationClient { ModerationClient(connection) }

    /// The endpoint's name and model, as they key what is stored.
    package var identity: String { "\(connection.endpoint.name)\0\(connection.endpoint.model)" }

    package func embeddings(batch: Int, dimensions: Int?) -> EmbeddingClient {
        EmbeddingClient(connection, batchSize: batch, dimensions: dimensions)
    }

    /// Where calls go out as batches, has them answered before the stage asks for the answers.
    ///
    /// - Parameter ask: Asks everything that can be asked so far, and passes over what still waits;
    ///   called as often as it takes, or never.
    package static func fill(
        _ sessions: [ModelSession], _ context: StageContext, ask: () async throws(Fault) -> Void
    ) async throws(Fault) {
        for session in sessions where session.goesByBatch {
            session.wasFilled.withLock { $0 = true }
        }
        try await Batches.fill(
            sessions.map(\.connection), check: { () throws(Fault) in try context.checkStop() },
            watch: { batch in
                let figures = sessions.filter(\.goesByBatch).map(\.figures)
                context.progress.say(
                    "waiting for batch \(batch.id), \(NumberFormat.count(batch.calls, "call")), "
                        + "sent "
                        + "\(NumberFormat.seconds(batch.secondsOut)) ago · "
                        + figures.joined(separator: " · "))
            }, ask: ask)
    }

    /// Does a stage's work, and shows the figures also where that ends early: what was asked until
    /// then may have been paid for.
    package static func figured(
        _ sessions: [ModelSession], _ body: () async throws(Fault) -> Void
    ) async throws(Fault) {
        do throws(Fault) {
            try await body()
        } catch {
            sessions.last?.say()
            throw error
        }
    }

    /// Counts something of the stage's own.
    package func add(_ name: String, _ number: Int = 1) {
        tally.withLock { $0[name, default: 0] += number }
    }

    /// Shows the figures: calls: cached · ok · in flight · refused · failed · tokens · money.
    package func say() { context.progress.say(figures) }

    private var figures: String {
        let now = counters
        var line =
            "calls: cached \(NumberFormat.number(now.cached)) · ok "
            + "\(NumberFormat.number(now.answered)) "
        line += "· in flight \(NumberFormat.number(now.inFlight))"
        if now.refused > 0 { line += " · refused \(NumberFormat.number(now.refused))" }
        let failed = now.failed + now.dead + now.invalid + now.truncated
        if failed > 0 { line += " · failed \(NumberFormat.number(failed))" }
        line += " · tokens \(NumberFormat.number(now.promptTokens + now.completionTokens))"
        if now.costMicrounits > 0 { line += " · \(NumberFormat.money(now.costMicrounits))" }
        return line
    }

    /// Puts the numbers of all sessions of a stage into its statistics.
    package static func finish(_ sessions: [ModelSession], _ context: StageContext) {
        var sums: [Counter: Double] = [:]
        var others: [String: Double] = [:]
        for session in sessions {
            session.say()
            let now = session.counters
            let failed = now.failed + now.dead + now.invalid + now.truncated
            let numbers: [Counter: Int] = [
                .calls: now.sends, .cached: now.cached, .answered: now.answered,
                .refused: now.refused, .failed: failed, .promptTokens: now.promptTokens,
                .completionTokens: now.completionTokens,
                .tokens: now.promptTokens + now.completionTokens,
            ]
            for (counter, number) in numbers { sums[counter, default: 0] += Double(number) }
            let ended = now.answered + now.refused + now.truncated + now.invalid + now.dead
            if session.wasFilled.withLock({ $0 }), ended > 0 {
                sums[.batchCalls, default: 0] += Double(ended)
            }
            if now.batches > 0 { sums[.batches, default: 0] += Double(now.batches) }
            if now.batchStrays > 0 { others["batch_strays", default: 0] += Double(now.batchStrays) }
            // Few endpoints know of these.
            if now.cachedTokens > 0 {
                others["cached_tokens", default: 0] += Double(now.cachedTokens)
            }
            if now.reasoningTokens > 0 {
                others["reasoning_tokens", default: 0] += Double(now.reasoningTokens)
            }
            sums[.money, default: 0] += Double(now.costMicrounits) / 1e6
            for (name, number) in session.tally.withLock({ $0 }) {
                others[name, default: 0] += Double(number)
            }
        }
        for (counter, sum) in sums { context.count(counter, sum) }
        for (name, sum) in others { context.count(name, sum) }
        Set(sessions.compactMap(\.change)).sorted().forEach(context.remark)
    }

    /// What is to be said when replies of one endpoint name more than one model or software.
    private var change: String? {
        let served = counters.served.filter { $0.value > 0 }.keys
        let models = Set(served.map(\.model)).sorted()
        let name = connection.endpoint.name
        if models.count > 1 {
            return "endpoint \(name) answered as \(models.joined(separator: " and as "))"
        }
        let fingerprints = Set(served.compactMap(\.fingerprint))
        if fingerprints.count > 1 {
            return "endpoint \(name) changed its software while it was asked: "
                + "\(fingerprints.count) system fingerprints"
        }
        return nil
    }

    /// What this stage added to the connection's counters.
    private var counters: CallCounters {
        var now = connection.counters
        now.cached -= before.cached
        now.answered -= before.answered
        now.refused -= before.refused
        now.truncated -= before.truncated
        now.invalid -= before.invalid
        now.dead -= before.dead
        now.failed -= before.failed
        now.sends -= before.sends
        now.batches -= before.batches
        now.batchStrays -= before.batchStrays
        now.promptTokens -= before.promptTokens
        now.completionTokens -= before.completionTokens
        now.costMicrounits -= before.costMicrounits
        now.cachedTokens -= before.cachedTokens
        now.reasoningTokens -= before.reasoningTokens
        for (model, count) in before.served { now.served[model, default: 0] -= count }
        return now
    }
}

extension ProviderSettings {
    /// What decides the answers besides the requests, for a stage's fingerprint.
    package func dependencies(seed: UInt64) throws(Fault) -> [StageDependency] {
        var list = [StageDependency(name: "provider", digest: SHA256.hash(identity).hex)]
        if isOffline {
            list.append(
                StageDependency(
                    name: "offline model server", digest: try OfflineFiles.digest(seed: seed).hex))
        }
        return list
    }

    /// What that many tokens cost, rounded up, as the client counts it.
    package func costMicrounits(promptTokens: Int, completionTokens: Int) -> Int64 {
        let microunits = endpoint(named: name, at: baseURL ?? "").costMicrounits(
            promptTokens: promptTokens, completionTokens: completionTokens)
        return batches?.price(microunits) ?? microunits
    }
}

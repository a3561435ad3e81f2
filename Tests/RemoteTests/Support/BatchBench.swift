import Records
import Store
import Testing

@testable import Remote

/// What tests of batches ask for again and again.
enum BatchBench {
    static func settings(_ bench: Workbench) -> BatchSettings {
        var settings = BatchSettings(folder: bench.folder)
        settings.waitMilliseconds = 60_000
        settings.firstPollMilliseconds = 2
        settings.longestPollMilliseconds = 10
        return settings
    }

    static func connection(
        _ server: BatchServer, _ store: WorkspaceStore, _ bench: Workbench,
        budget: Budget = Budget(), dialect: Dialect = .openai,
        _ change: (inout BatchSettings) -> Void = { _ in }
    ) throws -> Connection {
        var settings = settings(bench)
        change(&settings)
        var endpoint = Workbench.endpoint(server.http)
        endpoint.dialect = dialect
        endpoint.promptPriceMicrounitsPerMillionTokens = 1_000_000
        endpoint.completionPriceMicrounitsPerMillionTokens = 2_000_000
        return try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing(budget: budget),
            batches: settings, log: store.batches)
    }

    /// Has batches answer the questions and asks them; the replies in order.
    static func ask(
        _ connection: Connection, _ texts: [String]
    ) async throws -> [Result<ChatReply, Fault>] {
        let client = ChatClient(connection)
        try await Batches.fill([connection], check: {}) { () async throws(Fault) in
            for result in await Workbench.askAll(client, texts) {
                if case .failure(let fault) = result, !fault.awaitsBatch { throw fault }
            }
        }
        return await Workbench.askAll(client, texts)
    }

    static func contents(_ results: [Result<ChatReply, Fault>]) -> [String?] {
        results.map { try? $0.get().content }
    }

    static func texts(_ count: Int) -> [String] { (0..<count).map { "row \($0)" } }

    static func kind(_ body: () async throws -> Void) async -> Fault.Kind? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? Fault)?.kind
        }
    }
}

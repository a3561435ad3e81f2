import FoundationEssentials
import Records
import Store
import Synchronization
import Testing

@testable import Remote

struct AnthropicBatchTests {
    private let texts = BatchBench.texts(6)
    private var answers: [String?] { texts.map { "re: " + $0 } }

    private func batches(
        _ bench: Workbench, _ store: WorkspaceStore, _ server: BatchServer, key: String? = nil
    ) throws -> Connection {
        var endpoint = Workbench.endpoint(server.http)
        endpoint.dialect = .anthropic
        if let key {
            let path = bench.folder + "/key"
            _ = FileManager.default.createFile(
                atPath: path, contents: Data(key.utf8), attributes: [.posixPermissions: 0o600])
            endpoint.keyFile = path
        }
        return try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing(),
            batches: BatchBench.settings(bench), log: store.batches)
    }

    @Test func `messages go inline and come back by id, the missing ones again`() async throws {
        let bench = try Workbench()
        let server = try BatchServer { plan in
            plan.isReversed = true
            plan.repeatsFirstLine = true
            plan.fate = { text, batch in
                if batch == 0, text == "row 1" { return .expired }
                if batch == 0, text == "row 2" {
                    return .status(
                        0, "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}")
                }
                if text == "row 3" {
                    return .status(
                        0, "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\"}}")
                }
                return .content("re: " + text)
            }
        }
        let store = try bench.store()
        let connection = try batches(bench, store, server)
        let replies = try await BatchBench.ask(connection, texts).map { try $0.get() }
        #expect(replies[3].outcome == .dead && replies[3].reason == "invalid_request_error")
        for (number, reply) in replies.enumerated() where number != 3 {
            #expect(reply.content == answers[number] && reply.promptTokens == 7)
        }
        #expect(server.batches.map(\.calls.count) == [6, 2])
        let made = server.http.requests.filter { $0.method == "POST" }
        #expect(made.allSatisfy { $0.headers["anthropic-version"] == "2023-06-01" })
        #expect(made.allSatisfy { $0.headers["content-type"] == "application/json" })
    }

    @Test func `a batch whose making was not confirmed is found in the list`() async throws {
        let bench = try Workbench()
        let lost = Mutex(true)
        let server = try BatchServer { plan in
            plan.after = { request in
                guard request.method == "POST" else { return nil }
                return lost.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst ? .init(ending: .reset) : nil
                }
            }
        }
        let store = try bench.store()
        let connection = try batches(bench, store, server)
        let results = try await BatchBench.ask(connection, texts)
        #expect(BatchBench.contents(results) == answers)
        #expect(server.batches.count == 1)
    }

    @Test func `results on another host are refused, and the key is not shown there`()
        async throws
    {
        let bench = try Workbench()
        let other = try ScriptedServer { _ in .init(200, "") }
        let server = try BatchServer { $0.resultsURL = other.baseURL + "/results" }
        let store = try bench.store()
        let connection = try batches(bench, store, server, key: "marker-key-77")
        #expect(
            await BatchBench.kind { _ = try await BatchBench.ask(connection, texts) } == .badData)
        #expect(other.requests.isEmpty)
        #expect(server.http.requests.allSatisfy { $0.headers["x-api-key"] == "marker-key-77" })
        #expect(server.http.requests.allSatisfy { !$0.body.contains("marker-key-77") })
        // It is paid for and still there, should the address become right.
        #expect(try await store.batches.open(endpoint: "test m").count == 1)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-21T10:00:00.123456Z", 1_795_255_200),
        ("2026-12-01T00:00:01+00:00", 1_796_083_201),
    ])
    func `times are read to the second`(text: String, seconds: Int64) {
        #expect(AnthropicBatches.seconds(text) == seconds)
        #expect(AnthropicBatches.seconds(String(text.dropLast(12))) == nil)
    }
}

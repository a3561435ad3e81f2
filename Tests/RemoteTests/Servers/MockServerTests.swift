import Records
import Store
import Testing

@testable import Remote

/// mock-ai-api: moderations, and embeddings that do nothing they are asked for.
@Suite(.enabled(if: LocalServers.named["mock"] != nil))
struct MockServerTests {
    private func connection(_ store: WorkspaceStore, model: String) throws -> Connection {
        try LocalServers.connection("mock", store, .openai, model: model)
    }

    @Test func `case 33: one result for two texts misleads nobody who asks for one at a time`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try connection(store, model: "omni-moderation-latest")
        let texts = ["I will hurt that plant", "what a nice plant"]
        let both = try await LocalServers.raw(
            connection, "/moderations", #"{"model":"m","input":["\#(texts[0])","\#(texts[1])"]}"#)
        #expect(try JSONReader.read(both.body)["results"]?.array?.count == 1)
        let client = ModerationClient(connection)
        var flags: [Bool?] = []
        for text in texts { flags.append(try await client.moderate(text)?.isFlagged) }
        #expect(flags == [true, false])
        #expect(connection.counters.sends == 2 && connection.counters.answered == 2)
        for text in texts { #expect(try await client.moderate(text)?.isCached == true) }
        #expect(connection.counters.sends == 2)
    }

    @Test func `case 33: a category it does not name is unknown, not 0`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try connection(store, model: "omni-moderation-latest")
        let reply = try #require(
            try await ModerationClient(connection).moderate("what a nice plant"))
        #expect(
            reply.categories.map(\.name) == [
                "harassment", "hate", "self-harm", "sexual", "violence",
            ])
        #expect(reply.categories.last?.score == 0.01)
        #expect(reply.categories.allSatisfy { $0.isFlagged == false })
    }

    @Test func `case 32: numbers are taken where base64 was asked for, unasked lengths are not`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try connection(store, model: "text-embedding-3-small")
        let vectors = try await EmbeddingClient(connection).embed(["a", "b", "a"])
        #expect(vectors[0] == vectors[2] && vectors[0] != vectors[1])
        var squares = 0.0
        for number in vectors[0] ?? [] { squares += Double(number) * Double(number) }
        #expect(abs(squares - 1) < 1e-5)
        await #expect(throws: Fault.self) {
            _ = try await EmbeddingClient(connection, dimensions: 5).embed(["a"])
        }
    }

    @Test func `case 30: its error codes are the reasons of dead rows`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try connection(store, model: "gpt-4.1:mock-400")
        let reply = try await ChatClient(connection).complete(Workbench.question("a"))
        #expect(reply.outcome == .dead && reply.reason == "mock_400")
        #expect(connection.counters.sends == 1)
    }
}

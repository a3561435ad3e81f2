import Records
import Store
import StoreProtocols
import Testing

@testable import Remote

@Suite(.enabled(if: LocalServers.named["infinity"] != nil))
struct InfinityTests {
    private func connection(_ bench: Workbench, _ dialect: Dialect = .openai) throws -> Connection {
        var endpoint = Endpoint(
            name: "infinity", baseURL: LocalServers.named["infinity"] ?? "", model: "minilm")
        endpoint.dialect = dialect
        endpoint.timeoutMilliseconds = 60_000
        return try Connection(
            endpoint, ledger: try bench.store().ledger, pacing: Workbench.pacing())
    }

    private func cosine(_ one: [Float]?, _ other: [Float]?) -> Double {
        var sum = 0.0
        for (a, b) in zip(one ?? [], other ?? []) { sum += Double(a) * Double(b) }
        return sum
    }

    @Test func `case 32: base64 vectors have length 1, in order, near where texts mean alike`()
        async throws
    {
        let bench = try Workbench()
        let texts = [
            "A cat sleeps on the sofa.", "The tax form is due in April.",
            "A kitten naps on the couch.", "the tax form is due in april.",
        ]
        for dialect in [Dialect.openai, .tei] {
            let client = EmbeddingClient(try connection(bench, dialect), batchSize: 3)
            let vectors = try await client.embed(texts)
            #expect(vectors.map { $0?.count } == [384, 384, 384, 384])
            for vector in vectors { #expect(abs(cosine(vector, vector) - 1) < 1e-5) }
            #expect(cosine(vectors[0], vectors[2]) > 0.6)
            #expect(cosine(vectors[1], vectors[3]) > 0.99)
            #expect(cosine(vectors[0], vectors[1]) < 0.3)
        }
    }

    @Test func `case 32: a vector shortened by the server is brought back to length 1`()
        async throws
    {
        let bench = try Workbench()
        let client = EmbeddingClient(try connection(bench), dimensions: 64)
        let vectors = try await client.embed(["A cat sleeps on the sofa."])
        #expect(vectors[0]?.count == 64)
        #expect(abs(cosine(vectors[0], vectors[0]) - 1) < 1e-5)
    }

    @Test func `case 32: 2049 texts in a call are refused with 422, and never sent so`()
        async throws
    {
        let bench = try Workbench()
        let connection = try connection(bench)
        let texts = (0..<2049).map { "text \($0)" }
        let call = try OpenAIEmbeddings.call(texts, dimensions: nil, connection.endpoint)
        #expect(try await connection.runner.run(call).reply.httpStatus == 422)
        // The client itself never asks for so many; a batch that is too large is split by it.
        let client = EmbeddingClient(connection, batchSize: 2048)
        let vectors = try await client.embed(Array(texts.prefix(40)) + ["the end"])
        #expect(vectors.count == 41 && vectors.allSatisfy { $0?.count == 384 })
    }

    @Test func `case 30: its errors are read, and its 404 stops the run`() async throws {
        let bench = try Workbench()
        let connection = try connection(bench)
        do throws(Fault) {
            _ = try await ChatClient(connection).complete(Workbench.question("q"))
            Issue.record("infinity has no chat")
        } catch {
            #expect(error.kind == .configuration)
        }
        #expect(connection.counters.sends == 1)
    }
}

@Suite(.enabled(if: LocalServers.named["litellm"] != nil))
struct LiteLLMTests {
    private func ask(_ model: String, _ texts: [String]) async throws -> (
        [Result<ChatReply, Fault>], CallCounters
    ) {
        let bench = try Workbench()
        let endpoint = Endpoint(
            name: "litellm", baseURL: LocalServers.named["litellm"] ?? "", model: model)
        let store = try bench.store()
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing(concurrency: 4))
        let results = await Workbench.askAll(ChatClient(connection), texts)
        return (results, connection.counters)
    }

    @Test func `a mocked answer is an answer`() async throws {
        let (results, counters) = try await ask("mock", ["a", "b"])
        for result in results {
            let reply = try result.get()
            #expect(reply.outcome == .answered && reply.content == #"{"label":"safe"}"#)
        }
        #expect(counters.promptTokens > 0 && counters.estimatedUsage == 0)
    }

    @Test func `case 6: a wait that is told only as llm_provider-retry-after is kept`()
        async throws
    {
        // The upstream answers its first request with 429 and Retry-After: 2.
        let start = ContinuousClock.now
        let (results, counters) = try await ask("upstream", ["a", "b", "c"])
        for result in results { #expect(try result.get().outcome == .answered) }
        #expect(counters.rateLimited >= 1)
        #expect(ContinuousClock.now - start >= .milliseconds(1900))
    }

    @Test func `case 17: a content filter behind the proxy is a refusal, not asked again`()
        async throws
    {
        let (results, counters) = try await ask("filtered", ["a"])
        #expect(try results[0].get().outcome == .refused)
        #expect(counters.sends == 1)
    }

    @Test func `case 30: codes that are strings of numbers are read`() async throws {
        let (results, _) = try await ask("nobody-serves-this", ["a"])
        switch results[0] {
        // Whatever its status: not an answer, and told in no words of the server.
        case .success(let reply): #expect(reply.outcome == .dead)
        case .failure(let fault): #expect(fault.kind == .configuration)
        }
    }
}

import Records
import Store
import StoreProtocols
import Testing

@testable import Remote

/// Chat with llama.cpp's llama-server and with the Python server of llama-cpp-python.
///
/// The model, of Benchmarks/endpoint/tiny_llama.py, says "ok" and ends; within a JSON string it
/// says spaces for ever.
@Suite(.enabled(if: LocalServers.named["llama-server"] != nil))
struct LlamaChatTests {
    private static let label = ChatRequest.Schema(
        name: "label",
        json: """
            {"type":"object","additionalProperties":false,"required":["label"],\
            "properties":{"label":{"type":"string","enum":["safe","spam"]}}}
            """)
    private static let labels = [#"{"label":"safe"}"#, #"{"label":"spam"}"#]
    private static let text = ChatRequest.Schema(
        name: "text",
        json: """
            {"type":"object","additionalProperties":false,"required":["text"],\
            "properties":{"text":{"type":"string"}}}
            """)

    private static func question(
        _ text: String, maxTokens: Int = 60, _ schema: ChatRequest.Schema? = nil
    ) -> ChatRequest {
        ChatRequest(
            messages: [ChatMessage(.user, text)], temperature: 0, maxTokens: maxTokens,
            schema: schema)
    }

    /// Each server with each dialect in which it takes a schema.
    private static let servers: [(String, Dialect)] = [
        ("llama-server", .openai), ("llama-server", .llamaCpp), ("llama-python", .llamaCpp),
    ]

    @Test(arguments: servers)
    func `an answer has the schema it was asked for`(name: String, dialect: Dialect) async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try LocalServers.connection(name, store, dialect)
        let (reply, value) = try await ChatClient(connection).completeJSON(
            Self.question("a", Self.label)
        ) { json throws(Misfit) in json }
        #expect(reply.outcome == .answered && value.map(Self.labels.contains) == true)
        #expect(connection.counters.sends == 1 && connection.counters.estimatedUsage == 0)
    }

    @Test func `case 9: what one request's schema does to the server is no other row's fault`()
        async throws
    {
        // The Python server answers 500 to `json_schema`, whenever it is asked.
        let bench = try Workbench()
        let store = try bench.store()
        let requests = (0..<12).map {
            Self.question("row \($0)", $0 == 3 ? Self.label : nil)
        }
        for run in 0..<2 {
            let connection = try LocalServers.connection("llama-python", store, .openai)
            let results = await Workbench.askAll(ChatClient(connection), requests)
            let replies = try results.map { try $0.get() }
            for (row, reply) in replies.enumerated() {
                #expect(reply.outcome == (row == 3 ? .dead : .answered))
                #expect(reply.content == (row == 3 ? "" : "ok"))
            }
            #expect(replies[3].reason == "http_500")
            #expect(connection.counters.sends == (run == 0 ? 11 + 3 : 0))
            let stored = try await store.ledger.reply(for: replies[3].key)
            #expect(stored?.attempts == 3 && stored?.httpStatus == 500)
        }
    }

    @Test(arguments: servers)
    func `case 16: an answer cut after five tokens is truncated, never mended`(
        name: String, dialect: Dialect
    ) async throws {
        let bench = try Workbench()
        let store = try bench.store()
        func ask(_ request: ChatRequest) async throws -> (ChatReply, String?, CallCounters) {
            let connection = try LocalServers.connection(name, store, dialect)
            let (reply, value) = try await ChatClient(connection).completeJSON(request) {
                json throws(Misfit) in json
            }
            return (reply, value, connection.counters)
        }
        for run in 0..<2 {
            var request = Self.question("a", maxTokens: 5, Self.label)
            request.longestMaxTokens = 5
            let (reply, value, counters) = try await ask(request)
            #expect(reply.outcome == .truncated && value == nil)
            #expect(reply.content.hasPrefix("{") && reply.completionTokens == 5)
            #expect(counters.sends == 1 - run && counters.cached == run)
        }
        // Ten do not suffice either; twice sixteen do.
        let (cut, none, once) = try await ask(Self.question("a", maxTokens: 5, Self.label))
        #expect(cut.outcome == .truncated && none == nil && cut.completionTokens == 10)
        #expect(once.sends == 1 && once.truncated == 1)
        let (whole, value, twice) = try await ask(Self.question("a", maxTokens: 16, Self.label))
        #expect(whole.outcome == .answered && value.map(Self.labels.contains) == true)
        #expect(twice.sends == 2 && twice.truncated == 1 && twice.answered == 1)
    }

    @Test(arguments: servers)
    func `case 18: white space without end is paid for up to the limit and no further`(
        name: String, dialect: Dialect
    ) async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try LocalServers.connection(name, store, dialect)
        var request = Self.question("a", maxTokens: 200, Self.text)
        request.longestMaxTokens = 200
        let (reply, value) = try await ChatClient(connection).completeJSON(request) {
            json throws(Misfit) in json
        }
        #expect(reply.outcome == .truncated && reply.reason == "length" && value == nil)
        #expect(reply.content.utf8.suffix(150).allSatisfy { $0 == UInt8(ascii: " ") })
        #expect(reply.completionTokens == 200)
        #expect(connection.counters.sends == 1 && connection.counters.completionTokens == 200)
        // Without a bound of its own it is asked for once more, with twice the room.
        request.longestMaxTokens = nil
        let longer = try await ChatClient(connection).complete(request)
        #expect(longer.outcome == .truncated && longer.completionTokens == 400)
        #expect(connection.counters.sends == 2 && connection.counters.completionTokens == 600)
    }

    @Test(arguments: ["llama-server", "llama-python"])
    func `case 30: a prompt that does not fit buries its row at the first reply`(name: String)
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try LocalServers.connection(name, store, .llamaCpp)
        let texts = [String(repeating: "long ", count: 600), "short"]
        let results = await Workbench.askAll(
            ChatClient(connection), texts.map { Self.question($0) })
        let replies = try results.map { try $0.get() }
        #expect(replies.map(\.outcome) == [.dead, .answered])
        #expect(replies[0].reason == "too_long")
        #expect(connection.counters.sends == 2)
    }

    @Test func `case 30: the errors of llama-server are read, codes that are numbers and all`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try LocalServers.connection("llama-server", store, .openai)
        let schema = ChatRequest.Schema(name: "bad", json: #"{"type":"nonsense"}"#)
        let reply = try await ChatClient(connection).complete(Self.question("a", schema))
        #expect(reply.outcome == .dead && connection.counters.sends == 1)
        #expect(reply.reason == "invalid_request_error")
        // A body that is no JSON at all is answered with 500, and a code that is a number.
        let broken = try await LocalServers.raw(connection, "/chat/completions", "no JSON")
        let error = ProviderError(broken.body)
        #expect(broken.status == 500 && error.code == "500" && error.message != nil)
        #expect(error.type == "server_error")
        // 501: no other text would fare better here.
        do throws(Fault) {
            _ = try await EmbeddingClient(connection).embed(["a"])
            Issue.record("it was started without embeddings")
        } catch {
            #expect(error.kind == .configuration)
            #expect(error.what.contains("cannot do this kind of call"))
        }
        #expect(connection.counters.sends == 2)
    }

    @Test func `case 30: the errors of the Python server are read, plain text and details`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try LocalServers.connection("llama-python", store, .llamaCpp)
        let broken = try await LocalServers.raw(connection, "/chat/completions", "no JSON")
        #expect(broken.status == 500)
        #expect(broken.header("content-type")?.hasPrefix("text/plain") == true)
        #expect(ProviderError(broken.body) == ProviderError([]))
        let unknown = try await LocalServers.raw(connection, "/nowhere", "{}")
        #expect(unknown.status == 404 && ProviderError(unknown.body).message == "Not Found")
        // Its address without the version: the run ends after one request.
        var endpoint = connection.endpoint
        endpoint.baseURL += "/v2"
        let lost = try Connection(
            endpoint, ledger: store.ledger,
            pacing: Workbench.pacing(concurrency: 1))
        let results = await Workbench.askAll(ChatClient(lost), ["a", "b", "c"])
        for case .success in results { Issue.record("there is no such address") }
        #expect(lost.counters.sends == 1)
    }

    @Test func `case 31: a second answer is a second request, since n means what a server likes`()
        async throws
    {
        let body =
            #"{"model":"tiny","max_tokens":60,"temperature":0,"n":2,"#
            + #""messages":[{"role":"user","content":"a"}]}"#
        for (name, choices) in [("llama-server", 2), ("llama-python", 1)] {
            let bench = try Workbench()
            let store = try bench.store()
            let connection = try LocalServers.connection(name, store, .llamaCpp)
            let raw = try await LocalServers.raw(connection, "/chat/completions", body)
            let value = try JSONReader.read(raw.body)
            #expect(value["choices"]?.array?.count == choices)
            let one = try await ChatClient(connection).complete(Self.question("a"))
            // For both choices it counts the tokens of one.
            #expect(TokenUsage(openAI: value["usage"]).completion == one.completionTokens)
            #expect((OpenAIChat().parse(raw.body) == nil) == (choices == 2))
            var again = Self.question("a")
            again.sample = 1
            let other = try await ChatClient(connection).complete(again)
            #expect(other.outcome == .answered && !other.isCached && other.key != one.key)
            #expect(connection.counters.sends == 2)
            let paid = (one.completionTokens ?? 0) + (other.completionTokens ?? 0)
            #expect(connection.counters.completionTokens == paid && paid > 0)
        }
    }
}

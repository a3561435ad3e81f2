import Records
import Store
import StoreProtocols
import Testing

@testable import Remote

/// Replies that no server should write, and some do.
struct HostileReplyTests {
    private static let hostile: [(name: String, body: [UInt8])] = [
        (
            "invalid UTF-8",
            Array(#"{"choices":[{"message":{"content":""#.utf8) + [0xFF, 0xC0, 0x22]
        ),
        ("byte order mark", [0xEF, 0xBB, 0xBF] + Array(Workbench.completion("x").utf8)),
        ("NaN", Array(#"{"data":[{"index":0,"embedding":[NaN]}]}"#.utf8)),
        ("1e999", Array(#"{"data":[{"index":0,"embedding":[1e999]}]}"#.utf8)),
        ("duplicate keys", Array(#"{"choices":[],"choices":[]}"#.utf8)),
        ("deep arrays", Array(String(repeating: "[", count: 200_000).utf8)),
        ("deep objects", Array(String(repeating: #"{"a":"#, count: 200_000).utf8)),
        ("half a document", Array(Workbench.completion("x").utf8.dropLast(9))),
        ("two documents", Array((Workbench.completion("x") + "{}").utf8)),
        ("a page", Array("<!doctype html><title>Sign in</title>".utf8)),
        ("a zero byte", [0]), ("a scalar", Array("7".utf8)), ("null", Array("null".utf8)),
        ("an error with 200", Array(#"{"error":{"message":"no"}}"#.utf8)),
        ("choices of no form", Array(#"{"choices":{"a":1}}"#.utf8)),
        ("a choice of no form", Array(#"{"choices":[7]}"#.utf8)),
        ("content of no form", Array(#"{"type":"message","content":{}}"#.utf8)),
        ("results of no form", Array(#"{"results":[{"flagged":"yes"}]}"#.utf8)),
    ]

    @Test func `case 29: no dialect takes a hostile document, and none crashes`() throws {
        for (name, body) in Self.hostile {
            for dialect in Dialect.allCases {
                #expect(dialect.rules.chat?.parse(body) == nil, "\(name)")
            }
            #expect(OpenAIModerations.parse(body) == nil, "\(name)")
            let value = (try? JSONReader.read(body)) ?? .null
            #expect(throws: Fault.self, "\(name)") {
                try OpenAIEmbeddings.vectors(value, count: 1, dimensions: nil)
            }
            _ = ProviderError(body)
        }
    }

    @Test func `case 29: a hostile document is asked for again, then the call is dead`()
        async throws
    {
        for (name, body) in Self.hostile.prefix(8) {
            let bench = try Workbench()
            let store = try bench.store()
            let server = try ScriptedServer { _ in
                var answer = ScriptedServer.Answer(200, "")
                answer.body = body
                return answer
            }
            let client = ChatClient(try Workbench.connection(server, store))
            let reply = try await client.complete(Workbench.question("q"))
            #expect(reply.outcome == .dead && reply.reason == "bad_reply", "\(name)")
            #expect((2...4).contains(server.requests.count), "\(name)")
            #expect(try await store.ledger.exposedCount() == 0)
        }
    }

    @Test func `an endpoint that answers nothing but pages ends the run, and nothing is kept`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { _ in .init(200, "<!doctype html><title>Sign in</title>") }
        let client = ChatClient(try Workbench.connection(server, store))
        let results = await Workbench.askAll(client, (0..<8).map { "question \($0)" })
        let faults = results.compactMap { if case .failure(let fault) = $0 { fault } else { nil } }
        #expect(!faults.isEmpty && faults.allSatisfy { $0.kind == .unavailable })
        #expect(try await store.ledger.countsByState()[.dead, default: 0] <= LostCalls.mostInARow)
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test(arguments: [
        #"{"id":"x","choices":[]}"#, #"{"choices":null}"#, #"{"object":"chat.completion"}"#,
        #"{"choices":[{"index":0,"message":null,"finish_reason":"stop"}]}"#,
        #"{"choices":[{"message":{"content":null}}]}"#, #"{"choices":[{"message":{}}]}"#,
        #"{"error":{"message":"overloaded","type":"server_error","code":529}}"#,
        #"{"error":"no","choices":[]}"#, #"{"error":{"code":"context_length_exceeded"}}"#,
        #"{"choices":[{"message":{"content":"a"}},{"message":{"content":"b"}}]}"#,
    ])
    func `a success without an answer is one call's failure, and the others are answered`(
        body: String
    ) async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            Workbench.asked(request).hasPrefix("bad")
                ? .init(200, body) : .init(200, Workbench.completion("{}"))
        }
        let client = ChatClient(
            try Workbench.connection(server, store, pacing: Workbench.pacing(concurrency: 1)))
        for (text, isGood) in [("bad 1", false), ("good 1", true), ("bad 2", false)] {
            var request = Workbench.question(text)
            request.schema = .init(name: "n", json: "{}")
            let (reply, value) = try await client.completeJSON(request) { json throws(Misfit) in
                json
            }
            #expect((value != nil) == isGood)
            #expect((reply.outcome == .answered) == isGood)
            #expect(isGood || reply.reason?.isEmpty == false)
        }
        let states = try await store.ledger.countsByState()
        #expect(states[.answered] == 1)
        #expect(states[.invalid, default: 0] + states[.dead, default: 0] >= 2)
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test func `case 29: a number of 23 digits is read as what it is near to`() throws {
        let text =
            #"{"choices":[{"index":12345678901234567890123,"finish_reason":"stop","message":"#
            + #"{"content":"x"}}],"usage":{"prompt_tokens":12345678901234567890123}}"#
        let parsed = try #require(OpenAIChat().parse(Array(text.utf8)))
        #expect(parsed.content == "x" && parsed.read.usage.prompt == nil)
        let item =
            #"{"data":[{"index":12345678901234567890123,"embedding":[1]}]}"#
        let value = try JSONReader.read(Array(item.utf8))
        #expect(throws: Fault.self) {
            try OpenAIEmbeddings.vectors(value, count: 1, dimensions: nil)
        }
    }

    @Test(arguments: [
        // OpenAI, Anthropic, llama-server, litellm, FastAPI, Ollama, TEI, a proxy, nothing.
        (400, #"{"error":{"message":"m","type":"t","param":null,"code":"a_code"}}"#, "a_code"),
        (
            400, #"{"type":"error","error":{"type":"invalid_request_error","message":"m"}}"#,
            "invalid_request_error"
        ),
        (400, #"{"error":{"code":400,"type":"exceed_context_size_error"}}"#, "too_long"),
        (
            400, #"{"error":{"code":400,"message":"m","type":"invalid_request_error"}}"#,
            "invalid_request_error"
        ),
        (400, #"{"error":{"message":"m","type":"None","param":"None","code":"400"}}"#, "400"),
        (422, #"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"m"}]}"#, "http_422"),
        (400, #"{"error":"model is required"}"#, "http_400"),
        (413, #"{"error":"batch size 33 > 32","error_type":"Validation"}"#, "too_long"),
        (400, "Bad Request", "http_400"), (400, "", "http_400"), (422, "[]", "http_422"),
        (400, #"{"error":null}"#, "http_400"), (400, #"{"error":{"code":null}}"#, "http_400"),
        (400, #"{"error":{"code":[1],"type":{}}}"#, "http_400"),
        (400, #"{"error":[]}"#, "http_400"),
    ])
    func `case 30: errors of every form are dead requests with a reason`(
        status: Int, body: String, reason: String
    ) async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { _ in .init(status, body) }
        let client = ChatClient(try Workbench.connection(server, store))
        for _ in 0..<2 {
            let reply = try await client.complete(Workbench.question("q"))
            #expect(reply.outcome == .dead)
            #expect(reply.reason == reason)
        }
        #expect(server.requests.count == 1)
    }

    @Test func `case 15: JSON that cannot be mended is stored, asked again twice, then given up`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { _ in
            .init(200, Workbench.completion(#"{"label": "safe",,"#))
        }
        let connection = try Workbench.connection(server, store)
        var request = Workbench.question("q")
        request.schema = .init(name: "n", json: "{}")
        for run in 0..<2 {
            let (reply, value) = try await ChatClient(connection).completeJSON(request) {
                json throws(Misfit) in json
            }
            #expect(reply.outcome == .invalid && reply.reason == "not_json" && value == nil)
            #expect(reply.isCached == (run == 1))
            #expect(server.requests.count == 3)
        }
        #expect(connection.counters.invalid == 3 && connection.counters.cached == 3)
    }
}

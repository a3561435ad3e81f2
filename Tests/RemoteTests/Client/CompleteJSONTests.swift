import Records
import Store
import Testing

@testable import Remote

struct CompleteJSONTests {
    /// Asks with a schema while the server gives these contents in turn, the last for ever.
    private func ask(
        _ contents: [String], finish: String = "stop",
        validate: @escaping (String) throws(Fault) -> String = { json throws(Fault) in json }
    ) async throws -> (replies: [(reply: ChatReply, value: String?)], requests: Int) {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            let content = contents[min(request.number, contents.count - 1)]
            return .init(200, Workbench.completion(content, finish: finish))
        }
        let client = ChatClient(try Workbench.connection(server, store))
        var request = Workbench.question("q")
        request.schema = .init(name: "label", json: #"{"type":"object"}"#)
        var replies: [(reply: ChatReply, value: String?)] = []
        for _ in 0..<2 {
            replies.append(try await client.completeJSON(request, validate: validate))
        }
        return (replies, server.requests.count)
    }

    @Test func `good JSON and mendable JSON cost one call`() async throws {
        for content in [#"{"a":1}"#, "```json\n{\"a\":1,}\n```"] {
            let (replies, requests) = try await ask([content])
            #expect(requests == 1)
            #expect(replies.map(\.value) == [#"{"a":1}"#, #"{"a":1}"#])
            #expect(replies.allSatisfy { $0.reply.outcome == .answered })
        }
    }

    @Test func `bad JSON is asked again at most twice, and never once more on the next run`()
        async throws
    {
        let (healed, few) = try await ask(["no", #"{"a":2}"#])
        #expect(few == 2)
        #expect(healed.map(\.value) == [#"{"a":2}"#, #"{"a":2}"#])
        let (lost, many) = try await ask([#"{"label": "safe",,"#])
        #expect(many == 3)
        #expect(lost.allSatisfy { $0.value == nil && $0.reply.outcome == .invalid })
        #expect(lost.last?.reply.isCached == true)
    }

    @Test func `JSON with the wrong content is asked again, with the stricter answer kept`()
        async throws
    {
        let (replies, requests) = try await ask([#"{"a":1}"#, #"{"b":1}"#]) {
            json throws(Fault) in
            if json.contains("b") { return json }
            throw Fault(.badData, "no b")
        }
        #expect(requests == 2)
        #expect(replies.map(\.value) == [#"{"b":1}"#, #"{"b":1}"#])
    }

    @Test func `a cut reply is never mended, but asked for once more with twice the room`()
        async throws
    {
        let (replies, requests) = try await ask([#"{"a":[1]}"#], finish: "length")
        #expect(requests == 2)
        #expect(replies.allSatisfy { $0.value == nil && $0.reply.outcome == .truncated })
    }

    @Test func `every part of a request is part of its key, and nothing about its sending is`()
        throws
    {
        var endpoint = Endpoint(name: "main", baseURL: "https://a.example/v1", model: "m")
        func key(_ change: (inout ChatRequest) -> Void = { _ in }) throws -> String {
            var request = Workbench.question("q")
            change(&request)
            return try ChatCall.make(request, endpoint).key.hex
        }
        let plain = try key()
        var keys: Set<String> = [plain]
        keys.insert(try key { $0.temperature = 1 })
        keys.insert(try key { $0.temperature = 0 })
        keys.insert(try key { $0.seed = 1 })
        keys.insert(try key { $0.maxTokens = 21 })
        keys.insert(try key { $0.model = "other" })
        keys.insert(try key { $0.sample = 1 })
        keys.insert(try key { $0.messages[0].content = "q " })
        keys.insert(try key { $0.messages[0].content = "e\u{301}" })
        keys.insert(try key { $0.messages[0].content = "\u{e9}" })
        keys.insert(try key { $0.messages[0].role = .system })
        keys.insert(try key { $0.schema = .init(name: "s", json: "{}") })
        keys.insert(try ChatCall.make(Workbench.question("q"), reask: 1, endpoint).key.hex)
        #expect(keys.count == 13)
        endpoint.baseURL = "https://b.example/v1"
        endpoint.timeoutMilliseconds = 1
        endpoint.concurrency = 99
        endpoint.keyEnvironmentVariable = "KEY"
        #expect(try key() == plain)
        endpoint.name = "other"
        #expect(try key() != plain)
    }

    @Test func `the body is canonical JSON with exactly what was asked for`() throws {
        var endpoint = Endpoint(name: "main", baseURL: "https://a.example/v1", model: "m")
        endpoint.maxTokensField = .maxCompletionTokens
        var request = ChatRequest(
            messages: [ChatMessage(.system, "s"), ChatMessage(.user, "u\n")], temperature: 0.7,
            maxTokens: 5, seed: -1,
            schema: .init(name: "n", json: #"{"type": "object", "a": 1.0}"#))
        let expected =
            #"{"max_completion_tokens":5,"messages":[{"content":"s","role":"system"},"#
            + #"{"content":"u\n","role":"user"}],"model":"m","response_format":{"json_schema":"#
            + #"{"name":"n","schema":{"a":1,"type":"object"},"strict":true},"type":"json_schema"},"#
            + #""seed":-1,"temperature":0.7}"#
        let body = try ChatCall.make(request, endpoint).body
        #expect(String(decoding: body, as: UTF8.self) == expected)
        request.schema = .init(name: "n", json: "{")
        #expect(throws: Fault.self) { try ChatCall.make(request, endpoint) }
        request.schema = nil
        request.temperature = .nan
        #expect(throws: Fault.self) { try ChatCall.make(request, endpoint) }
    }
}

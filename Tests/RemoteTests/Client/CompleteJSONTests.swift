import Records
import Store
import StoreProtocols
import Testing

@testable import Remote

struct CompleteJSONTests {
    /// Asks with a schema while the server gives these contents in turn, the last for ever.
    private func ask(
        _ contents: [String], finish: String = "stop",
        validate: @escaping (String) throws(Misfit) -> String = { json throws(Misfit) in json }
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
            json throws(Misfit) in
            if json.contains("b") { return json }
            throw Misfit("no_b")
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

    @Test func `the body is exactly what was asked for, with the schema's own order`() throws {
        var endpoint = Endpoint(name: "main", baseURL: "https://a.example/v1", model: "m")
        endpoint.maxTokensField = .maxCompletionTokens
        var request = ChatRequest(
            messages: [ChatMessage(.system, "s"), ChatMessage(.user, "u\n")], temperature: 0.7,
            maxTokens: 5, seed: -1,
            schema: .init(name: "n", json: #"{"type": "object", "a": 1.0}"#))
        let expected =
            #"{"max_completion_tokens":5,"messages":[{"content":"s","role":"system"},"#
            + #"{"content":"u\n","role":"user"}],"model":"m","response_format":{"json_schema":"#
            + #"{"name":"n","schema":{"type":"object","a":1},"strict":true},"type":"json_schema"},"#
            + #""seed":-1,"temperature":0.7}"#
        let call = try ChatCall.make(request, endpoint)
        #expect(String(decoding: call.body, as: UTF8.self) == expected)
        // No order is paid for twice.
        request.schema = .init(name: "n", json: #"{"a": 1, "type": "object"}"#)
        let other = try ChatCall.make(request, endpoint)
        #expect(other.key == call.key && other.body != call.body)
        request.schema = .init(name: "n", json: "{")
        #expect(throws: Fault.self) { try ChatCall.make(request, endpoint) }
        request.schema = nil
        request.temperature = .nan
        #expect(throws: Fault.self) { try ChatCall.make(request, endpoint) }
    }

    /// The states that the ledger has of all replies to a question.
    private func states(
        _ contents: [String], temperature: Double? = nil
    ) async throws -> (states: [StoredReply.State: Int], counters: CallCounters, bodies: [String]) {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            .init(200, Workbench.completion(contents[min(request.number, contents.count - 1)]))
        }
        let connection = try Workbench.connection(server, store)
        var request = Workbench.question("q")
        request.temperature = temperature
        request.schema = .init(name: "label", json: #"{"type":"object"}"#)
        for _ in 0..<2 {
            _ = try await ChatClient(connection).completeJSON(request) { json throws(Misfit) in
                if json.contains("good") { return json }
                throw Misfit("no_good")
            }
        }
        return (
            try await store.ledger.countsByState().filter { $0.value > 0 }, connection.counters,
            server.requests.map(\.body)
        )
    }

    @Test func `a question that nothing answers leaves replies that are asked again on demand`()
        async throws
    {
        for contents in [[#"{"a":1}"#], ["prose"], ["prose", #"{"a":1}"#, "[]"]] {
            let (states, counters, bodies) = try await states(contents)
            #expect(states == [.invalid: 3])
            #expect(counters.invalid == 3 && counters.answered == 0 && counters.cached == 3)
            #expect(bodies.count == 3)
        }
    }

    @Test func `a question that another answer settles leaves nothing to ask again`() async throws {
        for contents in [[#"{"a":1}"#, #"{"good":1}"#], ["prose", #"{"good":1}"#]] {
            let (states, counters, bodies) = try await states(contents)
            #expect(states == [.answered: 2])
            #expect(counters.invalid == 0 && bodies.count == 2)
        }
    }

    @Test func `a model without chance is told what was wrong, any other is only asked again`()
        async throws
    {
        let (_, _, told) = try await states(["{}"], temperature: 0)
        #expect(Set(told).count == 3)
        #expect(told[1].contains("did not fit (no_good)"))
        #expect(told[2].contains("did not fit (no_good, no_good)"))
        let (_, _, plain) = try await states(["{}"], temperature: 0.7)
        #expect(Set(plain).count == 1)
    }
}

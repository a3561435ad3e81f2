import FoundationEssentials
import Glibc
import Records
import Store
import StoreProtocols
import Testing

@testable import Remote

struct AnthropicTests {
    private func endpoint(_ base: String = "https://api.example.com/v1") -> Endpoint {
        var endpoint = Endpoint(name: "main", baseURL: base, model: "m")
        endpoint.dialect = .anthropic
        return endpoint
    }

    private static func message(
        _ content: String, stop: String? = "end_turn",
        usage: String = #"{"input_tokens":10,"output_tokens":4}"#
    ) -> String {
        let text = String(decoding: JSONWriter.write(.string(content)), as: UTF8.self)
        return #"{"type":"message","role":"assistant","model":"m-1","content":["#
            + #"{"type":"thinking","thinking":"hm"},{"type":"text","text":\#(text)}],"#
            + #""stop_reason":\#(stop.map { "\"\($0)\"" } ?? "null"),"usage":\#(usage)}"#
    }

    @Test func `system goes on top, the limit is stated, the schema is an output format`() throws {
        var request = ChatRequest(
            messages: [
                ChatMessage(.system, "a"), ChatMessage(.system, "b"), ChatMessage(.user, "u"),
            ], temperature: 0.5, maxTokens: 9, seed: 7,
            schema: .init(name: "n", json: #"{"type":"object"}"#))
        request.stop = ["END"]
        request.topP = 0.9
        let body = try ChatCall.make(request, endpoint()).body
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"model":"m","max_tokens":9,"system":"a\n\nb","#
                + #""messages":[{"role":"user","content":"u"}],"temperature":0.5,"top_p":0.9,"#
                + #""stop_sequences":["END"],"#
                + #""output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}}"#)
    }

    @Test func `what the protocol has no words for is a fault before anything is sent`() {
        for change in [
            { $0.temperature = 1.5 }, { $0.topLogprobs = 3 },
            { $0.messages = [ChatMessage(.system, "s")] },
            { $0.messages = [ChatMessage(.assistant, "s"), ChatMessage(.user, "u")] },
        ] as [(inout ChatRequest) -> Void] {
            var request = Workbench.question("q")
            change(&request)
            let fault = #expect(throws: Fault.self) { try ChatCall.make(request, endpoint()) }
            #expect(fault?.kind == .configuration)
        }
    }

    @Test func `a seed that cannot be sent still tells two samples apart`() throws {
        var request = Workbench.question("q")
        let plain = try ChatCall.make(request, endpoint())
        request.seed = 1
        let seeded = try ChatCall.make(request, endpoint())
        #expect(seeded.body == plain.body)
        #expect(seeded.key != plain.key)
    }

    @Test(arguments: [
        ("end_turn", "answered", nil), ("stop_sequence", "answered", nil),
        (nil, "answered", nil), ("something_new", "answered", nil),
        ("max_tokens", "truncated", "length"),
        ("model_context_window_exceeded", "truncated", "context_window"),
        ("refusal", "refused", "refusal"), ("tool_use", "invalid", "tool_use"),
        ("pause_turn", "invalid", "pause_turn"),
    ])
    func `cases 16 and 17: every stop reason has its outcome, whatever the content`(
        stop: String?, state: String, reason: String?
    ) throws {
        let parsed = try #require(
            AnthropicMessages().parse(Array(Self.message(#"{"a":1}"#, stop: stop).utf8)))
        #expect(parsed.read.state.rawValue == state)
        #expect(parsed.read.reason == reason)
        #expect(parsed.content == #"{"a":1}"#)
        #expect(parsed.read.model == "m-1")
    }

    @Test func `an answer of nothing but blanks or thinking is invalid, another document none`() {
        func state(_ text: String) -> StoredReply.State? {
            AnthropicMessages().parse(Array(text.utf8))?.read.state
        }
        #expect(state(Self.message(" \n ")) == .invalid)
        #expect(state(#"{"type":"message","content":[],"stop_reason":"end_turn"}"#) == .invalid)
        #expect(state(#"{"type":"message","content":"text"}"#) == nil)
        #expect(state(#"{"type":"error","error":{"type":"api_error"}}"#) == nil)
        #expect(state(Workbench.completion("x")) == nil)
    }

    @Test func `input beside the cache is counted, and each part has its price`() throws {
        let usage =
            #"{"input_tokens":100,"cache_creation_input_tokens":40,"#
            + #""cache_read_input_tokens":860,"output_tokens":50}"#
        let parsed = try #require(
            AnthropicMessages().parse(Array(Self.message("x", usage: usage).utf8)))
        let read = parsed.read.usage
        #expect((read.prompt, read.completion, read.cached, read.written) == (1000, 50, 860, 40))
        var endpoint = endpoint()
        endpoint.promptPriceMicrounitsPerMillionTokens = 3_000_000
        endpoint.completionPriceMicrounitsPerMillionTokens = 15_000_000
        func cost() -> Int64 {
            endpoint.costMicrounits(
                promptTokens: 1000, completionTokens: 50, cachedTokens: 860, writtenTokens: 40)
        }
        // 960 at 3.00, 40 at 3.75 and 50 at 15.00 a million.
        #expect(cost() == 2880 + 150 + 750)
        endpoint.cachedPriceMicrounitsPerMillionTokens = 300_000
        #expect(cost() == 300 + 258 + 150 + 750)
        endpoint.cacheWritePriceMicrounitsPerMillionTokens = .max
        #expect(cost() == .max)
    }

    @Test func `the key goes out as x-api-key, to its own origin alone, with the version`()
        async throws
    {
        let bench = try Workbench()
        let keyFile = bench.folder + "/key"
        _ = FileManager.default.createFile(atPath: keyFile, contents: Data("k-123456".utf8))
        chmod(keyFile, 0o600)
        let server = try ScriptedServer { _ in .init(200, Self.message("hello")) }
        let store = try bench.store()
        var endpoint = endpoint(server.baseURL)
        endpoint.keyFile = keyFile
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing())
        for isCached in [false, true] {
            let reply = try await ChatClient(connection).complete(Workbench.question("q"))
            #expect(reply.content == "hello" && reply.outcome == .answered)
            #expect(reply.isCached == isCached)
        }
        let request = try #require(server.requests.first)
        #expect(server.requests.count == 1)
        #expect(request.path == "/v1/messages")
        #expect(request.headers["x-api-key"] == "k-123456")
        #expect(request.headers["anthropic-version"] == "2023-06-01")
        #expect(request.headers["authorization"] == nil)
        #expect(connection.counters.promptTokens == 10)
    }

    @Test func `case 11: 529 is waited out, a spend limit stops the run`() async throws {
        let overloaded =
            #"{"type":"error","error":{"type":"overloaded_error","message":"x"},"request_id":"r"}"#
        let limit =
            #"{"type":"error","error":{"type":"enforced_spend_limit_reached","message":"x"}}"#
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            switch request.number {
            case 0, 1: .init(529, overloaded)
            case 2: .init(200, Self.message("ok"))
            default: .init(429, limit)
            }
        }
        let connection = try Connection(
            endpoint(server.baseURL), ledger: store.ledger, pacing: Workbench.pacing())
        let client = ChatClient(connection)
        #expect(try await client.complete(Workbench.question("a")).content == "ok")
        do throws(Fault) {
            _ = try await client.complete(Workbench.question("b"))
            Issue.record("a spend limit stops the run")
        } catch {
            #expect(error.kind == .stopped)
        }
        #expect(server.requests.count == 4)
    }
}

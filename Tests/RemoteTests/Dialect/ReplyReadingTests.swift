import Records
import Store
import StoreProtocols
import Testing

@testable import Remote

struct ReplyReadingTests {
    private func parse(
        message: String, finish: String = "\"stop\"", rest: String = ""
    ) -> ChatParsed? {
        let text =
            #"{"choices":[{"index":0,"finish_reason":\#(finish),"message":\#(message)\#(rest)}]}"#
        return OpenAIChat().parse(Array(text.utf8))
    }

    @Test(arguments: [
        (#"{"content":"x"}"#, "\"stop\"", "answered", nil, "x"),
        (#"{"content":"x"}"#, "null", "answered", nil, "x"),
        (#"{"content":"x","refusal":null}"#, "\"stop\"", "answered", nil, "x"),
        (#"{"content":null,"refusal":"No."}"#, "\"stop\"", "refused", "refusal", ""),
        (#"{"content":"part"}"#, "\"content_filter\"", "refused", "content_filter", "part"),
        (#"{"content":null}"#, "\"stop\"", "invalid", "empty", ""),
        (#"{"content":""}"#, "\"stop\"", "invalid", "empty", ""),
        (#"{"content":" \n\t "}"#, "\"stop\"", "invalid", "empty", " \n\t "),
        (#"{}"#, "\"tool_calls\"", "invalid", "empty", ""),
        (#"{"content":null}"#, "\"length\"", "truncated", "length", ""),
        (#"{"content":"{\"a\":1}"}"#, "\"length\"", "truncated", "length", #"{"a":1}"#),
        (
            #"{"content":[{"type":"text","text":"a"},{"type":"x"},{"type":"text","text":"b"}]}"#,
            "\"stop\"", "answered", nil, "ab"
        ),
        (
            #"{"content":[{"type":"refusal","refusal":"No."}]}"#, "\"stop\"", "refused", "refusal",
            ""
        ),
        (#"{"content":7}"#, "\"stop\"", "invalid", "empty", ""),
        (#"{"content":["a",{"text":"b"}]}"#, "\"stop\"", "answered", nil, "ab"),
        (
            #"{"content":null,"tool_calls":[{"function":{"name":"f","arguments":"{\"a\":1}"}}]}"#,
            "\"tool_calls\"", "answered", nil, #"{"a":1}"#
        ),
        (
            #"{"content":"","function_call":{"name":"f","arguments":{"b":1,"a":2}}}"#,
            "\"function_call\"", "answered", nil, #"{"b":1,"a":2}"#
        ),
        (#"null"#, "\"content_filter\"", "refused", "content_filter", ""),
        (#"null"#, "\"stop\"", "invalid", "no_message", ""),
    ])
    func `cases 16 and 17: how a reply ended is read before what it says`(
        message: String, finish: String, state: String, reason: String?, content: String
    ) throws {
        let parsed = try #require(parse(message: message, finish: finish))
        #expect(parsed.read.state.rawValue == state)
        #expect(parsed.read.reason == reason)
        #expect(parsed.content == content)
    }

    @Test func `case 31: one choice is asked for, and any other number is no answer`() throws {
        for count in [0, 2, 3] {
            let choice = #"{"finish_reason":"stop","message":{"content":"x"}}"#
            let choices = Array(repeating: choice, count: count).joined(separator: ",")
            let parsed = OpenAIChat().parse(Array(#"{"choices":[\#(choices)]}"#.utf8))
            #expect(parsed?.read.state == .invalid)
            #expect(parsed?.read.reason == (count == 0 ? "no_choice" : "several_choices"))
        }
        for dialect in Dialect.allCases where dialect.offers(.chat) {
            var endpoint = Endpoint(name: "e", baseURL: "https://a.example/v1", model: "m")
            endpoint.dialect = dialect
            let body = try ChatCall.make(Workbench.question("q"), endpoint).body
            #expect(try JSONReader.read(body)["n"] == nil)
        }
    }

    @Test func `case 31: usage is read with its details, and nonsense in it counts as unsaid`() {
        func usage(_ text: String) -> TokenUsage {
            TokenUsage(openAI: try? JSONReader.read(Array(text.utf8)))
        }
        let full = usage(
            #"{"prompt_tokens":100,"completion_tokens":30,"prompt_tokens_details":"#
                + #"{"cached_tokens":64,"cache_write_tokens":8},"completion_tokens_details":"#
                + #"{"reasoning_tokens":20}}"#)
        #expect((full.prompt, full.completion) == (100, 30))
        #expect((full.cached, full.written, full.reasoning) == (64, 8, 20))
        for text in ["null", "{}", "[]", #"{"prompt_tokens":-1,"completion_tokens":1e30}"#] {
            #expect(usage(text) == TokenUsage(), "\(text)")
        }
        // Servers that do not count write 0; a cache alone may have read the whole prompt.
        for text in [
            #"{"prompt_tokens":0,"completion_tokens":0}"#, #"{"prompt_tokens":0}"#,
        ] {
            #expect(usage(text) == TokenUsage(), "\(text)")
        }
        let known = usage(#"{"prompt_tokens":0,"completion_tokens":9}"#)
        #expect((known.prompt, known.completion) == (nil, 9))
        let cached = TokenUsage(
            anthropic: try? JSONReader.read(
                Array(#"{"input_tokens":0,"cache_read_input_tokens":5,"output_tokens":1}"#.utf8)))
        #expect((cached.prompt, cached.cached) == (5, 5))
        let absurd = usage(
            #"{"prompt_tokens":5,"prompt_tokens_details":{"cached_tokens":9,"#
                + #""cache_write_tokens":9},"completion_tokens_details":null}"#)
        #expect((absurd.prompt, absurd.cached, absurd.written) == (5, 5, 0))
    }

    @Test func `case 31: a reply without usage is kept at the estimate, and counted as such`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { _ in
            .init(200, #"{"choices":[{"finish_reason":"stop","message":{"content":"x"}}]}"#)
        }
        var endpoint = Workbench.endpoint(server)
        endpoint.completionPriceMicrounitsPerMillionTokens = 1_000_000
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing())
        _ = try await ChatClient(connection).complete(Workbench.question("q"))
        let counters = connection.counters
        #expect(counters.estimatedUsage == 1)
        #expect(counters.completionTokens == 20 && counters.costMicrounits == 20)
    }

    @Test func `likely tokens are read as servers write them`() throws {
        let logprobs =
            #","logprobs":{"content":[{"token":"a","logprob":-0.5,"bytes":null,"id":7,"#
            + #""top_logprobs":[{"token":"b","logprob":-2},{"token":"a","logprob":-0.5},"#
            + #"{"token":"c","logprob":-2}]},{"token":"!","logprob":1e-9}]}"#
        let parsed = try #require(parse(message: #"{"content":"a!"}"#, rest: logprobs))
        #expect(
            parsed.logprobs == [
                TokenLogprob(
                    chosen: .init(token: "a", logprob: -0.5),
                    likeliest: [
                        .init(token: "a", logprob: -0.5), .init(token: "b", logprob: -2),
                        .init(token: "c", logprob: -2),
                    ]),
                TokenLogprob(chosen: .init(token: "!", logprob: 0), likeliest: []),
            ])
        for rest in [
            "", #","logprobs":null"#, #","logprobs":{"content":null}"#,
            #","logprobs":{"content":[{"token":"a"}]}"#,
        ] {
            #expect(try #require(parse(message: #"{"content":"a"}"#, rest: rest)).logprobs == nil)
        }
    }

    @Test func `likely tokens are asked for, kept in the ledger and read from it`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            let asks =
                request.body.contains(#""logprobs":true"#)
                && request.body.contains(#""top_logprobs":2"#)
            return .init(
                200,
                #"{"choices":[{"finish_reason":"stop","message":{"content":"a"},"logprobs":"#
                    + #"{"content":[{"token":"a","logprob":\#(asks ? "-0.25" : "-9")}]}}]}"#)
        }
        let client = ChatClient(try Workbench.connection(server, store))
        var request = Workbench.question("q")
        request.topLogprobs = 2
        for isCached in [false, true] {
            let reply = try await client.complete(request)
            #expect(reply.isCached == isCached)
            #expect(reply.logprobs?.map(\.chosen.logprob) == [-0.25])
        }
        request.topLogprobs = 21
        await #expect(throws: Fault.self) { _ = try await client.complete(request) }
    }

    @Test func `a model or a fingerprint that changes within a run is seen`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            let number = request.number
            return .init(
                200,
                #"{"model":"m-\#(number / 2)","system_fingerprint":"fp\#(number % 2)","choices":"#
                    + #"[{"finish_reason":"stop","message":{"content":"x"}}]}"#)
        }
        let pacing = Workbench.pacing(concurrency: 1)
        let connection = try Workbench.connection(server, store, pacing: pacing)
        _ = await Workbench.askAll(ChatClient(connection), ["a", "b", "c", "d"])
        #expect(
            connection.counters.served == [
                ServedModel(model: "m-0", fingerprint: "fp0"): 1,
                ServedModel(model: "m-0", fingerprint: "fp1"): 1,
                ServedModel(model: "m-1", fingerprint: "fp0"): 1,
                ServedModel(model: "m-1", fingerprint: "fp1"): 1,
            ])
    }

    @Test func `case 18: blanks up to the limit are a cut reply, paid once and within the cap`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { _ in
            .init(
                200, Workbench.completion(String(repeating: "\n ", count: 4000), finish: "length"))
        }
        let client = ChatClient(try Workbench.connection(server, store))
        var request = Workbench.question("q")
        request.schema = .init(name: "n", json: "{}")
        for _ in 0..<2 {
            let (reply, value) = try await client.completeJSON(request) { json throws(Misfit) in
                json
            }
            #expect(reply.outcome == .truncated && value == nil)
        }
        #expect(server.timesByBody.values.max() == 1)
        #expect(server.requests[0].body.contains(#""max_tokens":20"#))
    }
}

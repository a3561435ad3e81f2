import Records
import StoreProtocols
import Testing

@testable import Remote

struct DialectTests {
    @Test func `bounds of a schema go where they are honoured, and names of members stay`() throws {
        let schema =
            #"{"type":"object","properties":{"maxItems":{"type":"array","maxItems":3,"items":"#
            + #"{"type":"string","maxLength":5}},"n":{"type":"number","minimum":0,"maximum":1}}}"#
        let without =
            #"{"type":"object","properties":{"maxItems":{"type":"array","items":"#
            + #"{"type":"string"}},"n":{"type":"number"}}}"#
        for dialect in Dialect.allCases where dialect.offers(.chat) {
            var endpoint = Endpoint(name: "e", baseURL: "https://a.example/v1", model: "m")
            endpoint.dialect = dialect
            var request = Workbench.question("q")
            request.schema = .init(name: "s", json: schema)
            let body = String(
                decoding: try ChatCall.make(request, endpoint).body, as: UTF8.self)
            let isBounded = dialect == .llamaCpp || dialect == .vllm
            #expect(body.contains(isBounded ? schema : without), "\(dialect)")
        }
    }

    private func endpoint(_ dialect: Dialect) -> Endpoint {
        var endpoint = Endpoint(name: "main", baseURL: "https://a.example/v1", model: "m")
        endpoint.dialect = dialect
        return endpoint
    }

    private func body(_ dialect: Dialect, _ change: (inout ChatRequest) -> Void = { _ in }) throws
        -> String
    {
        var request = Workbench.question("q")
        change(&request)
        return String(decoding: try ChatCall.make(request, endpoint(dialect)).body, as: UTF8.self)
    }

    @Test func `case 44: keys of the openai dialect are those of every earlier version`() throws {
        // SHA-256 of the text that reference 6.2 defines, computed by Python's hashlib.
        #expect(
            try ChatCall.make(Workbench.question("q"), endpoint(.openai)).key.hex
                == "94d01dfa696626b1615bb32fb2e11b5cc702df7403f1ce8b3707b27491dd7d7a")
        #expect(
            try OpenAIModerations.call("hi", endpoint(.openai)).key.hex
                == "98bbcad982da180bbe3f057459f3a6ea9ed6749fed18173411849da042db556d")
    }

    @Test func `case 44: each dialect has its own keys, and no tier or host changes them`()
        throws
    {
        var keys: Set<String> = []
        for dialect in Dialect.allCases where dialect.offers(.chat) {
            var endpoint = endpoint(dialect)
            let plain = try ChatCall.make(Workbench.question("q"), endpoint).key.hex
            #expect(keys.insert(plain).inserted)
            endpoint.baseURL = "https://b.example:8443/v1"
            endpoint.timeoutMilliseconds = 3
            endpoint.serviceTier = dialect.hasServiceTiers ? "flex" : nil
            endpoint.cachedPriceMicrounitsPerMillionTokens = 5
            let call = try ChatCall.make(Workbench.question("q"), endpoint)
            #expect(call.key.hex == plain)
            let sent = String(decoding: call.body, as: UTF8.self)
            #expect(sent.contains(#""service_tier":"flex""#) == dialect.hasServiceTiers)
        }
    }

    @Test func `case 44: top_p, stop and likely tokens are part of the key`() throws {
        func key(_ change: (inout ChatRequest) -> Void = { _ in }) throws -> String {
            var request = Workbench.question("q")
            change(&request)
            return try ChatCall.make(request, endpoint(.openai)).key.hex
        }
        let keys = [
            try key(), try key { $0.topP = 1 }, try key { $0.stop = ["x"] },
            try key { $0.stop = ["x", "y"] }, try key { $0.topLogprobs = 0 },
            try key { $0.topLogprobs = 5 },
        ]
        #expect(Set(keys).count == keys.count)
    }

    @Test func `a schema is said as each server understands it`() throws {
        let schema: (inout ChatRequest) -> Void = { $0.schema = .init(name: "n", json: "{}") }
        for dialect in [Dialect.openai, .vllm, .ollama] {
            #expect(
                try body(dialect, schema).contains(
                    #""response_format":{"json_schema":{"name":"n","schema":{},"strict":true},"#
                        + #""type":"json_schema"}"#))
        }
        #expect(
            try body(.llamaCpp, schema).contains(
                #""response_format":{"schema":{},"type":"json_object"}"#))
    }

    @Test func `vLLM is told every sampling parameter, others what was asked for`() throws {
        let plain = try body(.openai)
        #expect(try body(.ollama) == plain)
        #expect(try body(.llamaCpp) == plain)
        #expect(!plain.contains("temperature") && !plain.contains("\"n\""))
        #expect(
            try body(.vllm)
                == #"{"frequency_penalty":0,"max_tokens":20,"messages":[{"content":"q","role":"#
                + #""user"}],"min_p":0,"model":"m","presence_penalty":0,"repetition_penalty":1,"#
                + #""temperature":1,"top_k":-1,"top_p":1}"#)
        let cool = try body(.vllm) { $0.temperature = 0 }
        #expect(cool.contains(#""temperature":0,"#) && !cool.contains(#""temperature":1"#))
    }

    @Test func `what a dialect does not offer is a fault, not a call`() {
        #expect(Dialect.allCases.filter { !$0.offers(.chat) } == [.tei])
        #expect(Dialect.allCases.filter { !$0.offers(.embeddings) } == [.anthropic])
        #expect(Dialect.allCases.filter { $0.offers(.moderations) } == [.openai])
        let question = Workbench.question("q")
        #expect(throws: Fault.self) { try ChatCall.make(question, endpoint(.tei)) }
        #expect(throws: Fault.self) { try OpenAIModerations.call("t", endpoint(.anthropic)) }
        #expect(throws: Fault.self) {
            try OpenAIEmbeddings.call(["t"], dimensions: nil, endpoint(.anthropic))
        }
        var tiered = endpoint(.ollama)
        tiered.serviceTier = "flex"
        #expect(throws: Fault.self) { try tiered.validate() }
    }

    @Test func `a base URL with the path of one call is refused, of whatever dialect`() {
        for path in ["/messages", "/chat/completions", "/embeddings/", "/moderations"] {
            var endpoint = endpoint(.anthropic)
            endpoint.baseURL += path
            #expect(throws: Fault.self) { try endpoint.validate() }
        }
    }

    @Test func `a key is for one scheme, host and port`() throws {
        let base = try BaseURL("https://Api.example.com/v1")
        for url in [
            "https://api.example.com/v1/messages", "https://api.example.com:443/other",
            "https://API.EXAMPLE.COM/v1/x?after=a@b#c",
        ] {
            #expect(base.isSameOrigin(as: url), "\(url)")
        }
        for url in [
            "http://api.example.com/v1", "https://api.example.com:8443/v1", "https://example.com/",
            "https://api.example.com.evil.example/v1", "https://api.example.com@evil.example/v1",
            "https://evil.example/?https://api.example.com/v1", "//api.example.com/v1", "",
            "https://api.example.com:0/v1", "https://api.example.com\\@evil.example/",
        ] {
            #expect(!base.isSameOrigin(as: url), "\(url)")
        }
        #expect(try BaseURL("http://localhost/v1").isSameOrigin(as: "http://localhost:80/v1"))
    }
}

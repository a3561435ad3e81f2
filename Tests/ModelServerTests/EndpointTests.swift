import Records
import Testing

@testable import ModelServer

struct EndpointTests {
    private func responder(_ faults: SimulatedFaults = .init(), limit: Int = 8 << 20) throws
        -> Responder
    {
        Responder(
            .init(
                seed: 1, grammars: try shippedGrammars(),
                embedder: { texts in texts.map { [Float($0.utf8.count), 0.1, -1.5e-8] } },
                faults: faults, bodyLimitBytes: limit))
    }

    private func status(_ body: String, path: String = "/v1/chat/completions") throws -> Answer {
        try responder().answer(method: "POST", path: path, body: Array(body.utf8))
    }

    @Test(arguments: [
        ("", "invalid_json"), ("{", "invalid_json"), ("[]", "invalid_json"),
        ("null", "invalid_json"),
        ("{}", "missing_required_parameter"), (#"{"model":1}"#, "invalid_type"),
        (#"{"model":"m"}"#, "missing_required_parameter"),
        (#"{"model":"m","messages":[]}"#, "invalid_type"),
        (#"{"model":"m","messages":"x"}"#, "invalid_type"),
        (#"{"model":"m","messages":[1]}"#, "missing_required_parameter"),
        (#"{"model":"m","messages":[{"role":"user"}]}"#, "missing_required_parameter"),
        (#"{"model":"m","messages":[{"role":"wizard","content":"x"}]}"#, "invalid_type"),
        (#"{"model":"m","messages":[{"role":"user","content":7}]}"#, "invalid_type"),
        (
            #"{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true}"#,
            "unsupported_value"
        ),
        (#"{"model":"m","messages":[{"role":"user","content":"x"}],"n":0}"#, "invalid_type"),
        (#"{"model":"m","messages":[{"role":"user","content":"x"}],"n":1e99}"#, "invalid_type"),
    ])
    func `a malformed request gets a 400 in OpenAI's shape`(body: String, code: String) throws {
        let answer = try status(body)
        #expect(answer.status == 400)
        #expect(answer.errorCode == code)
        #expect(answer.body["error"]?["message"]?.string?.isEmpty == false)
        #expect(answer.body["error"]?["type"]?.string == "invalid_request_error")
    }

    @Test func `hostile bodies are refused and never crash`() throws {
        let deep = String(repeating: "[", count: 200_000)
        #expect(try status("{\"model\":\(deep)").status == 400)
        #expect(try status(#"{"model":"m","messages":"# + deep).status == 400)
        let responder = try responder(limit: 100)
        for seed in 0..<300 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "bytes")
            let bytes = (0..<draws.below(90)).map { _ in UInt8(draws.below(256)) }
            let answer = responder.answer(method: "POST", path: "/v1/chat/completions", body: bytes)
            #expect(answer.status == 400)
        }
        let large = [UInt8](repeating: 32, count: 101)
        #expect(
            responder.answer(method: "POST", path: "/v1/moderations", body: large).status == 413)
    }

    @Test func `unknown routes and methods are answered as such`() throws {
        let responder = try responder()
        #expect(responder.answer(method: "GET", path: "/", body: []).status == 404)
        #expect(responder.answer(method: "GET", path: "/v1/embeddings", body: []).status == 405)
        #expect(
            responder.answer(method: "GET", path: "/health", body: []).body["status"]?.string
                == "ok")
        let models = responder.answer(method: "GET", path: "/v1/models", body: []).body["data"]?
            .array
        #expect(models?.count == 2)
    }

    @Test func `embeddings come as floats and as the same floats in base 64`() throws {
        let path = "/v1/embeddings"
        let plain = try status(#"{"model":"m","input":["ab","c"]}"#, path: path)
        #expect(plain.status == 200)
        let first = plain.body["data"]?.array?.first?["embedding"]?.array ?? []
        #expect(first.map(\.text) == ["2", "0.1", "-1.5e-8"])
        let packed = try status(
            #"{"model":"m","input":"ab","encoding_format":"base64"}"#, path: path)
        // 2.0, 0.1 and -1.5e-8 as little-endian 32-bit floats, by Python's struct and base64.
        #expect(packed.body["data"]?.array?.first?["embedding"]?.string == "AAAAQM3MzD1Z2YCy")
        #expect(Base64.encode(Array("fooba".utf8)) == "Zm9vYmE=")
        #expect(Base64.encode(Array("f".utf8)) == "Zg==")
        for body in [
            #"{"model":"m"}"#, #"{"model":"m","input":[]}"#, #"{"model":"m","input":""}"#,
            #"{"model":"m","input":[1,2]}"#, #"{"input":"x"}"#,
            #"{"model":"m","input":"x","dimensions":2}"#,
            #"{"model":"m","input":"x","encoding_format":"hex"}"#,
        ] {
            #expect(try status(body, path: path).status == 400, "\(body)")
        }
    }

    @Test func `simulated faults come when they are set, and never otherwise`() throws {
        var faults = SimulatedFaults()
        faults.rateLimitEvery = 3
        faults.retryAfterSeconds = 2
        faults.refusalRates = ["spam": 0.5]
        faults.cutRate = 0.3
        let responder = try responder(faults)
        var refused = 0
        var cut = 0
        for number in 1...120 {
            let answer = responder.chat(
                prompt("Task: positives", "Category: spam", "Count: 1", "Variation: \(number)"))
            #expect(answer.status == (number % 3 == 0 ? 429 : 200))
            if answer.status == 429 {
                #expect(answer.headers.contains { $0.name == "Retry-After" && $0.value == "2" })
                #expect(answer.errorCode == "rate_limit_exceeded")
            }
            if answer.choice?["finish_reason"]?.string == "content_filter" { refused += 1 }
            if answer.choice?["finish_reason"]?.string == "length" { cut += 1 }
        }
        #expect((22...58).contains(refused))
        #expect((2...26).contains(cut))
    }

    @Test func `control characters and hostile Unicode survive the JSON writer`() {
        let text = "\u{0}\u{1F}\"\\/\n\r\u{2028}\u{7F}é👩‍👩‍👧"
        let value = JSONValue.members([("k\"", .string(text))])
        #expect(JSONValue.parsed(value.bytes)?["k\""]?.string == text)
    }
}

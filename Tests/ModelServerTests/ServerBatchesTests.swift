import Records
import Testing

@testable import ModelServer

struct BatchShelfTests {
    private let responder: Responder

    init() throws {
        responder = Responder(
            .init(seed: 7, grammars: try shippedGrammars(), lexicons: try someLexicons()))
    }

    private func form(_ file: String) -> [UInt8] {
        Array(
            """
            --mark\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n\
            --mark\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n\
            \(file)\r\n--mark--\r\n
            """.utf8)
    }

    private func post(_ path: String, _ body: [UInt8]) -> Answer {
        responder.answer(method: "POST", path: path, body: body)
    }

    private func get(_ path: String) -> Answer {
        responder.answer(method: "GET", path: path, body: [])
    }

    private func moderation(_ text: String) -> JSONValue {
        .members([("model", .string("m")), ("input", .string(text))])
    }

    private func line(_ id: String, _ text: String, url: String = "/v1/moderations") -> String {
        JSONValue.members([
            ("custom_id", .string(id)), ("method", .string("POST")), ("url", .string(url)),
            ("body", moderation(text)),
        ]).text
    }

    private func batch(_ file: String, endpoint: String = "/v1/moderations") -> Answer {
        post(
            "/v1/batches",
            JSONValue.members([
                ("input_file_id", .string(file)), ("endpoint", .string(endpoint)),
                ("completion_window", .string("24h")),
                ("metadata", .members([("a", .string("b"))])),
            ]).bytes)
    }

    @Test func `a batch answers each call as it is answered alone`() throws {
        let lines = [line("x", "click now"), line("y", "hello"), line("z", "h", url: "/v1/models")]
        let file = try #require(
            post("/v1/files", form(lines.joined(separator: "\n"))).body["id"]?.string)
        let made = batch(file)
        #expect(made.status == 200 && made.body["metadata"]?["a"]?.string == "b")
        let id = try #require(made.body["id"]?.string)
        let seen = get("/v1/batches/\(id)")
        #expect(seen.body["status"]?.string == "completed")
        #expect(get("/v1/batches").body["data"]?.array?.count == 1)
        let output = try #require(seen.body["output_file_id"]?.string)
        let results = get("/v1/files/\(output)/content").bytes.split(separator: 10)
            .compactMap { JSONValue.parsed(Array($0)) }
        #expect(results.map { $0["custom_id"]?.string } == ["x", "y", "z"])
        for (result, text) in zip(results, ["click now", "hello"]) {
            let alone = post("/v1/moderations", moderation(text).bytes)
            #expect(result["response"]?["body"] == JSONValue.parsed(alone.body.bytes))
        }
        #expect(results[2]["response"]?["status_code"]?.integer == 400)
        #expect(
            get("/v1/files/\(file)/content").bytes == Array(lines.joined(separator: "\n").utf8))
    }

    @Test func `what is no form, file, endpoint or batch is refused`() throws {
        #expect(post("/v1/files", []).status == 400)
        #expect(post("/v1/files", Array("--a\r\n\r\n--a--".utf8)).status == 400)
        #expect(batch("file-9").status == 400)
        let file = try #require(post("/v1/files", form(line("x", "a"))).body["id"]?.string)
        #expect(batch(file, endpoint: "/v1/batches").status == 400)
        let empty = try #require(post("/v1/files", form("")).body["id"]?.string)
        #expect(batch(empty).status == 400)
        #expect(get("/v1/batches/batch_9").status == 404)
        #expect(get("/v1/files/file-9/content").status == 404)
    }
}

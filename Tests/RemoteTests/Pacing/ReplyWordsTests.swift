import Testing

@testable import Remote

struct ReplyWordsTests {
    private let words = ReplyWords(redactor: Redactor(secrets: ["hunter22"]), model: "big-model-7")

    private func said(
        _ status: Int, _ body: String, type: String? = nil, asked: String = ""
    ) -> String {
        words.words(
            HTTPReply(
                status: status,
                headers: type.map { [HTTPHeader(name: "content-type", value: $0)] } ?? [],
                body: Array(body.utf8)), asked: Array(asked.utf8))
    }

    @Test func `status, code and message are told as far as there are any`() {
        #expect(said(500, "") == "HTTP 500 without a body")
        #expect(said(502, "<html>", type: "Text/HTML; charset=x") == "HTTP 502 with text/html")
        #expect(said(502, "<html>", type: "a b <c>") == "HTTP 502")
        #expect(
            said(529, #"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#)
                == "HTTP 529, overloaded_error, Overloaded")
        #expect(
            said(503, #"{"error":{"code":503,"message":"Loading model"}}"#)
                == "HTTP 503, Loading model")
        #expect(said(500, #"{"detail":"\#(String(repeating: "a", count: 400))"}"#).utf8.count < 160)
    }

    @Test func `neither a key nor the request's own text is told, the model's name may be`() {
        let body = #"{"error":{"message":"no room for: meet me at the old mill"}}"#
        let asked = #"{"model":"big-model-7","content":"meet me at the old mill at nine"}"#
        #expect(said(500, body, asked: asked) == "HTTP 500")
        #expect(
            said(503, #"{"error":"big-model-7 is busy, hunter22"}"#, asked: asked)
                == "HTTP 503, big-model-7 is busy, [redacted]")
    }
}

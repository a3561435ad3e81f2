import Records
import Testing

@testable import Remote

struct ClassifierTests {
    private let classifier = Classifier(
        endpointName: "test", redactor: Redactor(secrets: ["hunter22"]))

    private func verdict(
        _ status: Int, _ body: String = "{}", _ headers: [(String, String)] = []
    ) -> Verdict {
        let fields = headers.map { HTTPHeader(name: $0.0, value: $0.1) }
        return classifier.verdict(
            HTTPReply(status: status, headers: fields, body: Array(body.utf8)), nowSeconds: 0)
    }

    private func retry(_ kind: Retry.Kind, _ delay: Int64? = nil) -> Verdict {
        .retry(Retry(kind: kind, delayMilliseconds: delay))
    }

    private func stopKind(_ verdict: Verdict) -> Fault.Kind? {
        if case .stop(let fault) = verdict { return fault.kind }
        return nil
    }

    @Test func `sends every status to its row of the table`() {
        #expect(verdict(200) == .success)
        #expect(verdict(200, "") == retry(.badReply))
        #expect(verdict(204) == retry(.badReply))
        for status in [408, 409, 425] { #expect(verdict(status) == retry(.asked)) }
        #expect(verdict(429, "", [("retry-after", "2")]) == retry(.rateLimited, 2000))
        #expect(verdict(500) == retry(.serverError))
        for status in [502, 503, 504, 520, 527] { #expect(verdict(status) == retry(.gateway)) }
        #expect(verdict(529) == retry(.overloaded))
        #expect(verdict(503, #"{"error":{"code":"slow_down"}}"#) == retry(.overloaded))
        for status in [400, 405, 422, 418] {
            #expect(verdict(status) == .rejected(reason: "http_\(status)"))
        }
        #expect(verdict(413) == .dead(reason: "too_long"))
        #expect(
            verdict(400, #"{"error":{"type":"exceed_context_size_error","code":400}}"#)
                == .dead(reason: "too_long"))
        for status in [401, 402, 403] { #expect(stopKind(verdict(status)) == .unavailable) }
        for status in [301, 308, 404, 501, 505, 101, 700] {
            #expect(stopKind(verdict(status)) == .configuration)
        }
    }

    @Test func `tells a used-up quota from a rate limit by its code, never by its words`() {
        for code in ["insufficient_quota", "project_spend_limit_exceeded"] {
            #expect(stopKind(verdict(429, #"{"error":{"code":"\#(code)"}}"#)) == .stopped)
        }
        #expect(
            verdict(429, #"{"error":{"message":"insufficient_quota","code":null}}"#)
                == retry(.rateLimited))
    }

    @Test func `obeys x-should-retry, except where trying again cannot help`() {
        #expect(
            verdict(400, "{}", [("x-should-retry", "true")]) == retry(.asked))
        #expect(verdict(503, "{}", [("x-should-retry", "false")]) == .failed(.gateway))
        #expect(stopKind(verdict(401, "{}", [("x-should-retry", "true")])) == .unavailable)
    }

    @Test func `reads error bodies of every make`() {
        func error(_ body: String) -> ProviderError { ProviderError(Array(body.utf8)) }
        #expect(error(#"{"error":{"code":"a"}}"#).code == "a")
        #expect(error(#"{"error":{"code":429}}"#).code == "429")
        #expect(error(#"{"error":{"code":null,"type":"t"}}"#).reason == "t")
        #expect(error(#"{"error":"text only"}"#).message == "text only")
        #expect(error(#"{"detail":[{"loc":["body"]}]}"#).reason == nil)
        #expect(error("<html>").message == nil)
        #expect(error("").code == nil)
        #expect(error(#"{"error":{"code":"some row text, \"quoted\""}}"#).reason == nil)
    }

    @Test func `a failure before the send is free, one after it is not`() {
        func failure(_ code: Int, _ wasSent: Bool) -> Verdict {
            classifier.verdict(TransferFailure(code: code, message: "m", wasSent: wasSent))
        }
        for code in [6, 7, 28, 35] { #expect(failure(code, false) == retry(.unreachable)) }
        for code in [18, 28, 42, 52, 55, 56, 92] {
            #expect(failure(code, true) == retry(.ambiguous))
        }
        #expect(failure(23, true) == .dead(reason: "reply_too_large"))
        #expect(failure(61, true) == retry(.badEncoding))
        for code in [51, 60, 77] { #expect(stopKind(failure(code, false)) == .configuration) }
    }

    @Test func `who cannot be reached is named, and why in libcurl's words`() {
        let classifier = Classifier(
            endpointName: "main", redactor: Redactor(secrets: ["hunter22"]),
            address: "https://a.example:8443/v1")
        #expect(classifier.exhausted(.unreachable).why?.hasSuffix("could not be reached") == true)
        _ = classifier.verdict(
            TransferFailure(code: 7, message: "Failed to connect, hunter22", wasSent: false))
        let fault = classifier.exhausted(.unreachable)
        #expect(fault.kind == .unavailable)
        #expect(fault.what == "endpoint main could not be reached")
        #expect(
            fault.why == "https://a.example:8443/v1: Failed to connect, [redacted] (libcurl 7)")
        #expect(
            classifier.exhausted(.ambiguous).why?.hasSuffix(
                "each time, at last: "
                    + "Failed to connect, [redacted] (libcurl 7)") == true)
        #expect(!"\(classifier.exhausted(.gateway))".contains("libcurl"))
    }

    @Test func `no fault repeats a key the server echoed`() {
        let body = #"{"error":{"message":"Incorrect key hunter22 or sk-abc*****xyz, Bearer q.r"}}"#
        guard case .stop(let fault) = verdict(401, body) else {
            Issue.record("401 stops the run")
            return
        }
        #expect(fault.why?.contains("Incorrect key [redacted]") == true)
        for secret in ["hunter22", "abc", "xyz", "q.r"] {
            #expect(!fault.description.contains(secret))
        }
    }
}

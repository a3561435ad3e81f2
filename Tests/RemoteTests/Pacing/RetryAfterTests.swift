import Testing

@testable import Remote

struct RetryAfterTests {
    private func milliseconds(_ headers: [(String, String)]) -> Int64? {
        let fields = headers.map { HTTPHeader(name: $0.0, value: $0.1) }
        return RetryAfter.milliseconds(
            HTTPReply(status: 429, headers: fields, body: []), nowSeconds: 784_111_777)
    }

    @Test func `understands seconds, milliseconds, dates and what a proxy renamed`() {
        #expect(milliseconds([("retry-after", "2")]) == 2000)
        #expect(milliseconds([("retry-after", "0.25")]) == 250)
        #expect(milliseconds([("retry-after", "9"), ("retry-after-ms", "40")]) == 40)
        #expect(milliseconds([("llm_provider-retry-after", "3")]) == 3000)
        #expect(milliseconds([("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT")]) == 10_000)
        let skewed = [
            ("retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"),
            ("date", "Sun, 06 Nov 1994 08:49:46 GMT"),
        ]
        #expect(milliseconds(skewed) == 1000)
        #expect(milliseconds([("retry-after", "999999")]) == 999_999_000)
    }

    @Test func `takes nonsense, zero, the past and the negative as nothing said`() {
        for text in [
            "", "0", "-5", "nan", "inf", "soon", "1e400", "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:30 GMT", "Sun, 41 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        ] {
            #expect(milliseconds([("retry-after", text)]) == nil, "\(text)")
        }
        #expect(milliseconds([("retry-after-ms", "x"), ("retry-after", "1")]) == 1000)
        #expect(milliseconds([]) == nil)
    }

    @Test func `reads dates over leap years`() {
        #expect(HTTPDate.seconds("Thu, 01 Jan 1970 00:00:00 GMT") == 0)
        #expect(HTTPDate.seconds("Tue, 29 Feb 2000 12:00:00 GMT") == 951_825_600)
        #expect(HTTPDate.seconds("Fri, 31 Dec 2100 23:59:59 GMT") == 4_133_980_799)
    }

    @Test func `case 49: a clock set by an hour makes a date no wait at all or 5 minutes`() {
        let fields = [
            HTTPHeader(name: "retry-after", value: "Sun, 06 Nov 1994 08:49:47 GMT")
        ]
        let reply = HTTPReply(status: 429, headers: fields, body: [])
        for (jump, wait) in [(3600, nil), (-3600, 300_000), (0, 10_000)] as [(Int64, Int64?)] {
            let now = 784_111_777 + jump
            #expect(RetryAfter.milliseconds(reply, nowSeconds: now) == wait)
            // With the server's own date its clock alone counts.
            let dated = HTTPReply(
                status: 429,
                headers: fields + [
                    HTTPHeader(name: "date", value: "Sun, 06 Nov 1994 08:39:47 GMT")
                ],
                body: [])
            #expect(RetryAfter.milliseconds(dated, nowSeconds: now) == 600_000)
        }
    }
}

import Glibc
import Records
import Store
import Testing

@testable import Remote

/// Cases that HAProxy provokes; skipped where Debian's package haproxy is not installed.
@Suite(.enabled(if: RealServer.Program.haproxy.isInstalled, "haproxy is not installed"))
struct HAProxyCaseTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func server(_ rules: String) throws -> RealServer {
        try RealServer(.haproxy, folder: bench.folder) { RealServer.haproxy($0, rules) }
    }

    private func send(
        _ server: RealServer, _ path: String, timeoutMilliseconds: Int = 5000
    ) async throws -> TransferResult {
        var request = HTTPRequest(
            url: server.origin + path, body: Array("{}".utf8),
            timeoutMilliseconds: timeoutMilliseconds)
        request.allowsPlainHTTP = true
        return await (try Transfer()).send(request)
    }

    @Test func `case 5: Retry-After as a date, negative, huge, garbage and absent`() async throws {
        var soon = time(nil) + 3_600
        var parts = tm()
        gmtime_r(&soon, &parts)
        var text = [CChar](repeating: 0, count: 64)
        strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        let date = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        func rule(_ path: String, _ value: String) -> String {
            "http-request return status 429 hdr Retry-After \"\(value)\" if { path /\(path) }\n"
        }
        let rules =
            rule("date", date) + rule("negative", "-5") + rule("huge", "999999")
            + rule("garbage", "soon") + "http-request return status 429"
        let server = try server(rules)
        func delay(_ path: String) async throws -> Int64? {
            guard case .reply(let reply) = try await send(server, path) else {
                Issue.record("no reply")
                return nil
            }
            #expect(reply.status == 429)
            return RetryAfter.milliseconds(reply, nowSeconds: Int64(time(nil)))
        }
        let fromDate = try await delay("/date")
        #expect((1000...3_600_000).contains(fromDate ?? -1))
        #expect(try await delay("/negative") == nil)
        #expect(try await delay("/huge") == 999_999_000)
        #expect(try await delay("/garbage") == nil)
        #expect(try await delay("/absent") == nil)
    }

    @Test func `case 10: HAProxy's own 503 page is retried, and nothing is stored`() async throws {
        let server = try server("")
        try await expectUnanswered(server.origin)
    }

    @Test func `case 20: a request that HAProxy rejects without a word may have been executed`()
        async throws
    {
        let server = try server("http-request reject")
        guard case .failed(let failure) = try await send(server, "/") else {
            Issue.record("a reply")
            return
        }
        #expect(failure.wasSent)
        #expect([52, 56].contains(failure.code))
    }

    @Test func `case 23: a silent drop ends with the time limit, as perhaps executed`() async throws
    {
        let server = try server("http-request silent-drop")
        let result = try await send(server, "/", timeoutMilliseconds: 400)
        guard case .failed(let failure) = result else {
            Issue.record("a reply")
            return
        }
        #expect(failure.code == 28 && failure.wasSent)
    }

    @Test func `case 28: a reply that says gzip and is none fails, and is asked once more`()
        async throws
    {
        let server = try server(
            """
            http-request return status 200 content-type application/json \
            hdr Content-Encoding gzip string "this is not gzip at all"
            """)
        guard case .failed(let failure) = try await send(server, "/") else {
            Issue.record("a reply")
            return
        }
        #expect(failure.code == 61 || failure.code == 23)
        let store = try bench.store()
        var endpoint = Endpoint(name: "t", baseURL: server.origin, model: "m")
        endpoint.timeoutMilliseconds = 5000
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing())
        _ = try? await ChatClient(connection).complete(Workbench.question("q"))
        #expect(connection.counters.sends <= 2)
        #expect(connection.counters.answered == 0)
    }

    /// Every send fails as a gateway's fault; the ledger stays empty.
    private func expectUnanswered(_ url: String) async throws {
        let store = try bench.store()
        var pacing = Workbench.pacing()
        pacing.attempts = 3
        let connection = try Connection(
            Endpoint(name: "t", baseURL: url, model: "m"), ledger: store.ledger, pacing: pacing)
        let fault = await #expect(throws: Fault.self) {
            _ = try await ChatClient(connection).complete(Workbench.question("q"))
        }
        #expect(fault?.kind == .unavailable)
        #expect(connection.counters.sends == 3)
        #expect(try await store.ledger.statistics().entries == 0)
        #expect(try await store.ledger.exposedCount() == 0)
    }
}

import Glibc
import Store
import Testing

@testable import Remote

/// What reaches the server, and what does not.
struct SendCountTests {
    @Test func `case 21: the server sees each body once for each send that was noted`() async throws
    {
        // Every third request finds its connection reset, some of them reused ones.
        let server = try ScriptedServer { request in
            request.number % 3 == 2 ? .init(ending: .reset) : Workbench.echo(request)
        }
        let bench = try Workbench()
        let store = try bench.store()
        let connection = try Workbench.connection(server, store)
        let texts = (0..<60).map { "row \($0)" }
        _ = await Workbench.askAll(ChatClient(connection), texts)
        // On a slow machine so many resets pass for an outage, and the server is asked whether it
        // is there, with a GET that sends nothing.
        #expect(connection.counters.sends == server.requests.count { $0.method == "POST" })
        #expect(connection.counters.ambiguous >= 20)
    }

    @Test func `case 23: where nobody accepts, the time to connect ends it, and nothing was sent`()
        async throws
    {
        // A listener with a full backlog: the kernel answers no further connection.
        let listener = try Loopback(backlog: 0)
        defer { close(listener.descriptor) }
        var fillers: [Int32] = []
        defer { fillers.forEach { close($0) } }
        for _ in 0..<4 { fillers.append(try listener.beginConnection()) }
        usleep(50_000)
        var request = HTTPRequest(
            url: "http://127.0.0.1:\(listener.port)/", body: [1], timeoutMilliseconds: 10_000)
        request.allowsPlainHTTP = true
        request.connectTimeoutMilliseconds = 300
        guard case .failed(let failure) = await (try Transfer()).send(request) else {
            Issue.record("a reply")
            return
        }
        #expect(failure.code == 28 && !failure.wasSent)
    }

    @Test func `case 24: a silence before the first byte is no low speed`() async throws {
        let server = try ScriptedServer { _ in .init(200, "late", delayMilliseconds: 3000) }
        var request = HTTPRequest(
            url: server.baseURL, body: [1], timeoutMilliseconds: 60_000)
        request.allowsPlainHTTP = true
        guard case .reply = await (try Transfer()).send(request) else {
            Issue.record("no reply")
            return
        }
    }
}

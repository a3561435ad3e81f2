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
        #expect(connection.counters.sends == server.requests.count)
        #expect(connection.counters.ambiguous >= 20)
    }

    @Test func `case 23: where nobody accepts, the time to connect ends it, and nothing was sent`()
        async throws
    {
        // A listener with a full backlog: the kernel answers no further connection.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        try #require(isBound && listen(listener, 0) == 0)
        let port = UInt16(bigEndian: address.sin_port)
        var fillers: [Int32] = []
        defer { fillers.forEach { close($0) } }
        for _ in 0..<4 {
            let filler = socket(
                AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = connect(filler, $0, length)
                }
            }
            fillers.append(filler)
        }
        usleep(50_000)
        var request = HTTPRequest(
            url: "http://127.0.0.1:\(port)/", body: [1], timeoutMilliseconds: 10_000)
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

import Glibc
import Records
import Store
import Testing

@testable import Remote

/// Cases that nginx provokes; skipped where Debian's package nginx-light is not installed.
@Suite(.enabled(if: RealServer.Program.nginx.isInstalled, "nginx is not installed"))
struct NginxCaseTests {
    private let bench: Workbench

    init() throws { bench = try Workbench() }

    private func server(_ body: String) throws -> RealServer {
        try RealServer(.nginx, folder: bench.folder) { RealServer.nginx($0, bench.folder, body) }
    }

    private func request(_ url: String, timeoutMilliseconds: Int = 5000) -> HTTPRequest {
        var request = HTTPRequest(
            url: url, body: Array("{}".utf8), timeoutMilliseconds: timeoutMilliseconds)
        request.allowsPlainHTTP = true
        return request
    }

    private func failure(_ result: TransferResult) -> TransferFailure? {
        if case .failed(let failure) = result { return failure }
        Issue.record("a reply")
        return nil
    }

    /// A call to a base path of the server, and what is left of it in counters and ledger.
    private func call(
        _ server: RealServer, _ path: String, attempts: Int = 6
    ) async throws -> (result: Result<ChatReply, Fault>, counters: CallCounters, stored: Int) {
        let store = try WorkspaceStore(path: "\(bench.folder)/\(path)/state.sqlite")
        var pacing = Workbench.pacing()
        pacing.attempts = attempts
        let endpoint = Endpoint(name: "t", baseURL: "\(server.origin)/\(path)", model: "m")
        let connection = try Connection(endpoint, ledger: store.ledger, pacing: pacing)
        let results = await Workbench.askAll(ChatClient(connection), ["q"])
        #expect(try await store.ledger.exposedCount() == 0)
        return (results[0], connection.counters, try await store.ledger.statistics().entries)
    }

    private func isUnavailable(_ result: Result<ChatReply, Fault>) -> Bool {
        if case .failure(let fault) = result { return fault.kind == .unavailable }
        return false
    }

    /// Four tries, then the call alone is dead: its body is not taken, and it can be asked again.
    private func isDeadAfterFourTries(
        _ result: Result<ChatReply, Fault>, _ counters: CallCounters
    ) -> Bool {
        guard case .success(let reply) = result else { return false }
        return reply.outcome == .dead && reply.reason == "bad_reply" && reply.content.isEmpty
            && counters.sends == 4
    }

    @Test func `case 10: HTML bodies of 502, 503 and 504 are retried, and nothing is stored`()
        async throws
    {
        let dead = try server("location / { return 200 ok; }")
        let port = dead.port
        dead.kill()
        let server = try server(
            """
            location /502 { proxy_pass http://127.0.0.1:\(port); }
            location /503 { return 503; }
            location /504 { return 504; }
            """)
        for path in ["502", "503", "504"] {
            let (result, counters, stored) = try await call(server, path, attempts: 3)
            #expect(isUnavailable(result), "\(path)")
            #expect(counters.sends == 3 && stored == 0, "\(path)")
        }
    }

    @Test func `cases 19 and 20: nginx killed in the middle of its replies leaves each call open`()
        async throws
    {
        // Behind nginx, so that it is known when every request has come through it.
        let behind = try ScriptedServer { _ in .init(200, String(repeating: " ", count: 200_000)) }
        let server = try server(
            """
            location = /long {
                proxy_pass http://127.0.0.1:\(behind.port); limit_rate 2k; limit_rate_after 1; }
            """)
        let transfer = try Transfer()
        let request = request(server.origin + "/long", timeoutMilliseconds: 60_000)
        let calls = 16
        let failures = await withTaskGroup(of: TransferResult.self) { group in
            for _ in 0..<calls { group.addTask { await transfer.send(request) } }
            for _ in 0..<1000 where behind.requests.count < calls {
                try? await Task.sleep(for: .milliseconds(20))
            }
            try? await Task.sleep(for: .milliseconds(300))
            server.kill()
            var failures: [TransferFailure] = []
            for await result in group {
                if case .failed(let failure) = result { failures.append(failure) }
            }
            return failures
        }
        #expect(failures.count == calls)
        #expect(failures.allSatisfy { [18, 52, 56].contains($0.code) && $0.wasSent })
        let classifier = Classifier(endpointName: "t", redactor: Redactor(secrets: []))
        #expect(
            failures.allSatisfy { classifier.verdict($0) == .retry(Retry(kind: .ambiguous)) })
    }

    @Test func `case 22: a reply that drips is ended by the time limit, and its place is free`()
        async throws
    {
        try Files.write([UInt8](repeating: 32, count: 20_000), to: bench.folder + "/drip")
        let server = try server(
            "location = /drip { limit_rate 20; } location /ok { return 200 ok; }")
        let transfer = try Transfer()
        let drip = await transfer.send(request(server.origin + "/drip", timeoutMilliseconds: 700))
        #expect(failure(drip)?.code == 28)
        #expect(failure(drip)?.wasSent == true)
        guard case .reply = await transfer.send(request(server.origin + "/ok")) else {
            Issue.record("no reply after the drip")
            return
        }
    }

    @Test func `case 25: a login page with status 200 is no answer, tried four times, then dead`()
        async throws
    {
        let server = try server(
            """
            location /login { default_type text/html;
                return 200 "<!doctype html><title>Sign in</title>"; }
            """)
        let (result, counters, _) = try await call(server, "login")
        #expect(isDeadAfterFourTries(result, counters))
    }

    @Test(arguments: ["empty", "none"])
    func `case 26: an empty 200 and a 204 are no answers`(_ path: String) async throws {
        let server = try server(
            "location /empty { return 200 \"\"; } location /none { return 204; }")
        let (result, counters, _) = try await call(server, path)
        #expect(isDeadAfterFourTries(result, counters))
    }

    @Test func `case 27: 60 MB and a bomb of 60 MB are capped, below 200 MB of memory`()
        async throws
    {
        let folder = bench.folder
        try Files.run(
            "cd \(folder) && head -c 60000000 /dev/zero > large && gzip -c large > bomb")
        let server = try server("location = /bomb { add_header Content-Encoding gzip always; }")
        let origin = server.origin
        await #expect(processExitsWith: .success) { [origin = origin as String] in
            let transfer = try Transfer()
            for path in ["/large", "/bomb"] {
                var request = HTTPRequest(
                    url: origin + path, body: [1], timeoutMilliseconds: 20_000)
                request.allowsPlainHTTP = true
                let result = await transfer.send(request)
                guard case .failed(let failure) = result, [23, 63].contains(failure.code) else {
                    exit(2)
                }
            }
            // Not `ru_maxrss`, which counts what the process before exec(2) held.
            guard let status = fopen("/proc/self/status", "r") else { exit(3) }
            var line = [CChar](repeating: 0, count: 256)
            while fgets(&line, 256, status) != nil {
                let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
                guard text.hasPrefix("VmHWM:") else { continue }
                exit(Int(text.filter(\.isNumber)) ?? .max > 200 << 10 ? 4 : 0)
            }
            exit(5)
        }
    }

    /// Bytes that a reader must survive; all inside an otherwise complete chat reply or alone.
    private static let hostile: [(name: String, bytes: [UInt8])] = {
        func reply(_ content: [UInt8]) -> [UInt8] {
            Array(#"{"choices":[{"finish_reason":"stop","message":{"content":""#.utf8) + content
                + Array(#""}}]}"#.utf8)
        }
        func extra(_ field: String) -> [UInt8] {
            Array(
                (#"{"x":\#(field),"choices":[{"finish_reason":"stop","#
                    + #""message":{"content":"fine"}}]}"#).utf8)
        }
        let deep = 200_000
        return [
            ("invalid-utf8", reply([0xC3, 0x28, 0xFF])),
            ("bom", [0xEF, 0xBB, 0xBF] + reply(Array("fine".utf8))),
            ("nan", extra("NaN")), ("overflow", extra("1e999")),
            ("duplicate", extra(#"{"a":1,"a":2}"#)),
            ("deep", Array(repeating: 0x5B, count: deep) + Array(repeating: 0x5D, count: deep)),
            ("deep-open", Array(repeating: 0x5B, count: deep)),
        ]
    }()

    @Test func `case 29: hostile JSON from files is refused, an integer of 23 digits is read`()
        async throws
    {
        for (name, bytes) in Self.hostile {
            try Files.run("mkdir -p \(bench.folder)/\(name)/chat")
            try Files.write(bytes, to: "\(bench.folder)/\(name)/chat/completions")
        }
        let long =
            #"{"created":12345678901234567890123,"choices":[{"finish_reason":"stop","#
            + #""message":{"content":"fine"}}]}"#
        try Files.run("mkdir -p \(bench.folder)/long/chat")
        try Files.write(long, to: "\(bench.folder)/long/chat/completions")
        let server = try server("")
        for (name, _) in Self.hostile {
            let (result, counters, _) = try await call(server, name)
            #expect(isDeadAfterFourTries(result, counters), "\(name)")
        }
        let (result, _, stored) = try await call(server, "long")
        #expect(try result.get().content == "fine")
        #expect(stored == 1)
    }

    @Test(arguments: [301, 302, 307, 308])
    func `case 34: a redirection to another host is not followed, the key is not seen there`(
        _ status: Int
    ) async throws {
        let other = try Workbench()
        let elsewhere = try RealServer(.nginx, folder: other.folder) {
            RealServer.nginx($0, other.folder, "location / { return 200 $http_authorization; }")
        }
        let server = try server(
            "location / { return \(status) http://localhost:\(elsewhere.port)/v1; }")
        let key = bench.folder + "/key"
        try Files.write("sk-marker-4711", to: key)
        let store = try bench.store()
        var endpoint = Endpoint(name: "t", baseURL: server.origin, model: "m")
        endpoint.keyFile = key
        let connection = try Connection(endpoint, ledger: store.ledger)
        let fault = await #expect(throws: Fault.self) {
            _ = try await ChatClient(connection).complete(Workbench.question("q"))
        }
        #expect(fault?.kind == .configuration)
        #expect(connection.counters.sends == 1)
        #expect(elsewhere.log().isEmpty)
    }

    @Test func `cases 21 and 36: connections that nginx closes after 10 requests lose nothing`()
        async throws
    {
        let server = try server(
            "keepalive_requests 10; location / { return 200 '\(Workbench.completion("fine"))'; }")
        let store = try bench.store()
        var endpoint = Endpoint(name: "t", baseURL: server.origin, model: "m")
        endpoint.concurrency = 32
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing(concurrency: 32))
        let texts = (0..<600).map { "row \($0)" }
        let results = await Workbench.askAll(ChatClient(connection), texts)
        #expect(results.allSatisfy { (try? $0.get().content) == "fine" })
        // nginx logs the last request of a connection when it has closed it, which may be later.
        let certain = connection.counters.sends - connection.counters.ambiguous
        for _ in 0..<200 where server.log().count < certain {
            try await Task.sleep(for: .milliseconds(50))
        }
        // Each body once for every send that was noted.
        #expect(connection.counters.sends - server.log().count <= connection.counters.ambiguous)
        #expect(server.log().count <= connection.counters.sends)
    }

    @Test func `case 47: with the server gone the ledger answers the same, and only what it knows`()
        async throws
    {
        let server = try server(
            "location / { return 200 '\(Workbench.completion("fine"))'; }")
        let store = try bench.store()
        let endpoint = Endpoint(name: "t", baseURL: server.origin, model: "m")
        func connection() throws -> Connection {
            var pacing = Workbench.pacing()
            pacing.attempts = 2
            return try Connection(endpoint, ledger: store.ledger, pacing: pacing)
        }
        let texts = (0..<50).map { "row \($0)" }
        let first = await Workbench.askAll(ChatClient(try connection()), texts)
        server.kill()
        let replayed = try connection()
        let second = await Workbench.askAll(ChatClient(replayed), texts)
        #expect(second.map { try? $0.get().content } == first.map { try? $0.get().content })
        #expect(second.allSatisfy { (try? $0.get().isCached) == true })
        #expect(replayed.counters.sends == 0)
        let unknown = await Workbench.askAll(ChatClient(replayed), ["a new row"])
        #expect(isUnavailable(unknown[0]))
    }
}

import Glibc
import Testing

@testable import Remote

struct TransferTests {
    private func request(
        _ server: ScriptedServer, _ body: String = "{}",
        _ change: (inout HTTPRequest) -> Void = { _ in }
    ) -> HTTPRequest {
        var request = HTTPRequest(
            url: server.baseURL + "/x", body: Array(body.utf8), timeoutMilliseconds: 3000)
        request.allowsPlainHTTP = true
        change(&request)
        return request
    }

    private func failure(_ result: TransferResult) -> TransferFailure? {
        if case .failed(let failure) = result { return failure }
        return nil
    }

    @Test func `brings status, kept headers and body, and says who it is`() async throws {
        let server = try ScriptedServer { request in
            .init(
                418, request.body,
                headers: [("Retry-After", " 7 "), ("Set-Cookie", "secret"), ("X-Request-Id", "r")])
        }
        let transfer = try Transfer()
        for body in ["{}", "", String(repeating: "ü", count: 300_000)] {
            guard case .reply(let reply) = await transfer.send(request(server, body)) else {
                Issue.record("no reply")
                return
            }
            #expect(reply.status == 418)
            #expect(reply.body == Array(body.utf8))
            #expect(reply.header("retry-after") == "7")
            #expect(reply.headers.map(\.name) == ["retry-after", "x-request-id"])
        }
        let headers = server.requests[0].headers
        #expect(headers["user-agent"] == "curate/1")
        #expect(headers["content-type"] == "application/json")
        #expect(headers["expect"] == nil)
    }

    /// With 300 they are spread over several of libcurl's handles.
    @Test(arguments: [64, 300])
    func `hundreds at once all come back, over kept connections`(inFlight: Int) async throws {
        let server = try ScriptedServer { .init(200, $0.body) }
        let transfer = try Transfer(inFlight: inFlight)
        for _ in 0..<4 {
            await withTaskGroup(of: Bool.self) { group in
                for number in 0..<inFlight {
                    group.addTask {
                        let sent = request(server, "\(number)")
                        guard case .reply(let reply) = await transfer.send(sent) else {
                            return false
                        }
                        return reply.body == Array("\(number)".utf8)
                    }
                }
                for await isRight in group { #expect(isRight) }
            }
        }
        #expect(server.requests.count == 4 * inFlight)
        #expect(server.openConnections <= inFlight)
    }

    @Test func `a request is sent once even when its reused connection turns out dead`()
        async throws
    {
        // Answers, and resets the connection on the next request without answering.
        let server = try ScriptedServer { request in
            request.number % 2 == 0 ? .init(200, "ok") : .init(ending: .reset)
        }
        let transfer = try Transfer()
        for round in 0..<10 {
            _ = await transfer.send(request(server, "first \(round)"))
            let second = await transfer.send(request(server, "second \(round)"))
            #expect(failure(second)?.wasSent == true)
        }
        #expect(server.requests.count == 20)
        #expect(server.timesByBody.values.allSatisfy { $0 == 1 })
    }

    @Test func `a cut reply, a silent server and one too large are failures after the send`()
        async throws
    {
        let server = try ScriptedServer { request in
            switch request.body {
            case "cut": .init(200, "half", ending: .truncated)
            case "slow": .init(200, "late", delayMilliseconds: 1500)
            default: .init(200, String(repeating: "x", count: 100_001))
            }
        }
        let transfer = try Transfer()
        let cut = failure(await transfer.send(request(server, "cut")))
        #expect(cut?.code == 18 && cut?.wasSent == true)
        let slow = await transfer.send(request(server, "slow") { $0.timeoutMilliseconds = 300 })
        #expect(failure(slow)?.code == 28 && failure(slow)?.wasSent == true)
        let large = await transfer.send(request(server, "large") { $0.largestReplyBytes = 100_000 })
        #expect(failure(large)?.code == 63)
    }

    @Test func `a refused connection, a foreign scheme and plain http are failures before it`()
        async throws
    {
        let transfer = try Transfer()
        let port = try { try ScriptedServer { _ in .init() }.port }()
        func send(_ url: String, plain: Bool = true) async -> TransferFailure? {
            var request = HTTPRequest(url: url, body: [1], timeoutMilliseconds: 1000)
            request.allowsPlainHTTP = plain
            return failure(await transfer.send(request))
        }
        #expect(await send("http://127.0.0.1:\(port)/")?.code == 7)
        #expect(await send("http://127.0.0.1:\(port)/", plain: false)?.code == 1)
        #expect(await send("file:///etc/hostname")?.code == 1)
        #expect(await send("nonsense://")?.wasSent == false)
    }

    @Test func `a proxy named in the environment is not used`() async throws {
        await #expect(processExitsWith: .success) {
            setenv("http_proxy", "http://127.0.0.1:1/", 1)
            setenv("ALL_PROXY", "http://127.0.0.1:1/", 1)
            let server = try ScriptedServer { _ in .init(200, "direct") }
            var request = HTTPRequest(
                url: server.baseURL, body: [1], timeoutMilliseconds: 2000)
            request.allowsPlainHTTP = true
            guard case .reply = await (try Transfer()).send(request) else { exit(1) }
        }
    }

    @Test func `letting go of it ends its thread`() async throws {
        await #expect(processExitsWith: .success) {
            let server = try ScriptedServer { _ in .init(200, "x") }
            for _ in 0..<200 {
                let transfer = try Transfer()
                var request = HTTPRequest(
                    url: server.baseURL, body: [1], timeoutMilliseconds: 2000)
                request.allowsPlainHTTP = true
                _ = await transfer.send(request)
            }
            usleep(200_000)
            var count = 0
            guard let folder = opendir("/proc/self/task") else { exit(2) }
            while readdir(folder) != nil { count += 1 }
            closedir(folder)
            if count > 60 { exit(1) }
        }
    }

    /// A mebibyte of one letter, as gzip makes of it.
    private let bomb = """
        H4sIAAAAAAACA+3BMQEAAADCoNqLbwhfoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\
        AAAAAAAAAAAAAAAAAAAAAAAAAAAAPgMynDsVAAAQAA==
        """

    @Test func `what unpacks to more than the cap is stopped, and what fits is unpacked`()
        async throws
    {
        let packed = try #require(Base64.decode(bomb))
        let server = try ScriptedServer { request in
            var answer = ScriptedServer.Answer(200, headers: [("Content-Encoding", "gzip")])
            answer.body = request.body == "damaged" ? [31, 139, 8, 0, 1, 2, 3, 4, 5, 6, 7] : packed
            return answer
        }
        let transfer = try Transfer()
        let capped = await transfer.send(request(server) { $0.largestReplyBytes = 1 << 19 })
        #expect(failure(capped)?.code == 23)
        guard case .reply(let reply) = await transfer.send(request(server)) else {
            Issue.record("no reply")
            return
        }
        #expect(reply.body.count == 1 << 20)
        #expect(reply.body.allSatisfy { $0 == UInt8(ascii: "x") })
        let damaged = failure(await transfer.send(request(server, "damaged")))
        #expect(damaged?.code == 61 || damaged?.code == 23)
        #expect(server.requests[0].headers["accept-encoding"] == "gzip")
    }
}

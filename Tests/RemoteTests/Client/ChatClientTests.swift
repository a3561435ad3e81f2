import Glibc
import Records
import Testing

@testable import Remote
@testable import Store

struct ChatClientTests {
    private let texts = (0..<12).map { "question \($0)" }

    private func contents(_ results: [Result<ChatReply, Fault>]) -> [String?] {
        results.map { try? $0.get().content }
    }

    private enum Mishap: String, CaseIterable {
        case serverError, reset, rateLimit, truncation, html, empty, gateway, overloaded
        case closedAfter

        var answer: ScriptedServer.Answer {
            switch self {
            case .serverError: .init(500, #"{"error":{"code":500,"message":"x"}}"#)
            case .reset: .init(ending: .reset)
            case .rateLimit: .init(429, #"{"error":"slow"}"#, headers: [("retry-after-ms", "5")])
            case .truncation: .init(200, #"{"choices":[{"#, ending: .truncated)
            case .html: .init(200, "<html>sign in</html>")
            case .empty: .init(204)
            case .gateway: .init(502, "<html>Bad Gateway</html>")
            case .overloaded: .init(529, #"{"error":{"type":"overloaded_error"}}"#)
            case .closedAfter: .init(200, #"{"choices"#, ending: .closed)
            }
        }
    }

    @Test(arguments: Mishap.allCases.map(\.rawValue))
    func `whichever reply fails, all answers are right and none is asked again`(_ name: String)
        async throws
    {
        let mishap = try #require(Mishap(rawValue: name))
        let texts = Array(texts.prefix(8))
        for failing in 0..<texts.count {
            let bench = try Workbench()
            let store = try bench.store()
            let server = try ScriptedServer { request in
                request.number == failing ? mishap.answer : Workbench.echo(request)
            }
            let client = ChatClient(
                try Workbench.connection(
                    server, store, pacing: Workbench.pacing(concurrency: 3)))
            let results = await Workbench.askAll(client, texts)
            #expect(contents(results) == texts.map { "re: " + $0 })
            // Where the next call comes late, the endpoint is asked whether it is there.
            let calls = server.requests.filter { $0.method == "POST" }.map { ($0.body, 1) }
            #expect(calls.count == texts.count + 1)
            let times = Dictionary(calls, uniquingKeysWith: +).values.sorted()
            #expect(times == Array(repeating: 1, count: 7) + [2])
            #expect(try await store.ledger.exposedCount() == 0)
        }
    }

    @Test func `the same run again sends nothing, in this process or the next`() async throws {
        let bench = try Workbench()
        let server = try ScriptedServer { Workbench.echo($0) }
        for run in 0..<3 {
            let store = try bench.store()
            let connection = try Workbench.connection(server, store)
            for pass in 0..<2 {
                let results = await Workbench.askAll(ChatClient(connection), texts)
                #expect(contents(results) == texts.map { "re: " + $0 })
                let isCached = results.map { (try? $0.get().isCached) == true }
                #expect(isCached == texts.map { _ in run > 0 || pass > 0 })
            }
            #expect(server.requests.count == texts.count)
            #expect(connection.counters.sends == (run == 0 ? texts.count : 0))
            #expect(connection.counters.inFlight == 0)
        }
    }

    @Test func `a run cut short in the middle pays only for what was not answered`() async throws {
        for kept in [0, 1, 5, 11] {
            let bench = try Workbench()
            let server = try ScriptedServer { Workbench.echo($0) }
            do {
                let store = try bench.store()
                let connection = try Workbench.connection(
                    server, store, pacing: Workbench.pacing(budget: Budget(calls: kept)))
                let results = await Workbench.askAll(ChatClient(connection), texts)
                let faults = results.compactMap { result -> Fault? in
                    if case .failure(let fault) = result { return fault }
                    return nil
                }
                #expect(faults.count == texts.count - kept)
                #expect(faults.allSatisfy { $0.kind == .stopped && $0.hint != nil })
            }
            let store = try bench.store()
            let results = await Workbench.askAll(
                ChatClient(try Workbench.connection(server, store)), texts)
            #expect(contents(results) == texts.map { "re: " + $0 })
            #expect(server.timesByBody.values.allSatisfy { $0 == 1 })
        }
    }

    @Test func `equal requests at once are one call, and samples are calls of their own`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            var answer = Workbench.echo(request)
            answer.delayMilliseconds = 20
            return answer
        }
        let connection = try Workbench.connection(server, store)
        let client = ChatClient(connection)
        let results = await Workbench.askAll(client, Array(repeating: "same", count: 40))
        #expect(contents(results) == Array(repeating: "re: same", count: 40))
        #expect(server.requests.count == 1)
        #expect(connection.counters.cached == 39)
        var other = Workbench.question("same")
        other.sample = 1
        _ = try await client.complete(other)
        #expect(server.requests.count == 2)
        #expect(connection.counters.costMicrounits == 0)
        #expect(connection.counters.promptTokens == 14)
    }

    @Test func `never more calls are in flight than allowed`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            var answer = Workbench.echo(request)
            answer.delayMilliseconds = 3
            return answer
        }
        for concurrency in [1, 4] {
            let pacing = Workbench.pacing(concurrency: concurrency)
            let client = ChatClient(try Workbench.connection(server, store, pacing: pacing))
            _ = await Workbench.askAll(client, (0..<40).map { "\(concurrency) \($0)" })
            #expect(server.mostAtOnce <= concurrency)
            #expect(server.mostAtOnce >= min(2, concurrency))
        }
    }

    @Test func `refusals, cut replies and dead requests are results that are kept`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            switch Workbench.asked(request) {
            case "filtered": .init(200, Workbench.completion("", finish: "content_filter"))
            case "policy": .init(400, #"{"error":{"code":"content_filter"}}"#)
            // Cut, and cut again with twice the room.
            case "cut": .init(200, Workbench.completion(#"{"a":["#, finish: "length"))
            case "long": .init(400, #"{"error":{"code":"context_length_exceeded"}}"#)
            case "empty": .init(200, Workbench.completion(""))
            default: .init(500, "always")
            }
        }
        let connection = try Workbench.connection(server, store)
        let client = ChatClient(connection)
        for _ in 0..<2 {
            let expected: [(String, ChatReply.Outcome, String)] = [
                ("filtered", .refused, "content_filter"), ("policy", .refused, "content_filter"),
                ("cut", .truncated, "length"), ("long", .dead, "too_long"),
                ("empty", .invalid, "empty"), ("broken", .dead, "http_500"),
            ]
            for (text, outcome, reason) in expected {
                let reply = try await client.complete(Workbench.question(text))
                #expect(reply.outcome == outcome)
                #expect(reply.reason == reason)
            }
        }
        #expect(server.requests.count == 6 + 3)
        let counters = connection.counters
        #expect(counters.finished == 14)
        #expect((counters.refused, counters.dead, counters.cached) == (2, 2, 7))
    }

    @Test func `a call is not sent when its intent cannot be written, and the run stops`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { Workbench.echo($0) }
        let client = ChatClient(try Workbench.connection(server, store))
        try store.refuseWrites()
        for result in await Workbench.askAll(client, texts) {
            #expect(throws: Fault.self) { try result.get() }
        }
        #expect(server.requests.isEmpty)
    }

    @Test func `what no call would fare better with stops the run at once`() async throws {
        let cases: [(Int, String, Fault.Kind)] = [
            (401, #"{"error":{"message":"bad key"}}"#, .unavailable),
            (403, "no", .unavailable), (402, "", .unavailable),
            (404, "404 page not found", .configuration), (307, "", .configuration),
            (429, #"{"error":{"code":"insufficient_quota"}}"#, .stopped),
        ]
        for (status, body, kind) in cases {
            let bench = try Workbench()
            let store = try bench.store()
            let server = try ScriptedServer { _ in
                .init(status, body, headers: [("Location", "http://127.0.0.1:1/")])
            }
            let pacing = Workbench.pacing(concurrency: 2)
            let client = ChatClient(try Workbench.connection(server, store, pacing: pacing))
            for result in await Workbench.askAll(client, texts) {
                let fault = #expect(throws: Fault.self) { try result.get() }
                #expect(fault?.kind == kind)
            }
            #expect(server.requests.count <= 2)
            #expect(try await store.ledger.exposedCount() == 0)
        }
    }
}

import Glibc
import Records
import Store
import Synchronization
import Testing

@testable import Remote

/// Cases 7 to 12 and 16 of the acceptance list: what is tried again, what is not, what ends a run.
struct PolicyCaseTests {
    private let texts = (0..<12).map { "question \($0)" }

    private func faults(_ results: [Result<ChatReply, Fault>]) -> [Fault] {
        results.compactMap { if case .failure(let fault) = $0 { fault } else { nil } }
    }

    @Test(arguments: [
        #"{"error":{"type":"insufficient_quota"}}"#,
        #"{"type":"error","error":{"type":"enforced_spend_limit_reached"}}"#,
        #"{"error":{"code":"organization_spend_limit_exceeded"}}"#,
    ])
    func `case 7: a used-up quota ends the run after one request`(_ body: String) async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { _ in .init(429, body) }
        let client = ChatClient(
            try Workbench.connection(server, store, pacing: Workbench.pacing(concurrency: 1)))
        let faults = faults(await Workbench.askAll(client, texts))
        #expect(faults.count == texts.count)
        #expect(faults.allSatisfy { $0.kind.exitCode == 75 })
        #expect(server.requests.count == 1)
    }

    @Test func `cases 8 and 10: each call failing once with some 5xx is answered all the same`()
        async throws
    {
        for status in [500, 502, 503, 504, 520] {
            let bench = try Workbench()
            let store = try bench.store()
            let seen = Mutex<Set<String>>([])
            let server = try ScriptedServer { request in
                let text = Workbench.asked(request)
                let isNew = seen.withLock { $0.insert(text).inserted }
                return isNew && text.hasSuffix("0") || isNew && text.hasSuffix("5")
                    ? .init(status, "<html>Bad</html>") : Workbench.echo(request)
            }
            let texts = (0..<50).map { "question \($0)" }
            let client = ChatClient(try Workbench.connection(server, store))
            #expect(faults(await Workbench.askAll(client, texts)).isEmpty)
            #expect(server.requests.count == 60)
        }
    }

    @Test func `case 9: 500 for one row is tried three times and buried, the others are answered`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            Workbench.asked(request) == "question 3"
                ? .init(500, #"{"error":{"code":500,"type":"server_error"}}"#)
                : Workbench.echo(request)
        }
        for _ in 0..<2 {
            let client = ChatClient(try Workbench.connection(server, store))
            let replies = try await Workbench.askAll(client, texts).map { try $0.get() }
            #expect(replies[3].outcome == .dead)
            #expect(replies[3].reason == "http_500")
            #expect(replies.count { $0.outcome == .answered } == 11)
            #expect(server.requests.count == 11 + 3)
        }
    }

    @Test func `case 11: 529 of Anthropic is waited out`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            request.number < 3
                ? .init(529, #"{"type":"error","error":{"type":"overloaded_error"}}"#)
                : .init(
                    200,
                    #"""
                    {"type":"message","model":"m","content":[{"type":"text","text":"yes"}],
                    "stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2}}
                    """#)
        }
        var endpoint = Workbench.endpoint(server)
        endpoint.dialect = .anthropic
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing(concurrency: 8))
        let results = await Workbench.askAll(ChatClient(connection), texts)
        #expect(results.map { try? $0.get().content } == texts.map { _ in "yes" })
        #expect(server.requests.count == 12 + 3)
    }

    @Test func `case 12: 400, 401, 403, 404 and 422 are never tried again`() async throws {
        for status in [400, 401, 403, 404, 422] {
            let bench = try Workbench()
            let store = try bench.store()
            let server = try ScriptedServer { _ in .init(status, "{}") }
            let pacing = Workbench.pacing(concurrency: 3)
            let client = ChatClient(try Workbench.connection(server, store, pacing: pacing))
            let isRow = status == 400 || status == 422
            let results = await Workbench.askAll(client, Array(texts.prefix(isRow ? 5 : 12)))
            #expect(faults(results).count == (isRow ? 0 : 12))
            #expect(server.requests.count == (isRow ? 5 : min(3, server.requests.count)))
            #expect(server.timesByBody.values.allSatisfy { $0 == 1 })
        }
    }

    @Test func `a template that is rejected for most rows ends the run, and names itself`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            Workbench.asked(request).hasPrefix("bad")
                ? .init(400, #"{"error":{"code":"invalid_schema"}}"#) : Workbench.echo(request)
        }
        let connection = try Workbench.connection(
            server, store, pacing: Workbench.pacing(concurrency: 1))
        let client = ChatClient(connection)
        var ended: Fault?
        for number in 0..<60 {
            do throws(Fault) {
                var good = Workbench.question("good \(number)")
                good.purpose = "label-v1"
                _ = try await client.complete(good)
                var bad = Workbench.question("bad \(number)")
                bad.purpose = "label-v2"
                #expect(try await client.complete(bad).outcome == .dead)
            } catch {
                ended = error
                break
            }
        }
        #expect(ended?.what.contains("label-v2") == true)
        #expect(ended?.why?.contains("invalid_schema") == true)
        #expect(ended?.kind == .configuration)
        #expect(server.requests.count == 12)
    }

    @Test
    func `case 16: a cut answer is asked for once more with twice the room, if there is money`()
        async throws
    {
        for (limit, outcome, requests) in [
            (nil, ChatReply.Outcome.answered, 2), (1, .truncated, 1), (2, .answered, 2),
        ] as [(Int?, ChatReply.Outcome, Int)] {
            let bench = try Workbench()
            let server = try ScriptedServer { request in
                request.body.contains(#""max_tokens":40"#)
                    ? Workbench.echo(request)
                    : .init(200, Workbench.completion(#"{"a":["#, finish: "length"))
            }
            for pass in 0..<2 {
                let store = try bench.store()
                let connection = try Workbench.connection(
                    server, store, pacing: Workbench.pacing(budget: Budget(calls: limit)))
                let client = ChatClient(connection)
                if pass == 0 || limit != 1 {
                    let reply = try await client.complete(Workbench.question("a"))
                    #expect(reply.outcome == outcome)
                    #expect(server.requests.count == requests)
                }
                var once = Workbench.question("a")
                once.longestMaxTokens = 20
                #expect(try await client.complete(once).outcome == .truncated)
                #expect(server.requests.count == requests)
            }
        }
    }

    @Test func `a request that was cut stops growing at its bound`() {
        var request = Workbench.question("a")
        #expect(request.afterCut?.maxTokens == 40)
        request.longestMaxTokens = 30
        #expect(request.afterCut?.maxTokens == 30)
        request.longestMaxTokens = 20
        #expect(request.afterCut == nil)
        request.longestMaxTokens = nil
        request.maxTokens = 50_000
        #expect(request.afterCut?.maxTokens == 65_536)
        request.maxTokens = .max
        #expect(request.afterCut == nil)
    }
}

import Records
import Store
import StoreProtocols
import Synchronization
import Testing

@testable import Remote

/// Servers that answer, but with errors alone.
struct ErrorOutageClientTests {
    private let texts = (0..<12).map { "question number \($0)" }

    private func connection(
        _ server: ScriptedServer, _ store: WorkspaceStore, _ said: Said, concurrency: Int = 4,
        longestMilliseconds: Int64 = 3_000
    ) throws -> Connection {
        var outage = OutageSettings()
        outage.longestMilliseconds = longestMilliseconds
        outage.longestRateLimitMilliseconds = longestMilliseconds
        outage.graceMilliseconds = 300
        var pacing = Workbench.pacing(concurrency: concurrency)
        pacing.backoffMilliseconds = 50
        pacing.overloadBackoffMilliseconds = 50
        pacing.longestBackoffMilliseconds = 200
        pacing.patienceMilliseconds = outage.longestMilliseconds
        return try Connection(
            Workbench.endpoint(server), ledger: store.ledger, pacing: pacing, outage: outage,
            notice: { said.note($0) })
    }

    private func faults(_ results: [Result<ChatReply, Fault>]) -> [Fault] {
        results.compactMap { if case .failure(let fault) = $0 { fault } else { nil } }
    }

    @Test(arguments: [(500, 4), (502, 4), (503, 1), (529, 4), (500, 1)])
    func `errors alone are said once, with what comes and until when, and end in time`(
        _ status: Int, _ concurrency: Int
    ) async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            if request.path == "/v1/models" { return .init(200, #"{"data":[]}"#) }
            return .init(
                status,
                #"{"error":{"type":"broken_error","message":"no \#(Workbench.asked(request))"}}"#)
        }
        let said = Said()
        let start = CallScheduler.now()
        let results = await Workbench.askAll(
            ChatClient(try connection(server, store, said, concurrency: concurrency)), texts)
        #expect(CallScheduler.now() - start >= 2_500)
        let faults = faults(results)
        #expect(!faults.isEmpty && faults.allSatisfy { $0.kind == .unavailable })
        #expect(faults.last?.why?.contains("HTTP \(status), broken_error") == true)
        #expect(faults.last?.hint?.contains("give_up_seconds") == true)
        #expect(said.sentences.count == 1)
        let sentence = try #require(said.sentences.first)
        #expect(sentence.hasPrefix("nothing but errors from \(server.baseURL) since "))
        #expect(sentence.contains("HTTP \(status), broken_error; trying until "))
        #expect(sentence.hasSuffix(" UTC (`provider.give_up_seconds`)"))
        #expect(!sentence.contains("question"), "no text of a row in a log")
        // No row is to blame, so that the next run asks for all of them.
        #expect(try await store.ledger.countsByState()[.dead] == 0)
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test func `what was said is taken back when answers come`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let said = Said()
        let server = try ScriptedServer { request in
            said.sentences.isEmpty ? .init(503, "<html>") : Workbench.echo(request)
        }
        let results = await Workbench.askAll(
            ChatClient(
                try connection(
                    server, store, said, concurrency: 2, longestMilliseconds: 300_000)), texts)
        #expect(faults(results).isEmpty)
        // A late reply to an earlier request may be said between the two.
        #expect(said.sentences.count >= 2)
        #expect(said.sentences.first?.contains("HTTP 503") == true)
        #expect(
            said.sentences.last?.hasPrefix("\(server.baseURL) answers again, after ") == true)
    }

    @Test func `a rate limit without end is said, and stops the run to be continued`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { _ in
            .init(
                429, #"{"error":{"code":"rate_limit_exceeded"}}"#,
                headers: [("retry-after-ms", "300")])
        }
        let said = Said()
        let results = await Workbench.askAll(
            ChatClient(try connection(server, store, said)), texts)
        #expect(faults(results).count == texts.count)
        #expect(faults(results).allSatisfy { $0.kind == .stopped })
        #expect(said.sentences.count == 1)
        #expect(said.sentences.first?.contains("HTTP 429, rate_limit_exceeded") == true)
    }

    @Test func `a login page in place of every answer ends within seconds and is told as such`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { _ in
            .init(
                200, "<!doctype html><title>Sign in to Example</title>",
                headers: [("content-type", "text/html; charset=utf-8")])
        }
        let connection = try Connection(
            Workbench.endpoint(server), ledger: store.ledger, pacing: PacerSettings())
        let results = await Workbench.askAll(ChatClient(connection), texts)
        // Four sends of each of eight at once, and what a first fault leaves of the rest.
        #expect(server.requests.count <= 48)
        let fault = try #require(faults(results).last)
        #expect(fault.kind == .unavailable)
        #expect(fault.why?.contains("HTTP 200 with text/html, which is no answer") == true)
        #expect(!"\(fault)".contains("Sign in") && fault.hint?.contains("base_url") == true)
        #expect(try await store.ledger.countsByState()[.dead] == 0)
    }
}

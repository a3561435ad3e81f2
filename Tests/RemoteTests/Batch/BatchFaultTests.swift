import FoundationEssentials
import Records
import Store
import StoreProtocols
import Synchronization
import Testing

@testable import Remote

/// What goes wrong with batches and with single lines of them.
struct BatchFaultTests {
    private let texts = BatchBench.texts(6)
    private var answers: [String?] { texts.map { "re: " + $0 } }

    @Test(arguments: 0..<5, [true, false])
    func `any exchange may fail, carried out or not, and one input stays one batch`(
        number: Int, isCarriedOut: Bool
    ) async throws {
        let bench = try Workbench()
        let server = try BatchServer { plan in
            let fault: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { request in
                guard request.number == number else { return nil }
                return isCarriedOut ? .init(ending: .reset) : .init(503, "<html>busy</html>")
            }
            if isCarriedOut { plan.after = fault } else { plan.before = fault }
        }
        let store = try bench.store()
        let connection = try BatchBench.connection(server, store, bench)
        let results = try await BatchBench.ask(connection, texts)
        #expect(BatchBench.contents(results) == answers)
        #expect(server.http.requests.count > number)
        #expect(server.batches.count == 1 && server.submitted.sorted() == texts)
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test func `each line is judged as the endpoint's reply to the call alone would be`()
        async throws
    {
        let bench = try Workbench()
        let fates: [String: BatchServer.Fate] = [
            "row 0": .status(400, "{\"error\":{\"code\":\"content_filter\"}}"),
            "row 1": .status(400, "{\"error\":{\"code\":\"bad_thing\"}}"),
            "row 2": .status(500, "{\"error\":{\"message\":\"no\"}}"),
            "row 3": .status(413, "{}"), "row 4": .content(""), "row 5": .content("fine"),
        ]
        let server = try BatchServer { $0.fate = { text, _ in fates[text] ?? .missing } }
        let store = try bench.store()
        let connection = try BatchBench.connection(server, store, bench)
        let replies = try await BatchBench.ask(connection, texts).map { try $0.get() }
        #expect(
            replies.map(\.outcome) == [.refused, .dead, .dead, .dead, .invalid, .answered])
        #expect(
            replies.map(\.reason) == [
                "content_filter", "bad_thing", "http_500", "too_long", "empty", nil,
            ])
        // Only the one that might have passed was tried again, as often as alone.
        #expect(server.batches.map { $0.calls.map(\.text) }.dropFirst() == [["row 2"], ["row 2"]])
        let single = try #require(try await store.ledger.reply(for: replies[2].key))
        #expect(single.attempts == 3)
    }

    @Test func `a call that no batch answers is dead after three, and asked anew once forgotten`()
        async throws
    {
        let bench = try Workbench()
        let server = try BatchServer { plan in
            plan.fate = { text, batch in
                text == "row 3" && batch < 3 ? .expired : .content("re: " + text)
            }
        }
        let store = try bench.store()
        let first = try BatchBench.connection(server, store, bench)
        let replies = try await BatchBench.ask(first, texts).map { try $0.get() }
        #expect(replies[3].outcome == .dead && replies[3].reason == "no_reply")
        #expect(server.batches.map(\.calls.count) == [6, 1, 1])
        #expect(first.counters.dead == 1 && first.counters.answered == 5)
        try store.ledger.forget(.dead)
        let second = try BatchBench.connection(server, store, bench)
        #expect(BatchBench.contents(try await BatchBench.ask(second, texts)) == answers)
        #expect(server.batches.count == 4)
    }

    @Test func `batches that answer nothing at all end the run`() async throws {
        let bench = try Workbench()
        let server = try BatchServer { plan in plan.fate = { _, _ in .expired } }
        let store = try bench.store()
        let connection = try BatchBench.connection(server, store, bench)
        #expect(
            await BatchBench.kind { _ = try await BatchBench.ask(connection, texts) }
                == .unavailable)
        #expect(try await store.ledger.statistics().entries == 0)
    }

    @Test func `credit that ran out within a batch ends the run, and answers are kept`()
        async throws
    {
        let bench = try Workbench()
        let server = try BatchServer { plan in
            plan.fate = { text, batch in
                text < "row 3" || batch > 0
                    ? .content("re: " + text)
                    : .status(429, "{\"error\":{\"code\":\"insufficient_quota\"}}")
            }
        }
        let store = try bench.store()
        let first = try BatchBench.connection(server, store, bench)
        #expect(await BatchBench.kind { _ = try await BatchBench.ask(first, texts) } == .stopped)
        #expect(try await store.ledger.statistics().entries == 3)
        #expect(try await store.ledger.exposedCount() == 0)
        let second = try BatchBench.connection(server, store, bench)
        #expect(BatchBench.contents(try await BatchBench.ask(second, texts)) == answers)
        #expect(server.batches.map(\.calls.count) == [6, 3])
    }

    @Test func `an input that the provider does not accept ends the run with its code`()
        async throws
    {
        let bench = try Workbench()
        let server = try BatchServer { plan in
            plan.state = "failed"
            plan.fate = { _, _ in .missing }
        }
        let store = try bench.store()
        let connection = try BatchBench.connection(server, store, bench)
        await #expect {
            _ = try await BatchBench.ask(connection, texts)
        } throws: {
            let fault = $0 as? Fault
            return fault?.kind == .unavailable && fault?.why == "bad_model"
        }
        #expect(try await store.ledger.exposedCount() == 0 && server.batches.count == 1)
    }

    @Test func `a server of this machine that forgot its batches gets them again`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let before = try BatchServer { $0.polls = 100 }
        let first = try BatchBench.connection(before, store, bench) { $0.waitMilliseconds = 0 }
        #expect(await BatchBench.kind { _ = try await BatchBench.ask(first, texts) } == .stopped)
        let server = try BatchServer()
        let second = try BatchBench.connection(server, store, bench)
        #expect(BatchBench.contents(try await BatchBench.ask(second, texts)) == answers)
        #expect(server.batches.count == 1)
    }

    @Test func `an endpoint without batches says so at once`() async throws {
        let bench = try Workbench()
        let server = try BatchServer { $0.before = { _ in .init(404, "404 page not found") } }
        let store = try bench.store()
        let connection = try BatchBench.connection(server, store, bench)
        #expect(
            await BatchBench.kind { _ = try await BatchBench.ask(connection, texts) }
                == .configuration)
        #expect(try await store.ledger.exposedCount() == 0 && server.http.requests.count == 1)
        #expect(throws: Fault.self) {
            try BatchBench.connection(server, store, bench, dialect: .ollama)
        }
    }

    @Test func `a batch holds no more than the budget, and what is unanswered is given back`()
        async throws
    {
        let bench = try Workbench()
        let server = try BatchServer { plan in
            plan.fate = { text, batch in
                batch == 0 && text < "row 3" ? .expired : .content("re: " + text)
            }
        }
        let store = try bench.store()
        let small = try BatchBench.connection(server, store, bench, budget: Budget(calls: 4))
        #expect(await BatchBench.kind { _ = try await BatchBench.ask(small, texts) } == .stopped)
        #expect(server.batches[0].calls.count == 4)
        #expect(try await store.ledger.statistics().entries == 4)
        let large = try BatchBench.connection(server, store, bench, budget: Budget(calls: 2))
        #expect(BatchBench.contents(try await BatchBench.ask(large, texts)) == answers)

        let dear = try BatchBench.connection(
            server, store, bench, budget: Budget(microunits: 10))
        let more = texts.map { $0 + " more" }
        let sent = server.batches.count
        #expect(await BatchBench.kind { _ = try await BatchBench.ask(dear, more) } == .stopped)
        #expect(server.batches.count == sent)
    }

    @Test func `a signal ends the wait, and nothing is lost`() async throws {
        let bench = try Workbench()
        let server = try BatchServer { $0.polls = 2 }
        let store = try bench.store()
        let connection = try BatchBench.connection(server, store, bench) {
            $0.firstPollMilliseconds = 60_000
            $0.longestPollMilliseconds = 60_000
            $0.waitMilliseconds = 60_000
        }
        let client = ChatClient(connection)
        let texts = texts
        await #expect {
            try await Batches.fill([connection]) { () throws(Fault) in
                if !server.batches.isEmpty { throw Fault(.stopped, "a signal") }
            } ask: { () async throws(Fault) in
                _ = await Workbench.askAll(client, texts)
            }
        } throws: {
            ($0 as? Fault)?.what == "a signal"
        }
        let second = try BatchBench.connection(server, store, bench)
        #expect(BatchBench.contents(try await BatchBench.ask(second, texts)) == answers)
        #expect(server.batches.count == 1)
    }
}

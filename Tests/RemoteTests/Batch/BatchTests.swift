import Records
import Store
import StoreProtocols
import Synchronization
import Testing

@testable import Remote

struct BatchTests {
    private let texts = BatchBench.texts(12)
    private var answers: [String?] { texts.map { "re: " + $0 } }

    @Test func `a batch stores what single calls would, for half the price`() async throws {
        let (one, other) = (try Workbench(), try Workbench())
        let server = try BatchServer()
        let (store, plain) = (try one.store(), try other.store())
        let connection = try BatchBench.connection(server, store, one)
        let results = try await BatchBench.ask(connection, texts)
        #expect(BatchBench.contents(results) == answers)
        #expect(results.allSatisfy { (try? $0.get().isCached) == false })
        #expect(server.batches.count == 1 && server.batches[0].calls.count == 12)
        #expect(server.http.requests.allSatisfy { $0.path != "/v1/chat/completions" })

        var endpoint = connection.endpoint
        endpoint.concurrency = 4
        let single = try Connection(endpoint, ledger: plain.ledger, pacing: Workbench.pacing())
        let expected = await Workbench.askAll(ChatClient(single), texts)
        for (batched, alone) in zip(results, expected) {
            var reply = try batched.get()
            #expect(try reply == alone.get())
            let stored = try #require(try await store.ledger.reply(for: reply.key))
            let kept = try #require(try await plain.ledger.reply(for: reply.key))
            #expect(stored.state == kept.state && stored.httpStatus == kept.httpStatus)
            #expect(stored.costMicrounits == (kept.costMicrounits + 1) / 2)
            #expect(stored.body == kept.body && stored.model == kept.model)
            reply.isCached = true
        }
        let counters = connection.counters
        #expect(counters.answered == 12 && counters.cached == 0 && counters.sends == 12)
        #expect(counters.batches == 1 && counters.batchStrays == 0)
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test func `what is in the ledger already is in no batch, and a second run makes none`()
        async throws
    {
        let bench = try Workbench()
        let server = try BatchServer()
        let store = try bench.store()
        let single = try Workbench.connection(server.http, store)
        _ = await Workbench.askAll(ChatClient(single), Array(texts.prefix(5)))
        for _ in 0..<2 {
            let connection = try BatchBench.connection(server, store, bench)
            let results = try await BatchBench.ask(connection, texts)
            #expect(BatchBench.contents(results) == answers)
            #expect(connection.counters.finished == 12)
        }
        #expect(server.submitted.sorted() == texts.dropFirst(5).sorted())
    }

    // Case 40.
    @Test func `lines in any order, strange and double ones, and missing ones asked for again`()
        async throws
    {
        let bench = try Workbench()
        let server = try BatchServer { plan in
            plan.state = "expired"
            plan.isReversed = true
            plan.repeatsFirstLine = true
            plan.extraLines = [
                "no json", "{}", "{\"custom_id\":\"x\",\"response\":null}",
                "{\"custom_id\":\"\(SHA256.hash("other").hex)\",\"response\":{\"status_code\":200,"
                    + "\"body\":{}}}",
            ]
            plan.fate = { text, batch in
                if batch == 0, text.hasSuffix("1") { return .expired }
                if batch == 0, text.hasSuffix("2") { return .missing }
                return .content("re: " + text)
            }
        }
        let store = try bench.store()
        let connection = try BatchBench.connection(server, store, bench)
        let results = try await BatchBench.ask(connection, texts)
        #expect(BatchBench.contents(results) == answers)
        #expect(server.batches.map(\.calls.count) == [12, 3])
        #expect(
            server.batches[1].calls.map(\.text).sorted() == ["row 1", "row 11", "row 2"])
        #expect(connection.counters.batchStrays == 10)
        #expect(try await store.batches.latest().map(\.answered) == [3, 9])
    }

    // Case 40.
    @Test(arguments: [JSONValue.null, .string("")])
    func `either file may be missing`(noFile: JSONValue) async throws {
        let bench = try Workbench()
        let server = try BatchServer { plan in
            plan.noFile = noFile
            plan.fate = { text, batch in
                batch == 0
                    ? .status(429, "{\"error\":{\"code\":\"rate_limit_exceeded\"}}")
                    : .content("re: " + text)
            }
        }
        let connection = try BatchBench.connection(server, try bench.store(), bench)
        let results = try await BatchBench.ask(connection, texts)
        #expect(BatchBench.contents(results) == answers)
        #expect(server.batches.map(\.calls.count) == [12, 12])
    }

    @Test func `a batch that is still out ends the run, and the next one takes it up`() async throws
    {
        let bench = try Workbench()
        let polls = 4
        let server = try BatchServer { $0.polls = polls }
        let store = try bench.store()
        var runs = 0
        while true {
            let connection = try BatchBench.connection(server, store, bench) {
                $0.waitMilliseconds = 0
            }
            runs += 1
            do {
                let results = try await BatchBench.ask(connection, texts)
                #expect(BatchBench.contents(results) == answers)
                break
            } catch let fault as Fault {
                #expect(fault.kind == .stopped && fault.what.contains("batch_1"))
                #expect(fault.why?.hasSuffix("UTC, 12 of 12 calls without an answer") == true)
                #expect(fault.hint?.hasPrefix("run the same command again") == true)
                #expect(try await store.ledger.exposedCount() == 12)
            }
            try #require(runs < 10)
        }
        #expect(runs > 1 && server.batches.count == 1)
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test func `a batch taken up is kept whole, whatever is asked for by then`() async throws {
        let bench = try Workbench()
        let server = try BatchServer { $0.polls = 1 }
        let store = try bench.store()
        let first = try BatchBench.connection(server, store, bench) { $0.waitMilliseconds = 0 }
        #expect(await BatchBench.kind { _ = try await BatchBench.ask(first, texts) } == .stopped)
        let second = try BatchBench.connection(server, store, bench)
        let few = Array(texts.prefix(2))
        #expect(
            BatchBench.contents(try await BatchBench.ask(second, few)) == [
                "re: row 0", "re: row 1",
            ])
        #expect(try await store.ledger.statistics().entries == 12)
    }

    @Test func `more calls than a batch may have make several, always the same ones`() async throws
    {
        var inputs: [[String]] = []
        for _ in 0..<2 {
            let bench = try Workbench()
            let server = try BatchServer { $0.polls = 2 }
            let connection = try BatchBench.connection(server, try bench.store(), bench) {
                $0.mostCalls = 5
            }
            let results = try await BatchBench.ask(connection, texts)
            #expect(BatchBench.contents(results) == answers)
            #expect(server.batches.map(\.calls.count) == [5, 5, 2])
            inputs.append(server.batches.map { $0.metadata["input_sha256"]?.string ?? "" })
        }
        #expect(inputs[0] == inputs[1] && Set(inputs[0]).count == 3)
    }

    @Test func `two models of one endpoint keep their batches and budgets apart`() async throws {
        let bench = try Workbench()
        let server = try BatchServer { $0.polls = 1 }
        let store = try bench.store()
        var connections: [Connection] = []
        for model in ["a", "b"] {
            var endpoint = Workbench.endpoint(server.http)
            endpoint.model = model
            connections.append(
                try Connection(
                    endpoint, ledger: store.ledger,
                    pacing: Workbench.pacing(budget: Budget(calls: 12)),
                    batches: BatchBench.settings(bench), log: store.batches))
        }
        let texts = texts
        try await Batches.fill(connections, check: {}) { () async throws(Fault) in
            for connection in connections {
                _ = await Workbench.askAll(ChatClient(connection), texts)
            }
        }
        for connection in connections {
            let results = await Workbench.askAll(ChatClient(connection), texts)
            #expect(BatchBench.contents(results) == answers)
            #expect(connection.counters.answered == 12 && connection.counters.cached == 0)
            // Nothing is left reserved beside what was used.
            let used = Estimate(tokens: 0, microunits: 0)
            #expect(connection.runner.scheduler.withBook { $0.refusal(used, calls: 1) } != nil)
            #expect(connection.runner.scheduler.withBook { $0.tokens } == 120)
        }
        #expect(server.batches.count == 2)
    }

    @Test func `an answer that is no JSON is asked for again in another batch`() async throws {
        let bench = try Workbench()
        let server = try BatchServer { plan in
            plan.fate = { text, batch in .content(batch < 2 ? "no json" : "{\"a\":1}") }
        }
        let connection = try BatchBench.connection(server, try bench.store(), bench)
        let client = ChatClient(connection)
        var request = Workbench.question("q")
        request.schema = .init(name: "s", json: "{}")
        func ask() async throws(Fault) -> String? {
            try await client.completeJSON(request) { json throws(Misfit) in json }.value
        }
        try await Batches.fill([connection], check: {}) { () async throws(Fault) in
            do throws(Fault) { _ = try await ask() } catch  where error.awaitsBatch {}
        }
        #expect(try await ask() == "{\"a\":1}")
        #expect(server.batches.count == 3)
    }
}

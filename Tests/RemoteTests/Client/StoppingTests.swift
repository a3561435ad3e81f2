import Glibc
import Records
import Store
import StoreProtocols
import Synchronization
import Testing

@testable import Remote

/// Cases 43, 48 and 50 of the acceptance list, and cancellation: how a run ends before its end.
struct StoppingTests {
    private func faults(_ results: [Result<ChatReply, Fault>]) -> [Fault] {
        results.compactMap { if case .failure(let fault) = $0 { fault } else { nil } }
    }

    @Test func `case 43: a budget holds over resumes, and a larger one continues`() async throws {
        let bench = try Workbench()
        let server = try ScriptedServer { Workbench.echo($0) }
        var endpoint = Workbench.endpoint(server)
        // 7 + 3 tokens: 10 millionths a call; the worst case is some 6 times that.
        endpoint.promptPriceMicrounitsPerMillionTokens = 1_000_000
        endpoint.completionPriceMicrounitsPerMillionTokens = 1_000_000
        let texts = (0..<200).map { "question \($0)" }
        var answered = 0
        for (limit, isEnough) in [(500, false), (500, false), (900, false), (9000, true)] {
            let store = try bench.store()
            let run = try store.runs.begin(pipeline: "night")
            let first = try store.runs.firstOfSeries(pipeline: "night")
            var pacing = Workbench.pacing(
                concurrency: 64, budget: Budget(microunits: Int64(limit)))
            pacing.spentBefore = try store.ledger.spent(sinceRun: first, endpoint: "test")
            let connection = try Connection(endpoint, ledger: store.ledger, pacing: pacing)
            let results = await Workbench.askAll(ChatClient(connection), texts)
            let faults = faults(results)
            #expect(faults.allSatisfy { $0.kind.exitCode == 75 })
            #expect(faults.isEmpty == isEnough)
            let spent = try store.ledger.spent(sinceRun: first, endpoint: "test")
            #expect(spent.microunits <= limit)
            #expect(spent.microunits == Int64(server.requests.count * 10))
            #expect(spent.calls == server.requests.count)
            #expect(spent.tokens == server.requests.count * 10)
            // What fits is used, but for the room that one worst case needs.
            #expect(isEnough || spent.microunits > limit - 100)
            #expect(connection.counters.answered + answered == server.requests.count)
            answered = server.requests.count
            try store.runs.finish(run, state: isEnough ? .done : .stopped)
        }
        #expect(server.requests.count == 200)
        let store = try bench.store()
        _ = try store.runs.begin(pipeline: "night")
        let next = try store.runs.firstOfSeries(pipeline: "night")
        #expect(try store.ledger.spent(sinceRun: next) == Spending())
    }

    @Test func `replies that do not say what they used are booked by estimate, and flagged`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { _ in
            .init(
                200,
                #"{"choices":[{"finish_reason":"stop","message":{"content":"yes"}}],"model":"m"}"#)
        }
        var endpoint = Workbench.endpoint(server)
        endpoint.completionPriceMicrounitsPerMillionTokens = 1_000_000
        let connection = try Connection(
            endpoint, ledger: store.ledger, pacing: Workbench.pacing())
        _ = try await ChatClient(connection).complete(Workbench.question("a"))
        #expect(connection.counters.estimatedUsage == 1)
        let spent = try store.ledger.spent(sinceRun: 0)
        #expect(spent.estimated == 1)
        #expect(spent.microunits == 20)
        #expect(spent.tokens > 20)
    }

    @Test func `case 48: a stop gives up what is in flight in time, and keeps it as exposed`()
        async throws
    {
        let bench = try Workbench()
        let isSlow = Mutex(true)
        let arrivals = Mutex(0)
        let server = try ScriptedServer { request in
            var answer = Workbench.echo(request)
            // By arrival: which of the questions come first is nobody's promise.
            let number = arrivals.withLock { count in
                count += 1
                return count
            }
            answer.delayMilliseconds = number > 4 && isSlow.withLock { $0 } ? 60_000 : 1
            return answer
        }
        let texts = (0..<40).map { "question \($0)" }
        let exposed: Int
        do {
            let store = try bench.store()
            var endpoint = Workbench.endpoint(server)
            endpoint.timeoutMilliseconds = 120_000
            let connection = try Connection(
                endpoint, ledger: store.ledger, pacing: Workbench.pacing(concurrency: 4))
            let stopper = Task {
                while connection.counters.answered < 4 || server.requests.count < 8 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                connection.stop(abandonAfterMilliseconds: 200)
                return CallScheduler.now()
            }
            let results = await Workbench.askAll(ChatClient(connection), texts)
            let end = CallScheduler.now()
            // From the stop on: before it, other tests may have kept this one waiting.
            #expect(
                end - (try await stopper.value) < 50_000, "not the minute that the slow ones take")
            #expect(faults(results).count == 36)
            #expect(faults(results).allSatisfy { $0.kind.exitCode == 75 })
            #expect(server.requests.count == 8)
            exposed = try await store.ledger.exposedCount()
            #expect(exposed == 4)
            #expect(try store.ledger.spent(sinceRun: 0).calls == 8)
        }
        isSlow.withLock { $0 = false }
        let store = try bench.store()
        #expect(try store.ledger.spent(sinceRun: 0).calls == 8, "booked once, not again on opening")
        let results = await Workbench.askAll(
            ChatClient(try Workbench.connection(server, store)), texts)
        #expect(faults(results).isEmpty)
        #expect(server.timesByBody.values.count { $0 == 2 } == exposed)
        #expect(try await store.ledger.exposedCount() == 0)
    }

    @Test func `a deadline that comes in mid-run ends it, to be continued`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            var answer = Workbench.echo(request)
            answer.delayMilliseconds = 20
            return answer
        }
        let texts = (0..<400).map { "question \($0)" }
        var endpoint = Workbench.endpoint(server)
        endpoint.concurrency = 2
        let connection = try Connection(
            endpoint, ledger: store.ledger,
            deadlineMilliseconds: WallClock.system.now() + 400)
        let faults = faults(await Workbench.askAll(ChatClient(connection), texts))
        #expect(!faults.isEmpty)
        #expect(faults.allSatisfy { $0.what == "the deadline has come" })
        #expect(server.requests.count == 400 - faults.count)
    }

    @Test func `a cancelled call is not sent, others are, and a shared one stays`() async throws {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            var answer = Workbench.echo(request)
            // Long enough for the others to be cancelled meanwhile, also on a busy machine.
            answer.delayMilliseconds = Workbench.asked(request) == "first" ? 3_000 : 1
            return answer
        }
        let connection = try Workbench.connection(
            server, store, pacing: Workbench.pacing(concurrency: 1))
        let client = ChatClient(connection)
        func ask(_ text: String) -> Task<ChatReply, any Error> {
            Task { try await client.complete(Workbench.question(text)) }
        }
        let first = ask("first")
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        let waiting = (0..<10).map { ask("waiting \($0)") }
        let shared = (0..<3).map { _ in ask("shared") }
        try await Task.sleep(for: .milliseconds(20))
        for task in waiting.prefix(8) + shared.prefix(2) { task.cancel() }
        // In flight: it is paid for, and its answer kept.
        first.cancel()
        for task in waiting.prefix(8) {
            await #expect(throws: Fault.self) { try await task.value }
        }
        for task in [first] + waiting.suffix(2) + shared.suffix(1) {
            #expect(try await task.value.outcome == .answered)
        }
        #expect(server.requests.count == 4)
        #expect(try await store.ledger.exposedCount() == 0)
        // Whoever asks anew for what was given up gets an answer.
        #expect(try await ask("waiting 0").value.outcome == .answered)
    }

    @Test func `cancelling at random moments loses no answer and sends nothing twice`()
        async throws
    {
        let bench = try Workbench()
        let store = try bench.store()
        let server = try ScriptedServer { request in
            var answer = Workbench.echo(request)
            answer.delayMilliseconds = request.number % 4
            return answer
        }
        let connection = try Workbench.connection(
            server, store, pacing: Workbench.pacing(concurrency: 3))
        let client = ChatClient(connection)
        var draws = CounterRNG(seed: 5, purpose: "cancelling")
        let tasks = (0..<120).map { number in
            (
                number % 60,
                Task { try await client.complete(Workbench.question("\(number % 60)")).content }
            )
        }
        for _ in 0..<60 {
            draws.pick(tasks)?.1.cancel()
            usleep(UInt32(draws.below(1500)))
        }
        for (number, task) in tasks {
            if case .success(let content) = await task.result {
                #expect(content == "re: \(number)")
            }
        }
        #expect(server.timesByBody.values.allSatisfy { $0 == 1 })
        #expect(connection.counters.inFlight == 0)
        let results = await Workbench.askAll(client, (0..<60).map { "\($0)" })
        #expect(faults(results).isEmpty)
        #expect(server.requests.count == 60)
    }

    @Test func `case 50: waiting a minute for an endpoint takes less than 1 % of a processor`()
        async throws
    {
        let bench = try Workbench()
        let server = try ScriptedServer { _ in
            .init(429, "{}", headers: [("Retry-After", "60")])
        }
        let (url, path) = (server.baseURL, bench.folder + "/state.sqlite")
        await #expect(processExitsWith: .success) {
            [url = url as String, path = path as String] in
            let store = try WorkspaceStore(path: path)
            let endpoint = Endpoint(name: "test", baseURL: url, model: "m")
            let connection = try Connection(endpoint, ledger: store.ledger)
            let texts = (0..<500).map { "question \($0)" }
            let asking = Task { await Workbench.askAll(ChatClient(connection), texts) }
            while connection.counters.rateLimited < 8 {
                try await Task.sleep(for: .milliseconds(5))
            }
            try await Task.sleep(for: .milliseconds(200))
            func cpuMilliseconds() -> Double {
                var time = timespec()
                clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
                return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1e6
            }
            let begin = cpuMilliseconds()
            try await Task.sleep(for: .seconds(2))
            let used = cpuMilliseconds() - begin
            #expect((50_000...70_000).contains(connection.pauseMilliseconds))
            connection.stop()
            _ = await asking.value
            exit(used < 20 ? 0 : 1)
        }
        #expect(server.requests.count == 8)
    }
}

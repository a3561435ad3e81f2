import Records
import StoreProtocols
import Synchronization
import Testing

@testable import Remote
@testable import Store

/// What a run says of the batches it waits for.
@Suite struct WaitingBatchTests {
    private func waiting(_ id: String, _ calls: Int) -> WaitingBatch {
        let record = BatchRecord(
            number: 1, endpoint: "main m", path: "/chat/completions", input: SHA256.hash(""),
            state: .out, calls: calls, answered: 0, createdMilliseconds: 1_700_000_000_000,
            changedMilliseconds: 0)
        return WaitingBatch(record, id: id, endpoint: "main")
    }

    @Test func `the end of a run names every batch, its size, when it was sent and what to do`() {
        #expect(WaitingBatch.fault([]) == nil)
        let one = WaitingBatch.fault([waiting("batch_a", 1_102)])
        #expect(
            one.map { "\($0)" } == """
                batch batch_a of endpoint main is still out: sent 2023-11-14 22:13:20 UTC, \
                1,102 of 1,102 calls without an answer
                hint: run the same command again later: it takes the answers up
                """)
        var half = waiting("batch_b", 40)
        half.open = 1
        let two = WaitingBatch.fault([waiting("batch_a", 3), half])
        #expect(two?.what == "2 batches are still out")
        #expect(
            two?.why == """
                batch_a of endpoint main, sent 2023-11-14 22:13:20 UTC, \
                3 of 3 calls without an answer; \
                batch_b of endpoint main, sent 2023-11-14 22:13:20 UTC, \
                1 of 40 calls without an answer
                """)
        #expect(one?.kind == .stopped && two?.kind == .stopped)
    }

    @Test func `while a batch is out no call goes out alone, which would be paid for twice`()
        async throws
    {
        let bench = try Workbench()
        let server = try BatchServer { $0.polls = 1_000 }
        let store = try bench.store()
        let texts = BatchBench.texts(4)
        func single() throws(Fault) -> Connection {
            try Connection(
                Workbench.endpoint(server.http), ledger: store.ledger,
                pacing: Workbench.pacing(), log: store.batches)
        }
        _ = try single()
        let waiting = try BatchBench.connection(server, store, bench) { $0.waitMilliseconds = 0 }
        #expect(await BatchBench.kind { _ = try await BatchBench.ask(waiting, texts) } == .stopped)
        #expect(try await store.batches.open(endpoint: "test m").count == 1)
        do throws(Fault) {
            _ = try single()
            Issue.record("calls of the batch could be paid for again")
        } catch {
            #expect(error.kind == .configuration)
            #expect(error.what == "1 batch with 4 calls of endpoint test is still out")
            #expect(error.why?.hasPrefix("batch_1, sent ") == true)
        }
        // One of another model has nothing to do with it.
        var other = Workbench.endpoint(server.http)
        other.model = "other"
        _ = try Connection(
            other, ledger: store.ledger, pacing: Workbench.pacing(), log: store.batches)
    }

    @Test func `whoever waits hears of the batch meanwhile`() async throws {
        let bench = try Workbench()
        let server = try BatchServer { $0.polls = 3 }
        let connection = try BatchBench.connection(server, try bench.store(), bench)
        let heard = Mutex<Set<String>>([])
        let client = ChatClient(connection)
        let texts = BatchBench.texts(4)
        try await Batches.fill(
            [connection], check: {},
            watch: { batch in
                heard.withLock { _ = $0.insert("\(batch.id) \(batch.endpoint) \(batch.calls)") }
                #expect(batch.secondsOut >= 0 && batch.secondsOut < 60)
            }
        ) { () async throws(Fault) in
            for result in await Workbench.askAll(client, texts) {
                if case .failure(let fault) = result, !fault.awaitsBatch { throw fault }
            }
        }
        let name = connection.endpoint.name
        #expect(heard.withLock { $0 } == ["batch_1 \(name) 4"])
    }
}

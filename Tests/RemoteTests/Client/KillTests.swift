import Glibc
import Records
import Store
import Testing

@testable import Remote

struct KillTests {
    @Test(arguments: [1, 7, 20, 33])
    func `after a kill only what was in flight is paid for again, and nothing is lost`(_ after: Int)
        async throws
    {
        let bench = try Workbench()
        let texts = (0..<40).map { "row \($0)" }
        let concurrency = 4
        let server = try ScriptedServer { request in
            var answer = Workbench.echo(request)
            // Some hang, so that the kill finds calls in flight.
            answer.delayMilliseconds = (after..<after + 4).contains(request.number) ? 300 : 2
            return answer
        }
        let (url, path) = (server.baseURL, bench.folder + "/state.sqlite")
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [url = url as String, path = path as String, after = after as Int] in
            let store = try WorkspaceStore(path: path)
            let endpoint = Endpoint(name: "test", baseURL: url, model: "m")
            let connection = try Connection(
                endpoint, ledger: store.ledger, pacing: Workbench.pacing(concurrency: 4))
            Task {
                while connection.counters.answered < after { usleep(500) }
                usleep(20_000)
                kill(getpid(), SIGKILL)
            }
            _ = await Workbench.askAll(ChatClient(connection), (0..<40).map { "row \($0)" })
        }
        let before = server.timesByBody
        let store = try bench.store()
        let stored = try await store.ledger.statistics().entries
        let exposed = try await store.ledger.exposedCount()
        #expect(stored >= after)
        #expect((1...concurrency).contains(exposed))
        #expect(stored + exposed >= before.count)
        let connection = try Workbench.connection(server, store)
        let results = await Workbench.askAll(ChatClient(connection), texts)
        #expect(results.map { try? $0.get().content } == texts.map { "re: " + $0 })
        #expect(connection.counters.cached == stored)
        #expect(server.timesByBody.values.count { $0 == 2 } <= exposed)
        #expect(server.timesByBody.values.allSatisfy { $0 <= 2 })
        #expect(try await store.ledger.exposedCount() == 0)
    }
}

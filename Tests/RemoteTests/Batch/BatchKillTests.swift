import Glibc
import Records
import Synchronization
import Testing

@testable import Remote
@testable import Store

/// Case 39: a process that dies around any exchange or commit leaves batches that the next one
/// takes up; nothing is submitted twice.
struct BatchKillTests {
    private static let count = 20

    /// Whether the server still plays its fault, and the file that tells the child to die.
    private final class Trap: Sendable {
        let path: String
        private let isArmed = Mutex(true)
        init(_ path: String) { self.path = path }

        func spring() -> Bool {
            let isFirst = isArmed.withLock { isArmed in
                defer { isArmed = false }
                return isArmed
            }
            if isFirst { close(open(path, O_CREAT | O_WRONLY, 0o600)) }
            return isFirst
        }
    }

    /// Runs until it is done or killed: by the file, or at that commit of the store's.
    private static func child(url: String, folder: String, commit: Int) async throws {
        let store = try WorkspaceStore(path: folder + "/state.sqlite")
        var settings = BatchSettings(folder: folder)
        settings.firstPollMilliseconds = 2
        settings.mostCalls = 8
        let connection = try Connection(
            Endpoint(name: "test", baseURL: url, model: "m"), ledger: store.ledger,
            pacing: Workbench.pacing(), batches: settings, log: store.batches)
        Task.detached {
            while access(folder + "/die", F_OK) != 0, store.commitCounts.batches < commit {
                usleep(100)
            }
            kill(getpid(), SIGKILL)
        }
        _ = try await BatchBench.ask(connection, BatchBench.texts(count))
        // Done before its time came.
        kill(getpid(), SIGKILL)
    }

    private func resume(_ server: BatchServer, _ bench: Workbench) async throws {
        let store = try bench.store()
        let connection = try BatchBench.connection(server, store, bench) { $0.mostCalls = 8 }
        let texts = BatchBench.texts(Self.count)
        let results = try await BatchBench.ask(connection, texts)
        #expect(BatchBench.contents(results) == texts.map { "re: " + $0 })
        #expect(server.submitted.sorted() == texts.sorted())
        let inputs = server.batches.map { $0.metadata["input_sha256"]?.string ?? "" }
        #expect(Set(inputs).count == inputs.count)
        #expect(try await store.ledger.exposedCount() == 0)
        #expect(try await store.batches.open(endpoint: "test m").isEmpty)
    }

    @Test(arguments: 0..<12, [true, false])
    func `killed at an exchange, carried out or not`(number: Int, isCarriedOut: Bool) async throws {
        let bench = try Workbench()
        let trap = Trap(bench.folder + "/die")
        let server = try BatchServer { plan in
            plan.polls = 1
            let fault: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer? = { request in
                guard request.number == number, trap.spring() else { return nil }
                return .init(delayMilliseconds: 500, ending: .reset)
            }
            if isCarriedOut { plan.after = fault } else { plan.before = fault }
        }
        let (url, folder) = (server.http.baseURL, bench.folder)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [url = url as String, folder = folder as String] in
            try await BatchKillTests.child(url: url, folder: folder, commit: .max)
        }
        #expect(server.http.requests.count == number + 1)
        try await resume(server, bench)
    }

    @Test(arguments: 1..<13)
    func `killed at a commit`(commit: Int) async throws {
        let bench = try Workbench()
        let server = try BatchServer { $0.polls = 1 }
        let (url, folder) = (server.http.baseURL, bench.folder)
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [url = url as String, folder = folder as String, commit = commit as Int] in
            try await BatchKillTests.child(url: url, folder: folder, commit: commit)
        }
        try await resume(server, bench)
    }
}

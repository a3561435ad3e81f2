import Records
import StoreProtocols
import Testing

@testable import Store

struct BatchLogTests {
    private func key(_ number: Int) -> SHA256.Digest { SHA256.hash("key \(number)") }

    private func begin(_ store: WorkspaceStore, _ keys: Range<Int>) async throws -> BatchRecord {
        try await store.batches.begin(
            endpoint: "e", path: "/chat/completions", input: SHA256.hash("input \(keys)"),
            calls: keys.map { (key($0), 5) })
    }

    @Test func `a batch, its calls and its intents are noted together and outlive the process`()
        async throws
    {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.path + "/state.sqlite")
        var batch = try await begin(store, 0..<3)
        #expect(batch.state == .submitting && batch.calls == 3 && batch.remote == nil)
        batch.state = .out
        batch.remote = "batch_1"
        batch.file = "file-1"
        try await store.batches.update(batch)
        try store.close()

        let again = try WorkspaceStore(path: folder.path + "/state.sqlite")
        let open = try await again.batches.open(endpoint: "e")
        #expect(open.map(\.remote) == ["batch_1"] && open.map(\.file) == ["file-1"])
        #expect(try await again.batches.open(endpoint: "f").isEmpty)
        let reply = StoredReply(state: .answered, httpStatus: 200, body: [1])
        try await again.ledger.recordReply(reply, for: key(1))
        let keys = try await again.batches.keys(of: batch)
        #expect(keys.all == Set((0..<3).map(key)) && keys.open == [key(0), key(2)])
        #expect(try await again.ledger.exposedCount() == 2)
        #expect(try await again.batches.remotes(endpoint: "e") == ["batch_1"])
        #expect(try await again.batches.remotes(endpoint: "f").isEmpty)
    }

    @Test func `a look at the workspace shows the batches that are out`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/state.sqlite"
        let store = try WorkspaceStore(path: path)
        var first = try await begin(store, 0..<3)
        let second = try await begin(store, 3..<4)
        first.state = .out
        first.remote = "batch_1"
        try await store.batches.update(first)
        _ = try await store.batches.finish(second)
        try store.close()
        let batches = try ReadOnlySnapshot(path: path).batches
        #expect(batches.map(\.remote) == ["batch_1"] && batches.map(\.calls) == [3])
    }

    @Test func `what a batch left unanswered is counted, and given back`() async throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.path + "/state.sqlite")
        let batch = try await begin(store, 0..<3)
        let reply = StoredReply(state: .answered, httpStatus: 200, body: [1])
        try await store.ledger.recordReply(reply, for: key(1))
        #expect(try await store.batches.finish(batch) == 1)
        #expect(try await store.ledger.exposedCount() == 0)
        #expect(try await store.batches.open(endpoint: "e").isEmpty)
        let keys = (0..<4).map(key)
        #expect(try await store.batches.attempts(of: keys) == [key(0): 1, key(2): 1])

        let second = try await begin(store, 2..<3)
        #expect(second.number > batch.number)
        #expect(try await store.batches.finish(second) == 0)
        #expect(try await store.batches.attempts(of: keys) == [key(0): 1, key(2): 2])
        try await store.batches.forgetAttempts(of: [key(2)])
        #expect(try await store.batches.attempts(of: keys) == [key(0): 1])
        #expect(try await store.batches.latest().map(\.answered) == [0, 1])
    }

    @Test func `a batch that never was leaves nothing behind`() async throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.path + "/state.sqlite")
        let batch = try await begin(store, 0..<3)
        try await store.batches.abandon(batch)
        #expect(try await store.ledger.exposedCount() == 0)
        #expect(try await store.batches.latest().isEmpty)
        #expect(try await store.batches.attempts(of: [key(0)]).isEmpty)
    }

    @Test func `a workspace of the first version gets the tables of batches`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/state.sqlite"
        let store = try WorkspaceStore(path: path)
        let reply = StoredReply(state: .refused, httpStatus: 200, body: [7])
        try await store.ledger.recordReply(reply, for: key(1))
        try store.removeBatchTables()
        try store.close()
        let again = try WorkspaceStore(path: path)
        #expect(try await again.batches.latest().isEmpty)
        #expect(try await again.ledger.reply(for: key(1)) == reply)
    }
}

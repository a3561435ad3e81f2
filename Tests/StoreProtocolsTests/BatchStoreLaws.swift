import Records
import StoreProtocols
import Testing

struct BatchStoreLaws {
    private func key(_ number: Int) -> SHA256.Digest { SHA256.hash("key \(number)") }

    private func begin(
        _ batches: any BatchStore, _ keys: Range<Int>, endpoint: String = "e"
    ) async throws -> BatchRecord {
        try await batches.begin(
            endpoint: endpoint, path: "/c", input: SHA256.hash("\(keys)"),
            calls: keys.map { (key($0), 5) })
    }

    @Test(arguments: Implementations.all)
    func `a batch is open from its beginning to its end, for whoever opens the store next too`(
        _ implementation: any Implementation
    ) async throws {
        let folder = try TemporaryFolder()
        let reply = StoredReply(state: .answered, httpStatus: 200, body: [1])
        let first = try await implementation.opened(folder) { opened in
            let batches = opened.stores.batches
            var batch = try await begin(batches, 0..<3)
            #expect(batch.state == .submitting && batch.calls == 3 && batch.remote == nil)
            #expect(try await begin(batches, 5..<6, endpoint: "f").number > batch.number)
            (batch.state, batch.remote, batch.file) = (.out, "batch_1", "file_1")
            try await batches.update(batch)
            return batch
        }
        try await implementation.opened(folder) { opened in
            let batches = opened.stores.batches
            // What is out is booked with its replies, not because its process is gone.
            #expect(
                try opened.stores.answers.spent(sinceMilliseconds: 0, endpoint: nil) == Spending())
            let open = try await batches.open(endpoint: "e")
            #expect(open.map(\.number) == [first.number])
            #expect(open.map(\.remote) == ["batch_1"] && open.map(\.file) == ["file_1"])
            #expect(open == (try batches.openNow(endpoint: "e")))
            #expect(try await batches.remotes(endpoint: "e") == ["batch_1"])
            #expect(try await batches.remotes(endpoint: "f").isEmpty)
            try await opened.stores.replies.recordReply(reply, for: key(1), bill: nil)
            let keys = try await batches.keys(of: first)
            #expect(keys.all == Set((0..<3).map(key)) && keys.open == [key(0), key(2)])
            #expect(try await batches.finish(first) == 1)
            #expect(try await batches.open(endpoint: "e").isEmpty)
        }
        try await implementation.opened(folder) { opened in
            let spent = try opened.stores.answers.spent(sinceMilliseconds: 0, endpoint: nil)
            #expect(spent == Spending())
        }
    }

    @Test(arguments: Implementations.all)
    func `calls that batches carried in vain are counted, until that is forgotten`(
        _ implementation: any Implementation
    ) async throws {
        let folder = try TemporaryFolder()
        let reply = StoredReply(state: .answered, httpStatus: 200, body: [1])
        try await implementation.opened(folder) { opened in
            let batches = opened.stores.batches
            let keys = (0..<4).map(key)
            let first = try await begin(batches, 0..<3)
            #expect(try await batches.attempts(of: keys).isEmpty)
            try await opened.stores.replies.recordReply(reply, for: key(1), bill: nil)
            _ = try await batches.finish(first)
            #expect(try await batches.attempts(of: keys) == [key(0): 1, key(2): 1])
            let second = try await begin(batches, 2..<3)
            #expect(try await batches.finish(second) == 0)
            #expect(try await batches.attempts(of: keys) == [key(0): 1, key(2): 2])
            try await batches.forgetAttempts(of: [key(2)])
            #expect(try await batches.attempts(of: keys) == [key(0): 1])
            // One that its provider never had.
            try await batches.abandon(try await begin(batches, 3..<4))
            #expect(try await batches.open(endpoint: "e").isEmpty)
            #expect(try await batches.attempts(of: keys) == [key(0): 1])
        }
        try await implementation.opened(folder) { opened in
            let spent = try opened.stores.answers.spent(sinceMilliseconds: 0, endpoint: nil)
            #expect(spent == Spending())
        }
    }
}

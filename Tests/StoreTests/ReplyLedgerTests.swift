import Records
import StoreProtocols
import Synchronization
import Testing

@testable import Store

struct ReplyLedgerTests {
    private func reply(_ number: Int) -> StoredReply {
        StoredReply(
            state: StoredReply.State.allCases[number % StoredReply.State.allCases.count],
            httpStatus: 200, body: [UInt8](repeating: UInt8(number % 256), count: number),
            model: number % 2 == 0 ? "m" : nil, promptTokens: number, completionTokens: nil,
            costMicrounits: Int64(number) * 7, attempts: number + 1,
            reason: number % 3 == 0 ? "context_length_exceeded" : nil)
    }

    @Test func `gives every reply back as it was stored, and after reopening too`() async throws {
        let folder = try TemporaryFolder()
        do {
            let store = try WorkspaceStore(path: folder.database)
            for number in 0..<20 {
                let key = SHA256.hash("\(number)")
                try await store.ledger.recordReply(reply(number), for: key)
                #expect(try await store.ledger.reply(for: key) == reply(number))
            }
            #expect(try await store.ledger.reply(for: SHA256.hash("other")) == nil)
        }
        let store = try WorkspaceStore(path: folder.database)
        for number in 0..<20 {
            #expect(try await store.ledger.reply(for: SHA256.hash("\(number)")) == reply(number))
        }
    }

    @Test func `replies of one question get its end, and single ones are forgotten`()
        async throws
    {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        let states = StoredReply.State.allCases
        let keys = states.map { SHA256.hash($0.rawValue) }
        for (key, state) in zip(keys, states) {
            try await store.ledger.recordReply(
                StoredReply(state: state, httpStatus: 200, body: [1]), for: key)
        }
        func now() async throws -> [StoredReply.State?] {
            var found: [StoredReply.State?] = []
            for key in keys { found.append(try await store.ledger.reply(for: key)?.state) }
            return found
        }
        try await store.ledger.restate(keys, as: .invalid)
        #expect(try await now() == [.invalid, .refused, .truncated, .invalid, .dead])
        try await store.ledger.restate([keys[0]], as: .answered)
        #expect(try await now() == [.answered, .refused, .truncated, .invalid, .dead])
        try await store.ledger.forget([keys[1], keys[4]])
        #expect(try await now() == [.answered, nil, .truncated, .invalid, nil])
    }

    @Test func `keeps the first reply to a request`() async throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        let key = SHA256.hash("twice")
        try await store.ledger.recordReply(reply(1), for: key)
        try await store.ledger.recordReply(reply(2), for: key)
        #expect(try await store.ledger.reply(for: key) == reply(1))
    }

    @Test func `counts a request as exposed from its intent to its reply or its clearing`()
        async throws
    {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        let keys = (0..<3).map { SHA256.hash("\($0)") }
        for key in keys { try await store.ledger.recordIntent(key: key) }
        try await store.ledger.recordIntent(key: keys[0])
        #expect(try await store.ledger.exposedCount() == 3)
        try await store.ledger.recordReply(reply(1), for: keys[0])
        try await store.ledger.clearIntents(key: keys[1])
        #expect(try await store.ledger.exposedCount() == 1)
    }

    @Test func `many writers share few transactions, and each write is there on return`()
        async throws
    {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let key = SHA256.hash("\(number)")
                    do {
                        try await store.ledger.recordReply(
                            StoredReply(state: .answered, httpStatus: 200, body: [7]), for: key)
                        return try await store.ledger.reply(for: key)?.body == [7]
                    } catch {
                        return false
                    }
                }
            }
            for await isThere in group { #expect(isThere) }
        }
        #expect(store.commitCounts.writes == 1000)
        #expect(store.commitCounts.batches < 1000)
        #expect(try await store.ledger.countsByState()[.answered] == 1000)
    }

    @Test func `a full disk stops with a hint, loses nothing stored, and heals`() async throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        let large = StoredReply(
            state: .answered, httpStatus: 200, body: [UInt8](repeating: 9, count: 5000))
        try await store.ledger.recordReply(large, for: SHA256.hash("before"))
        try store.fillDisk(pagesLeft: 0)
        let fault = await #expect(throws: Fault.self) {
            for number in 0..<100 {
                try await store.ledger.recordReply(large, for: SHA256.hash("\(number)"))
            }
        }
        #expect(fault?.kind == .stopped)
        #expect(fault?.hint != nil)
        #expect(try await store.ledger.reply(for: SHA256.hash("before")) == large)
        try store.fillDisk(pagesLeft: 1000)
        try await store.ledger.recordReply(large, for: SHA256.hash("after"))
        #expect(try await store.ledger.reply(for: SHA256.hash("after")) == large)
    }

    @Test func `forgets by state and by age, and counts what is left`() async throws {
        let folder = try TemporaryFolder()
        let time = Mutex<Int64>(1000)
        let box = Box(time)
        let store = try WorkspaceStore(
            path: folder.database, clock: WallClock { box.time.withLock { $0 } })
        for number in 0..<10 {
            box.time.withLock { $0 += 1000 }
            try await store.ledger.recordReply(reply(number), for: SHA256.hash("\(number)"))
        }
        let statistics = try await store.ledger.statistics()
        #expect(
            statistics
                == CacheStatistics(
                    entries: 10, bytes: 45, oldestMilliseconds: 2000, newestMilliseconds: 11000))
        #expect(try store.ledger.forget(.dead) == 2)
        #expect(try store.ledger.prune(olderThan: 4000) == 2)
        #expect(try await store.ledger.reply(for: SHA256.hash("1")) == nil)
        #expect(try await store.ledger.reply(for: SHA256.hash("2")) == reply(2))
        #expect(try await store.ledger.statistics().entries == 6)
    }

    private final class Box: Sendable {
        let time: Mutex<Int64>
        init(_ time: consuming Mutex<Int64>) { self.time = time }
    }
}

import FoundationEssentials
import Glibc
import Records
import StoreProtocols
import Testing

@testable import Store

struct WorkspaceStoreTests {
    @Test func `opens a new workspace with a log and full syncing, making its folder`() throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.path + "/a/b/state.sqlite")
        #expect(try store.pragma("journal_mode") == "wal")
        #expect(try store.pragma("synchronous") == "2")
        try store.close()
    }

    @Test func `refuses a second opening and lets one in after the first is gone`() throws {
        let folder = try TemporaryFolder()
        do {
            let store = try WorkspaceStore(path: folder.database)
            let fault = #expect(throws: Fault.self) {
                _ = try WorkspaceStore(path: folder.database)
            }
            #expect(fault?.kind == .stopped)
            #expect(fault?.why == "process \(getpid()) holds it")
            withExtendedLifetime(store) {}
        }
        _ = try WorkspaceStore(path: folder.database)
    }

    @Test func `keeps another process out while one holds the workspace`() async throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        let path = folder.database
        await #expect(processExitsWith: .exitCode(75)) {
            [path = path as String] in
            do {
                _ = try WorkspaceStore(path: path)
            } catch let fault as Fault {
                exit(fault.kind.exitCode)
            }
        }
        withExtendedLifetime(store) {}
    }

    @Test func `a killed process leaves its commits, its exposed calls and no lock behind`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = folder.database
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String] in
            let store = try WorkspaceStore(path: path)
            _ = try store.runs.begin(pipeline: "quickstart")
            let answered = SHA256.hash("answered")
            try await store.ledger.recordIntent(key: answered)
            try await store.ledger.recordReply(
                StoredReply(state: .answered, httpStatus: 200, body: [1]), for: answered)
            try await store.ledger.recordIntent(key: SHA256.hash("in flight"))
            kill(getpid(), SIGKILL)
        }
        let store = try WorkspaceStore(path: path)
        #expect(try await store.ledger.reply(for: SHA256.hash("answered"))?.body == [1])
        #expect(try await store.ledger.reply(for: SHA256.hash("in flight")) == nil)
        #expect(try await store.ledger.exposedCount() == 1)
        #expect(try await store.runs.latest().map(\.state) == [.interrupted])
    }

    @Test func `says what is wrong with a folder it may not use or a file that is no database`()
        throws
    {
        let folder = try TemporaryFolder()
        let impossible = #expect(throws: Fault.self) {
            _ = try WorkspaceStore(path: "/proc/none/state.sqlite")
        }
        #expect(impossible?.kind == .configuration)
        let descriptor = open(folder.database, O_CREAT | O_WRONLY, 0o600)
        let junk = [UInt8](repeating: 0x41, count: 8192)
        #expect(write(descriptor, junk, junk.count) == junk.count)
        close(descriptor)
        let damaged = #expect(throws: Fault.self) {
            _ = try WorkspaceStore(path: folder.database)
        }
        #expect(damaged?.kind == .badData)
    }

    @Test func `closing brings everything into the one file`() async throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        let reply = StoredReply(state: .answered, httpStatus: 200, body: [1, 2, 3])
        for number in 0..<100 {
            try await store.ledger.recordReply(reply, for: SHA256.hash("\(number)"))
        }
        #expect(try await store.ledger.reply(for: SHA256.hash("99")) == reply)
        try store.close()
        let copy = folder.path + "/copy.sqlite"
        try FileManager.default.copyItem(atPath: folder.database, toPath: copy)
        let again = try WorkspaceStore(path: copy)
        for number in 0..<100 {
            #expect(try await again.ledger.reply(for: SHA256.hash("\(number)")) == reply)
        }
    }

    @Test func `a closed store answers with a fault instead of crashing`() async throws {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        try store.close()
        await #expect(throws: Fault.self) {
            _ = try await store.ledger.reply(for: SHA256.hash("x"))
        }
        await #expect(throws: Fault.self) {
            try await store.ledger.recordIntent(key: SHA256.hash("x"))
        }
        // And others may have the workspace now.
        try WorkspaceStore(path: folder.database).close()
    }
}

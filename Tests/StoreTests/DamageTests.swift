import FoundationEssentials
import Glibc
import Records
import StoreProtocols
import Testing

@testable import Store

/// Files that a power cut, a bad disk or a careless hand has damaged.
struct DamageTests {
    private func reply(_ number: Int) -> StoredReply {
        StoredReply(
            state: .answered, httpStatus: 200,
            body: Array(repeating: UInt8(number % 256), count: 700))
    }

    /// A copy of a database that was never closed, as a crash leaves it.
    private func crashed(_ folder: TemporaryFolder, replies: Int) async throws -> String {
        let copy = folder.database + ".copy"
        let store = try WorkspaceStore(path: folder.database)
        for number in 0..<replies {
            try await store.ledger.recordReply(reply(number), for: SHA256.hash("\(number)"))
        }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: folder.database + suffix, toPath: copy + suffix)
        }
        try store.close()
        return copy
    }

    @Test(arguments: [1, 100, 5000])
    func `case 42: a log torn at its end loses the torn write and nothing before it`(_ bytes: Int)
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try await crashed(folder, replies: 20)
        var status = stat()
        try #require(stat(path + "-wal", &status) == 0)
        try #require(truncate(path + "-wal", status.st_size - bytes) == 0)
        let store = try WorkspaceStore(path: path)
        for number in 0..<18 {
            #expect(try await store.ledger.reply(for: SHA256.hash("\(number)")) == reply(number))
        }
        try await store.ledger.recordReply(reply(99), for: SHA256.hash("new"))
        #expect(try await store.ledger.reply(for: SHA256.hash("new")) == reply(99))
    }

    @Test func `case 42: a database whose head is overwritten is refused, not replaced`()
        async throws
    {
        let folder = try TemporaryFolder()
        let path = try await crashed(folder, replies: 20)
        unlink(path + "-wal")
        let file = open(path, O_WRONLY)
        let junk = [UInt8](repeating: 0x5A, count: 4096)
        #expect(pwrite(file, junk, junk.count, 0) == junk.count)
        close(file)
        let fault = #expect(throws: Fault.self) { _ = try WorkspaceStore(path: path) }
        #expect(fault?.kind == .badData)
    }
}

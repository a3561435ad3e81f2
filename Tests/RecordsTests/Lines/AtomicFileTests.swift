import Glibc
import Testing

@testable import Records

struct AtomicFileTests {
    @Test func `appears whole, counted and hashed, only at its commit`() throws {
        let scratch = Scratch()
        let path = "\(scratch.folder)/rows.jsonl"
        var all: [UInt8] = []
        var file = try AtomicFile(path: path, suffix: "7")
        for piece in [3, 0, 200_000, 100_000, 600_000, 1] {
            let bytes = (0..<piece).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ piece) }
            try file.write(bytes)
            all += bytes
        }
        #expect(scratch.names == ["rows.jsonl.tmp-7"])
        let written = try file.commit()
        #expect(written == AtomicFile.Written(bytes: all.count, digest: SHA256.hash(all)))
        #expect(scratch.names == ["rows.jsonl"])
        var source = try ByteSource(path: path)
        #expect(try source.readAll() == all)
    }

    @Test func `leaves nothing behind without a commit`() throws {
        let scratch = Scratch()
        do {
            var file = try AtomicFile(path: "\(scratch.folder)/a")
            try file.write("some text")
        }
        #expect(scratch.names == [])
    }

    @Test(arguments: [
        AtomicFile.FailurePoint(.write, call: 2, code: ENOSPC),
        AtomicFile.FailurePoint(.sync, code: EDQUOT),
        AtomicFile.FailurePoint(.rename, code: EACCES),
    ])
    func `keeps the old file and removes its own when a step fails`(
        _ failing: AtomicFile.FailurePoint
    ) throws {
        let scratch = Scratch()
        let path = scratch.file("a", "old")
        var caught: Fault?
        do {
            var file = try AtomicFile(path: path, failing: failing)
            try file.write([UInt8](repeating: 1, count: 300_000))
            try file.write([UInt8](repeating: 2, count: 300_000))
            _ = try file.commit()
        } catch { caught = error }
        #expect(caught?.kind == (failing.code == EACCES ? .configuration : .stopped))
        #expect(caught?.hint != nil)
        #expect(scratch.names == ["a"])
        var source = try ByteSource(path: path)
        #expect(try source.readAll() == Array("old".utf8))
    }

    @Test func `says who is to blame when it cannot be created`() throws {
        let scratch = Scratch()
        let fault = #expect(throws: Fault.self) {
            _ = try AtomicFile(path: "\(scratch.folder)/none/a").count
        }
        #expect(fault?.kind == .configuration)
        let full = #expect(throws: Fault.self) {
            _ = try AtomicFile(path: "/a", failing: .init(.open, code: ENOSPC)).count
        }
        #expect(full?.kind == .stopped)
    }
}

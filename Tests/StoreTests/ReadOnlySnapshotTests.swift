import FoundationEssentials
import Glibc
import Records
import Testing

@testable import Store

struct WorkspaceGlanceTests {
    private func files(_ folder: TemporaryFolder) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            // SQLite's readers mark in it, where they may, how far they look.
            if name.hasSuffix("-shm") { continue }
            files[name] = FileManager.default.contents(atPath: "\(folder.path)/\(name)")
        }
        return files
    }

    @Test(arguments: ["state.sqlite", "a?b#c%20 d=é&.sqlite"])
    func `it lists the runs and changes nothing`(name: String) async throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/\(name)"
        let store = try WorkspaceStore(path: path)
        for number in 1...3 {
            let run = try store.runs.begin(pipeline: "p\(number)")
            try store.runs.finish(run, state: number == 2 ? .failed : .done, summary: "{}")
        }
        let runs = try await store.runs.latest(2)
        try store.close()
        let before = try files(folder)
        let snapshot = try ReadOnlySnapshot(path: path, runs: 2)
        #expect(snapshot.runs == runs)
        #expect(snapshot.runs.map(\.pipeline) == ["p3", "p2"])
        #expect(snapshot.holder == nil)
        #expect(try files(folder) == before)
    }

    @Test func `it sees a run that is under way, and the next one may begin meanwhile`()
        async throws
    {
        let folder = try TemporaryFolder()
        let store = try WorkspaceStore(path: folder.database)
        _ = try store.runs.begin(pipeline: "p")
        let snapshot = try ReadOnlySnapshot(path: folder.database)
        #expect(snapshot.holder == "process \(getpid()) holds it")
        #expect(snapshot.runs.map(\.state) == [.running])
        // As its files are after the process died: the log is there, the lock is not.
        let copy = try TemporaryFolder()
        for (name, data) in try files(folder) {
            try data.write(to: URL(filePath: "\(copy.path)/\(name)"))
        }
        #expect(FileManager.default.fileExists(atPath: copy.database + "-wal"))
        let left = try ReadOnlySnapshot(path: copy.database)
        #expect(left.holder == nil)
        #expect(left.runs.map(\.state) == [.interrupted])
        try store.close()
        for _ in 0..<20 {
            #expect(try ReadOnlySnapshot(path: folder.database).holder == nil)
            try WorkspaceStore(path: folder.database).close()
        }
    }

    @Test func `a workspace without tables has no runs, and a damaged one is a fault`() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: URL(filePath: folder.database))
        #expect(try ReadOnlySnapshot(path: folder.database).runs.isEmpty)
        try Data(repeating: 7, count: 8192).write(to: URL(filePath: folder.database))
        let damaged = #expect(throws: Fault.self) { try ReadOnlySnapshot(path: folder.database) }
        #expect(damaged?.kind == .badData)
        let missing = #expect(throws: Fault.self) {
            try ReadOnlySnapshot(path: folder.path + "/none.sqlite")
        }
        #expect(missing?.kind == .configuration)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/none.sqlite"))
    }
}

internal import GRDB
internal import Glibc
public import Records

/// A look at a workspace's runs that changes nothing in it.
///
/// Needs permission to read alone, and neither waits for a run nor keeps one from beginning.
public struct WorkspaceGlance: Sendable {
    /// The latest runs, newest first; one whose process died is `interrupted`.
    public let runs: [RunRecord]
    /// Who works on it now, `process 123 holds it`; nil when nobody does.
    public let holder: String?

    /// - Parameters:
    ///   - path: The database file.
    ///   - count: The most runs.
    /// - Throws: `.configuration` when the file cannot be read, `.badData` when it is damaged.
    public init(path: String, runs count: Int = 20) throws(Fault) {
        holder = WorkspaceLock.holder(path: path + ".lock")
        var runs: [RunRecord]
        do {
            runs = try Self.runs(path, count)
        } catch {
            throw StoreFaults.fault(error, doing: "listing runs", path: path)
        }
        if holder == nil {
            for index in runs.indices where runs[index].state == .running {
                runs[index].state = .interrupted
            }
        }
        self.runs = runs
    }

    private static func runs(_ path: String, _ count: Int) throws -> [RunRecord] {
        // Without a log beside it the file is whole, and nobody writes. SQLite would make a log
        // even to read, so it is told that the file cannot change.
        if access(path + "-wal", F_OK) != 0 { return try runs(at: unchanging(path), count) }
        do {
            return try runs(at: path, count)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            // A log that a crash or a copy left, where its index cannot be made: what was
            // checkpointed is there.
            return try runs(at: unchanging(path), count)
        }
    }

    private static func runs(at path: String, _ count: Int) throws -> [RunRecord] {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "glance"
        configuration.busyMode = .timeout(5)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let runs = try queue.read { db in
            // A workspace whose first run died at once has no tables yet.
            try db.tableExists("runs") ? RunLog.latest(count, db) : []
        }
        try queue.close()
        return runs
    }

    /// The file as SQLite's URI of one that nobody changes (sqlite.org/uri.html, `immutable`).
    private static func unchanging(_ path: String) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var name: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "%"):
                name += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: name.append(byte)
            }
        }
        let start = path.hasPrefix("/") ? "file://" : "file:"
        return start + String(decoding: name, as: UTF8.self) + "?immutable=1"
    }
}

internal import GRDB
internal import Glibc

/// A workspace's file opened so that nothing in it or beside it changes: permission to read is
/// enough, and no run is waited for or kept from beginning.
enum ImmutableDatabase {
    static func open(_ path: String) throws -> DatabaseQueue {
        // Without a log beside it the file is whole, and nobody writes. SQLite would make a log
        // even to read, so it is told that the file cannot change.
        if access(path + "-wal", F_OK) != 0 { return try queue(unchanging(path)) }
        do {
            let queue = try queue(path)
            // Opening alone reads nothing.
            _ = try queue.read { db in try db.tableExists("runs") }
            return queue
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            // A log that a crash or a copy left, where its index cannot be made: what was
            // checkpointed is there.
            return try queue(unchanging(path))
        }
    }

    private static func queue(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "glance"
        configuration.busyMode = .timeout(5)
        return try DatabaseQueue(path: path, configuration: configuration)
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

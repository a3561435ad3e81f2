internal import Glibc
internal import Records
internal import Synchronization

/// Digests of files that stages depend on, each file read once as long as it does not change.
///
/// A run asks before its first stage whether everything is there, and again when each stage's turn
/// comes; sources may have many gigabytes.
final class FileDigests: Sendable {
    static let shared = FileDigests()

    /// What tells that a file is the same, and that nobody has written to it.
    private struct Version: Hashable {
        var device: UInt
        var inode: UInt
        var size: Int
        var modified: [Int]
        var changed: [Int]
    }

    /// Changes within the clock's own step show nowhere, so that a file that was just written is
    /// read again (git's "racy" entries; Linux steps by 4 ms at most, other file systems by 2 s).
    private static let settledSeconds = 3

    private let known = Mutex<[Version: SHA256.Digest]>([:])

    /// - Parameter now: Seconds since 1970 UTC.
    /// - Throws: as ``FileDigest/of(_:)``.
    func digest(of path: String, now: Int = time(nil)) throws(Fault) -> SHA256.Digest {
        guard let version = Self.version(path), version.changed[0] + Self.settledSeconds < now
        else { return try FileDigest.of(path) }
        if let digest = known.withLock({ $0[version] }) { return digest }
        let digest = try FileDigest.of(path)
        // One that changed meanwhile is not what was read.
        if Self.version(path) == version { known.withLock { $0[version] = digest } }
        return digest
    }

    /// How many files it knows; for tests.
    var count: Int { known.withLock { $0.count } }

    private static func version(_ path: String) -> Version? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Version(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size),
            modified: [status.st_mtim.tv_sec, status.st_mtim.tv_nsec],
            changed: [status.st_ctim.tv_sec, status.st_ctim.tv_nsec])
    }
}

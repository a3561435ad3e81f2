internal import Glibc
internal import Records

/// The exclusive lock of a workspace: an advisory `flock` on a file beside the database.
///
/// SQLite alone would let two processes share the file, and both would pay for the same calls. The
/// kernel drops the lock when its holder dies, however it dies, so no stale lock is ever left.
final class WorkspaceLock: Sendable {
    private let descriptor: Int32

    init(path: String) throws(Fault) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Fault(
                .configuration, "the workspace's lock file cannot be opened",
                at: .file(path), why: String(cString: strerror(errno)),
                hint: "check that the folder exists and is yours to write")
        }
        var code = Self.take(descriptor)
        // `holder(path:)` of another process has it for a moment.
        for _ in 0..<3 where code == EWOULDBLOCK {
            usleep(10_000)
            code = Self.take(descriptor)
        }
        guard code == 0 else {
            let holder = Self.holder(descriptor)
            close(descriptor)
            guard code == EWOULDBLOCK else {
                throw Fault(
                    .configuration, "the workspace cannot be locked", at: .file(path),
                    why: String(cString: strerror(code)),
                    hint: "put the workspace on a local file system that supports flock")
            }
            throw Fault(
                .stopped, "the workspace is in use by another process", at: .file(path),
                why: holder,
                hint: "wait for that run to end, or use another workspace folder")
        }
        self.descriptor = descriptor
        Self.leaveName(descriptor)
    }

    /// Unlocked first: closing alone would leave the lock to a child caught between fork and exec.
    deinit {
        release()
        close(descriptor)
    }

    /// Who holds the lock of that file: `process 123 holds it`; nil when nobody does, or when the
    /// file is missing or may not be read.
    static func holder(path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return nil }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK {
            flock(descriptor, LOCK_UN)
            return nil
        }
        return holder(descriptor) ?? "another process holds it"
    }

    /// Tries to get the lock: 0, or the number of the error.
    private static func take(_ descriptor: Int32) -> Int32 {
        flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
    }

    /// Lets others in while this object still lives.
    func release() { flock(descriptor, LOCK_UN) }

    /// The process id the holder left in the file, for the message only.
    private static func holder(_ descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        return Int(String(decoding: bytes.prefix(count).prefix { $0 >= 48 }, as: UTF8.self))
            .map { "process \($0) holds it" }
    }

    /// Best effort: the lock holds whether or not the name could be written.
    private static func leaveName(_ descriptor: Int32) {
        let name = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, name, name.count, 0) }
    }
}

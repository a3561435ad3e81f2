internal import Glibc

/// A file that appears under its name whole and on the disk, or not at all.
///
/// Bytes go to `<path>.tmp-<suffix>` in the same folder; ``commit()`` flushes, fsyncs, renames and
/// fsyncs the folder. A file that was not committed is removed when it goes out of scope, and one a
/// killed process left behind is overwritten by the next with the same suffix.
public struct AtomicFile: ~Copyable {
    /// What a committed file holds.
    public struct Written: Sendable, Equatable {
        public var bytes: Int
        public var digest: SHA256.Digest
    }

    /// A step that is made to fail, so that a test sees what a full or broken disk does.
    public struct FailurePoint: Sendable {
        public enum Step: Sendable, Equatable {
            case open, write, sync, rename, syncFolder
        }

        public var step: Step
        /// For `write`, the first call that fails, from 1; all later ones fail as well.
        public var call: Int
        /// The errno it fails with.
        public var code: Int32

        public init(_ step: Step, call: Int = 1, code: Int32) {
            self.step = step
            self.call = call
            self.code = code
        }
    }

    private static let bufferBytes = 256 * 1024

    public let path: String
    /// Bytes taken so far, those still in the buffer included.
    public private(set) var count = 0

    private let temporary: String
    private let number: Int32
    private let buffer = RawBuffer(count: AtomicFile.bufferBytes)
    private var filled = 0
    private var hash = SHA256()
    private var isCommitted = false
    private let failing: FailurePoint?
    private var writes = 0

    /// Creates the temporary file.
    /// - Parameters:
    ///   - suffix: what tells the temporary file from other writers', the process by default.
    /// - Throws: `configuration` when the folder is missing or may not be written, `stopped` when
    ///   there is no room.
    public init(
        path: String, suffix: String? = nil, failing: FailurePoint? = nil
    ) throws(Fault) {
        let temporary = "\(path).tmp-\(suffix ?? String(getpid()))"
        number = try Self.create(temporary, path: path, failing: failing)
        self.path = path
        self.temporary = temporary
        self.failing = failing
    }

    /// Whether a name is that of a file in the making, by a process of any number.
    public static func isTemporary(_ name: String) -> Bool {
        var stem = Substring(name)
        while stem.last?.isWholeNumber == true { stem.removeLast() }
        return stem.endIndex < name.endIndex && stem.hasSuffix(".tmp-")
    }

    private static func create(
        _ temporary: String, path: String, failing: FailurePoint?
    ) throws(Fault) -> Int32 {
        guard !path.utf8.contains(0), !path.isEmpty else {
            throw Fault(.configuration, "the path of a file is empty or holds a NUL character")
        }
        if let failing, failing.step == .open {
            throw .system("create the file", path: path, code: failing.code)
        }
        let number = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard number >= 0 else { throw .system("create the file", path: path, code: errno) }
        return number
    }

    deinit {
        if !isCommitted {
            close(number)
            unlink(temporary)
        }
    }

    /// Takes bytes; they reach the file when the buffer is full or at ``commit()``.
    /// - Throws: `stopped` when there is no room, else `configuration`.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        require(!isCommitted, "nothing is written to a file after its commit")
        count += bytes.count
        if filled + bytes.count > Self.bufferBytes { try flush() }
        if bytes.count >= Self.bufferBytes {
            try put(bytes)
        } else {
            UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[filled...]).copyMemory(from: bytes)
            filled += bytes.count
        }
    }

    /// - Throws: `stopped` when there is no room.
    public mutating func write(_ bytes: [UInt8]) throws(Fault) {
        try write(bytes[...])
    }

    /// - Throws: `stopped` when there is no room.
    public mutating func write(_ bytes: ArraySlice<UInt8>) throws(Fault) {
        let fault = bytes.withUnsafeBytes { bytes -> Fault? in
            do throws(Fault) { try write(bytes) } catch { return error }
            return nil
        }
        if let fault { throw fault }
    }

    /// - Throws: `stopped` when there is no room.
    public mutating func write(_ text: String) throws(Fault) {
        try write(Array(text.utf8))
    }

    /// Puts the file in its place, for good.
    /// - Throws: `stopped` when there is no room, else `configuration`. The old file, if there was
    ///   one, is then still there, unless only the folder could not be flushed.
    public mutating func commit() throws(Fault) -> Written {
        require(!isCommitted, "a file is committed once")
        try flush()
        try check(.sync, fsync(number), "flush the file to the disk")
        try check(.rename, rename(temporary, path), "rename the finished file")
        isCommitted = true
        close(number)
        try syncFolder()
        return Written(bytes: count, digest: hash.finish())
    }

    private mutating func flush() throws(Fault) {
        try put(buffer.readable(0, filled))
        filled = 0
    }

    private mutating func put(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        hash.update(bytes)
        var done = 0
        while done < bytes.count {
            writes += 1
            if let failing, failing.step == .write, writes >= failing.call {
                throw .system("write the file", path: path, code: failing.code)
            }
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let count = Glibc.write(number, rest.baseAddress, rest.count)
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                throw .system("write the file", path: path, code: errno)
            }
        }
    }

    /// Makes a rename last: without it a power cut may bring the old name back.
    private func syncFolder() throws(Fault) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let number = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw .system("open the folder", path: folder, code: errno) }
        defer { close(number) }
        let result = fsync(number)
        // Some file systems cannot fsync a folder and say EINVAL; theirs is all that can be done.
        if result != 0, errno == EINVAL, failing?.step != .syncFolder { return }
        try check(.syncFolder, result, "flush the folder to the disk")
    }

    /// Throws when a call failed or is made to fail.
    private func check(
        _ step: FailurePoint.Step, _ call: @autoclosure () -> Int32, _ doing: String
    ) throws(Fault) {
        if let failing, failing.step == step {
            throw .system(doing, path: path, code: failing.code)
        }
        if call() != 0 { throw .system(doing, path: path, code: errno) }
    }
}

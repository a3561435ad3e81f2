internal import Glibc
internal import Records

/// A whole file mapped read-only into memory, unmapped with its last owner.
///
/// The file must not be shortened while it is mapped: reading past its new end would kill the
/// process. Files of ours are written to a temporary name and renamed, never rewritten in place.
final class MappedFile: Sendable {
    // Safety: the mapping is read-only, private to this object and lives until `deinit`.
    nonisolated(unsafe) private let base: UnsafeRawPointer?
    let byteCount: Int

    init(path: String) throws(Fault) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw Fault(
                .badData, "the file cannot be opened", at: .file(path), why: systemReason())
        }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Fault(.badData, "this is not a regular file", at: .file(path))
        }
        byteCount = Int(status.st_size)
        guard byteCount > 0 else {
            base = nil
            return
        }
        let mapping = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, file, 0)
        guard let mapping, mapping != MAP_FAILED else {
            throw Fault(
                .badData, "the file cannot be mapped into memory", at: .file(path),
                why: systemReason())
        }
        base = UnsafeRawPointer(mapping)
    }

    deinit {
        if let base { munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
    }

    /// All bytes of the file; the buffer must not leave `body`.
    func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try body(UnsafeRawBufferPointer(start: base, count: byteCount))
    }
}

/// The reason the last system call failed, in the system's words.
func systemReason() -> String {
    String(cString: strerror(errno))
}

internal import Glibc

/// A whole file mapped read-only into memory, unmapped with its last owner.
///
/// Any number of threads may read it. The file must not be shortened while it is mapped: reading
/// past its new end kills the process (SIGBUS). Files of ours are written to a temporary name and
/// renamed, never rewritten in place.
public final class MappedFile: Sendable, Equatable {
    /// All bytes of the file, valid as long as the object is; whoever takes them keeps the object.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// The size of the file in bytes.
    public let count: Int
    // Safety: the mapping is read-only, private to this object and lives until `deinit`.
    @usableFromInline nonisolated(unsafe) let base: UnsafeRawPointer?

    /// Maps the file at `path`, which may be empty.
    ///
    /// - Parameters:
    ///   - kind: The kind of the fault that a missing or unreadable file is.
    ///   - hint: What the user can do about it.
    /// - Throws: a fault of `kind` when the file is missing, unreadable or not a regular file.
    public convenience init(
        path: String, fault kind: Fault.Kind = .badData, hint: String? = nil
    ) throws(Fault) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw Fault(
                kind, "the file cannot be opened", at: .file(path),
                why: String(cString: strerror(errno)), hint: hint)
        }
        defer { close(file) }
        try self.init(descriptor: file, path: path, fault: kind, hint: hint)
    }

    /// Maps an open file; the descriptor may be closed afterwards.
    ///
    /// - Throws: a fault of `kind` at `path` when it is not a regular file or cannot be mapped.
    public init(
        descriptor: Int32, path: String, fault kind: Fault.Kind = .badData, hint: String? = nil
    ) throws(Fault) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Fault(kind, "this is not a regular file", at: .file(path), hint: hint)
        }
        count = Int(status.st_size)
        // mmap refuses a length of 0.
        guard count > 0 else {
            base = nil
            return
        }
        let mapping = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let mapping, mapping != MAP_FAILED else {
            throw Fault(
                kind, "the file cannot be mapped into memory", at: .file(path),
                why: String(cString: strerror(errno)), hint: hint)
        }
        base = UnsafeRawPointer(mapping)
    }

    deinit {
        if let base { munmap(UnsafeMutableRawPointer(mutating: base), count) }
    }

    /// The same mapping, not merely the same bytes.
    public static func == (one: MappedFile, other: MappedFile) -> Bool { one === other }

    /// All bytes of the file; the buffer must not leave `body`.
    @inlinable public func withBytes<R, E: Error>(
        _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(start: base, count: count))
    }
}

internal import Glibc
public import Records

/// SHA-256 of a file's bytes.
public enum FileDigest {
    /// - Throws: A fault of kind `configuration` when the file cannot be read.
    public static func of(_ path: String) throws(Fault) -> SHA256.Digest {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw Fault(
                .configuration, "the file cannot be read", at: .file(path),
                why: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var hash = SHA256()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count == 0 { return hash.finish() }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw Fault(
                    .configuration, "the file cannot be read", at: .file(path),
                    why: String(cString: strerror(errno)))
            }
            hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}

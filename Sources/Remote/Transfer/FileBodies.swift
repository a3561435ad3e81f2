internal import Glibc
internal import Records

/// A file as a request's body, mapped rather than read: libcurl takes its bytes from the page cache
/// and a batch of 200 MB costs no memory of ours.
///
/// The file must not change or shrink while this lives.
final class MappedBody: Sendable, Equatable {
    let count: Int
    /// As a number, since a pointer may not cross threads; nobody writes there.
    private let address: UInt

    var start: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: address) }

    /// The same mapping, not merely the same bytes.
    static func == (one: MappedBody, other: MappedBody) -> Bool { one === other }

    /// - Parameter descriptor: Of a file that is not empty; may be closed afterwards.
    init(descriptor: Int32) throws(Fault) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size > 0 else { throw Self.fault() }
        count = Int(status.st_size)
        let map = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let map, map != MAP_FAILED else { throw Self.fault() }
        address = UInt(bitPattern: map)
    }

    deinit { munmap(UnsafeMutableRawPointer(bitPattern: address), count) }

    private static func fault() -> Fault {
        Fault(
            .stopped, "a file to be sent cannot be read", why: String(cString: strerror(errno)),
            hint: "run again: it continues where it was")
    }
}

/// A file that takes a reply's bytes as they come; lives and dies on the transfer's thread.
final class ReplyFile {
    private(set) var count = 0
    private let descriptor: Int32

    /// Replaces what was there; nil when it cannot be opened.
    init?(path: String) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// False when the disk takes no more.
    func append(_ piece: UnsafeRawBufferPointer) -> Bool {
        var done = 0
        while done < piece.count {
            let rest = UnsafeRawBufferPointer(rebasing: piece[done...])
            let written = write(descriptor, rest.baseAddress, rest.count)
            if written >= 0 {
                done += written
            } else if errno != EINTR {
                return false
            }
        }
        count += piece.count
        return true
    }
}

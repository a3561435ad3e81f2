internal import Glibc

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

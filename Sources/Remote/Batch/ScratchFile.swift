internal import Glibc
internal import Records

/// A file without a name, readable by nobody else, that is gone with the process.
///
/// Questions wait here until they are sent: on the disk, since they may be hundreds of megabytes,
/// and never left behind, since rows are in them.
struct ScratchFile: ~Copyable {
    let descriptor: Int32
    private(set) var count = 0
    private let folder: String
    private var buffer: [UInt8] = []

    private static let bufferBytes = 256 << 10

    init(folder: String) throws(Fault) {
        self.folder = folder
        var name = Array("\(folder)/.batch-XXXXXX".utf8CString)
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw Self.fault(folder) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(name)
    }

    deinit { close(descriptor) }

    /// Puts bytes behind those that are there; gives the place of the first.
    mutating func append(_ bytes: [UInt8]) throws(Fault) -> Int {
        let start = count
        buffer += bytes
        count += bytes.count
        if buffer.count >= Self.bufferBytes { try flush() }
        return start
    }

    mutating func flush() throws(Fault) {
        var done = 0
        while done < buffer.count {
            let written = buffer.withUnsafeBytes {
                write(descriptor, $0.baseAddress?.advanced(by: done), buffer.count - done)
            }
            if written >= 0 {
                done += written
            } else if errno != EINTR {
                throw Self.fault(folder)
            }
        }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Bytes that were flushed.
    func read(at start: Int, count: Int) throws(Fault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: done), count - done, start + done)
            }
            if got > 0 {
                done += got
            } else if got == 0 || errno != EINTR {
                throw Self.fault(folder)
            }
        }
        return bytes
    }

    private static func fault(_ folder: String) -> Fault {
        Fault(
            .stopped, "the calls of a batch cannot be written down", at: .file(folder),
            why: String(cString: strerror(errno)),
            hint: "free some disk space, then run again: it continues where it was")
    }
}

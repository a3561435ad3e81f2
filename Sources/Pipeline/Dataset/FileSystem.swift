internal import CFiles
internal import FoundationEssentials
internal import Glibc
public import Records

/// The few things that the runner does with folders.
public enum FileSystem {
    /// The size of a file in bytes; nil when there is none.
    public static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// - Throws: A fault of kind `configuration` when the folder cannot be made.
    public static func makeFolder(_ path: String) throws(Fault) {
        if Paths.isFolder(path) { return }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        if !parent.isEmpty { try makeFolder(parent) }
        if mkdir(path, 0o777) == 0 || errno == EEXIST && Paths.isFolder(path) { return }
        throw Fault(
            .configuration, "the folder cannot be made", at: .file(path),
            why: String(cString: strerror(errno)),
            hint: "choose another with -o, or look at its permissions")
    }

    /// The names in a folder in order; none when it cannot be read.
    public static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// Removes a file or a folder with all that is in it; nothing when it is not there.
    ///
    /// A link is removed and what it leads to stays, at the top as well as further down.
    public static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Whether something is there that leads elsewhere.
    static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Makes an empty folder in the place of whatever was there.
    ///
    /// - Throws: `configuration` when something stays or the folder cannot be made.
    static func renew(_ folder: String) throws(Fault) {
        // Without its manifest nobody finds the old files. Not through a link: those are others'.
        if !isLink(folder) { unlink("\(folder)/\(Manifest.fileName)") }
        remove(folder)
        try makeFolder(folder)
        guard isLink(folder) || !names(in: folder).isEmpty else { return }
        throw Fault(
            .configuration, "the folder cannot be emptied", at: .file(folder),
            hint: "look at its permissions and at what is mounted there")
    }

    /// Gives a file a second name, or copies it where the file system has no links.
    ///
    /// - Throws: `stopped` when there is no room or the file cannot be read.
    public static func linkOrCopy(_ source: String, to target: String) throws(Fault) {
        unlink(target)
        if link(source, target) == 0 { return }
        do {
            try FileManager.default.copyItem(atPath: source, toPath: target)
        } catch {
            throw Fault(.stopped, "a file cannot be copied", at: .file(target), why: "\(error)")
        }
    }

    /// Reads a file from its start, a piece at a time.
    ///
    /// - Throws: What ``Fault/system(_:path:code:)`` makes of a file that cannot be read.
    static func read(
        _ path: String, _ take: (UnsafeRawBufferPointer) throws(Fault) -> Void
    ) throws(Fault) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read a file", path: path, code: errno) }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system("read a file", path: path, code: errno) }
            if count == 0 { return }
            try take(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// The bytes of a file.
    ///
    /// - Throws: As ``read(_:_:)``.
    static func bytes(_ path: String) throws(Fault) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size(path) ?? 0)
        try read(path) { bytes += $0 }
        return bytes
    }

    /// Makes what was renamed or linked in a folder last: without it a power cut may bring the old
    /// names back.
    static func sync(folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Lets two names change places at once; false where the file system cannot.
    static func exchange(_ one: String, _ other: String) -> Bool {
        cfiles_exchange(one, other) == 0
    }

    /// - Throws: `configuration` when the system refuses.
    public static func rename(_ source: String, to target: String) throws(Fault) {
        if Glibc.rename(source, target) != 0 {
            throw Fault(
                .configuration, "a folder cannot be put in place", at: .file(target),
                why: String(cString: strerror(errno)))
        }
    }
}

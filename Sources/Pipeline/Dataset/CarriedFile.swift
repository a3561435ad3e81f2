internal import Glibc
internal import Records

/// A file of lines that may turn out to be a file of the stage's input, byte for byte.
///
/// As long as its lines are those of the input's file nothing is written; if that is so to the
/// end, it becomes a second name (a hard link) of that file, which is neither copied nor hashed
/// again. Files of finished stages are never written to, only replaced.
final class CarriedFile {
    private let folder: String
    private let name: String
    private let source: (folder: String, file: Manifest.File)?
    /// Lines so far.
    private(set) var rows = 0
    /// Bytes of the input's file that are also this one's, while nothing is written.
    private var sameBytes = 0
    private var file: AtomicFile?

    /// A file that has nothing of the input.
    init(_ folder: String, _ name: String) throws(Fault) {
        self.folder = folder
        self.name = name
        source = nil
        file = try AtomicFile(path: "\(folder)/\(name)")
    }

    /// - Parameter source: A file of the input and the folder that it lies in.
    init(_ folder: String, _ name: String, source: (folder: String, file: Manifest.File)) {
        self.folder = folder
        self.name = name
        self.source = source
    }

    /// Appends some of the lines.
    ///
    /// - Parameter isUnchanged: Whether they are the next ones of the input's file.
    func append(
        _ lines: EncodedBlock.Lines, _ range: Range<Int>, isUnchanged: Bool = false
    ) throws(Fault) {
        let bytes = lines.slice(range)
        if file == nil, isUnchanged {
            sameBytes += bytes.count
        } else {
            if file == nil { try beginWriting() }
            try file?.write(bytes)
        }
        rows += range.count
    }

    /// Appends lines that hold nothing.
    func append(nulls count: Int) throws(Fault) {
        var left = count
        while left > 0 {
            let part = min(left, 4_096)
            var lines = EncodedBlock.Lines()
            for _ in 0..<part { lines.append("null".utf8) }
            try append(lines, 0..<part)
            left -= part
        }
    }

    /// Takes over all lines of the input's file.
    func appendRest() {
        require(rows == 0 && file == nil, "a whole file is taken over at once")
        rows = source?.file.rows ?? 0
        sameBytes = source?.file.bytes ?? 0
    }

    /// Writes what was the same until here.
    private func beginWriting() throws(Fault) {
        file = try AtomicFile(path: "\(folder)/\(name)")
        if let source, sameBytes > 0 { try copyStart(of: "\(source.folder)/\(source.file.path)") }
    }

    private func copyStart(of path: String) throws(Fault) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .system("read the input's file", path: path, code: errno)
        }
        defer { Glibc.close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        var left = sameBytes
        while left > 0 {
            let count = read(descriptor, buffer.baseAddress, min(left, buffer.count))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw .system("read the input's file", path: path, code: count < 0 ? errno : EIO)
            }
            try file?.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            left -= count
        }
    }

    /// Puts the file in its place.
    func close() throws(Fault) -> Manifest.File {
        if file == nil {
            if let source, source.file.rows == rows, source.file.bytes == sameBytes {
                try FileSystem.linkOrCopy(
                    "\(source.folder)/\(source.file.path)", to: "\(folder)/\(name)")
                return Manifest.File(
                    path: name, rows: rows, bytes: sameBytes, sha256: source.file.sha256)
            }
            try beginWriting()
        }
        guard var open = file.take() else {
            throw Fault(.defect, "a file was closed twice", at: .file(name))
        }
        let written = try open.commit()
        return Manifest.File(
            path: name, rows: rows, bytes: written.bytes, sha256: written.digest.hex)
    }
}

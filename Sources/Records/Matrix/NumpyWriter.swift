internal import Glibc

/// A streaming writer of `.npy` files: float32, little endian, C order, two dimensions.
///
/// Rows go to `path.partial`; ``finish()`` writes the row count into the header, syncs the file
/// and renames it. A writer dropped before that removes its partial file. The header takes 128
/// bytes whatever the shape, so that the row count can be filled in last and `numpy.load`, with
/// `mmap_mode` too, finds the numbers aligned to 64 bytes.
public struct NumpyWriter: ~Copyable {
    public let path: String
    public let columns: Int
    /// Rows appended so far.
    public private(set) var rows = 0
    private let file: Int32
    private var pending: [UInt8]
    private var isFinished = false

    private static let headerBytes = 128
    private static let bufferBytes = 1 << 18

    private var partialPath: String { path + ".partial" }

    /// Creates the partial file.
    ///
    /// - Throws: `configuration` when the folder is missing or may not be written, `stopped` when
    ///   there is no room.
    public init(path: String, columns: Int) throws(Fault) {
        require(columns > 0, "a matrix to be written has columns")
        let partialPath = path + ".partial"
        let file = open(partialPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else {
            throw .system("create the file", path: partialPath, code: errno)
        }
        self.path = path
        self.columns = columns
        self.file = file
        pending = Self.header(rows: 0, columns: columns)
    }

    deinit {
        close(file)
        if !isFinished { unlink(path + ".partial") }
    }

    /// Appends one row or several; the count must be a multiple of `columns`.
    ///
    /// - Throws: `stopped` when there is no room.
    public mutating func append(_ values: UnsafeBufferPointer<Float>) throws(Fault) {
        require(values.count % columns == 0, "whole rows are appended")
        if UInt32(1).littleEndian == 1 {
            pending.append(contentsOf: UnsafeRawBufferPointer(values))
        } else {
            for value in values {
                let word = value.bitPattern.littleEndian
                withUnsafeBytes(of: word) { pending.append(contentsOf: $0) }
            }
        }
        rows += values.count / columns
        if pending.count >= Self.bufferBytes { try flush() }
    }

    /// Appends one row or several; the count must be a multiple of `columns`.
    ///
    /// - Throws: `stopped` when there is no room.
    public mutating func append(_ values: [Float]) throws(Fault) {
        try values.withUnsafeBufferPointer { (buffer) throws(Fault) in try append(buffer) }
    }

    /// Completes the file under its name and tells its rows.
    ///
    /// - Throws: `stopped` when there is no room.
    public consuming func finish() throws(Fault) -> Int {
        try flush()
        let header = Self.header(rows: rows, columns: columns)
        guard pwrite(file, header, header.count, 0) == header.count, fsync(file) == 0 else {
            throw failure("write the file")
        }
        guard rename(partialPath, path) == 0 else { throw failure("rename the finished file") }
        isFinished = true
        Self.syncFolder(of: path)
        return rows
    }

    /// Writes a whole matrix to `path`.
    ///
    /// - Throws: As ``init(path:columns:)`` and ``finish()``.
    public static func write(_ matrix: Matrix, to path: String) throws(Fault) {
        var writer = try NumpyWriter(path: path, columns: matrix.columns)
        for row in 0..<matrix.rows {
            try matrix.withRow(row) { (values) throws(Fault) in try writer.append(values) }
        }
        _ = try writer.finish()
    }

    private mutating func flush() throws(Fault) {
        var written = 0
        while written < pending.count {
            let count = pending.withUnsafeBytes { bytes in
                Glibc.write(file, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write the file") }
            written += count
        }
        pending.removeAll(keepingCapacity: true)
    }

    private func failure(_ doing: String) -> Fault {
        .system(doing, path: partialPath, code: errno)
    }

    private static func header(rows: Int, columns: Int) -> [UInt8] {
        let length = headerBytes - 10
        var bytes = NumpyFile.magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)]
        bytes += "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }".utf8
        require(bytes.count < headerBytes, "the header has room for any shape")
        bytes += repeatElement(UInt8(ascii: " "), count: headerBytes - bytes.count - 1)
        return bytes + [UInt8(ascii: "\n")]
    }

    /// A rename is durable only when the folder is synced too.
    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// Reading of NumPy's `.npy` files: two dimensions, 32-bit little-endian floats, C order.
///
/// Format: numpy.lib.format (NEP 1), versions 1.0 to 3.0. ``NumpyWriter`` writes them.
public enum NumpyFile {
    /// The matrix in the file at `path`, mapped and not copied.
    ///
    /// The file must not be shortened while the matrix is in use.
    ///
    /// - Throws: `badData` when the file is missing, cut off, or of another type or shape.
    public static func read(_ path: String) throws(Fault) -> Matrix {
        let (header, file) = try open(path)
        return Matrix(
            rows: header.rows, columns: header.columns, file: file, offset: header.offset)
    }

    /// The rows of several files that ``NumpyWriter`` wrote, one file after the other, as one
    /// matrix; mapped and not copied.
    ///
    /// - Throws: As ``read(_:)-(String)``; `badData` also when rows differ in length.
    public static func read(_ paths: [String]) throws(Fault) -> Matrix {
        if paths.count == 1 { return try read(paths[0]) }
        var (parts, columns) = ([MappedRows.Part](), 0)
        for path in paths {
            let header = try open(path).header
            guard columns == 0 || header.columns == columns,
                header.offset == parts.first?.offset ?? header.offset
            else {
                throw bad(
                    path, "a .npy file does not fit the ones before it",
                    "\(header.columns) columns, not \(columns)")
            }
            columns = header.columns
            if header.rows * columns == 0 { continue }
            parts.append(MappedRows.Part(path: path, rows: header.rows, offset: header.offset))
        }
        guard !parts.isEmpty else { return try Matrix(rows: 0, columns: columns, values: []) }
        return Matrix(
            rows: parts.reduce(0) { $0 + $1.rows }, columns: columns,
            parts: try MappedRows(parts, columns: columns))
    }

    /// Maps a file whose header says what the file is.
    private static func open(
        _ path: String
    ) throws(Fault) -> (header: Header, file: MappedFile) {
        let file = try MappedFile(path: path)
        let header = try file.withBytes { (bytes) throws(Fault) in try readHeader(bytes, path) }
        let cells = header.rows.multipliedReportingOverflow(by: header.columns)
        let size = cells.partialValue.multipliedReportingOverflow(by: 4)
        let expected = header.offset.addingReportingOverflow(size.partialValue)
        guard !cells.overflow, !size.overflow, !expected.overflow,
            expected.partialValue == file.count
        else {
            throw bad(
                path, "a .npy file's size does not match its shape",
                "\(header.rows) × \(header.columns) in \(file.count) bytes")
        }
        return (header, file)
    }

    private struct Header {
        var rows: Int
        var columns: Int
        /// Where the numbers start, in bytes.
        var offset: Int
    }

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    private static func readHeader(
        _ bytes: UnsafeRawBufferPointer, _ path: String
    ) throws(Fault) -> Header {
        guard bytes.count >= 12, bytes.prefix(6).elementsEqual(magic) else {
            throw bad(path, "this is not a .npy file")
        }
        let major = bytes[6]
        guard (1...3).contains(major) else {
            throw bad(path, "a .npy file has an unknown version", "\(major)")
        }
        let prefix = major == 1 ? 10 : 12
        var length = Int(bytes[8]) | Int(bytes[9]) << 8
        if major > 1 { length |= Int(bytes[10]) << 16 | Int(bytes[11]) << 24 }
        let offset = prefix + length
        guard offset <= bytes.count, offset % 4 == 0 else {
            throw bad(path, "a .npy file's header is cut off")
        }
        let text = Array(bytes[prefix..<offset])
        guard let descr = value(of: "descr", in: text), descr.starts(with: Array("'<f4'".utf8))
        else {
            throw bad(path, "a .npy file does not hold 32-bit little-endian floats")
        }
        guard let order = value(of: "fortran_order", in: text),
            order.starts(with: Array("False".utf8))
        else { throw bad(path, "a .npy file is not in C order") }
        guard let shape = value(of: "shape", in: text).flatMap(pair) else {
            throw bad(path, "a .npy file is not two-dimensional")
        }
        return Header(rows: shape.0, columns: shape.1, offset: offset)
    }

    /// What follows `'key':` in the header's dictionary.
    private static func value(of key: String, in text: [UInt8]) -> ArraySlice<UInt8>? {
        let wanted = Array("'\(key)':".utf8)
        guard text.count > wanted.count else { return nil }
        for at in 0...(text.count - wanted.count)
        where text[at..<at + wanted.count].elementsEqual(wanted) {
            return text[(at + wanted.count)...].drop { $0 == UInt8(ascii: " ") }
        }
        return nil
    }

    /// Two numbers written `(3, 4)`.
    private static func pair(_ text: ArraySlice<UInt8>) -> (Int, Int)? {
        guard text.first == UInt8(ascii: "("), let end = text.firstIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let parts = text[text.startIndex + 1..<end]
            .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { Int(String(decoding: $0.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self)) }
        guard parts.count == 2, let rows = parts[0], let columns = parts[1], rows >= 0,
            columns >= 0
        else { return nil }
        return (rows, columns)
    }

    private static func bad(_ path: String, _ what: String, _ why: String? = nil) -> Fault {
        Fault(.badData, what, at: .file(path), why: why)
    }
}

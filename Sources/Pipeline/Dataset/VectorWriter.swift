internal import Records

/// Writes the vectors of one shard, one a row: the stage's own, or those of the input's rows that
/// are left.
///
/// When all are left, the input's file gets a second name.
final class VectorWriter {
    private let folder: String
    private let name: String
    private let source: (folder: String, file: Manifest.File)?
    /// Of the source, once some of its rows are copied.
    private var matrix: Matrix?
    /// Rows of the source that are also this one's, while nothing is written.
    private var sameRows = 0
    private var writer: NumpyWriter?
    private var columns: Int?

    /// - Parameter source: Vectors of the input's shard, and the folder that they lie in; nil for
    ///   a stage that writes its own.
    init(_ folder: String, _ name: String, source: (folder: String, file: Manifest.File)?) {
        self.folder = folder
        self.name = name
        self.source = source
    }

    func append(_ block: EncodedBlock) throws(Fault) {
        if source != nil { return try carry(block.keptRows, isUnchanged: block.keepsRows) }
        guard let columns = try block.columns else { return }
        if writer == nil { try begin(columns: columns) }
        if self.columns != columns { throw Outcome.unevenVectors }
        try writer?.append(block.vectors)
    }

    /// Takes over the vectors of rows of the source, by their numbers in it.
    ///
    /// - Parameter isUnchanged: Whether they are the next ones of the source.
    private func carry(_ rows: [Int], isUnchanged: Bool) throws(Fault) {
        if writer == nil, isUnchanged {
            sameRows += rows.count
            return
        }
        try beginCopy()
        for row in rows { try copy(row) }
    }

    /// Takes over all vectors of the source.
    func appendRest() { sameRows = source?.file.rows ?? 0 }

    private func copy(_ row: Int) throws(Fault) {
        guard let matrix, row < matrix.rows else {
            throw Fault(.badData, "the vectors are not those of the rows", at: .file(name))
        }
        try matrix.withRow(row) { values throws(Fault) in try writer?.append(values) }
    }

    /// Begins the file with what was the same until here.
    private func beginCopy() throws(Fault) {
        guard writer == nil, let source else { return }
        let matrix = try NumpyFile.read("\(source.folder)/\(source.file.path)")
        self.matrix = matrix
        try begin(columns: matrix.columns)
        for row in 0..<sameRows { try copy(row) }
    }

    private func begin(columns: Int) throws(Fault) {
        self.columns = columns
        writer = try NumpyWriter(path: "\(folder)/\(name)", columns: columns)
    }

    /// Puts the file in its place; nil when the stage has given no vector.
    func close() throws(Fault) -> Manifest.File? {
        if let source, writer == nil {
            if sameRows == source.file.rows {
                let path = "\(source.folder)/\(source.file.path)"
                try FileSystem.linkOrCopy(path, to: "\(folder)/\(name)")
                var file = source.file
                file.path = name
                return file
            }
            try beginCopy()
        }
        guard let open = writer.take() else { return nil }
        return try Self.file(folder, name, rows: try open.finish())
    }

    /// Writes a matrix without rows, for a shard that has none.
    static func writeEmpty(
        _ folder: String, _ name: String, columns: Int
    ) throws(Fault) -> Manifest.File {
        let writer = try NumpyWriter(path: "\(folder)/\(name)", columns: columns)
        return try file(folder, name, rows: try writer.finish())
    }

    private static func file(
        _ folder: String, _ name: String, rows: Int
    ) throws(Fault) -> Manifest.File {
        let path = "\(folder)/\(name)"
        return Manifest.File(
            path: name, rows: rows, bytes: FileSystem.size(path) ?? 0,
            sha256: try FileDigest.of(path).hex)
    }
}

extension EncodedBlock {
    /// The length of the block's vectors; nil when it has none.
    fileprivate var columns: Int? {
        get throws(Fault) {
            if vectors.isEmpty { return nil }
            let columns = vectors.count / max(1, counts.kept)
            guard columns > 0, vectors.count == columns * counts.kept else {
                throw Fault(.badData, "the vectors are not one a row, all of one length")
            }
            return columns
        }
    }
}

internal import Records

/// Writes a dataset's vectors, one a row over all shards.
///
/// They are the stage's own, or those of the input's rows that are left. When all are left, the
/// input's file gets a second name.
///
/// One file for all shards, since the kernels work on one run of memory.
final class VectorWriter {
    private static let name = Sidecar.embeddingsFile

    private let path: String
    private let source: (matrix: Matrix, path: String, file: Manifest.File)?
    /// Rows of the source that are also this one's, while nothing is written.
    private var sameRows = 0
    private var columns: Int?
    private var writer: NumpyWriter?

    /// - Parameter source: The dataset whose vectors go on with their rows; nil for none.
    init(_ folder: String, source: Dataset?) throws(Fault) {
        path = "\(folder)/\(Self.name)"
        if let source, let file = source.manifest.vectors {
            let matrix = try source.embeddings()
            columns = matrix.columns
            self.source = (matrix, "\(source.folder)/\(file.path)", file)
        } else {
            self.source = nil
        }
    }

    func append(_ block: EncodedBlock) throws(Fault) {
        if source != nil {
            // Rows that are none of the input's have no vector.
            if block.shard == nil { return }
            try carry(block.keptRows, isUnchanged: block.keepsRows)
        } else if !block.vectors.isEmpty {
            let count = block.vectors.count / max(1, block.counts.kept)
            guard count > 0, block.vectors.count == count * block.counts.kept else {
                throw Fault(.badData, "the vectors are not one a row, all of one length")
            }
            if let columns, columns != count { throw Outcome.unevenVectors }
            try begin(columns: count)
            try writer?.append(block.vectors)
        }
    }

    /// Takes over the vectors of rows of the source; nothing without a source.
    ///
    /// - Parameter isUnchanged: Whether they are the next ones of the source.
    func carry(_ rows: some Collection<Int>, isUnchanged: Bool) throws(Fault) {
        guard let source else { return }
        if writer == nil, isUnchanged {
            sameRows += rows.count
            return
        }
        try begin(columns: source.matrix.columns)
        for row in rows { try append(row: row, of: source.matrix) }
    }

    /// Takes over all vectors of the source.
    func appendRest() { sameRows = source?.matrix.rows ?? 0 }

    private func append(row: Int, of matrix: Matrix) throws(Fault) {
        try matrix.withRow(row) { values throws(Fault) in try writer?.append(values) }
    }

    /// Begins the file with what was the same until here.
    private func begin(columns: Int) throws(Fault) {
        if writer != nil { return }
        self.columns = columns
        writer = try NumpyWriter(path: path, columns: columns)
        if let source { for row in 0..<sameRows { try append(row: row, of: source.matrix) } }
    }

    /// Puts the file in its place; nil for rows without vectors.
    ///
    /// - Parameter columns: As long as the vectors of a stage without any row are.
    func close(columns: Int?) throws(Fault) -> Manifest.File? {
        if let source, writer == nil, sameRows == source.matrix.rows {
            try FileSystem.linkOrCopy(source.path, to: path)
            var file = source.file
            file.path = Self.name
            return file
        }
        if let columns = self.columns ?? columns { try begin(columns: columns) }
        guard let open = writer.take() else { return nil }
        let rows = try open.finish()
        return Manifest.File(
            path: Self.name, rows: rows, bytes: FileSystem.size(path) ?? 0,
            sha256: try FileDigest.of(path).hex)
    }
}

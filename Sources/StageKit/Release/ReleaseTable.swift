internal import Parquet
package import Pipeline
package import Records

/// Writes a split as Parquet, out of its finished file of JSON lines.
///
/// Row groups are encoded on several threads and written in order; they are cut by rows and bytes
/// alone, so that the file has the same bytes with any number of threads.
package enum ReleaseTable {
    private static let groupRows = 32_768
    private static let groupBytes = 16 << 20
    /// As long as the runner lets a line of its own be.
    private static let longestLine = 1 << 30

    /// Some neighbouring lines.
    private struct Piece: Sendable {
        var lines: LineBlock
    }

    /// Writes and publishes the table of a split.
    ///
    /// - Parameters:
    ///   - lines: The split's file of JSON lines in the stage's folder, already closed.
    ///   - table: The name of the file to write.
    /// - Throws: `badData` when a line is no record; what writing a file throws.
    package static func write(
        _ lines: String, to table: String, _ schema: ReleaseSchema, _ output: StageOutput
    ) async throws(Fault) {
        let path = "\(output.context.folder)/\(lines)"
        var reader = try LineReader(path: path, maximumLineBytes: longestLine)
        let file = try output.open(table)
        var writer = ParquetWriter(
            schema.parquet, keyValues: [("huggingface", schema.features)])
        try file.append(raw: writer.start)
        try await output.context.ordered { () throws(Fault) -> Piece? in
            var piece = Piece(lines: LineBlock())
            let hasRows = try reader.read(
                into: &piece.lines, rows: groupRows, bytes: groupBytes)
            return hasRows ? piece : nil
        } work: { (piece: Piece) throws(Fault) in
            try encode(piece.lines, schema, path)
        } take: { group throws(Fault) in
            try file.append(raw: writer.append(group), rows: group.rows)
        }
        try file.append(raw: writer.end)
        try output.close(file, isPublished: true)
    }

    private static func encode(
        _ block: LineBlock, _ schema: ReleaseSchema, _ path: String
    ) throws(Fault) -> EncodedRowGroup {
        var group = RowGroupBuilder(schema.parquet)
        var parser = RecordParser()
        for line in block.lines {
            do {
                let record = try block.withBytes(of: line) { bytes, readable throws(Fault) in
                    try parser.parse(bytes, readable: readable)
                }
                schema.append(record, to: &group)
            } catch {
                var fault = error
                fault.place = .file(path, line: line.number)
                throw fault
            }
        }
        return group.encode()
    }
}

internal import Records
internal import Vectors

/// Writes a stage's folder: records in shards, refusals, sidecars; blocks in their order.
///
/// Every file has a temporary name until it is complete. The runner writes the manifest when all of
/// it stands.
final class DatasetWriter {
    private let folder: String
    private let shardRows: Int
    private let input: Dataset?
    private var shards: [Manifest.File] = []
    private var shard: OpenFile?
    private var refused: OpenFile
    private var sidecars: [String: OpenFile] = [:]
    private var matrix: OpenMatrix?
    private var content = SHA256()
    private let source: Matrix?
    private(set) var counts = Manifest.Counts()

    /// - Parameters:
    ///   - lines: The sidecars of lines, by name.
    ///   - carriesEmbeddings: Whether the input's vectors go on with their rows.
    init(
        folder: String, shardRows: Int, input: Dataset?, lines: [String], carriesEmbeddings: Bool
    ) throws(Fault) {
        self.folder = folder
        self.shardRows = shardRows
        self.input = input
        try FileSystem.makeFolder("\(folder)/records")
        refused = try OpenFile(folder, "refused.jsonl")
        for name in lines { sidecars[name] = try OpenFile(folder, Sidecar.fileName(name)) }
        source = carriesEmbeddings ? try input?.embeddings() : nil
    }

    func append(_ block: EncodedBlock) throws(Fault) {
        counts.input += block.counts.input
        counts.added += block.counts.added
        counts.kept += block.counts.kept
        counts.refused += block.counts.refused
        for (code, count) in block.counts.refusedByReason {
            counts.refusedByReason[code, default: 0] += count
        }
        try appendRecords(block.records)
        try refused.append(block.refused)
        for (name, lines) in block.sidecars { try sidecars[name]?.append(lines) }
        if !block.vectors.isEmpty {
            let columns = block.vectors.count / max(1, block.counts.kept)
            guard columns > 0, block.vectors.count == columns * block.counts.kept,
                matrix.map({ $0.columns == columns }) ?? true
            else { throw Fault(.badData, "the vectors are not one a row, all of one length") }
            try openMatrix(columns: columns)
            try matrix?.append(block.vectors)
        }
        if let source {
            try openMatrix(columns: source.columns)
            for row in block.keptRows { try matrix?.append(row: row, of: source) }
        }
    }

    private func appendRecords(_ lines: EncodedBlock.Lines) throws(Fault) {
        content.update(lines.bytes)
        var first = 0
        while first < lines.ends.count {
            if let open = shard, open.rows >= shardRows { try closeShard() }
            if shard == nil { try openShard() }
            guard let current = shard else { return }
            let last = min(lines.ends.count, first + shardRows - current.rows)
            try current.append(
                lines.bytes[(first == 0 ? 0 : lines.ends[first - 1])..<lines.ends[last - 1]],
                rows: last - first)
            first = last
        }
    }

    private func openShard() throws(Fault) {
        let number = String(shards.count)
        let name = String(repeating: "0", count: max(0, 5 - number.count)) + number
        shard = try OpenFile(folder, "records/\(name).jsonl")
    }

    private func closeShard() throws(Fault) {
        if let open = shard { shards.append(try open.close()) }
        shard = nil
    }

    /// Makes the matrix of vectors unless there is one: of no rows when nothing follows.
    func openMatrix(columns: Int) throws(Fault) {
        if matrix == nil {
            matrix = try OpenMatrix(folder, Sidecar.fileName(Sidecar.embeddings), columns)
        }
    }

    /// Puts every file in place and gives what the manifest says of them.
    func finish() throws(Fault) -> WrittenOutput {
        // An empty dataset is one file without lines, so that its folder looks like any other.
        if shards.isEmpty, shard == nil { try openShard() }
        try closeShard()
        var written = WrittenOutput(
            records: shards, refused: try refused.close(), sidecars: [:],
            content: content.finish().hex, counts: counts)
        for name in sidecars.keys.sorted() {
            written.sidecars[name] = try sidecars[name]?.close()
        }
        if let source, matrix == nil { try openMatrix(columns: source.columns) }
        if let matrix { written.sidecars[Sidecar.embeddings] = try matrix.close() }
        return written
    }
}

/// One file of lines being written.
private final class OpenFile {
    private let name: String
    private var file: AtomicFile?
    private(set) var rows = 0

    init(_ folder: String, _ name: String) throws(Fault) {
        self.name = name
        file = try AtomicFile(path: "\(folder)/\(name)")
    }

    func append(_ bytes: ArraySlice<UInt8>, rows count: Int) throws(Fault) {
        try file?.write(bytes)
        rows += count
    }

    func append(_ lines: EncodedBlock.Lines) throws(Fault) {
        if !lines.ends.isEmpty { try append(lines.bytes[...], rows: lines.ends.count) }
    }

    func close() throws(Fault) -> Manifest.File {
        guard var open = file.take() else {
            throw Fault(.defect, "a file was closed twice", at: .file(name))
        }
        let written = try open.commit()
        return Manifest.File(
            path: name, rows: rows, bytes: written.bytes, sha256: written.digest.hex)
    }
}

/// The matrix of vectors being written.
private final class OpenMatrix {
    private let name: String
    private let path: String
    let columns: Int
    private var writer: NumpyWriter?

    init(_ folder: String, _ name: String, _ columns: Int) throws(Fault) {
        self.name = name
        path = "\(folder)/\(name)"
        self.columns = columns
        writer = try NumpyWriter(path: path, columns: columns)
    }

    func append(_ values: [Float]) throws(Fault) { try writer?.append(values) }

    func append(row: Int, of matrix: Matrix) throws(Fault) {
        try matrix.withRow(row) { values throws(Fault) in try writer?.append(values) }
    }

    func close() throws(Fault) -> Manifest.File {
        guard let open = writer.take() else {
            throw Fault(.defect, "a matrix was closed twice", at: .file(path))
        }
        let rows = try open.finish()
        return Manifest.File(
            path: name, rows: rows, bytes: FileSystem.size(path) ?? 0,
            sha256: try FileDigest.of(path).hex)
    }
}

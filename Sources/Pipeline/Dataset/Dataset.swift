public import Records

/// A finished folder of records, opened for reading.
public struct Dataset: Sendable {
    public let folder: String
    public let manifest: Manifest

    public var rows: Int { manifest.rows }

    /// - Throws: A fault of kind `badData` when the folder has no manifest, or lacks a file.
    public static func open(folder: String) throws(Fault) -> Dataset {
        guard let manifest = Manifest.read(folder: folder) else {
            throw Fault(
                .badData, "the folder holds no finished dataset", at: .file(folder),
                hint: "run the stage that writes it again")
        }
        guard manifest.isIntact(folder: folder) else {
            throw Fault(
                .badData, "the dataset lacks a file that its manifest names", at: .file(folder),
                hint: "run the stage that writes it again")
        }
        return Dataset(folder: folder, manifest: manifest)
    }

    /// Every record in order, on the caller's thread.
    ///
    /// - Throws: `badData` with file and line for what is no record; what `body` throws.
    public func forEachRecord(
        _ body: (Record) throws(Fault) -> Void
    ) throws(Fault) {
        let reader = BlockReader(self, sidecars: [])
        var parser = RecordParser()
        while let block = try reader.next() {
            for line in block.records.lines {
                let record = try block.records.withBytes(of: line) {
                    bytes, readable throws(Fault) in
                    try parser.parse(bytes, readable: readable)
                }
                try body(record)
            }
        }
    }

    /// The vectors beside the rows, over all shards, mapped into memory.
    ///
    /// - Throws: `configuration` when the rows have none, `badData` when a file is not what the
    ///   manifest says.
    public func embeddings() throws(Fault) -> Matrix {
        let files = manifest.vectors
        guard files.count == manifest.shards.count else {
            throw Fault(.configuration, "the dataset has no embeddings", at: .file(folder))
        }
        return try NumpyFile.read(files.map { "\(folder)/\($0.path)" })
    }
}

/// Values that lie beside rows.
public enum Sidecar {
    /// The one sidecar that is a matrix, `embeddings.npy`: one row of 32-bit floats a record.
    ///
    /// All others are lines of JSON.
    public static let embeddings = "embeddings"
    /// What of each text the model behind the vectors does not know; a line a row beside them.
    public static let unknownWords = "unknown-words"
}

/// Reads a dataset's rows in order, block by block, with the sidecars' lines beside them.
final class BlockReader {
    /// Lines as they lie in the files, and where the first of them stands in the dataset.
    struct RawBlock: Sendable {
        var firstIndex: Int
        /// Where it stands in its shard.
        var firstInShard: Int
        /// The shard that they are of; a block never has rows of two.
        var shard: Int
        var records: LineBlock
        /// One block of as many lines for each sidecar.
        var sidecars: [String: LineBlock]
        var path: String
    }

    private let dataset: Dataset
    private let names: [String]
    private let rowsPerBlock: Int
    /// The number of the shard to open next, and of the one behind the last.
    private var nextShard: Int
    private let lastShard: Int
    private var records: LineStream?
    private var sidecars: [LineStream] = []
    private var index: Int
    private var indexInShard = 0

    /// - Parameters:
    ///   - rowsPerBlock: 1,024 rows make a task large enough to hide its own cost (2.7 µs) and
    ///     small enough to spread evenly.
    ///   - shard: The one shard to read; nil for all.
    init(
        _ dataset: Dataset, sidecars names: [String], shard: Int? = nil,
        rowsPerBlock: Int = 1_024
    ) {
        self.dataset = dataset
        self.names = names
        self.rowsPerBlock = rowsPerBlock
        let shards = dataset.manifest.shards
        nextShard = shard ?? 0
        lastShard = shard.map { $0 + 1 } ?? shards.count
        index = shards[..<nextShard].reduce(0) { $0 + $1.rows }
    }

    /// The next rows; nil at the end.
    func next() throws(Fault) -> RawBlock? {
        while true {
            if records == nil, !(try openShard()) { return nil }
            guard let stream = records, let block = try stream.read(rows: rowsPerBlock) else {
                records = nil
                continue
            }
            var raw = RawBlock(
                firstIndex: index, firstInShard: indexInShard, shard: nextShard - 1,
                records: block, sidecars: [:], path: stream.path)
            for sidecar in sidecars {
                guard let lines = try sidecar.read(exactly: block.lines.count) else {
                    throw Fault(
                        .badData, "a sidecar has fewer lines than there are records",
                        at: .file(sidecar.path), hint: "run the stage that writes it again")
                }
                raw.sidecars[sidecar.name] = lines
            }
            index += block.lines.count
            indexInShard += block.lines.count
            return raw
        }
    }

    /// Opens the files of the next shard; false behind the last one.
    private func openShard() throws(Fault) -> Bool {
        guard nextShard < lastShard else { return false }
        let shard = dataset.manifest.shards[nextShard]
        nextShard += 1
        indexInShard = 0
        records = try LineStream(
            name: "records", path: "\(dataset.folder)/\(shard.records.path)")
        sidecars = []
        for name in names {
            guard let file = shard.sidecars[name] else { continue }
            sidecars.append(try LineStream(name: name, path: "\(dataset.folder)/\(file.path)"))
        }
        return true
    }
}

/// A line reader that can be kept in a collection.
final class LineStream {
    let name: String
    let path: String
    private var reader: LineReader

    init(name: String, path: String) throws(Fault) {
        self.name = name
        self.path = path
        reader = try LineReader(path: path, maximumLineBytes: 1 << 30)
    }

    func read(rows: Int) throws(Fault) -> LineBlock? {
        var block = LineBlock()
        return try reader.read(into: &block, rows: rows) ? block : nil
    }

    func read(exactly rows: Int) throws(Fault) -> LineBlock? {
        var block = LineBlock()
        guard try reader.read(into: &block, rows: rows, bytes: .max), block.lines.count == rows
        else { return nil }
        return block
    }
}

internal import Records

/// Writes a stage's folder, shard by shard; blocks come in the order of their rows.
///
/// Shard k of the output is what is left, and what was made, of shard k of the input; rows without
/// a parent follow in shards of their own. Every file has a temporary name until it is complete.
/// The runner writes the manifest when all of it stands.
final class DatasetWriter {
    private let folder: String
    private let shardRows: Int
    private let input: Dataset?
    private let layout: ShardLayout
    private var shards: [Manifest.Shard] = []
    private var open: ShardWriter?
    /// Files of the stage's own that have lines in the order of the rows, by name.
    private var files: [String: StageFile] = [:]
    private(set) var counts = Manifest.Counts()

    /// - Parameter shardRows: The most rows of a shard that is not one of the input's.
    init(
        folder: String, shardRows: Int, input: Dataset?, _ layout: ShardLayout
    ) throws(Fault) {
        self.folder = folder
        self.shardRows = shardRows
        self.input = input
        self.layout = layout
        try FileSystem.makeFolder("\(folder)/\(ShardWriter.recordsFolder)")
    }

    func append(_ block: EncodedBlock) throws(Fault) {
        counts.add(block.counts)
        if let number = block.shard {
            try shard(number).append(block)
        } else {
            try appendNew(block)
        }
        for name in block.files.keys.sorted() {
            guard let lines = block.files[name] else { continue }
            if files[name] == nil { files[name] = try StageFile(folder, name) }
            try files[name]?.append(lines)
        }
    }

    /// Puts the files of the stage's own in place, by name.
    func closeFiles() throws(Fault) -> [Manifest.File] {
        var closed: [Manifest.File] = []
        for name in files.keys.sorted() {
            if let file = files.removeValue(forKey: name) { closed.append(try file.close()) }
        }
        return closed
    }

    /// Takes in a shard that a worker wrote; shards come in their order.
    ///
    /// - Parameter parts: The folder with the worker's files.
    func append(_ result: ShardResult, number: Int, from parts: String) throws(Fault) {
        require(open == nil && shards.count == number, "shards come in their order")
        counts.add(result.counts)
        var shard = result.shard
        shard.records = try place(shard.records, ShardWriter.recordsFile(number), parts)
        shard.refused = try place(
            shard.refused, ShardWriter.fileName(ShardWriter.refusedName, number), parts)
        for name in shard.sidecars.keys.sorted() {
            guard let file = shard.sidecars[name] else { continue }
            shard.sidecars[name] = try place(file, ShardWriter.fileName(name, number), parts)
        }
        if let file = shard.vectors {
            shard.vectors = try place(file, ShardWriter.vectorsFile(number), parts)
        }
        shards.append(shard)
        for name in result.files.keys.sorted() {
            guard let file = result.files[name] else { continue }
            if files[name] == nil { files[name] = try StageFile(folder, name) }
            try files[name]?.append(file, in: parts)
        }
    }

    private func place(
        _ file: Manifest.File, _ name: String, _ parts: String
    ) throws(Fault) -> Manifest.File {
        try FileSystem.linkOrCopy("\(parts)/\(file.path)", to: "\(folder)/\(name)")
        var file = file
        file.path = name
        return file
    }

    /// Takes over every row of the input, with all that lies beside it.
    func appendAll() throws(Fault) {
        for number in input?.manifest.shards.indices ?? 0..<0 { try shard(number).appendRest() }
        counts.input += input?.rows ?? 0
        counts.kept += input?.rows ?? 0
    }

    /// Rows without a shard of the input, in shards of at most ``shardRows`` rows.
    private func appendNew(_ block: EncodedBlock) throws(Fault) {
        if block.records.ends.isEmpty, block.refused.ends.isEmpty { return }
        let firstNew = input?.manifest.shards.count ?? 0
        var number = max(firstNew, shards.count)
        try shard(number).append(refused: block.refused)
        var first = 0
        while first < block.records.ends.count {
            var shard = try shard(number)
            if shard.rows >= shardRows {
                number += 1
                shard = try self.shard(number)
            }
            let last = min(block.records.ends.count, first + shardRows - shard.rows)
            try shard.append(block, lines: first..<last)
            first = last
        }
    }

    /// The writer of a shard; those before it are closed.
    private func shard(_ number: Int) throws(Fault) -> ShardWriter {
        while true {
            if let open {
                if shards.count == number { return open }
                shards.append(try open.close())
            }
            let shards = input?.manifest.shards ?? []
            let next = self.shards.count
            open = try ShardWriter(
                folder, number: next, layout,
                source: next < shards.count ? input.map { ($0.folder, shards[next]) } : nil)
        }
    }

    /// Puts every file in place and gives what the manifest says of them.
    ///
    /// - Parameter columns: The length of the vectors of a stage that writes them, without any row
    ///   too.
    func finish(columns: Int? = nil) throws(Fault) -> WrittenOutput {
        // A dataset without rows has a shard without rows, so that its folder looks like any other.
        let begun = shards.count + (open == nil ? 0 : 1)
        let count = max(1, input?.manifest.shards.count ?? 0, begun)
        if shards.count < count { shards.append(try shard(count - 1).close()) }
        open = nil
        if layout.vectors == .own { try writeEmptyVectors(columns) }
        let written = WrittenOutput(shards: shards, counts: counts)
        // What was linked, not renamed into its place.
        for part in [folder, "\(folder)/\(ShardWriter.recordsFolder)"] {
            FileSystem.sync(folder: part)
        }
        return written
    }

    /// Gives a matrix to every shard without rows, so that all have one.
    ///
    /// - Parameter columns: The length of vectors where no shard has any.
    private func writeEmptyVectors(_ columns: Int?) throws(Fault) {
        let written = shards.lazy.compactMap(\.vectors).first
        let matrix = try written.map { file throws(Fault) in
            try NumpyFile.read("\(folder)/\(file.path)")
        }
        guard let columns = matrix?.columns ?? columns else { return }
        for number in shards.indices where shards[number].vectors == nil {
            guard shards[number].rows == 0 else {
                throw Fault(.defect, "a stage gave rows without their vectors")
            }
            let name = ShardWriter.vectorsFile(number)
            shards[number].vectors = try VectorWriter.writeEmpty(folder, name, columns: columns)
        }
    }
}

extension Manifest.Counts {
    mutating func add(_ other: Self) {
        input += other.input
        added += other.added
        kept += other.kept
        refused += other.refused
        refusedByReason.merge(other.refusedByReason, uniquingKeysWith: +)
    }
}

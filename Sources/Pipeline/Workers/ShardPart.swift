internal import Records

/// Takes the rows that a map gives.
protocol RowWriter: AnyObject {
    func append(_ block: EncodedBlock) throws(Fault)
}

extension DatasetWriter: RowWriter {}

/// Writes what a map makes of one shard, away from the stage's folder.
///
/// When it is complete every file is renamed to its digest; whoever put the task out takes it from
/// there into the stage's folder.
final class ShardPart: RowWriter {
    private let parts: String
    /// A folder of the attempt's own.
    private let folder: String
    private let shard: ShardWriter
    private var files: [String: StageFile] = [:]
    private var counts = Manifest.Counts()

    init(_ context: StageContext, number: Int, attempt: Int) throws(Fault) {
        guard let input = context.input else {
            throw Fault(.defect, "a worker has no input", at: .stage(context.stage))
        }
        parts = context.folder
        folder = "\(parts)/attempt-\(attempt)"
        try FileSystem.renew(folder)
        try FileSystem.makeFolder("\(folder)/\(ShardWriter.recordsFolder)")
        shard = try ShardWriter(
            folder, number: number, context.layout,
            source: (input.folder, input.manifest.shards[number]))
    }

    func append(_ block: EncodedBlock) throws(Fault) {
        counts.add(block.counts)
        try shard.append(block)
        for name in block.files.keys.sorted() {
            guard let lines = block.files[name] else { continue }
            if files[name] == nil { files[name] = try StageFile(folder, "lines-\(name)") }
            try files[name]?.append(lines)
        }
    }

    /// Renames the files to their digests, and says what there is.
    func finish() throws(Fault) -> ShardResult {
        var done = try shard.close()
        done.records = try settle(done.records)
        done.refused = try settle(done.refused)
        for name in done.sidecars.keys.sorted() {
            if let file = done.sidecars[name] { done.sidecars[name] = try settle(file) }
        }
        if let file = done.vectors { done.vectors = try settle(file) }
        var lines: [String: Manifest.File] = [:]
        for name in files.keys.sorted() {
            if let file = files[name] { lines[name] = try settle(try file.close()) }
        }
        FileSystem.remove(folder)
        return ShardResult(shard: done, counts: counts, files: lines)
    }

    private func settle(_ file: Manifest.File) throws(Fault) -> Manifest.File {
        try FileSystem.rename("\(folder)/\(file.path)", to: "\(parts)/\(file.sha256)")
        var file = file
        file.path = file.sha256
        return file
    }
}

public import Foundation
public import Pipeline
internal import Records
internal import Testing

/// What a stage left, whole: the files of its shards joined in the order of their rows.
public struct StageContent: Sendable {
    /// By `records`, `refused`, the name of a sidecar, or the path of another file of the stage.
    public private(set) var files: [String: Data] = [:]
    public let manifest: Manifest

    /// Reads a finished stage.
    ///
    /// - Throws: When the folder has no manifest, or one of its files cannot be read.
    public init(folder: String) throws {
        manifest = try #require(Manifest.read(folder: folder), "\(folder) has no manifest")
        func data(_ file: Manifest.File) throws -> Data {
            try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(file.path)"))
        }
        for shard in manifest.shards {
            files["records", default: Data()] += try data(shard.records)
            files["refused", default: Data()] += try data(shard.refused)
            for (name, file) in shard.sidecars { files[name, default: Data()] += try data(file) }
        }
        if !manifest.vectors.isEmpty {
            let matrix = try NumpyFile.read(manifest.vectors.map { "\(folder)/\($0.path)" })
            files[Sidecar.embeddings] = (0..<matrix.rows).reduce(into: Data()) { all, row in
                matrix.withRow(row) { all += Data(buffer: $0) }
            }
        }
        for file in manifest.extras { files[file.path] = try data(file) }
    }

    /// What differs from another run: names of files, `counts`, `gates`, `notes` and `published`.
    public func differences(from other: StageContent) -> [String] {
        let names = Set(files.keys).union(other.files.keys).sorted()
        var found = names.filter { files[$0] != other.files[$0] }
        if manifest.counts != other.manifest.counts { found.append("counts") }
        if manifest.gates != other.manifest.gates { found.append("gates") }
        if manifest.notes != other.manifest.notes { found.append("notes") }
        if manifest.published != other.manifest.published { found.append("published") }
        return found
    }
}

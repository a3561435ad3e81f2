internal import Pipeline
public import Testing

/// How the rows of a run are cut into shards, and on how many threads it works.
public struct ShardCut: Sendable, CustomStringConvertible {
    public let shardRows: Int
    public let jobs: Int

    public init(shardRows: Int, jobs: Int) {
        self.shardRows = shardRows
        self.jobs = jobs
    }

    /// One shard, one thread.
    static func whole(rows: Int) -> ShardCut { ShardCut(shardRows: max(1, rows), jobs: 1) }

    /// Two, three and seven shards and, of few rows, a shard for each, on one to three threads.
    static func parts(rows: Int) -> [ShardCut] {
        let few = rows <= 80 ? [rows] : []
        return ([2, 3, 7] + few).enumerated().map { index, parts in
            ShardCut(shardRows: max(1, (rows + parts - 1) / max(1, parts)), jobs: 1 + index % 3)
        }
    }

    public var description: String { "shards of \(shardRows) rows on \(jobs) threads" }
}

/// Holds a stage to its law: cut anywhere, and on any number of threads, its rows give the same
/// records, refused rows, sidecars, vectors, files, counts, gates and notes as in one shard; and
/// for the same cut the same manifest, byte for byte.
///
/// - Parameters:
///   - rows: How many rows the first stage gives.
///   - run: Runs the stage on the same rows and settings with nothing kept from other runs, and
///     gives the folder that it left.
public func checkShardCuts(
    rows: Int, sourceLocation: SourceLocation = #_sourceLocation,
    _ run: (ShardCut) async throws -> String
) async throws {
    let whole = try StageContent(folder: try await run(.whole(rows: rows)))
    for cut in ShardCut.parts(rows: rows) {
        let parts = try StageContent(folder: try await run(cut))
        let differences = parts.differences(from: whole)
        #expect(
            differences.isEmpty, "\(cut): \(differences.joined(separator: ", "))",
            sourceLocation: sourceLocation)
    }
    let cut = ShardCut.whole(rows: rows)
    let threads = ShardCut(shardRows: cut.shardRows, jobs: 3)
    let again = try StageContent(folder: try await run(threads))
    #expect(
        again.manifest == whole.manifest, "\(threads): the manifests differ",
        sourceLocation: sourceLocation)
}

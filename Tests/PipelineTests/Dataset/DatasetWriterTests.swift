import Foundation
import Records
import Store
import Testing

@testable import Pipeline

/// Gives every row a vector.
private struct Vectorise: Stage {
    static let description = StageDescription(
        name: "vectorise", version: 1, role: .annotator, summary: "Makes vectors.",
        method: "Of the row's number.", cost: "None.", writes: Sidecar.embeddings)

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        _ = graph.mapLocally("vectorise", initial: NoSummary(), columns: { _ in 3 }) { _ in
            BlockTask { block in
                (
                    BlockResult(
                        block.rows.map { _ in .keep },
                        vectors: block.rows.flatMap { [Float($0.index), 1, 2] }), NoSummary()
                )
            }
        }
    }
}

/// Refuses the rows of a range, by their numbers, and replaces those of another.
private struct Change: Stage {
    static let description = StageDescription(
        name: "change", version: 1, role: .filter, summary: "Changes rows.",
        method: "By number.", cost: "None.", refusals: [.init("named", "In the range.")])
    let refused: Range<Int>
    let replaced: Range<Int>

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        func range(_ name: String) -> Range<Int> {
            let start = settings.integer("\(name)_from", 0, in: 0...100_000, help: "First.")
            let end = settings.integer("\(name)_to", 0, in: 0...100_000, help: "Behind last.")
            return start..<max(start, end)
        }
        refused = range("refuse")
        replaced = range("replace")
    }

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("change") { _ in
            { row in
                if refused.contains(row.index) { return .refuse("named") }
                guard replaced.contains(row.index) else { return .keep }
                var record = row.record
                record.text += "!"
                return Outcome(.replace(record))
            }
        }
    }
}

private let stages = Catalogue(
    catalogue.stages + [Vectorise.self, Change.self] as [any Stage.Type])

private func runPipeline(
    rows: Int, change: String, in folder: TemporaryFolder, jobs: Int, shardRows: Int
) async throws -> [StageReport] {
    let yaml = """
        name: test
        run: {shard_rows: \(shardRows)}
        stages: [{use: count, rows: \(rows)}, {use: thin, share: 0.1}, vectorise, \(change)]
        """
    let plan = try PipelinePlan.parse(
        yaml: yaml, path: "test.yaml", overrides: [], catalogue: stages)
    let store = try WorkspaceStore(path: "\(folder.path)/curate.sqlite")
    defer { try? store.close() }
    return try await Runner(
        plan: plan, workspace: Workspace(root: folder.path, pipeline: "test"), stores: store.stores,
        options: RunOptions(jobs: jobs)
    ).run().stages
}

struct DatasetWriterTests {
    private func inode(_ stage: StageReport, _ file: Manifest.File?) throws -> UInt64 {
        let path = try #require(file).path
        return try #require(FileStamp("\(stage.folder)/\(path)")).inode
    }

    private func manifest(_ stage: StageReport) throws -> Manifest {
        try #require(Manifest.read(folder: stage.folder))
    }

    @Test func `rows, sidecars and vectors are the same wherever they are cut`() async throws {
        for seed in 0..<8 {
            let rows = 150 + seed * 211
            let (start, end) = (seed * 29, seed * 29 + seed % 3 * 40)
            let change =
                "{use: change, refuse_from: \(start), refuse_to: \(end), "
                + "replace_from: \(start * 2), replace_to: \(start * 2 + seed)}"
            var seen: [[String: String]] = []
            for (jobs, shardRows) in [(1, 65_536), (2, 17), (3, 100)] {
                let folder = try TemporaryFolder()
                let reports = try await runPipeline(
                    rows: rows, change: change, in: folder, jobs: jobs, shardRows: shardRows)
                seen.append(try content(of: reports[3]))
                #expect(seen.last?["embeddings"]?.isEmpty == false)
                let (before, after) = (try manifest(reports[2]), try manifest(reports[3]))
                #expect(before.shards.count == after.shards.count)
                #expect(after.shards.reduce(0) { $0 + $1.rows } == after.rows)
                for (old, new) in zip(before.shards, after.shards) {
                    #expect(old.rows == new.rows + (new.refused.rows ?? 0))
                }
            }
            #expect(seen[0] == seen[1] && seen[1] == seen[2], "seed \(seed)")
        }
    }

    @Test func `a shard's files that do not change are the input's own, and only those`()
        async throws
    {
        let folder = try TemporaryFolder()
        // Shards of 100 rows each lose about ten in `thin`: rows 100 to 109 are in the second.
        let change =
            "{use: change, refuse_from: 100, refuse_to: 110, replace_from: 0, "
            + "replace_to: 1}"
        let reports = try await runPipeline(
            rows: 500, change: change, in: folder, jobs: 2, shardRows: 100)
        let (before, after) = (try manifest(reports[2]), try manifest(reports[3]))
        #expect(after.shards.count == 5)
        for (number, (old, new)) in zip(before.shards, after.shards).enumerated() {
            let sameRecords =
                try inode(reports[2], old.records) == inode(reports[3], new.records)
            #expect(sameRecords == (number > 1), "records of shard \(number)")
            let sameNotes =
                try inode(reports[2], old.sidecars["thin"])
                == inode(reports[3], new.sidecars["thin"])
            #expect(sameNotes == (number != 1), "notes of shard \(number)")
            let sameVectors =
                try inode(reports[2], old.vectors) == inode(reports[3], new.vectors)
            #expect(sameVectors == (number != 1), "vectors of shard \(number)")
        }
        for report in reports {
            for file in try manifest(report).allFiles {
                let digest = try FileDigest.of("\(report.folder)/\(file.path)")
                #expect(digest.hex == file.sha256, "\(report.stage) \(file.path)")
            }
        }
    }

    @Test func `a stage that changes no row links all that lies beside them`() async throws {
        let folder = try TemporaryFolder()
        let reports = try await runPipeline(
            rows: 300, change: "change", in: folder, jobs: 2, shardRows: 100)
        let (before, after) = (try manifest(reports[2]), try manifest(reports[3]))
        for (old, new) in zip(before.rowFiles, after.rowFiles) {
            #expect(try inode(reports[2], old) == inode(reports[3], new), "\(new.path)")
        }
        #expect(before.identity == after.identity)
    }

    @Test func `a folder of an earlier layout is made again, and the user is told`() async throws {
        let folder = try TemporaryFolder()
        let first = try await runPipeline(
            rows: 50, change: "change", in: folder, jobs: 1, shardRows: 100)
        let path = "\(first[1].folder)/\(Manifest.fileName)"
        var old = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: path)))
                as? [String: Any])
        for key in ["layout", "shards"] { old[key] = nil }
        try JSONSerialization.data(withJSONObject: old).write(to: URL(fileURLWithPath: path))
        let second = try await runPipeline(
            rows: 50, change: "change", in: folder, jobs: 1, shardRows: 100)
        #expect(second.map(\.isReused) == [true, false, true, true])
        #expect(second[1].notes.contains { $0.contains("earlier version") })
        #expect(try content(of: second[1]) == content(of: first[1]))
    }
}

import Foundation
import LawChecks
import Pipeline
import Stages
import Testing

/// Each stage once, over the rows in `Golden` and with settings that are not the defaults: what it
/// leaves is compared with committed digests, and held to the law of shards.
///
/// After a change that is meant to change what a stage leaves, run once with `CURATE_RECORD=1`: the
/// digests are written anew and the test fails, so that a recording never passes unseen.
struct StageGoldenTests {
    private static let stages = Stages.catalogue.stages.map { $0.description.name }

    @Test(arguments: stages)
    func `every stage leaves what is committed`(stage: String) async throws {
        let pipeline = try GoldenPipeline(stage)
        let content = try await pipeline.withEndpoints { endpoints in
            try StageContent(folder: try await pipeline.run(endpoints: endpoints))
        }
        for path in [GoldenPipeline.folder.path, pipeline.workspace] {
            for (name, data) in content.files {
                #expect(data.range(of: Data(path.utf8)) == nil, "\(name) names a folder")
            }
        }
        let found = StageDigests(content)
        let file = GoldenPipeline.folder.appendingPathComponent("\(stage).json")
        let known = StageDigests(contentsOf: file)
        let differences = found.differences(from: known)
        if ProcessInfo.processInfo.environment["CURATE_RECORD"] == "1" {
            try found.write(to: file, keeping: known)
            if !differences.isEmpty {
                Issue.record(
                    "recorded anew: \(differences.joined(separator: ", ")); run again without")
            }
            return
        }
        #expect(
            differences.isEmpty,
            """
            `\(stage)` does not leave what Tests/StagesTests/Golden/\(stage).json says: \
            \(differences.joined(separator: ", ")). Where that is meant, write it anew with \
            `CURATE_RECORD=1 swift test --filter StageGoldenTests`, look at it, and say why.
            """)
    }

    @Test(arguments: stages)
    func `every stage, cut anywhere, leaves the same as over one shard`(stage: String) async throws
    {
        let pipeline = try GoldenPipeline(stage)
        try await pipeline.withEndpoints { endpoints in
            try await checkShardCuts(rows: pipeline.rows) { cut in
                try await pipeline.run(cut, endpoints: endpoints)
            }
        }
    }
}

/// The pipeline file of a stage in `Golden`; the stage is its last.
private struct GoldenPipeline {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")

    let rows: Int
    var workspace: String { harness.folder }
    private let path: String
    private let yaml: String
    private let harness: StageHarness

    init(_ stage: String) throws {
        path = Self.folder.appendingPathComponent("\(stage).yaml").path
        yaml = try String(contentsOfFile: path, encoding: .utf8)
        let input = yaml.contains("records.jsonl") ? "records.jsonl" : "rows.jsonl"
        let data = try Data(contentsOf: Self.folder.appendingPathComponent(input))
        rows = data.count { $0 == UInt8(ascii: "\n") }
        harness = try StageHarness()
    }

    /// Gives the offline model server to a pipeline that asks it.
    func withEndpoints<Value>(
        _ body: ([String: String]) async throws -> Value
    ) async throws -> Value {
        guard yaml.contains("provider: offline") else { return try await body([:]) }
        return try await OfflineService.run { _ in
        } _: {
            try await body($0)
        }
    }

    /// Runs the pipeline and gives the folder of the stage.
    ///
    /// - Parameter cut: How its rows are cut; as the file says unless given.
    func run(_ cut: ShardCut? = nil, endpoints: [String: String]) async throws -> String {
        let run = try await harness.run(
            yaml: yaml, path: path, jobs: cut?.jobs ?? 2,
            overrides: cut.map { ["run.shard_rows=\($0.shardRows)"] } ?? [],
            out: cut.map { "\($0.shardRows)-\($0.jobs)" } ?? "out", endpoints: endpoints)
        return try run.last.stage.folder
    }
}

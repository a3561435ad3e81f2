import Foundation
import LawChecks
import Pipeline
import Records
import Stages
import Store
import Testing

/// Runs stages on records that a test gives, through the real runner in a folder of its own.
///
/// ```swift
/// let run = try await StageHarness(records).run("- {use: dedupe}")
/// #expect(run.last.kept.map(\.id) == ["a", "c"])
/// #expect(run.last.refused["b"]?.reason == "duplicate_exact")
/// ```
final class StageHarness {
    /// What one stage left.
    struct Result {
        var stage: StageReport
        var manifest: Manifest
        var kept: [Record]
        /// Refusals by id.
        var refused: [String: (reason: String, score: Double?, matched: String?)]
        /// The lines of every sidecar but the embeddings, parsed.
        var notes: [String: [Any]]

        /// The files of the folder that must not differ between equal runs, by name.
        var content: [String: Data]
    }

    struct Run {
        var report: RunReport
        var stages: [Result]
        var last: Result {
            get throws { try #require(stages.last) }
        }
    }

    let folder: String
    private let records: [Record]

    init(_ records: [Record] = []) throws {
        self.records = records
        folder = NSTemporaryDirectory() + "curate-stage-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Writes a file for a stage to read, and gives its path.
    func write(_ text: String, to name: String) throws -> String {
        try write(Data(text.utf8), to: name)
    }

    func write(_ data: Data, to name: String) throws -> String {
        let path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try data.write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Runs the given records through `stages`, a YAML list.
    ///
    /// - Parameter head: Further top-level YAML: `taxonomy`, `provider`, `sources`.
    /// - Parameter givesRecords: false when the list begins with a stage that reads sources.
    /// - Parameter records: In place of the harness's own, those of another night say.
    func run(
        _ stages: String, head: String = "", records: [Record]? = nil, jobs: Int = 2,
        shardRows: Int = 65_536,
        seed: Int = 7, givesRecords: Bool = true, overrides: [String] = [], out: String = "out",
        endpoints: [String: String] = [:], more: [any Stage.Type] = []
    ) async throws -> Run {
        let given = try write(
            Data((records ?? self.records).flatMap { $0.json + [UInt8(ascii: "\n")] }),
            to: "given.jsonl")
        let list = givesRecords ? "- {use: given, path: '\(given)'}\n" + stages : stages
        let indented = list.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "  \($0)" }.joined(separator: "\n")
        let yaml = """
            name: test
            run: {seed: \(seed), shard_rows: \(shardRows)}
            \(head)
            stages:
            \(indented)
            """
        return try await run(
            yaml: yaml, path: "\(folder)/test.yaml", jobs: jobs, overrides: overrides, out: out,
            endpoints: endpoints, more: more)
    }

    /// Runs a pipeline file, whose stages may be those of the tests.
    func run(
        yaml: String, path: String, jobs: Int = 2, overrides: [String] = [], out: String = "out",
        endpoints: [String: String] = [:], more: [any Stage.Type] = []
    ) async throws -> Run {
        let catalogue = Catalogue(
            [Given.self, GivenVectors.self, GivenSplit.self, GivenClusters.self] + more
                + Stages.catalogue.stages)
        let plan = try PipelinePlan.parse(
            yaml: yaml, path: path, overrides: try overrides.map { try Override($0) },
            catalogue: catalogue)
        let workspace = Workspace(root: "\(folder)/\(out)", pipeline: "test")
        try FileSystem.makeFolder(workspace.root)
        let store = try WorkspaceStore(path: workspace.storePath)
        defer { try? store.close() }
        let report = try await Runner(
            plan: plan, workspace: workspace, stores: store.stores,
            options: RunOptions(jobs: jobs, endpoints: endpoints)
        ).run()
        return Run(report: report, stages: try report.stages.map(read))
    }

    /// Holds `stages` to the law of shards, and gives the run that the others are compared with.
    @discardableResult
    func checkShardCuts(
        _ stages: String, head: String = "", endpoints: [String: String] = [:],
        more: [any Stage.Type] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Result {
        var whole: Result?
        try await LawChecks.checkShardCuts(rows: records.count, sourceLocation: sourceLocation) {
            let run = try await run(
                stages, head: head, jobs: $0.jobs, shardRows: $0.shardRows,
                out: "\($0.shardRows)-\($0.jobs)", endpoints: endpoints, more: more)
            if whole == nil { whole = try run.last }
            return try run.last.stage.folder
        }
        return try #require(whole)
    }

    private func read(_ stage: StageReport) throws -> Result {
        let content = try StageContent(folder: stage.folder)
        let manifest = content.manifest
        var parser = RecordParser()
        let lines = (content.files["records"] ?? Data()).split(separator: UInt8(ascii: "\n"))
        let kept = try lines.map { try parser.parse(Array($0)) }
        var refused: [String: (reason: String, score: Double?, matched: String?)] = [:]
        let refusals = content.files["refused"] ?? Data()
        for line in refusals.split(separator: UInt8(ascii: "\n")) {
            let object = try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:]
            refused[object["id"] as? String ?? ""] = (
                object["reason"] as? String ?? "", object["score"] as? Double,
                object["matched"] as? String
            )
        }
        var notes: [String: [Any]] = [:]
        for name in Set(manifest.shards.flatMap(\.sidecars.keys)) {
            notes[name] = try (content.files[name] ?? Data()).split(separator: UInt8(ascii: "\n"))
                .map { try JSONSerialization.jsonObject(with: $0, options: .fragmentsAllowed) }
        }
        return Result(
            stage: stage, manifest: manifest, kept: kept, refused: refused, notes: notes,
            content: content.files)
    }
}

/// The source of the harness: reads records as they are.
struct Given: Stage {
    static let description = StageDescription(
        name: "given", version: 1, role: .source, summary: "Reads a test's records.",
        method: "As they are.", cost: "None.")

    private let path: String

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        path = settings.optionalPath("path", help: "The file.") ?? ""
    }

    func dependencies() throws(Fault) -> [StageDependency] { [try .file(path)] }

    func steps(_ graph: inout StepGraph) throws(Fault) {
        _ = graph.read("given") { _, sink throws(Fault) in
            var reader = try LineReader(path: path)
            try await sink.append { () throws(Fault) -> LineBlock? in
                var block = LineBlock()
                return try reader.read(into: &block, rows: 100) ? block : nil
            } work: { (block: LineBlock) throws(Fault) in
                try Self.items(block)
            } rows: {
                BlockResult(items: $0)
            }
        }
    }

    private static func items(_ block: LineBlock) throws(Fault) -> [BlockResult.Item] {
        var parser = RecordParser()
        var items: [BlockResult.Item] = []
        for line in block.lines {
            let record = try block.withBytes(of: line) { bytes, readable throws(Fault) in
                try parser.parse(bytes, readable: readable)
            }
            items.append(.input(record, note: nil))
        }
        return items
    }
}

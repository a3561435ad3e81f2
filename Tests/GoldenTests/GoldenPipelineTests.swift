import Foundation
import Pipeline
import Records
import Stages
import Store
import Testing

/// Whole pipelines on small inputs, compared file by file with what is committed.
///
/// A case is a folder in `Cases` with `pipeline.yaml`, its inputs, and `expected/`. After a change
/// that is meant to change the output, run once with `CURATE_RECORD=1`: the files are written anew
/// and the test fails, so that a recording never passes unseen; then look at the difference.
struct GoldenPipelineTests {
    static let cases = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Cases")

    @Test(arguments: ["filter-only"])
    func `the pipeline gives what is committed`(name: String) async throws {
        let folder = Self.cases.appendingPathComponent(name)
        let out = FileManager.default.temporaryDirectory
            .appendingPathComponent("curate-golden-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: out) }
        let plan = try PipelinePlan.read(
            folder.appendingPathComponent("pipeline.yaml").path, catalogue: Stages.catalogue)
        let workspace = Workspace(root: out.path, pipeline: plan.file.name)
        let store = try WorkspaceStore(path: workspace.storePath)
        let runner = Runner(
            plan: plan, workspace: workspace, stores: store.stores, options: RunOptions(jobs: 2))
        let report = try await runner.run()
        try store.close()

        var actual: [String: Data] = [:]
        for stage in report.stages {
            let manifest = try #require(Manifest.read(folder: stage.folder))
            let number = (stage.folder as NSString).lastPathComponent
            // A table's bytes are those of the Zstandard that is installed; its rows are those of
            // the JSON lines beside it, as StagesTests holds.
            for file in manifest.allFiles
            where !file.path.hasSuffix(".npy") && !file.path.hasSuffix(".parquet") {
                actual["\(number)/\(file.path)"] = try Data(
                    contentsOf: URL(fileURLWithPath: "\(stage.folder)/\(file.path)"))
            }
        }
        try compare(actual, with: folder.appendingPathComponent("expected"))
    }

    private func compare(_ actual: [String: Data], with expected: URL) throws {
        if ProcessInfo.processInfo.environment["CURATE_RECORD"] != nil {
            try? FileManager.default.removeItem(at: expected)
            for (path, data) in actual {
                let file = expected.appendingPathComponent(path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try data.write(to: file)
            }
            Issue.record("recorded \(actual.count) files: look at them, then run again without")
            return
        }
        let known = try FileManager.default.subpathsOfDirectory(atPath: expected.path).filter {
            var isFolder: ObjCBool = false
            let path = expected.appendingPathComponent($0).path
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }
        #expect(known.sorted() == actual.keys.sorted())
        for path in known.sorted() {
            let wanted = try Data(contentsOf: expected.appendingPathComponent(path))
            guard let got = actual[path], got != wanted else { continue }
            Issue.record("\(path) differs:\n\(difference(wanted, got))")
        }
    }

    /// The first lines that differ, unchanged ones folded away.
    private func difference(_ wanted: Data, _ got: Data) -> String {
        let wanted = String(decoding: wanted, as: UTF8.self).components(separatedBy: "\n")
        let got = String(decoding: got, as: UTF8.self).components(separatedBy: "\n")
        let changes = got.difference(from: wanted).prefix(20).map { change in
            switch change {
            case .insert(let line, let text, _): "+\(line + 1): \(text)"
            case .remove(let line, let text, _): "-\(line + 1): \(text)"
            }
        }
        return changes.joined(separator: "\n")
    }
}

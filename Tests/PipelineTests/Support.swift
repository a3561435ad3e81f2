import Foundation
import Pipeline
import Records
import Store
import Testing

/// A folder of its own for one test, removed when the test ends.
final class TemporaryFolder {
    let path: String
    private let isOwned: Bool

    /// A folder that somebody else removes.
    init(at path: String) {
        self.path = path
        isOwned = false
    }

    init() throws {
        isOwned = true
        path = NSTemporaryDirectory() + "curate-test-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { if isOwned { try? FileManager.default.removeItem(atPath: path) } }

    func write(_ text: String, to name: String) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// Makes `rows` records.
struct Count: Stage {
    static let description = StageDescription(
        name: "count", version: 1, role: .source, summary: "Makes records.", method: "Counts.",
        cost: "None.", refusals: [.init("odd_one_out", "Every hundredth row.")])
    let rows: Int

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        rows = settings.integer("rows", 10, in: 0...1_000_000, help: "How many.")
    }

    func steps(_ graph: inout StepGraph) throws(Fault) {
        _ = graph.read("count") { _, sink throws(Fault) in
            var next = 0
            try await sink.append { () throws(Fault) -> Range<Int>? in
                guard next < rows else { return nil }
                defer { next = min(rows, next + 700) }
                return next..<min(rows, next + 700)
            } work: { (range: Range<Int>) throws(Fault) in
                BlockResult(
                    items: range.map { number in
                        if number % 100 == 99 {
                            return .refused(id: "\(number)", Refusal("odd_one_out"))
                        }
                        return .input(
                            Record(id: "r\(number)", text: "row \(number)"), note: nil)
                    })
            } rows: {
                $0
            }
        }
    }
}

/// Refuses the rows whose id hashes below a share, and notes the hash of the others.
struct Thin: Stage {
    static let description = StageDescription(
        name: "thin", version: 1, role: .filter, summary: "Drops rows.", method: "By hash.",
        cost: "None.", writes: "thin", refusals: [.init("thinned", "Drawn.")])
    let share: Double

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        share = settings.number("share", 0.5, in: 0...1, help: "How many.")
    }

    func steps(_ graph: inout StepGraph) throws(Fault) {
        let total = graph.fold("count", initial: 0) { _ in { block in block.rows.count } }
        graph.mapRows("thin", total) { context, total in
            { row in
                var draws = context.draws(row.record.id)
                let unit = draws.unit()
                if unit < share { return .refuse("thinned", score: unit) }
                return Outcome(.keep, note: Array("[\(row.index),\(total)]".utf8))
            }
        }
    }
}

/// Adds a child behind every third row.
struct Breed: Stage {
    static let description = StageDescription(
        name: "breed", version: 1, role: .generator, summary: "Adds rows.", method: "Copies.",
        cost: "None.")

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("breed") { _ in
            { row in
                guard row.index % 3 == 0 else { return .keep }
                let id = RecordIdentifier.child(
                    of: row.record.id, stage: "breed", index: 0, text: row.record.text)
                return Outcome(
                    .keep, added: [Addition(Record(id: id, text: row.record.text + "!"))])
            }
        }
    }
}

/// A defect: forgets a row.
struct Lossy: Stage {
    static let description = StageDescription(
        name: "lossy", version: 1, role: .filter, summary: "Loses a row.", method: "Badly.",
        cost: "None.")

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        _ = graph.map("lose", initial: NoSummary()) { _ in
            { block in (BlockResult(block.rows.dropLast().map { _ in .keep }), NoSummary()) }
        }
    }
}

/// Needs what nobody gives.
struct Needy: Stage {
    static let description = StageDescription(
        name: "needy", version: 1, role: .filter, summary: "Needs vectors.", method: "None.",
        cost: "None.", reads: ["embeddings"])

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) { graph.keepAll() }
}

/// Publishes a file that lies somewhere.
struct Offer: Stage {
    static let description = StageDescription(
        name: "offer", version: 1, role: .reporter, summary: "Publishes.", method: "Copies.",
        cost: "None.")
    let file: String
    let name: String

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        file = settings.optionalString("file", help: "Which.") ?? ""
        name = settings.string("as", "offer.txt", help: "Its name there.")
    }

    func dependencies() throws(Fault) -> [StageDependency] { [try .file(file)] }

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.keepAll()
        graph.finish { output throws(Fault) in
            try output.write(Array(try TextFile.read(file).utf8), to: name, isPublished: true)
        }
    }
}

let catalogue = Catalogue([
    Count.self, Thin.self, Breed.self, Lossy.self, Needy.self, Offer.self,
])

/// Runs a pipeline given as text in `folder`.
func run(
    _ yaml: String, in folder: TemporaryFolder, jobs: Int = 2, overrides: [String] = [],
    stop: StopFlag = StopFlag(), observe: @escaping @Sendable (RunEvent) -> Void = { _ in },
    options: (inout RunOptions) -> Void = { _ in }
) async throws -> RunReport {
    let plan = try PipelinePlan.parse(
        yaml: yaml, path: "test.yaml", overrides: try overrides.map { try Override($0) },
        catalogue: catalogue)
    let workspace = Workspace(root: folder.path, pipeline: plan.file.name)
    let store = try WorkspaceStore(path: workspace.storePath)
    var chosen = RunOptions(jobs: jobs)
    options(&chosen)
    let runner = Runner(
        plan: plan, workspace: workspace, stores: store.stores, options: chosen, stop: stop,
        observe: observe)
    do {
        let report = try await runner.run()
        try store.close()
        return report
    } catch {
        try store.close()
        throw error
    }
}

/// All lines of a stage's records and sidecars, shards joined, and its refusals.
func content(of stage: StageReport) throws -> [String: String] {
    let manifest = try #require(Manifest.read(folder: stage.folder))
    func text(_ path: String) throws -> String {
        String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: "\(stage.folder)/\(path)")),
            as: UTF8.self)
    }
    var result = ["records": try manifest.records.map { try text($0.path) }.joined()]
    result["refused"] = try manifest.refused.map { try text($0.path) }.joined()
    for shard in manifest.shards {
        for (name, file) in shard.sidecars { result[name, default: ""] += try text(file.path) }
    }
    if !manifest.vectors.isEmpty {
        let matrix = try Dataset.open(folder: stage.folder).embeddings()
        result["embeddings"] = (0..<matrix.rows).map { row in
            matrix.withRow(row) { $0.map { "\($0)" }.joined(separator: " ") }
        }.joined(separator: "\n")
    }
    return result
}

import Foundation
import Pipeline
import Records
import Store
import Testing

/// Adds rows behind all others, one for each that it has seen.
private struct Append: Stage {
    static let description = StageDescription(
        name: "append", version: 1, role: .generator, summary: "Adds rows.", method: "Counts.",
        cost: "None.", writes: "append")
    let rows: Int

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        rows = settings.integer("rows", 10, in: 0...100_000, help: "How many.")
    }

    func steps(_ graph: inout StepGraph) throws(Fault) {
        let seen = graph.fold("count", initial: 0) { _ in { block in block.rows.count } }
        graph.mapRows("note") { _ in { _ in Outcome(.keep, note: Array("1".utf8)) } }
        let _: StepValue<Int> = graph.append("append", seen) { _, seen in
            let new = (0..<rows).map {
                Addition(Record(id: "new\($0)", text: "\(seen)"), note: Array("2".utf8))
            }
            return (new, seen)
        }
    }
}

/// Reads the sidecar that a setting names, and refuses the rows without a line in it.
private struct Ask: Stage {
    static let description = StageDescription(
        name: "ask", version: 1, role: .filter, summary: "Reads a sidecar.", method: "As named.",
        cost: "None.", refusals: [.init("silent", "No note.")])
    let by: String
    var reads: [String] { [by] }

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        by = settings.string("by", "thin", help: "Which.")
    }

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("ask") { _ in { row in row.note(by) == nil ? .refuse("silent") : .keep } }
    }
}

/// Notes what the run gives to its stages.
private struct Visit: Stage {
    static let description = StageDescription(
        name: "visit", version: 1, role: .annotator, summary: "Looks round.", method: "Asks.",
        cost: "None.")

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.keepAll()
        graph.finish { output throws(Fault) in
            let context = output.context
            let first = try context.shared("visitor") { () throws(Fault) in context.stage }
            let (here, other) = (context.endpoint(named: "here"), context.endpoint(named: "x"))
            output.note("\(first) \(here ?? "-") \(other ?? "-")")
        }
    }
}

private let more = Catalogue(
    catalogue.stages + [Append.self, Ask.self, Visit.self] as [any Stage.Type])

private func runMore(
    _ yaml: String, in folder: TemporaryFolder, jobs: Int = 2, shardRows: Int = 65_536,
    endpoints: [String: String] = [:]
) async throws -> RunReport {
    let plan = try PipelinePlan.parse(
        yaml: yaml, path: "test.yaml", overrides: [try Override("run.shard_rows=\(shardRows)")],
        catalogue: more)
    let store = try WorkspaceStore(path: "\(folder.path)/curate.sqlite")
    defer { try? store.close() }
    return try await Runner(
        plan: plan, workspace: Workspace(root: folder.path, pipeline: "test"), stores: store.stores,
        options: RunOptions(jobs: jobs, endpoints: endpoints)
    ).run()
}

struct StageContextTests {
    @Test func `rows that hang on no other come last and are counted as added`() async throws {
        let yaml = """
            name: test
            stages: [{use: count, rows: 2000}, {use: append, rows: 300}]
            """
        var seen: [[String: String]] = []
        for (jobs, shardRows) in [(1, 65_536), (2, 7), (3, 1_000)] {
            let folder = try TemporaryFolder()
            let report = try await runMore(yaml, in: folder, jobs: jobs, shardRows: shardRows)
            let counts = report.stages[1].counts
            #expect(counts.isConserved)
            #expect((counts.input, counts.added, counts.kept) == (1_980, 300, 2_280))
            seen.append(try content(of: report.stages[1]))
        }
        #expect(seen[0] == seen[1] && seen[1] == seen[2])
        let lines = try #require(seen[0]["records"]).split(separator: "\n")
        #expect(lines.count == 2_280)
        #expect(lines[1_979].contains(#""id":"r1998""#))
        #expect(lines[1_980].contains(#""id":"new0""#) && lines[1_980].contains(#""text":"1980""#))
        let notes = try #require(seen[0]["append"]).split(separator: "\n")
        #expect(
            notes.prefix(1_980).allSatisfy { $0 == "1" }
                && notes.suffix(300).allSatisfy { $0 == "2" })
    }

    @Test func `rows can be added to an empty dataset`() async throws {
        let folder = try TemporaryFolder()
        let report = try await runMore(
            "name: test\nstages: [{use: count, rows: 0}, {use: append, rows: 3}]", in: folder)
        #expect(report.stages[1].counts.kept == 3)
    }

    @Test func `a setting may name the sidecar that a stage reads, and the chain is checked`()
        async throws
    {
        let folder = try TemporaryFolder()
        let report = try await runMore(
            "name: test\nstages: [{use: count, rows: 50}, append, {use: ask, by: append}]",
            in: folder)
        #expect(report.stages[2].counts.kept == 60)
        #expect {
            _ = try PipelinePlan.parse(
                yaml: "stages: [count, append, {use: ask, by: thin}]", path: "p.yaml",
                catalogue: more)
        } throws: { error in
            "\(error)".contains("`ask` needs `thin`")
        }
    }

    @Test func `stages share what the first one made, and find services by name`() async throws {
        let folder = try TemporaryFolder()
        let report = try await runMore(
            "name: test\nstages: [count, {use: visit, name: a}, {use: visit, name: b}]",
            in: folder, endpoints: ["here": "http://127.0.0.1:1/v1"])
        #expect(report.stages[1].notes == ["a http://127.0.0.1:1/v1 -"])
        #expect(report.stages[2].notes == ["a http://127.0.0.1:1/v1 -"])
    }
}

import Pipeline
import Records
import Testing

struct HarnessTests {
    @Test func `records given to the harness come out as they were`() async throws {
        let records = [Record(id: "a", text: "x"), Record(id: "b", text: "\u{2028}")]
        let run = try await StageHarness(records).run("")
        #expect(try run.last.kept == records)
    }

    @Test func `a stage that looks at how rows are cut breaks the law of shards`() async throws {
        let records = (0..<20).map { Record(id: "r\($0)", text: "text") }
        // The law has to find this stage: without an issue to find, `withKnownIssue` fails.
        try await withKnownIssue("the stage looks at how its rows are cut") {
            try await StageHarness(records).checkShardCuts(
                "- use: shard-sizes", more: [ShardSizes.self])
        } matching: {
            $0.comments.contains { $0.rawValue.contains("shards of ") }
        }
    }
}

/// Notes beside each row how many rows were looked at with it.
private struct ShardSizes: Stage {
    static let description = StageDescription(
        name: "shard-sizes", version: 1, role: .annotator, summary: "Counts rows of blocks.",
        method: "Counting.", cost: "None.", writes: "shard-sizes")

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        _ = graph.mapLocally("sizes", initial: NoSummary()) { _ in
            BlockTask { block in
                let note = Array("{\"rows\":\(block.rows.count)}".utf8)
                return (
                    BlockResult(block.rows.map { _ in Outcome(.keep, note: note) }), NoSummary()
                )
            }
        }
    }
}

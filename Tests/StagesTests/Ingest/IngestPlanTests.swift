import Foundation
import Pipeline
import Records
import Stages
import Testing

struct IngestPlanTests {
    let harness: StageHarness

    init() throws { harness = try StageHarness() }

    private func plan(_ sources: String, head: String = "") throws -> StagePlan {
        let yaml = "name: test\n\(head)\nsources:\n\(sources)\nstages: [{use: ingest}]\n"
        let plan = try PipelinePlan.parse(
            yaml: yaml, path: "\(harness.folder)/test.yaml", catalogue: Stages.catalogue)
        return try #require(plan.steps.first).stage.plan(PlanInput(rows: nil))
    }

    @Test func `rows of all sources are counted, and the first good row is the example`() throws {
        _ = try harness.write(
            "{broken\n\n{\"text\":\"  \"}\n{\"text\":\"hi\",\"label\":\"spam\"}\n{\"text\":\"b\"}",
            to: "a.jsonl")
        _ = try harness.write("id,text\n1,\"two\nlines\"\n2,x\n", to: "b.csv")
        _ = try harness.write("one\n \ntwo\n", to: "c.txt")
        let found = try plan("- {path: a.jsonl}\n- {path: b.csv}\n- {path: c.txt}")
        #expect(found.rows == 4 + 2 + 2)
        let example = try #require(found.example)
        #expect(example.text == "hi" && example.labels == Labels(["spam": true]))
        #expect(example.id == RecordIdentifier.derived(source: "a", content: "hi"))
    }

    @Test func `the limit bounds the rows, and an empty source has none`() throws {
        let rows = (0..<5_000).map { "{\"id\":\($0),\"text\":\"x\"}\n" }.joined()
        _ = try harness.write(rows, to: "a.jsonl")
        #expect(try plan("- {path: a.jsonl}").rows == 5_000)
        #expect(try plan("- {path: a.jsonl}", head: "run: {limit: 7}").rows == 7)
        _ = try harness.write("", to: "none.jsonl")
        let none = try plan("- {path: none.jsonl}")
        #expect(none.rows == 0 && none.example == nil)
    }

    @Test func `a packed source has the rows of the unpacked one`() throws {
        // Three lines, packed with gzip -9 and without a name.
        let base64 =
            "H4sIAAAAAAACA6tWykxRslJKVNJRKkmtKAEy"
            + "K5RquaohoklYRZNRRQHlEmTeQgAAAA=="
        let packed = try #require(Data(base64Encoded: base64))
        _ = try harness.write(packed, to: "rows.jsonl.gz")
        let found = try plan("- {path: rows.jsonl.gz}")
        #expect(found.rows == 3 && found.example?.id == "a")
    }
}

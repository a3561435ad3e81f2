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

    @Test func `a sample is all of few rows, and evenly spread rows of many`() throws {
        let few = "{\"text\":\"a\"}\n{broken\n\n{\"text\":\"b\",\"label\":\"spam\"}\n"
        _ = try harness.write(few, to: "few.jsonl")
        let all = try #require(try plan("- {path: few.jsonl}").sample)
        #expect(all.rows == 3 && all.records.map(\.text) == ["a", "b"])
        let rows = (0..<30_000).map {
            "{\"text\":\"\($0)\",\"label\":\"\($0 < 9_000 ? "a" : "")\"}\n"
        }
        _ = try harness.write(rows.joined(), to: "many.jsonl")
        for limit in [10, 999, 1_001, 12_345, 30_000] {
            let found = try plan("- {path: many.jsonl}", head: "run: {limit: \(limit)}")
            let sample = try #require(found.sample)
            #expect(found.rows == limit && sample.records.count == sample.rows)
            #expect(sample.rows <= 1_000 && sample.rows >= min(limit, 500))
            let numbers = sample.records.compactMap { Int($0.text) }
            let gaps = Set(zip(numbers, numbers.dropFirst()).map { $1 - $0 })
            #expect(gaps.count == 1 && numbers.first == 0 && (numbers.last ?? 0) < limit)
        }
        let sample = try #require(try plan("- {path: many.jsonl}").sample)
        let share = Double(sample.records.count { $0.labels.isEmpty }) / Double(sample.rows)
        #expect(abs(share - 0.7) < 0.01)
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

import Foundation
import Pipeline
import Records
import Testing

/// Which rows stay, what stands for the others, and what is said when too few stay.
struct DedupeGroupsTests {
    private let words = """
        please send the signed form to our office by friday at noon because the manager wants to
        read every page of it again before anybody else in this large building gets a copy of what
        was agreed upon
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    private func record(
        _ id: String, _ text: String, _ labels: [String: Bool] = [:], set: String? = nil,
        template: String? = nil
    ) -> Record {
        Record(
            id: id, text: text, labels: Labels(labels),
            provenance: Provenance(setID: set, template: template))
    }

    private func beginning(_ count: Int) -> String { words.prefix(count).joined(separator: " ") }

    private func notes(_ result: StageHarness.Result, _ key: String) -> [String?] {
        (result.notes["dedupe"] ?? []).map { ($0 as? [String: Any])?[key] as? String }
    }

    @Test func `a row is not refused for a chain of rows that are alike`() async throws {
        let records = [
            record("a", beginning(36)), record("b", beginning(22)), record("c", beginning(13)),
        ]
        let last = try await StageHarness(records).run("- {use: dedupe}").last
        #expect(last.kept.map(\.id) == ["a", "c"])
        #expect(last.refused["b"]?.matched == "a")
        #expect(notes(last, "group") == ["a", "a"])
    }

    @Test func `annotate refuses nothing and names the row that would stay`() async throws {
        let records = [
            record("a", beginning(30)), record("b", beginning(30).uppercased()),
            record("c", beginning(24)), record("d", "something else altogether for lunch today"),
        ]
        let last = try await StageHarness(records).run("- {use: dedupe, action: annotate}").last
        #expect(last.kept.count == 4)
        #expect(notes(last, "cluster") == ["a", "a", "a", "d"])
        #expect(notes(last, "match") == [nil, "duplicate_exact", "duplicate_near", nil])
        #expect(last.manifest.gates.isEmpty)
        try await StageHarness(records).checkShardCuts("- {use: dedupe, action: annotate}")
    }

    @Test func `an exact copy of a refused row names the row that is kept`() async throws {
        let records = [
            record("a", beginning(30)), record("b", beginning(24)), record("c", beginning(24)),
        ]
        let last = try await StageHarness(records).run("- {use: dedupe}").last
        #expect(last.refused["c"]?.matched == "a")
        #expect(last.refused["c"]?.reason == "duplicate_near")
    }

    @Test func `members of contrast sets stay, and the other rows go in their favour`()
        async throws
    {
        let records = [
            record("a", beginning(30)), record("s1", beginning(30), set: "s"),
            record("s2", beginning(28), set: "s"), record("t1", beginning(30), set: "t"),
            record("b", beginning(28)),
        ]
        let harness = try StageHarness(records)
        let last = try await harness.run("- {use: dedupe}").last
        #expect(last.kept.map(\.id) == ["s1", "s2", "t1"])
        #expect(last.refused["a"]?.matched == "s1")
        #expect(last.refused["b"]?.matched == "s2")
        let apart = try await harness.run("- {use: dedupe, contrast_sets: apart}").last
        #expect(apart.refused["t1"] != nil)
        try await harness.checkShardCuts("- {use: dedupe}")
    }

    @Test func `rows of one template on different subjects stay`() async throws {
        let subjects = ["Muslim", "Christian", "Jewish", "Black", "Asian", "gay", "old", "young"]
        let records = subjects.enumerated().map { number, subject in
            record("r\(number)", "I met \(subject) people at " + beginning(20), template: "t")
        }
        let harness = try StageHarness(records)
        #expect(try await harness.run("- {use: dedupe}").last.refused.isEmpty)
        let plain = try await harness.run("- {use: dedupe, near: {edits_only: false}}").last
        #expect(plain.refused.count == subjects.count - 1)
    }

    @Test func `a category, source or template that loses nearly all its texts fails a gate`()
        async throws
    {
        let records = (0..<30).map {
            record("r\($0)", "number \($0) is " + beginning(20), ["spam": true], template: "t")
        }
        let harness = try StageHarness(records)
        let plain = try await harness.run("- {use: dedupe, near: {edits_only: false}}").last
        let gate = try #require(plain.manifest.gates.first { $0.name == "kept" })
        #expect(!gate.passed)
        #expect(gate.detail.contains("category spam keeps 1 of 30 different texts"))
        #expect(gate.detail.contains("template t keeps 1 of 30"))
        let guarded = try await harness.run("- {use: dedupe}").last
        #expect(guarded.manifest.gates.first { $0.name == "kept" }?.passed == true)
        let off = try await harness.run(
            "- {use: dedupe, least_kept: 0, near: {edits_only: false}}"
        ).last
        #expect(off.manifest.gates.isEmpty)
        // Copies of one text are no loss.
        let copies = (0..<100).map { record("c\($0)", "the same text for all", ["spam": true]) }
        let exact = try await StageHarness(copies).run("- {use: dedupe}").last
        #expect(exact.kept.count == 1)
        #expect(exact.manifest.gates.allSatisfy { $0.passed })
    }
}

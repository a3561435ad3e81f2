import Foundation
import Pipeline
import Records
import Testing

struct ScanTests {
    private func example() throws -> (harness: StageHarness, folder: String) {
        let harness = try StageHarness([
            Record(id: "a", text: "FREE money, click here!"),
            Record(id: "b", text: "See you at six"),
            Record(id: "c", text: "\u{200B}free\u{A0}MONEY \u{202E}{{ x }}"),
        ])
        _ = try harness.write("0.5\tfree money\n0.6\tclick here\n", to: "words/spam.tsv")
        _ = try harness.write("0.3\tsix\n", to: "words/other.tsv")
        return (harness, "\(harness.folder)/words")
    }

    @Test func `the worked example`() async throws {
        let (harness, folder) = try example()
        let noted = try await harness.run("- {use: scan, lexicons: '\(folder)'}").last
        let notes = try #require(noted.notes["scan"] as? [[String: Any]])
        #expect(
            notes.map { $0["risk"] as? Double } == [0.8, 0.3, 0.5].map { Optional($0) }
                || zip(notes, [0.8, 0.3, 0.5]).allSatisfy {
                    abs(($0["risk"] as? Double ?? -1) - $1) < 1e-12
                })
        #expect((notes[1]["categories"] as? [String: Double])?["spam"] == 0)
        let refused = try await harness.run(
            "- {use: scan, lexicons: '\(folder)', action: refuse, threshold: 0.8}"
        ).last
        #expect(refused.refused.mapValues(\.reason) == ["a": "risk_above"])
        let only = try await harness.run(
            "- {use: scan, lexicons: '\(folder)', action: keep_only, threshold: 0.4, "
                + "categories: [spam]}"
        ).last
        #expect(only.refused.mapValues(\.reason) == ["b": "risk_below"])
    }

    @Test func `threads and shards change no byte, and no rows are fine`() async throws {
        let records = (0..<90).map {
            Record(id: "\($0)", text: $0 % 3 == 0 ? "I will hurt you \($0)" : "Tea at \($0)?")
        }
        try await StageHarness(records).checkShardCuts("- {use: scan, action: refuse}")
        #expect(try await StageHarness().run("- {use: scan}").last.kept.isEmpty)
    }

    @Test func `faults of settings and folders`() async throws {
        let (harness, folder) = try example()
        for stage in [
            "{use: scan, threshold: 2, akshun: refuse}", "{use: scan, lexicons: /nowhere}",
            "{use: scan, lexicons: '\(folder)', categories: [nothing]}",
        ] {
            let fault = try #require(
                await #expect(throws: Fault.self) { _ = try await harness.run("- \(stage)") })
            #expect(fault.kind == .configuration)
        }
    }

    @Test func `aliases take the largest risk, or the smallest where all must speak`() async throws
    {
        let harness = try StageHarness([
            Record(id: "a", text: "alpha"), Record(id: "b", text: "alpha beta"),
        ])
        _ = try harness.write("0.5\talpha\n", to: "lexicons/own/one.tsv")
        _ = try harness.write("0.7\tbeta\n", to: "lexicons/own/two.tsv")
        _ = try harness.write(
            """
            taxonomies:
              t:
                categories: {any: [one, two], both: [], none: []}
                all_of: {both: [one, two]}
            """, to: "lexicons/aliases.yaml")
        let result = try await harness.run(
            "- {use: scan, lexicons: '\(harness.folder)/lexicons/own'}",
            head: "taxonomy: {name: t, categories: [{id: any}, {id: both}, {id: none}]}"
        ).last
        let risks = try #require(result.notes["scan"] as? [[String: Any]]).map {
            $0["categories"] as? [String: Double] ?? [:]
        }
        #expect(risks[0] == ["any": 0.5, "both": 0])
        #expect(abs((risks[1]["any"] ?? 0) - 0.7) < 1e-12)
        #expect(risks[1]["both"] == 0.5 && risks[1]["none"] == nil)
    }

    @Test func `our positives score high and our innocuous texts low`() async throws {
        let home = ResourceFolder.find()
        let head = """
            taxonomy: \(home)/pipelines/taxonomies/moderation-18.yaml
            sources:
            - {path: '\(home)/corpora/moderation-18', name: corpus}
            - {path: '\(home)/corpora/innocuous.jsonl'}
            """
        let harness = try StageHarness()
        let run = try await harness.run(
            "- {use: ingest}\n- {use: scan}", head: head, givesRecords: false)
        let result = try run.last
        let notes = try #require(result.notes["scan"] as? [[String: Any]])
        var high = (positive: 0, innocuous: 0)
        var all = (positive: 0, innocuous: 0)
        for (record, note) in zip(result.kept, notes) {
            let isHigh = (note["risk"] as? Double ?? 0) >= 0.5
            if record.id.hasPrefix("innocuous") {
                all.innocuous += 1
                high.innocuous += isHigh ? 1 : 0
            } else if !record.labels.positives.isEmpty {
                all.positive += 1
                high.positive += isHigh ? 1 : 0
            }
        }
        #expect(all.innocuous >= 300 && all.positive >= 400)
        #expect(high.innocuous * 20 <= all.innocuous)
        #expect(high.positive * 2 >= all.positive)
    }
}

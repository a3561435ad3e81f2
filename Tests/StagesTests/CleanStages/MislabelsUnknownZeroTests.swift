import Foundation
import Pipeline
import Records
import Testing

@testable import StageKit

/// What mislabels does where no 0 is known.
struct MislabelsUnknownZeroTests {
    private let stages = "- use: given-vectors\n- {use: mislabels"

    private func flagged(_ result: StageHarness.Result) -> Set<String> {
        let notes = (result.notes["mislabels"] ?? []).map { $0 as? [String: Any] ?? [:] }
        return Set(
            zip(result.kept, notes).filter { ($0.1["flags"] as? [String])?.isEmpty == false }
                .map(\.0.id))
    }

    @Test func `one class a row is judged against the other classes without a taxonomy`()
        async throws
    {
        let made = Clouds.many(150, categories: 3, wrong: 4)
        let result = try await StageHarness(made.records).run(stages + "}").last
        #expect(flagged(result).isSubset(of: made.wrong) && flagged(result).count >= 3)
        #expect(result.manifest.notes.contains { $0.contains("`single_label: false`") })
        #expect(!result.manifest.notes.contains { $0.contains("too few rows") })
    }

    @Test func `otherwise the reason is that no 0 is known, with what to do`() async throws {
        let made = Clouds.many(150, categories: 3, wrong: 0)
        let result = try await StageHarness(made.records).run(
            stages + ", single_label: false}"
        ).last
        #expect(flagged(result).isEmpty)
        let note = try #require(
            result.manifest.notes.first { $0.hasPrefix("no 0 is known, so not judged: c0, c1, c2") }
        )
        #expect(note.contains("`single_label: true`") && note.contains("`unlisted: zero`"))
        #expect(!result.manifest.notes.contains { $0.contains("too few rows") })
        let data = try #require(result.content["summary.json"])
        let summary = try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]]
        #expect(summary?["c0"]?["unsupported_because"] as? String == "no_known_zero")
    }

    @Test func `a setting that is given already is not advised`() async throws {
        var records = Clouds.many(60, categories: 2, wrong: 0).records
        for row in records.indices { records[row].labels = Labels(["only": true]) }
        let result = try await StageHarness(records).run(stages + ", single_label: true}").last
        #expect(!result.manifest.notes.contains { $0.contains("`single_label: true`") })
        #expect(!SingleLabelSetting.remedy(isSingleLabel: true).contains("single_label"))
    }

    @Test func `too few rows stay too few rows, and a missing 1 is named`() async throws {
        var records = Clouds.two(60, wrong: 0).records
        for row in 0..<4 { records[row].labels["rare"] = true }
        for row in records.indices { records[row].labels["never"] = false }
        let result = try await StageHarness(records).run(stages + "}").last
        #expect(result.manifest.notes.contains("too few rows to judge: rare"))
        #expect(result.manifest.notes.contains("no 1 is known, so not judged: never"))
    }
}

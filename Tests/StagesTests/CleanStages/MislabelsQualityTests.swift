import Records
import Testing

@testable import CleanStages

struct MislabelsQualityTests {
    private func notes(
        _ records: [Record], _ settings: String = ""
    ) async throws -> [[String: Any]] {
        let result = try await StageHarness(records)
            .run("- use: given-vectors\n- {use: mislabels, flag: lowest\(settings)}").last
        return (result.notes["mislabels"] ?? []).map { $0 as? [String: Any] ?? [:] }
    }

    /// `spam` as the clouds lie, and `loud`, which goes with it in nine rows of ten.
    private var made: Clouds.Made {
        var made = Clouds.two(120, wrong: 3)
        for at in made.records.indices {
            let isSpam = made.records[at].labels["spam"] == true
            made.records[at].labels["loud"] = at % 10 == 0 ? !isSpam : isSpam
        }
        return made
    }

    @Test func `a row's quality follows its labels, by each of cleanlab's scores`() async throws {
        let (records, wrong) = (made.records, made.wrong)
        for settings in [
            "", ", quality: normalized_margin, quality_adjusted: true",
            ", quality: confidence_weighted_entropy", ", row_quality: soft_minimum",
        ] {
            let found = try await notes(records, settings)
            let qualities = zip(records, found).compactMap { record, note in
                (note["quality"] as? Double).map { (value: $0, isWrong: wrong.contains(record.id)) }
            }
            #expect(qualities.count == records.count)
            #expect(qualities.allSatisfy { (0...1).contains($0.value) })
            let right = qualities.filter { !$0.isWrong }.map(\.value).sorted()
            let worst = qualities.filter(\.isWrong).map(\.value).max() ?? 1
            #expect(worst < right[right.count / 2], "\(settings)")
        }
    }

    @Test func `of a single label the quality is the chance of that label`() async throws {
        let made = Clouds.two(120, wrong: 3)
        let found = try await notes(made.records)
        for (record, note) in zip(made.records, found) {
            let quality = try #require(note["quality"] as? Double)
            #expect((quality < 0.5) == made.wrong.contains(record.id))
            let scores = try #require(note["scores"] as? [String: Double])
            #expect(abs(quality - (1 - (scores["spam"] ?? 0))) < 2e-6)
        }
    }

    @Test func `folds are told, and a row without a known label has no quality`() async throws {
        var records = made.records
        records[7].labels = Labels()
        let found = try await notes(records, ", folds: 4")
        #expect(Set(found.compactMap { $0["fold"] as? Int }) == [0, 1, 2, 3])
        #expect(found.allSatisfy { $0["fold"] is Int })
        #expect(found[7]["quality"] is Double == false)
        #expect(found.count { $0["quality"] is Double } == records.count - 1)
    }
}

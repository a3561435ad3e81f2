import Foundation
import Pipeline
import Records
import Testing
import Vectors

@testable import ShowStages

/// Groups of test rows beside the others.
struct GroupFiguresTests {
    /// Noisy rows of two languages and two sources; in one language labels are chance.
    private func records(_ count: Int, seed: UInt64) -> [Record] {
        EvaluateSamples.noisy(count, seed: seed).enumerated().map { number, record in
            var (record, draws) = (record, CounterRNG(seed: seed, purpose: "group", id: record.id))
            let isHard = draws.chance(0.4)
            if isHard { record.labels["spam"] = draws.chance(0.4) }
            let metadata = String(decoding: record.metadata.dropLast(), as: UTF8.self)
            record.metadata = Array("\(metadata),\"lang\":\"\(isHard ? "xx" : "yy")\"}".utf8)
            return record
        }
    }

    private func evaluate(
        _ records: [Record], _ groups: String
    ) async throws -> (result: StageHarness.Result, metrics: Evaluation) {
        let last = try await StageHarness(records).run(
            EvaluateSamples.chain + "- {use: evaluate, resamples: 0, groups: \(groups)}"
        ).last
        let data = try #require(last.content["metrics.json"])
        return (last, try JSONDecoder().decode(Evaluation.self, from: data))
    }

    @Test(arguments: 0..<3 as Range<UInt64>)
    func `the group that a model fails on comes first and is named`(seed: UInt64) async throws {
        let records = records(1_000, seed: seed)
        let (result, metrics) = try await evaluate(records, "[metadata.lang, metadata.none]")
        let spam = try #require(metrics.categories.first { $0.category == "spam" })
        let figures = try #require(spam.groups?.first)
        #expect(spam.groups?.count == 1 && figures.by == "metadata.lang")
        #expect(figures.groups.map(\.name) == ["xx", "yy"])
        let worst = figures.groups[0]
        #expect(worst.excess > 3 && worst.excess == -figures.groups[1].excess)
        #expect((worst.subgroupAUC ?? 1) < (figures.groups[1].subgroupAUC ?? 0))
        #expect(figures.falsePositiveDifferences.groups == 2)
        #expect(
            figures.falsePositiveDifferences.sum == 2 * figures.falsePositiveDifferences.mean)
        let test = spam.test
        #expect(figures.groups.map(\.rows).reduce(0, +) == test.positives + test.negatives)
        #expect(worst.examples.count == min(10, worst.wrong))
        let hard = Set(
            records.filter { String(decoding: $0.metadata, as: UTF8.self).contains("xx") }
                .map(\.id))
        #expect(hard.isSuperset(of: worst.examples))
        #expect(result.manifest.notes.contains { $0.contains("the metadata.lang `xx`") })
    }

    @Test func `threads and shards never show`() async throws {
        try await StageHarness(records(160, seed: 4)).checkShardCuts(
            EvaluateSamples.chain + "- {use: evaluate, resamples: 0, minimum_support: 3, "
                + "groups: [source, language, metadata.lang]}")
    }

    @Test func `another name is a fault`() async throws {
        await #expect {
            _ = try await evaluate([], "[sources, metadata.]")
        } throws: { ($0 as? Fault)?.all.count == 2 }
    }
}

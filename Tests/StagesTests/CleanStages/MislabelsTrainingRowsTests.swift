import Foundation
import Pipeline
import Records
import Testing

@testable import CleanStages

/// More rows than models learn from: the others are judged row by row.
struct MislabelsTrainingRowsTests {
    private func flagged(_ result: StageHarness.Result) -> Set<String> {
        Set(
            zip(result.kept, result.notes["mislabels"] ?? []).filter { pair in
                ((pair.1 as? [String: Any])?["flags"] as? [String])?.isEmpty == false
            }.map(\.0.id))
    }

    private func suspects(_ result: StageHarness.Result) throws -> [[String: Any]] {
        try (result.content["suspects.jsonl"] ?? Data()).split(separator: UInt8(ascii: "\n")).map {
            try JSONSerialization.jsonObject(with: $0) as? [String: Any] ?? [:]
        }
    }

    private static let stages = "- use: given-vectors\n- {use: mislabels, training_rows: 1000}"

    @Test func `training rows are evenly spread, as many as asked for`() {
        for (rows, most) in [(10, 3), (1_000, 999), (7, 7), (5, 9), (0, 4), (123_457, 1_000)] {
            let training = TrainingRows(rows: rows, most: most)
            #expect(training.isAll == (rows <= most))
            let numbers = training.numbers
            #expect(numbers.count == min(rows, most))
            for (place, row) in numbers.enumerated() {
                #expect(training.place(of: Int(row)) == place)
            }
            let gaps = zip(numbers, numbers.dropFirst()).map { $1 - $0 }
            #expect((gaps.max() ?? 0) - (gaps.min() ?? 0) <= 1)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `errors are found among rows of one category each that nothing was learnt from`(
        seed: UInt64
    ) async throws {
        let made = Clouds.many(2_500, categories: 4, wrong: 30, seed: seed)
        let head = """
            taxonomy:
              name: t
              single_label: true
              categories: [{id: c0}, {id: c1}, {id: c2}, {id: c3}]
            """
        let harness = try StageHarness(made.records)
        let result = try await harness.run(Self.stages, head: head).last
        // Confident learning counts them a little low, from all rows as well.
        #expect(flagged(result).isSubset(of: made.wrong) && flagged(result).count >= 25)
        let lines = try suspects(result)
        #expect(lines.count == 2_500)
        #expect(Set(lines.prefix(30).compactMap { $0["id"] as? String }) == made.wrong)
        // Neighbours are named for training rows and others alike, and are training rows.
        let training = TrainingRows(rows: 2_500, most: 1_000)
        for line in lines.prefix(30) {
            let neighbours = line["neighbours"] as? [String] ?? []
            #expect(neighbours.count == 5)
            #expect(
                neighbours.allSatisfy { training.place(of: Int($0.dropFirst()) ?? 0) != nil })
        }
        #expect(
            result.manifest.notes.contains {
                $0.hasPrefix("models learnt from 1,000 rows of 2,500")
            })
    }

    @Test func `errors are found in one category, and in several that go together`() async throws {
        let one = Clouds.two(1_500, wrong: 15)
        let result = try await StageHarness(one.records).run(Self.stages).last
        #expect(flagged(result).isSubset(of: one.wrong) && flagged(result).count >= 12)
        #expect(
            Set(try suspects(result).prefix(15).compactMap { $0["id"] as? String }) == one.wrong)

        var several = Clouds.two(1_500, wrong: 15)
        for at in several.records.indices {
            several.records[at].labels["even"] = at % 2 == 0
        }
        // The other category of a row with an error looks wrong beside it.
        let first = try suspects(try await StageHarness(several.records).run(Self.stages).last)
            .prefix(30).compactMap { $0["id"] as? String }
        #expect(several.wrong.subtracting(first).count <= 1)
    }

    @Test func `a relative of a training row is judged by models that saw neither`() async throws {
        var made = Clouds.two(1_600, wrong: 0)
        // Every row is a variant of the one before it or the root of the one behind it.
        for at in made.records.indices where at % 2 == 1 {
            made.records[at].provenance.rootID = made.records[at - 1].id
            made.records[at].labels["spam"] = made.records[at - 1].labels["spam"]
        }
        let result = try await StageHarness(made.records).run(Self.stages).last
        let folds = (result.notes["mislabels"] ?? []).map {
            ($0 as? [String: Any])?["fold"] as? Int
        }
        #expect(folds.allSatisfy { $0 != nil })
        for at in stride(from: 0, to: 1_600, by: 2) { #expect(folds[at] == folds[at + 1]) }
    }

    @Test func `where all training rows belong together nothing is judged`() async throws {
        var made = Clouds.two(2_000, wrong: 0)
        let training = TrainingRows(rows: 2_000, most: 1_000)
        for at in made.records.indices where training.place(of: at) != nil {
            made.records[at].provenance.rootID = "root"
        }
        let result = try await StageHarness(made.records).run(Self.stages).last
        #expect(result.kept.count == 2_000 && flagged(result).isEmpty)
    }

    @Test func `whatever the shards, threads and rule, the same bytes`() async throws {
        let made = Clouds.many(1_300, categories: 3, wrong: 20)
        for flag in ["rule_0.5", "lowest"] {
            try await StageHarness(made.records).checkShardCuts(
                "- use: given-vectors\n- {use: mislabels, training_rows: 1000, flag: \(flag)}")
        }
        let two = Clouds.two(1_300, wrong: 20)
        try await StageHarness(two.records).checkShardCuts(
            "- use: given-vectors\n- {use: mislabels, training_rows: 1000, flag: rule_0.5}")
    }
}

import Foundation
import Records
import Testing

struct CentroidModesTests {
    @Test func `two centres spare a category with two kinds of row`() async throws {
        var draws = CounterRNG(seed: 3, purpose: "modes")
        var records = (0..<40).map { number in
            let centre = number % 2 == 0 ? [1.0, 0, 0] : [0, 1.0, 0]
            return Record(
                id: "r\(number)", text: "text \(number)", labels: Labels(["cards": true]),
                metadata: Clouds.vector(centre, 0.1, &draws))
        }
        records.append(
            Record(
                id: "odd", text: "odd", labels: Labels(["cards": true]),
                metadata: Array(#"{"v":[0.1,0.1,1]}"#.utf8)))
        let harness = try StageHarness(records)
        let head = "- use: given-vectors\n"
        let two = try await harness.checkShardCuts(
            head + "- {use: centroid-filter, centroids: 2, threshold: 0.2}")
        #expect(two.refused.keys.sorted() == ["odd"])
        let one = try await harness.run(head + "- {use: centroid-filter, threshold: 0.2}").last
        #expect(one.refused.count > 20)
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `the margin ranks planted errors first, whatever the seed`(seed: UInt64) async throws {
        let made = Clouds.many(240, categories: 6, wrong: 18, seed: seed)
        let last = try await StageHarness(made.records).run(
            "- use: given-vectors\n" + marginOfEveryRow
        ).last
        #expect(try area(of: made.wrong, rows: 240, last) > 0.99)
    }

    // Skipped where the shared data or the sentence encoder is missing.
    @Test(.enabled(if: SharedData.hasModel && SharedData.path("data/banking77_noisy") != nil))
    func `the margin ranks planted errors of bank intents first`() async throws {
        let folder = try #require(SharedData.path("data/banking77_noisy"))
        var wrong: Set<String> = []
        for line in try SharedData.objects(folder + "/truth.jsonl.gz")
        where line["is_error"] as? Bool == true {
            wrong.insert(line["id"] as? String ?? "")
        }
        let rows = try SharedData.records("banking77_noisy/noisy.jsonl.gz")
        // A debug build is slow; every class has to be there, since an error points at another.
        let chosen = rows.enumerated().filter { $0.offset % 12 == 0 }.map(\.element)
        let last = try await StageHarness(chosen).run(
            "- {use: embed, model: '\(SharedData.model ?? "")'}\n" + marginOfEveryRow
        ).last
        #expect(try area(of: wrong, rows: chosen.count, last) > 0.9)
    }

    private let marginOfEveryRow =
        "- {use: centroid-filter, by: margin, threshold: -2, minimum_rows: 1, action: review}"

    /// The share of pairs of a wrong and a right row in which the wrong one is reviewed first.
    private func area(
        of wrong: Set<String>, rows: Int, _ last: StageHarness.Result
    ) throws -> Double {
        let ranking = try (last.content["review.jsonl"] ?? Data()).split(separator: 10).map {
            try JSONSerialization.jsonObject(with: $0) as? [String: Any] ?? [:]
        }.map { wrong.contains($0["id"] as? String ?? "") }
        #expect(ranking.count == rows)
        var right = 0
        var pairs = 0
        for isWrong in ranking.reversed() {
            if isWrong { pairs += right } else { right += 1 }
        }
        return Double(pairs) / Double(right * (ranking.count - right))
    }
}

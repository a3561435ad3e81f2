import Foundation
import Records
import Testing
import Vectors

// Vectors come from the real model: skipped without it.
@Suite(.enabled(if: SharedData.hasModel))
struct CentroidFilterTests {
    private let embed = "- {use: embed, model: '\(SharedData.model ?? "")'}\n"

    /// Ten rows about cards, ten about weather, and one about weather that is labelled `cards`.
    private func records() -> [Record] {
        let cards = [
            "arrived", "was lost", "was stolen", "is blocked", "expired", "was declined",
            "is broken", "is late", "was replaced", "does not work",
        ]
        let days = [
            "Monday", "Tuesday", "Friday", "Sunday", "today", "tonight", "tomorrow",
            "next week", "this morning", "this evening",
        ]
        var records = zip(cards, days).flatMap { card, day in
            [
                Record(
                    id: "c-\(card)", text: "My bank card \(card)", labels: Labels(["cards": true])),
                Record(
                    id: "w-\(day)", text: "Rain is expected \(day)",
                    labels: Labels(["weather": true])),
            ]
        }
        records.append(
            Record(id: "odd", text: "Rain is likely on Saturday", labels: Labels(["cards": true])))
        records.append(Record(id: "free", text: "Nothing known"))
        return records
    }

    @Test func `a row that lies with another category comes first`() async throws {
        let harness = try StageHarness(records())
        let last = try await harness.run(
            embed + "- {use: centroid-filter, by: margin, threshold: 0, action: review}"
        ).last
        #expect(last.kept.count == 22)
        let lines = try #require(last.content["review.jsonl"]).split(separator: 10)
        #expect(lines.count == 1)
        #expect(
            String(decoding: lines[0], as: UTF8.self).hasPrefix(#"{"id":"odd","category":"cards""#))
        let refused = try await harness.run(embed + "- {use: centroid-filter}").last
        #expect(refused.refused["odd"]?.reason == "centroid_distance")
    }

    @Test func `limits of one category, and categories with few rows`() async throws {
        let harness = try StageHarness(records())
        let last = try await harness.run(
            embed
                + """
                - use: centroid-filter
                  keep: 3
                  categories: {weather: {minimum_rows: 50}, cards: {keep: 4}}
                """
        ).last
        #expect(last.kept.count == 4 + 10 + 1)
        #expect(last.refused.count == 7)
    }

    @Test func `a row is refused as an outlier of all its categories, or of any`() async throws {
        var rows = records()
        rows[20].labels["weather"] = true
        let wide = "categories: {weather: {threshold: 2}}"
        let harness = try StageHarness(rows)
        let all = try await harness.run(embed + "- {use: centroid-filter, \(wide)}").last
        #expect(all.refused["odd"] == nil)
        let any = try await harness.run(embed + "- {use: centroid-filter, when: any, \(wide)}").last
        #expect(any.refused["odd"] != nil)
    }

    @Test func `jobs and shards do not show`() async throws {
        for centre in ["mean", "medoid", "trimmed"] {
            let stages = embed + "- {use: centroid-filter, centre: \(centre), percentile: 90}"
            try await StageHarness(records()).checkShardCuts(stages)
        }
    }

    @Test func `wrong settings are faults with places`() async throws {
        do {
            _ = try await StageHarness(records()).run(
                embed
                    + "- {use: centroid-filter, keep: 3, percentile: 5, centroids: 2, "
                    + "centre: medoid}"
            )
            Issue.record("the settings were taken")
        } catch let fault as Fault {
            #expect(fault.all.count == 2)
            #expect(fault.all.allSatisfy { $0.place != nil })
        }
    }
}

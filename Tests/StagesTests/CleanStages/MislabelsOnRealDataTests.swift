import Encoder
import Foundation
import Records
import Testing

/// Skipped where the shared data or the sentence encoder is missing.
@Suite(
    .enabled(if: SharedData.model != nil && SharedData.path("data/banking77_noisy") != nil))
struct MislabelsOnRealDataTests {
    @Test func `planted errors of bank intents come first in the ranking`() async throws {
        let folder = try #require(SharedData.path("data/banking77_noisy"))
        var wrong: Set<String> = []
        for line in try SharedData.objects(folder + "/truth.jsonl.gz")
        where line["is_error"] as? Bool == true {
            wrong.insert(line["id"] as? String ?? "")
        }
        let rows = try SharedData.objects(folder + "/noisy.jsonl.gz")
        // A few of the 77 classes keep a debug build fast.
        let names = Set(rows.compactMap { $0["label"] as? String }).sorted()
            .enumerated().filter { $0.offset % 20 == 0 }.map(\.element)
        let chosen = rows.filter { names.contains($0["label"] as? String ?? "") }
        let encoder = try SentenceEncoder(folder: try #require(SharedData.model))
        let vectors = try encoder.encode(
            chosen.map { $0["text"] as? String ?? "" }, threads: 2)
        let width = encoder.dimension
        let records = chosen.enumerated().map { place, row in
            let numbers = vectors[place * width..<(place + 1) * width].map { "\($0)" }
            return Record(
                id: row["id"] as? String ?? "", text: "row \(place)",
                labels: Labels([row["label"] as? String ?? "": true]),
                metadata: Array("{\"v\":[\(numbers.joined(separator: ","))]}".utf8))
        }
        let head = """
            taxonomy:
              name: banking
              single_label: true
              categories: [\(names.map { "{id: '\($0)'}" }.joined(separator: ", "))]
            """
        let result = try await StageHarness(records)
            .run("- use: given-vectors\n- {use: mislabels, folds: 3}", head: head).last
        let ranking = try (result.content["suspects.jsonl"] ?? Data())
            .split(separator: UInt8(ascii: "\n")).map {
                try JSONSerialization.jsonObject(with: $0) as? [String: Any] ?? [:]
            }
        var found = 0
        var precision = 0.0
        for (place, line) in ranking.enumerated()
        where wrong.contains(line["id"] as? String ?? "") {
            found += 1
            precision += Double(found) / Double(place + 1)
        }
        #expect(found == records.count { wrong.contains($0.id) })
        let average = precision / Double(max(1, found))
        #expect(average > 0.6)
    }
}

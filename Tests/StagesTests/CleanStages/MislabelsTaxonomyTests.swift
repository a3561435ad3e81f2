import Foundation
import Pipeline
import Records
import Testing

/// Labels that the taxonomy contradicts, from the source to the ranking.
struct MislabelsTaxonomyTests {
    private let taxonomy = """
        taxonomy:
          name: t
          categories: [{id: hate}, {id: hate/threat, implies: [hate]}, {id: spam}]
        """

    /// Three clouds: threats, other hate, and the rest; spam is a third of each.
    private func lines(_ count: Int, contradicted: [Int]) -> String {
        var draws = CounterRNG(seed: 5, purpose: "taxonomy")
        return (0..<count).map { row in
            let kind = row % 3
            let vector = Clouds.vector((0..<3).map { $0 == kind ? 1.0 : 0 }, 0.2, &draws)
            let hate = contradicted.contains(row) ? 0 : kind < 2 ? 1 : 0
            let labels =
                "{\"hate\":\(hate),\"hate/threat\":\(kind == 0 ? 1 : 0),\"spam\":\(row % 2)}"
            let rest = String(decoding: vector, as: UTF8.self).dropFirst()
            return "{\"id\":\"r\(row)\",\"text\":\"text \(row)\",\"labels\":\(labels),\(rest)"
        }.joined(separator: "\n")
    }

    private func run(
        _ text: String, _ harness: StageHarness, settings: String = "", shardRows: Int = 65_536,
        out: String = "out"
    ) async throws -> StageHarness.Run {
        let path = try harness.write(text, to: "rows.jsonl")
        return try await harness.run(
            "- use: ingest\n- use: given-vectors\n- {use: mislabels\(settings)}",
            head: taxonomy + "\nsources:\n- {path: '\(path)'}", shardRows: shardRows,
            givesRecords: false, out: out)
    }

    private func ranking(_ result: StageHarness.Result) throws -> [[String: Any]] {
        try (result.content["suspects.jsonl"] ?? Data()).split(separator: UInt8(ascii: "\n")).map {
            try JSONSerialization.jsonObject(with: $0) as? [String: Any] ?? [:]
        }
    }

    @Test func `a 0 that a child contradicts is kept, counted, and comes first as a suspect`()
        async throws
    {
        let harness = try StageHarness()
        let run = try await run(lines(150, contradicted: [0, 33, 90]), harness)
        let ingested = try #require(run.stages.first)
        #expect(ingested.kept[0].labels["hate"] == true)
        let note = try #require(ingested.notes["ingest"]?[0] as? [String: Any])
        #expect(note["given"] as? [String: Int] == ["hate": 0])
        #expect((ingested.notes["ingest"]?[3] as? [String: Any])?["given"] == nil)
        #expect(
            ingested.manifest.notes.contains {
                $0.hasPrefix("3 rows with a category that the source says is 0")
                    && $0.contains("`hate` 3")
            })
        let found = try run.last
        #expect(
            found.manifest.notes.contains { $0.contains("6 because a row's labels contradict") })
        let first = try ranking(found).prefix(3)
        #expect(Set(first.compactMap { $0["id"] as? String }) == ["r0", "r33", "r90"])
        for line in first {
            // The text speaks for hate, so the parent is the wrong side.
            #expect(line["category"] as? String == "hate")
            #expect(line["given"] as? Int == 0 && line["suggested"] as? Int == 1)
            #expect(line["suspicion"] as? Double == 1)
            #expect(line["flag"] as? String == "contradiction")
            #expect((line["text"] as? String)?.hasPrefix("text ") == true)
            #expect(
                (line["reasons"] as? [String])?.first
                    == "contradicts `hate/threat` by the taxonomy")
            #expect((line["neighbours"] as? [String])?.isEmpty == false)
        }
    }

    @Test func `a decision is about the label that the source gave`() async throws {
        let harness = try StageHarness()
        let decisions = try harness.write(
            #"{"id":"r0","category":"hate","decision":"wrong"}"# + "\n"
                + #"{"id":"r33","category":"hate","decision":"correct"}"#, to: "d.jsonl")
        let settings = ", decisions: '\(decisions)', apply: "
        let text = lines(150, contradicted: [0, 33])
        let flip = try await run(text, harness, settings: settings + "flip", out: "a").last
        // r0: 0 is wrong, and the record has 1 already. r33: 0 is right, so 1 is wrong.
        #expect(flip.kept.first { $0.id == "r0" }?.labels["hate"] == true)
        #expect(flip.kept.first { $0.id == "r33" }?.labels["hate"] == false)
        let note = try #require(flip.notes["mislabels"]?[33] as? [String: Any])
        #expect(note["relabel"] as? Bool == true)
        let refuse = try await run(text, harness, settings: settings + "refuse", out: "b").last
        #expect(refuse.refused.keys.sorted() == ["r33"])
    }

    @Test func `labels that do not go with a row's other labels are suspicious`() async throws {
        let harness = try StageHarness()
        var rows = lines(240, contradicted: []).split(separator: "\n").map(String.init)
        // Without its parent's 1 a threat's row differs in one label from what the models know.
        for row in [4, 40, 100] {
            rows[row] = rows[row].replacingOccurrences(of: "\"hate\":1", with: "\"hate\":0")
        }
        let result = try await run(rows.joined(separator: "\n"), harness).last
        let first = try ranking(result).prefix(3)
        #expect(Set(first.compactMap { $0["id"] as? String }) == ["r4", "r40", "r100"])
        #expect(
            try ranking(result).allSatisfy {
                (0...1).contains($0["suspicion"] as? Double ?? -1)
            })
    }

    @Test func `flags at a precision follow the decisions, and say when these are too few`()
        async throws
    {
        let harness = try StageHarness()
        let wrong = Set([4, 7, 10, 40, 43, 100, 103, 106].map { "r\($0)" })
        var rows = lines(240, contradicted: []).split(separator: "\n").map(String.init)
        for row in [4, 7, 10, 40, 43, 100, 103, 106] {
            rows[row] = rows[row].replacingOccurrences(of: "\"hate\":1", with: "\"hate\":0")
        }
        let text = rows.joined(separator: "\n")
        let few = try await run(text, harness, settings: ", flag: precision", out: "a").last
        #expect(few.manifest.notes.contains { $0.contains("are too few for `flag: precision`") })
        let decided = try ranking(few).prefix(60).map { line -> String in
            let (id, category) = (line["id"] as? String ?? "", line["category"] as? String ?? "")
            let isWrong = wrong.contains(id) && category == "hate"
            return "{\"id\":\"\(id)\",\"category\":\"\(category)\",\"decision\":"
                + "\"\(isWrong ? "wrong" : "correct")\"}"
        }
        let path = try harness.write(decided.joined(separator: "\n"), to: "d.jsonl")
        let result = try await run(
            text, harness, settings: ", flag: precision, precision: 0.8, decisions: '\(path)'",
            out: "b"
        ).last
        let flagged = try ranking(result).filter { $0["flag"] as? String == "model" }
        #expect(flagged.count >= 6 && flagged.count <= 10)
        let right = flagged.count { wrong.contains($0["id"] as? String ?? "") }
        #expect(Double(right) >= 0.8 * Double(flagged.count))
        #expect(flagged.allSatisfy { ($0["wrong_probability"] as? Double ?? -1) >= 0 })
        let last = try #require(try ranking(result).last)
        #expect(last["wrong_probability"] is NSNull)
    }
}

import Foundation
import Pipeline
import Records
import Testing

@testable import CleanStages

struct MislabelsTests {
    private let single = """
        taxonomy:
          name: t
          single_label: true
          categories: [CATEGORIES]
        """

    private func notes(_ result: StageHarness.Result) -> [[String: Any]] {
        (result.notes["mislabels"] ?? []).map { $0 as? [String: Any] ?? [:] }
    }

    private func flagged(_ result: StageHarness.Result) -> Set<String> {
        Set(
            zip(result.kept, notes(result)).filter {
                ($0.1["flags"] as? [String])?.isEmpty == false
            }
            .map(\.0.id))
    }

    private func lines(_ name: String, _ result: StageHarness.Result) throws -> [[String: Any]] {
        try (result.content[name] ?? Data()).split(separator: UInt8(ascii: "\n")).map {
            try JSONSerialization.jsonObject(with: $0) as? [String: Any] ?? [:]
        }
    }

    /// Decisions about `spam`: the first ids wrong, the others correct.
    private func decisions(_ ids: Set<String>, wrong: Int) -> String {
        ids.sorted().enumerated().map { place, id in
            let word = place < wrong ? "wrong" : "correct"
            return #"{"id":"\#(id)","category":"spam","decision":"\#(word)"}"# + "\n"
        }.joined()
    }

    @Test func `the worked example flags turned labels, audits them and acts on the decisions`()
        async throws
    {
        let made = Clouds.two(120, wrong: 3)
        let harness = try StageHarness(made.records)
        let first = try await harness.run("- use: given-vectors\n- use: mislabels").last
        #expect(flagged(first) == made.wrong)
        #expect(first.kept == made.records)
        let ranking = try lines("suspects.jsonl", first)
        #expect(ranking.count == 120)
        #expect(Set(ranking.prefix(3).compactMap { $0["id"] as? String }) == made.wrong)
        #expect(
            Set(try lines("audit.jsonl", first).compactMap { $0["id"] as? String }) == made.wrong)
        #expect(notes(first).count { $0["audit"] as? Bool == true } == 3)
        #expect(notes(first).allSatisfy { $0["relabel"] as? Bool == false })

        let path = try harness.write(decisions(made.wrong, wrong: 2), to: "decisions.jsonl")
        let second = try await harness.run(
            "- use: given-vectors\n- {use: mislabels, decisions: '\(path)'}")
        #expect(try second.last.stage.isReused == false)
        let relabelled = zip(try second.last.kept, notes(try second.last))
            .filter { $0.1["relabel"] as? Bool == true }.map(\.0.id)
        #expect(Set(relabelled) == made.wrong)
        #expect(try second.last.manifest.notes.contains { $0.contains("go back to be labelled") })
    }

    @Test func `a share of exactly the limit condemns only the labels decided to be wrong`()
        async throws
    {
        let made = Clouds.two(200, wrong: 10)
        let harness = try StageHarness(made.records)
        for wrong in [3, 4] {
            let path = try harness.write(
                decisions(made.wrong, wrong: wrong), to: "d\(wrong).jsonl")
            let result = try await harness.run(
                "- use: given-vectors\n- {use: mislabels, decisions: '\(path)'}", out: "o\(wrong)"
            ).last
            #expect(flagged(result) == made.wrong)
            let relabelled = notes(result).count { $0["relabel"] as? Bool == true }
            #expect(relabelled == (wrong == 3 ? 3 : 10))
        }
    }

    @Test func `labels decided to be wrong are turned round or their rows refused`() async throws {
        let made = Clouds.two(60, wrong: 2)
        let harness = try StageHarness(made.records)
        let id = try #require(made.wrong.min())
        let path = try harness.write(
            #"{"id":"\#(id)","category":"spam","decision":"unsure"}"# + "\n"
                + #"{"id":"\#(id)","category":" spam ","decision":"wrong","who":"ann"}"#,
            to: "decisions.jsonl")
        let flip = try await harness.run(
            "- use: given-vectors\n- {use: mislabels, apply: flip, decisions: '\(path)'}"
        ).last
        let before = try #require(made.records.first { $0.id == id })
        let after = try #require(flip.kept.first { $0.id == id })
        #expect(after.labels["spam"] == (before.labels["spam"] == false))
        #expect(after.provenance.labelledBy == "ann")
        let refuse = try await harness.run(
            "- use: given-vectors\n- {use: mislabels, apply: refuse, decisions: '\(path)'}"
        ).last
        #expect(refuse.refused.keys.sorted() == [id])
        #expect(refuse.refused[id]?.reason == "mislabelled")
    }

    @Test func `rows of one category each are judged against all the others`() async throws {
        let made = Clouds.many(160, categories: 4, wrong: 6)
        let head = single.replacingOccurrences(
            of: "CATEGORIES", with: "{id: c0}, {id: c1}, {id: c2}, {id: c3}")
        let harness = try StageHarness(made.records)
        let result = try await harness.run("- use: given-vectors\n- use: mislabels", head: head)
            .last
        #expect(flagged(result) == made.wrong)
        let ranking = try lines("suspects.jsonl", result)
        for line in ranking.prefix(6) {
            let given = line["category"] as? String ?? ""
            let truth = "c\(((Int(given.dropFirst()) ?? 0) + 3) % 4)"
            #expect(line["suggested"] as? String == truth)
        }
        let id = try #require(made.wrong.min())
        let wrong = try #require(made.records.first { $0.id == id }).labels.positives
        let path = try harness.write(
            #"{"id":"\#(id)","category":"\#(wrong[0])","decision":"wrong"}"#, to: "d.jsonl")
        let flip = try await harness.run(
            "- use: given-vectors\n- {use: mislabels, apply: flip, decisions: '\(path)'}",
            head: head
        ).last
        let after = try #require(flip.kept.first { $0.id == id }).labels
        #expect(after.positives == ["c\(((Int(wrong[0].dropFirst()) ?? 0) + 3) % 4)"])
        #expect(after[wrong[0]] == false)
    }

    @Test func `broken implications come first, and rare categories are reported, not flagged`()
        async throws
    {
        var records = Clouds.two(80, wrong: 0).records
        for at in records.indices {
            records[at].labels["hate"] = at % 3 == 0
            records[at].labels["rare"] = at < 4
        }
        records[9].labels["hate/threat"] = true
        records[9].labels["hate"] = false
        let head = """
            taxonomy:
              name: t
              categories: [{id: spam}, {id: hate}, {id: hate/threat, implies: [hate]}, {id: rare}]
            """
        let result = try await StageHarness(records)
            .run("- use: given-vectors\n- use: mislabels", head: head).last
        let ranking = try lines("suspects.jsonl", result)
        #expect(ranking.prefix(2).allSatisfy { $0["flag"] as? String == "contradiction" })
        #expect(ranking.prefix(2).allSatisfy { $0["id"] as? String == records[9].id })
        #expect(
            Set(notes(result)[9]["flags"] as? [String] ?? []).isSuperset(of: [
                "hate", "hate/threat",
            ]))
        #expect(!ranking.contains { $0["category"] as? String == "rare" })
        let summary =
            try JSONSerialization.jsonObject(
                with: result.content["summary.json"] ?? Data()) as? [String: [String: Any]]
        #expect(summary?["rare"]?["unsupported"] as? Bool == true)
        #expect(summary?["spam"]?["unsupported"] as? Bool == false)
        #expect(
            result.manifest.notes.contains {
                $0.contains("too few rows to judge: hate/threat, rare")
            })
    }

    @Test func `copies of a row do not vouch for its label`() async throws {
        var made = Clouds.two(80, wrong: 0)
        // Eight copies of one row, all with the wrong label: alone they outvote its neighbours.
        let vector = String(decoding: made.records[0].metadata, as: UTF8.self).dropLast()
        for at in 0..<8 {
            made.records[at * 2].metadata = Array((vector + #","cluster":"r0"}"#).utf8)
            made.records[at * 2].labels["spam"] = false
        }
        let copies = Set((0..<8).map { "r\($0 * 2)" })
        let stages =
            "- use: given-vectors\n- use: given-clusters\n- {use: mislabels, neighbours: 7}"
        let result = try await StageHarness(made.records).run(stages).last
        let ranking = try lines("suspects.jsonl", result)
        #expect(Set(ranking.prefix(8).compactMap { $0["id"] as? String }) == copies)
        #expect(flagged(result).isSuperset(of: copies))
    }

    @Test func `the bytes do not depend on threads or shards`() async throws {
        var records = Clouds.two(150, wrong: 5, spread: 0.9).records
        for at in records.indices { records[at].labels["b"] = at % 7 < 2 ? at % 4 == 0 : nil }
        try await StageHarness(records).checkShardCuts(
            "- use: given-vectors\n- {use: mislabels, neighbours_limit_rows: 100}")
    }

    @Test func `neither do those of rows with one category each, with labels faded`() async throws {
        let made = Clouds.many(120, categories: 4, wrong: 12)
        let result = try await StageHarness(made.records).checkShardCuts(
            "- use: given-vectors\n- {use: mislabels, folds: 3}")
        #expect(
            Set(try lines("suspects.jsonl", result).prefix(12).compactMap { $0["id"] as? String })
                == made.wrong)
        let summary =
            try JSONSerialization.jsonObject(
                with: result.content["summary.json"] ?? Data()) as? [String: [String: Any]]
        // A tenth of the labels moved on to the next category: enough for labels to be faded.
        var moved = 0
        for category in 0..<4 {
            let others = summary?["c\(category)"]?["likely_others"] as? [String: Int] ?? [:]
            #expect(others.keys.allSatisfy { $0 == "c\((category + 3) % 4)" })
            moved += others.values.reduce(0, +)
        }
        #expect(moved >= 6 && moved <= 14)
    }

    @Test func `every way of flagging finds most of the turned labels`() async throws {
        let made = Clouds.two(100, wrong: 4)
        let harness = try StageHarness(made.records)
        for flag in MislabelSettings.Flag.allCases {
            let stages =
                "- use: given-vectors\n- {use: mislabels, flag: \(flag.rawValue), lowest: 4}"
            let result = try await harness.run(stages).last
            #expect(flagged(result).intersection(made.wrong).count >= 3, "\(flag)")
            #expect(flagged(result).count <= 6, "\(flag)")
        }
    }

    @Test func `no row, one row, unknown labels and hostile texts are taken as they are`()
        async throws
    {
        let stages = "- use: given-vectors\n- use: mislabels"
        let one = Record(
            id: "a", text: "", labels: Labels(["x": true]), metadata: Array(#"{"v":[1,0]}"#.utf8))
        let single = try await StageHarness([one]).run(stages).last
        #expect(single.kept == [one])
        #expect(notes(single)[0]["flags"] as? [String] == [])
        let hostile = HostileTexts.all.enumerated().map {
            Record(
                id: $0.element + "\($0.offset)", text: $0.element,
                labels: Labels($0.offset % 2 == 0 ? [$0.element: true] : [:]),
                metadata: Array(#"{"v":[0,0]}"#.utf8))
        }
        #expect(try await StageHarness(hostile).run(stages).last.kept == hostile)
    }

    @Test func `vectors that are no numbers and decisions that are none are refused`() async throws
    {
        var records = Clouds.two(30, wrong: 0).records
        let harness = try StageHarness(records)
        let path = try harness.write(
            #"{"id":"r0","category":"spam","decision":"maybe"}"#, to: "d.jsonl")
        let decision = await #expect(throws: Fault.self) {
            _ = try await harness.run(
                "- use: given-vectors\n- {use: mislabels, decisions: '\(path)'}")
        }
        #expect(decision?.kind == .badData)
        #expect(decision?.place == .file(path, line: 1))
        records[3].metadata = Array(#"{"v":[1,null,0,0]}"#.utf8)
        let vector = await #expect(throws: Fault.self) {
            try await StageHarness(records).run("- use: given-vectors\n- use: mislabels")
        }
        #expect(vector?.kind == .badData)
    }

    @Test func `wrong settings are told together with their places`() async throws {
        let fault = await #expect(throws: Fault.self) {
            try await StageHarness([]).run(
                "- use: given-vectors\n- {use: mislabels, folds: 1, flag: lowst, neighbors: 3}")
        }
        let all = fault?.all ?? []
        #expect(all.count == 3)
        #expect(
            all.allSatisfy { if case .file(_, .some, .some) = $0.place { true } else { false } })
    }
}

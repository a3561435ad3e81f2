import Foundation
import Pipeline
import Records
import Testing

struct DedupeTests {
    private func record(
        _ id: String, _ text: String, _ labels: [String: Bool] = [:],
        _ provenance: Provenance = Provenance()
    ) -> Record {
        Record(id: id, text: text, labels: Labels(labels), provenance: provenance)
    }

    private let stage = "- {use: dedupe}"

    @Test func `of copies that differ in case and spaces the first stays`() async throws {
        let records = [
            record("a", "Win a prize now", ["spam": true]),
            record("b", "win  a PRIZE now"), record("c", "see you at lunch"),
        ]
        let last = try await StageHarness(records).run(stage).last
        #expect(last.kept.map(\.id) == ["a", "c"])
        #expect(last.refused["b"]?.reason == "duplicate_exact")
        #expect(last.refused["b"]?.matched == "a")
        let clusters = last.notes["dedupe"]?.map { ($0 as? [String: Any])?["cluster"] as? String }
        #expect(clusters == ["a", "c"])
    }

    @Test(arguments: [
        ("area 10² metres", "area 102 metres"), ("option ª here", "option a here"),
        ("choose ① please", "choose 1 please"), ("take H₂O", "take H2O"),
    ])
    func `superscripts, ordinals and circled digits are other texts`(one: String, other: String)
        async throws
    {
        for stage in ["- {use: dedupe, near: {enabled: false}}", self.stage] {
            let last = try await StageHarness([record("a", one), record("b", other)]).run(stage)
                .last
            #expect(last.refused.isEmpty)
        }
        let wide = try await StageHarness([record("a", "Win 10"), record("b", "ｗｉｎ　１０")])
            .run(stage).last
        #expect(wide.refused["b"]?.reason == "duplicate_exact")
        let loose = try await StageHarness([record("a", one), record("b", other)]).run(
            "- {use: dedupe, exact: loose, near: {enabled: false}}"
        ).last
        #expect(loose.refused["b"]?.reason == "duplicate_exact")
    }

    @Test func `a duplicate with other labels than the kept row is counted and named`()
        async throws
    {
        let records = [
            record("a", "Win a prize now", ["spam": true]),
            record("b", "win a prize now", ["ham": true]),
            record("c", "WIN a prize now", ["spam": true]),
            record("d", "see you at lunch then"),
            record("e", "See you at lunch then", ["ham": true]),
            record("f", "nothing new here today", ["ham": true, "spam": false]),
            record("g", "Nothing new here today", ["ham": true]),
        ]
        let last = try await StageHarness(records).run(stage).last
        #expect(last.kept.map(\.id) == ["a", "d", "f"])
        #expect(
            last.manifest.notes.contains {
                $0.hasPrefix("2 duplicates with other labels than the row that was kept")
            }, "\(last.manifest.notes)")
        let lines = String(decoding: try #require(last.content["refused"]), as: UTF8.self)
            .split(separator: "\n")
        for line in lines {
            let isOther = line.contains(#""id":"b""#) || line.contains(#""id":"e""#)
            #expect(
                line.contains("labels that the kept row does not have: ham") == isOther, "\(line)")
        }
        let counts = String(
            decoding: try #require(last.content["duplicates.json"]), as: UTF8.self)
        #expect(counts.contains(#""other_labels":2"#))
    }

    @Test func `copies with contrary labels stay, and are listed`() async throws {
        let records = [
            record("a", "Win a prize now", ["spam": true]),
            record("b", "win a prize now", ["spam": false]),
            record("c", "win a prize NOW", ["spam": false, "other": true]),
        ]
        let harness = try StageHarness(records)
        let last = try await harness.run(stage).last
        #expect(last.kept.map(\.id) == ["a", "b"])
        #expect(last.refused["c"]?.matched == "b")
        let lines = String(decoding: try #require(last.content["conflicts.jsonl"]), as: UTF8.self)
        #expect(
            lines
                == #"{"ids":["a","b"],"categories":["spam"],"kind":"exact","score":1}"# + "\n")
        let both = try await harness.run("- {use: dedupe, conflicts: refuse_both}").last
        #expect(both.kept.isEmpty)
        #expect(both.refused["a"]?.reason == "label_conflict")
        #expect(both.refused["b"]?.matched == "a")
    }

    @Test func `an unknown label contradicts nothing`() async throws {
        let records = [record("a", "same", ["x": true]), record("b", "same", ["y": false])]
        let last = try await StageHarness(records).run(stage).last
        #expect(last.kept.map(\.id) == ["a"])
    }

    @Test func `contrast sets and lines of descent are not merged, empty texts neither`()
        async throws
    {
        let records = [
            record("a", "one of a set", [:], Provenance(setID: "s")),
            record("b", "one of a set", [:], Provenance(setID: "s")),
            record("p", "the parent's text"),
            record("q", "the parent's text", [:], Provenance(parentID: "p", rootID: "p")),
            record("x", ""), record("y", " \u{200B}"),
        ]
        let harness = try StageHarness(records)
        let last = try await harness.run(stage).last
        #expect(last.kept.count == 6)
        let groups = last.notes["dedupe"]?.map { ($0 as? [String: Any])?["group"] as? String }
        #expect(groups == ["a", "a", "p", "p", "x", "y"])
        let merged = try await harness.run("- {use: dedupe, lineage: merge}").last
        #expect(merged.refused["q"]?.matched == "p")
    }

    @Test(arguments: [
        ("first", "a"), ("longest", "b"), ("most_labels", "c"), ("preferred_source", "d"),
    ])
    func `the stated row of a cluster stays`(rule: String, kept: String) async throws {
        let text = "please send the signed form to our office by friday at noon"
        let records = [
            record("a", text), record("b", text + "!!"),
            record("c", text + ".", ["x": true]),
            record("d", text + "?", [:], Provenance(source: .innocuous)),
        ]
        let last = try await StageHarness(records).run(
            "- {use: dedupe, keep: \(rule), sources: [innocuous]}"
        ).last
        #expect(last.kept.map(\.id) == [kept])
        #expect(last.refused.values.allSatisfy { $0.reason == "duplicate_near" })
        #expect(last.refused.values.allSatisfy { ($0.score ?? 0) >= 0.8 })
    }

    @Test func `texts of a file to check against are refused, runs of placeholders are not`()
        async throws
    {
        let run = "the quick brown fox jumps over the lazy dog near town"
        let records = [
            record("a", "They say THE quick brown fox jumps over the lazy dog, often"),
            record("b", "@user @user @user @user @user @user @user @user hello"),
            record("c", "short benchmark"), record("d", "short benchmark text"),
        ]
        let harness = try StageHarness(records)
        let path = try harness.write(
            """
            {"text":"\(run)"}
            "@user @user @user @user @user @user @user @user @user"
            {"text":"Short benchmark!"}

            """, to: "benchmark.jsonl")
        let last = try await harness.run(
            "- {use: dedupe, near: {enabled: false}, against: '\(path)'}"
        )
        .last
        #expect(last.kept.map(\.id) == ["b", "d"])
        #expect(last.refused["a"]?.reason == "contaminated")
        let refused = String(decoding: try #require(last.content["refused"]), as: UTF8.self)
        #expect(
            refused.contains("line 1 of benchmark.jsonl: the quick brown fox jumps over the lazy"))
    }

    @Test func `several files have their own runs of words and sources`() async throws {
        let text = "they met by the old river at noon"
        let records = [
            record("a", text), record("b", text + " today", [:], Provenance(source: .innocuous)),
            record("c", "nothing of the kind was ever said here"),
        ]
        let harness = try StageHarness(records)
        let one = try harness.write("\"the old river is wide\"\n", to: "one.jsonl")
        let two = try harness.write("\"nothing of the kind\"\n", to: "two.jsonl")
        func kept(_ against: String) async throws -> [String] {
            try await harness.run("- {use: dedupe, near: {enabled: false}, against: \(against)}")
                .last.kept.map(\.id)
        }
        #expect(try await kept("['\(one)', '\(two)']") == ["a", "b", "c"])
        #expect(try await kept("[{path: '\(one)', words: 3}, '\(two)']") == ["c"])
        #expect(
            try await kept("[{path: '\(one)', words: 3, sources: [innocuous]}]") == ["a", "c"])
        #expect(try await kept("[{path: '\(two)', words: 4}]") == ["a", "b"])
        await #expect(throws: Fault.self) { _ = try await kept("[{words: 3}]") }
    }

    @Test func `semantic needs vectors`() async throws {
        await #expect(throws: Fault.self) {
            try await StageHarness([record("a", "x")]).run(
                "- {use: dedupe, semantic: {threshold: 0.9}}")
        }
    }

    @Test func `wrong settings are faults with places`() async throws {
        do {
            _ = try await StageHarness([record("a", "x")]).run(
                "- {use: dedupe, near: {threshold: 2}, keep: best, colour: red}")
            Issue.record("the settings were taken")
        } catch let fault as Fault {
            #expect(fault.all.count == 3)
            #expect(!fault.all.contains { $0.place == nil })
        }
    }

    @Test func `jobs and shards do not show, on hostile texts and on none`() async throws {
        let texts = [
            "", "a", "\u{0}", "\u{202E}abc", String(repeating: "x", count: 20_000), "é", "e\u{301}",
        ]
        var records: [Record] = []
        for index in 0..<60 {
            let base = texts[index % texts.count]
            records.append(
                record(
                    "\(index)", base + (index % 3 == 0 ? " tail of text" : ""),
                    ["x": index % 2 == 0]))
        }
        for rows in [records, Array(records.prefix(1)), []] {
            let first = try await StageHarness(rows).checkShardCuts(stage)
            #expect(first.kept.count + first.refused.count == rows.count)
        }
    }

    @Test(arguments: 1...3 as ClosedRange<UInt64>)
    func `texts with a word changed are found again, unlike texts are not`(
        seed: UInt64
    ) async throws {
        var draws = CounterRNG(seed: seed, purpose: "near copies")
        func word(_ draws: inout CounterRNG) -> String { "w\(draws.below(2_000))" }
        var records: [Record] = []
        var copies: Set<String> = []
        for number in 0..<200 {
            var words = (0..<14).map { _ in word(&draws) }
            records.append(record("a\(number)", words.joined(separator: " ")))
            if number % 3 == 0 {
                words[draws.below(words.count)] = word(&draws)
                records.append(record("b\(number)", words.joined(separator: " ")))
                copies.insert("b\(number)")
            }
        }
        let last = try await StageHarness(records).run(
            "- {use: dedupe, near: {threshold: 0.5, recall: 0.99, edits_only: false}}"
        ).last
        #expect(copies.isSuperset(of: last.refused.keys))
        #expect(Double(last.refused.count) >= 0.98 * Double(copies.count))
        for (id, refused) in last.refused { #expect(refused.matched == "a" + id.dropFirst()) }
    }

    // Skipped without the shared data.
    @Test(.enabled(if: SharedData.folder != nil))
    func `known citations are found again`() async throws {
        var records = try SharedData.records("neardup_entities/dblp_acm_docs.jsonl.gz", most: 1_500)
        records = records.map { Record(id: $0.id, text: $0.text) }
        let harness = try StageHarness(records)
        let stage = "- {use: dedupe, near: {threshold: 0.5, recall: 0.99, edits_only: false}}"
        let one = try await harness.run(stage, jobs: 1).last
        let two = try await harness.run(stage, jobs: 2, out: "two").last
        #expect(one.content == two.content)
        let places = Set(records.map(\.id))
        let pairs = try SharedData.lines("neardup_entities/dblp_acm_pairs.jsonl.gz") {
            object -> (String, String)? in
            guard object["match"] as? Int == 1, let a = object["a"] as? String,
                let b = object["b"] as? String, places.contains(a), places.contains(b)
            else { return nil }
            return (a, b)
        }
        let found = pairs.count { one.refused[$0.0] != nil || one.refused[$0.1] != nil }
        print("citations: \(found) of \(pairs.count) known pairs lose a row")
        #expect(pairs.isEmpty || Double(found) >= 0.7 * Double(pairs.count))
    }
}

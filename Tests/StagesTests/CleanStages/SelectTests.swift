import Foundation
import Pipeline
import Records
import Testing

struct SelectTests {
    /// 40 labelled rows in two clouds and 60 unlabelled ones, the first 6 in the cloud of `spam`.
    private func records() -> [Record] {
        var draws = CounterRNG(seed: 5, purpose: "select tests")
        var records = Clouds.two(40, wrong: 0).records
        for number in 0..<60 {
            let centre = number < 6 ? [1.0, 0, 0, 0.2] : [0, 1.0, 0, 0.2]
            var record = Record(
                id: "u\(number)", text: "unlabelled \(number)",
                metadata: Clouds.vector(centre, 0.2, &draws))
            record.metadata = Array(
                (String(decoding: record.metadata, as: UTF8.self).dropLast()
                    + #","lang":"\#(number % 10 == 9 ? "de" : "en")"}"#).utf8)
            records.append(record)
        }
        return records
    }

    private let stages = "- use: given-vectors\n- {use: select, budget: 6, mixture: "

    @Test func `the worked example picks the rows above the threshold`() async throws {
        let result = try await StageHarness(records()).run(
            stages + "{highest: 0, threshold: 1}, oversample: 1}"
        ).last
        #expect(result.kept.count == 46)
        #expect(result.kept.suffix(6).map(\.id) == (0..<6).map { "u\($0)" })
        #expect(result.refused.count == 54)
        #expect(result.refused.values.allSatisfy { $0.reason == "not_selected" })
        let notes = result.notes["select"] ?? []
        #expect(notes.prefix(40).allSatisfy { $0 is NSNull })
        for note in notes.suffix(6) {
            let note = note as? [String: Any]
            #expect(note?["picked_by"] as? [String] == ["threshold:spam"])
            #expect(note?["weight"] as? Double == 1)
            #expect((note?["score"] as? Double).map { $0 > 0.5 } == true)
        }
    }

    @Test func `the worked example goes on: a row that was labelled is not picked again`()
        async throws
    {
        let harness = try StageHarness(records())
        let labels = try harness.write(
            #"{"id":"u0","category":"spam","value":1}"#, to: "labels.jsonl")
        let result = try await harness.run(
            stages + "{highest: 0, threshold: 1}, oversample: 1, labels: '\(labels)'}"
        ).last
        #expect(result.kept.count == 47)
        let row = try #require(result.kept.first { $0.id == "u0" })
        #expect(row.labels == Labels(["spam": true]))
        #expect(row.provenance.labelledBy == "person")
        #expect((result.notes["select"] ?? []).count { !($0 is NSNull) } == 6)
    }

    @Test func `the budget holds, and small groups get more than their share`() async throws {
        let harness = try StageHarness(records())
        let stages = "- use: given-vectors\n- {use: select, budget: 24, oversample: 10, "
        let result = try await harness.run(
            stages + "weight_by: lang, mixture: {random: 1, highest: 0}}"
        ).last
        let picked = result.kept.suffix(from: 40)
        let german = picked.count { String(decoding: $0.metadata, as: UTF8.self).contains("de") }
        // 54 and 6 rows: √54 : √6 = 3 : 1.
        #expect(picked.count == 24)
        #expect(german == 6)
        let even = try await harness.run(
            stages + "weight_by: none, mixture: {random: 1, highest: 0}}",
            out: "even"
        ).last
        #expect(even.kept.count == 64)
        let all = try await harness.run("- use: given-vectors\n- use: select", out: "all").last
        #expect(all.kept.count == 100)
    }

    @Test func `the highest scores of the named categories are picked, and the budget is filled`()
        async throws
    {
        let picked = try await StageHarness(records()).run(
            "- use: given-vectors\n- {use: select, budget: 10, categories: [spam]}"
        ).last
        #expect(picked.kept.count == 50)
        #expect(Set(picked.kept.map(\.id)).isSuperset(of: (0..<6).map { "u\($0)" }))
        #expect(picked.manifest.notes.contains { $0.contains("chosen by cross-validation") })
        let fault = await #expect(throws: Fault.self) {
            _ = try await StageHarness(records()).run(
                "- use: given-vectors\n- {use: select, categories: [spma]}", out: "typo")
        }
        #expect(fault?.what.contains("spma") == true)
    }

    @Test func `uncertain rows are those between the clouds`() async throws {
        var records = records()
        records[70].metadata = Array(#"{"v":[0.5,0.5,0,0.2]}"#.utf8)
        let result = try await StageHarness(records).run(
            "- use: given-vectors\n- {use: select, budget: 1, oversample: 1, "
                + "mixture: {highest: 0, uncertainty: 1}}"
        ).last
        #expect(result.kept.suffix(from: 40).map(\.id) == [records[70].id])
    }

    @Test func `the bytes do not depend on threads or shards`() async throws {
        try await StageHarness(records()).checkShardCuts(stages + "{}, weight_by: category}")
    }

    @Test func `without unlabelled rows nothing happens, without labelled ones chance decides`()
        async throws
    {
        let labelled = Clouds.two(20, wrong: 0).records
        let same = try await StageHarness(labelled).run("- use: given-vectors\n- use: select").last
        #expect(same.kept == labelled)
        #expect(same.manifest.notes.contains { $0.contains("nothing to select") })
        let unlabelled = labelled.map { record in
            var record = record
            record.labels = Labels()
            return record
        }
        let some = try await StageHarness(unlabelled).run(stages + "{}}").last
        #expect(some.kept.count == 6)
        #expect(
            try await StageHarness([]).run("- use: given-vectors\n- use: select").last.kept == [])
    }

    @Test func `hostile texts and odd metadata are taken as they are`() async throws {
        let hostile = HostileTexts.all.enumerated().map {
            Record(
                id: $0.element + "\($0.offset)", text: $0.element,
                labels: Labels($0.offset < 4 ? ["": $0.offset < 2] : [:]),
                metadata: Array(#"{"v":[\#($0.offset),1],"k":[1,{"a":null}]}"#.utf8))
        }
        let result = try await StageHarness(hostile).run(
            "- use: given-vectors\n- {use: select, weight_by: k, budget: 3}"
        ).last
        #expect(result.kept.count == 7)
    }

    @Test func `wrong settings are told together with their places`() async throws {
        let fault = await #expect(throws: Fault.self) {
            _ = try await StageHarness([]).run(
                "- use: given-vectors\n- {use: select, mixture: {random: 0, highest: 0, "
                    + "uncertainty: 0, luck: 1}, thresholds: {spam: 2}, budgets: 3}")
        }
        let all = fault?.all ?? []
        #expect(all.count == 4)
        #expect(
            all.allSatisfy { if case .file(_, .some, .some) = $0.place { true } else { false } })
    }
}

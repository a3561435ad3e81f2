import Foundation
import Pipeline
import Records
import Testing

@testable import CleanStages
@testable import StageKit

/// Groups, given splits, time and folds.
struct SplitWaysTests {
    private func notes(_ result: StageHarness.Result) -> [String: [String: Any]] {
        let notes = (result.notes["split"] ?? []).map { $0 as? [String: Any] ?? [:] }
        return Dictionary(zip(result.kept.map(\.id), notes)) { first, _ in first }
    }

    private func sides(_ result: StageHarness.Result) -> [String: String] {
        notes(result).mapValues { $0["split"] as? String ?? "" }
    }

    private func row(_ number: Int, _ metadata: String, seed: UInt64 = 0) -> Record {
        var draws = CounterRNG(seed: seed, purpose: "rows", id: "\(number)")
        return Record(
            id: "r\(number)", text: "text \(number)",
            labels: Labels(["a": draws.chance(0.3), "b": draws.chance(0.1)]),
            metadata: Array(metadata.utf8))
    }

    private func said(_ result: StageHarness.Result, _ words: String) -> Bool {
        result.manifest.notes.contains { $0.contains(words) }
    }

    @Test func `rows of one group never straddle, and those without a value are alone`()
        async throws
    {
        for seed in 0..<5 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "groups")
            let records = (0..<300).map { number in
                let user = draws.below(70)
                let thread = draws.below(90)
                let values = [
                    "{\"user\":\"u\(user)\",\"in\":{\"thread\":\(thread)}}",
                    "{\"in.thread\":\(thread)}", "{\"user\":null}", "{}",
                ]
                return row(number, values[number % 10 < 7 ? 0 : number % 10 - 6], seed: seed)
            }
            let harness = try StageHarness(records)
            let result = try await harness.run(
                "- {use: split, group: [metadata.user, metadata.in.thread]}", seed: Int(seed)
            ).last
            let sides = sides(result)
            var ofGroup: [String: Set<String>] = [:]
            for record in records {
                let object =
                    try JSONSerialization.jsonObject(with: Data(record.metadata))
                    as? [String: Any] ?? [:]
                let side = sides[record.id] ?? ""
                if let user = object["user"] as? String { ofGroup[user, default: []].insert(side) }
                let inner = (object["in"] as? [String: Any])?["thread"] ?? object["in.thread"]
                if let thread = inner as? Int { ofGroup["t\(thread)", default: []].insert(side) }
            }
            #expect(ofGroup.values.allSatisfy { $0.count == 1 })
            #expect(said(result, "90 rows without a value of `metadata.user`"))
        }
        let fault = await #expect(throws: Fault.self) {
            _ = try await StageHarness([]).run("- {use: split, group: [user, metadata.]}")
        }
        #expect(fault?.all.count == 2)
        #expect(fault?.all.first?.hint?.contains("`group: metadata.user`") == true)
    }

    @Test func `rows whose cell is empty are no group of one value`() async throws {
        for blank in ["\"\"", "\"  \""] {
            let records = (0..<200).map { number in
                row(number, "{\"user\":\(number < 150 ? blank : "\"u\(number % 7)\"")}")
            }
            let result = try await StageHarness(records).run(
                "- {use: split, group: metadata.user}"
            ).last
            #expect(said(result, "150 rows without a value of `metadata.user`"))
            #expect(sides(result).values.count { $0 == "test" } == 20)
        }
    }

    @Test func `a split that ought to have rows and has none fails the run`() async throws {
        func run(_ rows: Int) async throws -> RunReport {
            let records = (0..<rows).map { row($0, "{\"user\":\"the only one\"}") }
            return try await StageHarness(records).run(
                "- {use: split, group: metadata.user}"
            ).report
        }
        let report = try await run(200)
        #expect(report.exitCode == 1)
        let gate = try #require(report.failedGates.first?.gate)
        #expect(gate.name == "splits")
        #expect(gate.detail.contains("`val` and `test`"))
        // Less than a row each.
        #expect(try await run(9).exitCode == 0)
    }

    @Test func `a split that no row may go to is none of these`() async throws {
        let given = (0..<100).map { row($0, "{\"split\":\"\($0 % 5 == 0 ? "test" : "train")\"}") }
        let sources = try await StageHarness(given).run("- {use: split, given: metadata.split}")
        #expect(sources.report.exitCode == 0)
        let synthetic = (0..<100).map { number in
            var record = row(number, "{}")
            record.provenance.source = .zeroShot
            return record
        }
        let generated = try await StageHarness(synthetic).run("- use: split")
        #expect(generated.report.exitCode == 0)
    }

    @Test func `a field that no row has fails the run and is named`() async throws {
        let records = (0..<20).map { row($0, "{\"user\":\($0)}") }
        let run = try await StageHarness(records).run(
            "- {use: split, group: [metadata.user, metadata.usr], given: file, by: metadata.t}")
        #expect(run.report.exitCode == 1)
        let gate = try #require(run.report.failedGates.first?.gate)
        #expect(gate.name == "fields")
        #expect(
            gate.detail.contains("`group: metadata.usr` or `given: file` or `by: metadata.t`"))
        let empty = try await StageHarness([]).run("- {use: split, group: metadata.usr}")
        #expect(empty.report.failedGates.isEmpty)
    }

    @Test func `rows of one text stay together, but for case and spaces, blank ones do not`()
        async throws
    {
        var records = (0..<60).map { row($0, "{}") }
        for number in 0..<60 {
            records[number].text = number < 40 ? "Text  \(number / 2)" : " "
            if number % 2 == 1 { records[number].text = records[number].text.uppercased() }
        }
        let result = try await StageHarness(records).run("- use: split").last
        let sides = sides(result)
        for number in stride(from: 0, to: 40, by: 2) {
            #expect(sides["r\(number)"] == sides["r\(number + 1)"])
        }
        #expect(Set((40..<60).compactMap { sides["r\($0)"] }).count > 1)
    }

    @Test func `given splits are kept by every usual name, and the others are dealt out`()
        async throws
    {
        let names = [
            "train", "Training", "val", "valid", "VALIDATION", "dev", "test", "testing", "holdout",
            "",
        ]
        let expected = [
            "train", "train", "val", "val", "val", "val", "test", "test", nil, nil,
        ]
        let records = (0..<100).map { row($0, "{\"split\":\"\(names[$0 % 10])\"}") }
        let result = try await StageHarness(records)
            .run("- {use: split, given: metadata.split}").last
        let sides = sides(result)
        for number in 0..<100 {
            if let side = expected[number % 10] { #expect(sides["r\(number)"] == side) }
        }
        #expect(said(result, "10 rows whose `given` names neither"))
        // val has 40 given rows of the 10 wished for: the others go to train and test.
        #expect((0..<100).filter { $0 % 10 > 7 }.allSatisfy { sides["r\($0)"] == "train" })
    }

    @Test func `the file that a row comes from may name its split`() async throws {
        let harness = try StageHarness()
        for (name, count) in [("train-00000-of-00002", 6), ("validation/part", 5), ("more", 4)] {
            let lines = (0..<count).map {
                "{\"text\":\"\(name) \($0)\",\"labels\":{\"a\":\($0 % 2)}}\n"
            }
            _ = try harness.write(lines.joined(), to: "data/\(name).jsonl")
        }
        let result = try await harness.run(
            "- use: ingest\n- {use: split, given: file}",
            head: "sources: [{path: '\(harness.folder)/data', name: set}]", givesRecords: false
        ).last
        let sides = sides(result)
        for record in result.kept where !record.text.hasPrefix("more") {
            #expect(sides[record.id] == (record.text.hasPrefix("train") ? "train" : "val"))
        }
        #expect(sides.count == 15)
    }

    @Test func `the newest rows are tested on, those before them tuned on`() async throws {
        let forms: [(Int) -> String] = [
            { "\"2024-03-0\($0 / 5 + 1)T0\($0 % 5):00:00Z\"" },
            { "\"2024-01-01 00:00:\($0 < 10 ? "0" : "")\($0 % 60)\"" },
            { "\(1_700_000_000 + $0)" }, { "\"\(1_700_000_000_000 + $0)\"" }, { "\(1900 + $0)" },
        ]
        for (kind, form) in forms.enumerated() {
            let count = kind == 0 ? 40 : 60
            var draws = CounterRNG(seed: UInt64(kind), purpose: "order")
            let records = draws.shuffled(
                (0..<count).map { row($0, "{\"time\":\(form($0))}") })
            let result = try await StageHarness(records)
                .run("- {use: split, by: metadata.time}").last
            let sides = sides(result)
            for number in 0..<count {
                let share = Double(number) / Double(count)
                let side = share >= 0.9 ? "test" : share >= 0.8 ? "val" : "train"
                #expect(sides["r\(number)"] == side, "form \(kind), row \(number)")
            }
        }
    }

    @Test func `families go by their newest row, and bad times are counted`() async throws {
        var records = (0..<50).map { row($0, "{\"time\":\($0)}") }
        records[0].provenance.rootID = "r49"
        let bad = ["\"soon\"", "null", "\"2024-02-30\"", "\"2024-13-01\"", "[1]"]
        for (place, text) in bad.enumerated() {
            records[10 + place].metadata = Array("{\"time\":\(text)}".utf8)
        }
        let stage = "- {use: split, by: metadata.time"
        let train = try await StageHarness(records).run(stage + "}").last
        #expect(sides(train)["r0"] == "test")
        #expect((10..<15).allSatisfy { sides(train)["r\($0)"] == "train" })
        #expect(said(train, "5 rows without a readable time in `metadata.time`"))
        let refused = try await StageHarness(records).run(stage + ", bad_times: refuse}").last
        #expect(refused.refused.count == 5)
        #expect(refused.refused.values.allSatisfy { $0.reason == "bad_time" })
        // A later night: the tested rows stay, and newer ones are added to them.
        let harness = try StageHarness(records)
        let first = sides(try await harness.run(stage + "}").last)
        let more = records + (50..<100).map { row($0, "{\"time\":\($0)}") }
        let second = sides(try await harness.run(stage + "}", records: more).last)
        for (id, side) in first { #expect(second[id] == side) }
        #expect((95..<100).allSatisfy { second["r\($0)"] == "test" })
        #expect(second.values.count { $0 == "test" } == 10)
    }

    @Test(
        arguments: [
            ("1970-01-01", 0), ("1969-12-31T23:59:59Z", -1_000), ("2000-02-29", 951_782_400_000),
            ("2024-03-01T12:30:00.5+02:00", 1_709_289_000_500),
            ("2024-03-01 10:30Z", 1_709_289_000_000),
            ("2024-03-01T053000", nil), ("2024-03", 1_709_251_200_000),
            ("1709289000", 1_709_289_000_000),
            ("1709289000123", 1_709_289_000_123), ("-5", -5_000),
            (
                "2024-03-01T10:30:00-0500",
                1_709_307_000_000
            ), ("", nil), ("nan", nil), ("2023-02-29", nil), ("2024-1-1", nil),
            ("2024-03-01T10:30:00,123456789", 1_709_289_000_123), ("2024-03-01T25:00", nil),
            ("yesterday", nil), ("2024-03-01T10:30:00Zx", nil),
        ] as [(String, Int64?)])
    func `a time is ISO 8601 or a number`(text: String, milliseconds: Int64?) {
        #expect(RowTime(text)?.milliseconds == milliseconds)
    }

    @Test func `folds are even, whole in their families, and not for test`() async throws {
        let records = GroupedRecords.make(300, seed: 4, unlabelled: 0.1)
        let result = try await StageHarness(records).checkShardCuts("- {use: split, folds: 5}")
        let notes = notes(result)
        var sizes = [Int](repeating: 0, count: 5)
        var ofRoot: [String: Set<Int>] = [:]
        for record in records {
            let note = notes[record.id] ?? [:]
            let fold = note["fold"] as? Int
            let isFolded = ["train", "val"].contains(note["split"] as? String ?? "")
            #expect((fold != nil) == isFolded)
            guard let fold else { continue }
            sizes[fold] += 1
            ofRoot[record.provenance.rootID ?? record.id, default: []].insert(fold)
        }
        #expect(ofRoot.values.allSatisfy { $0.count == 1 })
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 3)
        let lines = String(decoding: result.content["folds.jsonl"] ?? Data(), as: UTF8.self)
            .split(separator: "\n")
        #expect(lines.count == sizes.reduce(0, +))
        #expect(lines.first?.hasPrefix("{\"id\":\"") == true)
        #expect(result.manifest.published.contains("folds.jsonl"))
    }

    @Test func `the release with folds is a source like any other`() async throws {
        let records = (0..<40).map { row($0, "{}") }
        let harness = try StageHarness(records)
        let run = try await harness.run("- {use: split, folds: 4}")
        let release = try #require(run.report.release)
        let read = try await harness.run(
            "- use: ingest", head: "sources: [{path: '\(release)/'}]", givesRecords: false,
            out: "other"
        ).last
        #expect(Set(read.kept.map(\.id)) == Set(records.map(\.id)))
        #expect(read.refused.isEmpty)
    }
}

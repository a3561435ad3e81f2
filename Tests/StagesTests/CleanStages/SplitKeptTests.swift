import Foundation
import LawChecks
import Records
import Testing

@testable import CleanStages
@testable import Pipeline
@testable import StageKit

/// Rows keep their side from run to run.
struct SplitKeptTests {
    private func sides(_ result: StageHarness.Result) -> [String: String] {
        let sides = (result.notes["split"] ?? []).map {
            ($0 as? [String: Any])?["split"] as? String ?? ""
        }
        return Dictionary(zip(result.kept.map(\.id), sides)) { first, _ in first }
    }

    private func rows(_ numbers: Range<Int>, seed: UInt64 = 1) -> [Record] {
        numbers.map { number in
            var draws = CounterRNG(seed: seed, purpose: "rows", id: "\(number)")
            var labels = Labels()
            for category in 0..<4 {
                labels["c\(category)"] = draws.chance(0.4 / Double(category + 1))
            }
            return Record(id: "r\(number)", text: "text \(number)", labels: labels)
        }
    }

    @Test func `every row stays, new rows fill the shares, over many seeds`() async throws {
        for seed in 0..<4 as Range<UInt64> {
            let harness = try StageHarness(rows(0..<300, seed: seed))
            let first = sides(try await harness.run("- use: split", seed: Int(seed)).last)
            #expect(first.values.count { $0 == "test" } == 30)
            // The second night's seed is another one, and its rows come in another order.
            var draws = CounterRNG(seed: seed, purpose: "order")
            let more = draws.shuffled(rows(0..<400, seed: seed))
            let run = try await harness.run("- use: split", records: more, seed: Int(seed) + 9)
            let second = sides(try run.last)
            for (id, side) in first { #expect(second[id] == side) }
            for (side, wish) in [("train", 320.0), ("val", 40), ("test", 40)] {
                #expect(abs(Double(second.values.count { $0 == side }) - wish) <= 1)
            }
            #expect(try counter("kept_sides", run) == 300)
        }
    }

    @Test func `new rows make labels even that the rows before left uneven`() async throws {
        let harness = try StageHarness()
        // All of train has the label, none of test.
        func row(_ number: Int, _ label: Bool, _ split: String?) -> Record {
            let metadata = split.map { Array("{\"split\":\"\($0)\"}".utf8) }
            return Record(
                id: "r\(number)", text: "text \(number)", labels: Labels(["a": label]),
                metadata: metadata ?? Array("{}".utf8))
        }
        let first = (0..<100).map { row($0, $0 < 50, $0 < 50 ? "train" : "test") }
        let stage = "- {use: split, train: 0.5, val: 0, test: 0.5, given: metadata.split}"
        _ = try await harness.run(stage, records: first)
        let more = first + (100..<200).map { row($0, $0 < 150, nil) }
        let result = try await harness.run(stage, records: more).last
        let sides = sides(result)
        let labelled = more.filter { $0.labels["a"] == true }
        #expect(labelled.count { sides[$0.id] == "test" } == 50)
        #expect(sides.values.count { $0 == "test" } == 100)
    }

    @Test func `a run without changes reuses all, and a forced one has the same bytes`()
        async throws
    {
        let records = GroupedRecords.make(200, seed: 5, unlabelled: 0.1)
        let harness = try StageHarness(records)
        let stages = "- {use: dedupe}\n- {use: split, folds: 3}"
        let first = try await harness.run(stages)
        for _ in 0..<2 {
            let again = try await harness.run(stages)
            let reused = again.report.stages.map(\.isReused)
            #expect(!reused.contains(false))
        }
        let folder = try first.last.stage.folder
        try FileManager.default.removeItem(atPath: folder)
        let forced = try await harness.run(stages)
        #expect(try !forced.last.stage.isReused)
        let differences = try StageContent(folder: folder).files
        #expect(try differences == first.last.content)
        #expect(try forced.last.manifest.notes == first.last.manifest.notes)
        // More rows run the stage once, and then no more.
        let more = records + rows(0..<20)
        let grown = try await harness.run(stages, records: more).last
        #expect(!grown.stage.isReused)
        let after = try await harness.run(stages, records: more).last
        #expect(after.stage.isReused)
    }

    @Test func `two nights give the same bytes for any threads and shards`() async throws {
        let records = GroupedRecords.make(160, seed: 8, unlabelled: 0.1).enumerated().map {
            var record = $0.element
            if $0.offset % 5 == 0 {
                record.metadata = Array("{\"user\":\($0.offset / 20)}".utf8)
            }
            return record
        }
        // Some rows go, others come, families grow.
        let second =
            records.dropFirst(20)
            + GroupedRecords.make(220, seed: 8).suffix(70).map {
                var record = $0
                record.id += "n"
                return record
            }
        let stage = "- {use: split, group: metadata.user, folds: 4}"
        var whole: [String: Data]?
        for (shards, jobs) in [(1, 1), (3, 2), (8, 2), (1, 2)] {
            let harness = try StageHarness(records)
            let size = (second.count + shards - 1) / shards
            _ = try await harness.run(stage, jobs: jobs, shardRows: size)
            let night = try await harness.run(
                stage, records: Array(second), jobs: jobs, shardRows: size)
            let content = try night.last.content
            if let whole { #expect(content == whole, "\(shards) shards") } else { whole = content }
        }
    }

    @Test func `near-copies of tested rows are tested, from night to night`() async throws {
        let words = [
            "harbour", "lantern", "meadow", "pebble", "thunder", "velvet", "willow", "copper",
            "orchard", "saddle", "timber", "canyon", "marble", "feather", "anchor", "blanket",
        ]
        func text(_ number: Int) -> String {
            var draws = CounterRNG(seed: 3, purpose: "texts", id: "\(number)")
            return (0..<9).map { _ in words[draws.below(words.count)] }.joined(separator: " ")
        }
        let first = rows(0..<120).enumerated().map { number, record in
            Record(id: record.id, text: text(number), labels: record.labels)
        }
        let copies = first.map { record in
            Record(
                id: "copy-\(record.id)", text: record.text.replacing("a", with: "@"),
                labels: record.labels)
        }
        // The copies come first, and some of the first night's rows are gone.
        let second = copies + first.dropLast(10)
        let stages = "- {use: dedupe, action: annotate}\n- use: split"
        var whole: [String: Data]?
        for (shards, jobs) in [(1, 1), (3, 2), (8, 1)] {
            let harness = try StageHarness(first)
            let size = (second.count + shards - 1) / shards
            let before = sides(
                try await harness.run(stages, jobs: jobs, shardRows: size).last)
            let night = try await harness.run(
                stages, records: second, jobs: jobs, shardRows: size
            ).last
            let after = sides(night)
            for record in first.dropLast(10) {
                #expect(after[record.id] == before[record.id])
                #expect(after["copy-\(record.id)"] == before[record.id])
            }
            if let whole { #expect(night.content == whole) } else { whole = night.content }
        }
    }

    @Test func `two machines with the same earlier release give the same bytes`() async throws {
        let one = try StageHarness(rows(0..<120))
        let first = try await one.run("- use: split")
        let release = try #require(first.report.release)
        let other = try StageHarness(rows(0..<150))
        let keep = "- {use: split, keep: '\(release)'}"
        let there = try await other.run(keep).last
        let here = try await one.run("- use: split", records: rows(0..<150)).last
        #expect(there.content == here.content)
        // So does the file alone, and the rows of a release without it.
        let file = try await other.run(
            "- {use: split, keep: '\(release)/assignments'}", out: "file"
        ).last
        #expect(file.content == here.content)
    }

    @Test func `a release of an earlier version, without assignments, is gone on from`()
        async throws
    {
        let harness = try StageHarness(rows(0..<120))
        let first = try await harness.run("- use: split")
        let release = try #require(first.report.release)
        unlink("\(release)/assignments")
        let second = try await harness.run("- use: split", records: rows(0..<150))
        let later = sides(try second.last)
        for (id, side) in sides(try first.last) { #expect(later[id] == side) }
        let third = try await harness.run("- use: split", records: rows(0..<150))
        #expect(try third.last.stage.isReused)
    }

    @Test func `a row that was edited, or renamed, or went away and came back keeps its side`()
        async throws
    {
        let all = rows(0..<60)
        let harness = try StageHarness(all)
        let first = sides(try await harness.run("- use: split").last)
        let changed = all.enumerated().compactMap { number, record -> Record? in
            var record = record
            if number % 3 == 0 { record.text += " edited" }
            if number % 3 == 1 { record.id = "new-\(number)" }
            return number % 3 == 2 ? nil : record
        }
        let second = sides(
            try await harness.run("- use: split", records: changed + rows(100..<140)).last)
        for number in 0..<60 where number % 3 < 2 {
            let id = number % 3 == 0 ? "r\(number)" : "new-\(number)"
            #expect(second[id] == first["r\(number)"])
        }
        let third = sides(try await harness.run("- use: split", records: all).last)
        #expect(third == first)
    }

    @Test func `new relatives of test rows join them or are refused, and never train`()
        async throws
    {
        let all = rows(0..<60)
        for setting in ["join", "refuse"] {
            let harness = try StageHarness(all)
            let stage = "- {use: split, relatives: \(setting)}"
            let first = sides(try await harness.run(stage).last)
            var children: [Record] = []
            for record in all {
                var child = Record(id: "child of \(record.id)", text: "other \(record.id)")
                child.labels = record.labels
                child.provenance.parentID = record.id
                child.provenance.rootID = record.id
                var copy = record
                copy.id = "copy of \(record.id)"
                copy.text = record.text.uppercased()
                var synthetic = child
                synthetic.id = "synthetic of \(record.id)"
                synthetic.text = "synthetic \(record.id)"
                synthetic.provenance.source = .perturbation
                children += [child, copy, synthetic]
            }
            // The parents of half of the children are gone.
            let left = Array(all.dropFirst(30)) + children
            let result = try await harness.run(stage, records: left).last
            let second = sides(result)
            for record in all {
                let side = first[record.id] ?? ""
                for kind in ["child", "copy", "synthetic"] {
                    let id = "\(kind) of \(record.id)"
                    if kind == "synthetic", side == "test", setting == "join" {
                        #expect(result.refused[id]?.reason == "synthetic_held_out")
                    } else if setting == "refuse", side != "train",
                        kind != "copy" || left.contains(record)
                    {
                        #expect(result.refused[id]?.reason == "held_out_relative")
                    } else {
                        // Where the row is gone, its copy is the row itself under a new id.
                        #expect(second[id] == side, "\(id)")
                    }
                }
            }
        }
    }

    @Test func `a row that connects two sides goes to the better protected one`() async throws {
        let all = rows(0..<60)
        let harness = try StageHarness(all)
        let first = sides(try await harness.run("- use: split").last)
        let train = try #require(all.first { first[$0.id] == "train" })
        let test = try #require(all.first { first[$0.id] == "test" })
        var child = Record(id: "both", text: "both", labels: train.labels)
        child.provenance.parentID = train.id
        child.provenance.rootID = test.id
        let run = try await harness.run("- use: split", records: all + [child])
        let second = sides(try run.last)
        for (id, side) in first { #expect(second[id] == side) }
        #expect(second["both"] == "test")
        #expect(
            try run.last.manifest.notes.contains { $0.hasPrefix("1 families of 3 rows lie on") })
    }

    @Test func `rebalance deals anew, says so, and is kept from then on`() async throws {
        let all = rows(0..<200)
        let harness = try StageHarness(all)
        let first = sides(try await harness.run("- use: split").last)
        let anew = "- {use: split, rebalance: true}"
        let run = try await harness.run(anew, records: all + rows(200..<240))
        let second = sides(try run.last)
        #expect(first.contains { second[$0.key] != $0.value })
        #expect(try run.last.manifest.notes.contains { $0.contains("dealt anew") })
        let third = try await harness.run("- use: split", records: all + rows(200..<280))
        let last = sides(try third.last)
        for (id, side) in second { #expect(last[id] == side) }
    }

    @Test func `damaged assignments end the run, with the way out`() async throws {
        let harness = try StageHarness(rows(0..<40))
        let release = try #require(try await harness.run("- use: split").report.release)
        let path = "\(release)/assignments"
        let text = try TextFile.read(path)
        let lines = text.split(separator: "\n")
        let damages = [
            lines.dropLast().joined(separator: "\n"), "x" + text,
            text.replacing(" train", with: " trian", maxReplacements: 1),
            (lines.prefix(1) + lines.dropFirst().reversed()).joined(separator: "\n"), "",
        ]
        for damage in damages {
            try FileManager.default.removeItem(atPath: path)
            try Data(damage.utf8).write(to: URL(fileURLWithPath: path))
            let fault = await #expect(throws: Fault.self) {
                _ = try await harness.run("- use: split", records: rows(0..<50))
            }
            #expect(fault?.kind == .badData)
            #expect(fault?.hint?.contains("rebalance") == true)
        }
    }

    @Test func `a path that leads to no release is told before the run`() async throws {
        let harness = try StageHarness(rows(0..<9))
        let fault = await #expect(throws: Fault.self) {
            _ = try await harness.run("- {use: split, keep: '\(harness.folder)'}")
        }
        #expect(fault?.kind == .configuration)
        #expect(fault?.what.contains("`keep`") == true)
    }

    @Test func `what is kept of rows is whole after a way through bytes`() throws {
        let records = GroupedRecords.make(90, seed: 2)
        let reader = SettingsReader(
            try YAMLNode.parse(yaml: "{folds: 2, by: metadata.t}", file: "t.yaml"))
        let settings = SplitSettings(reader)
        let blocks = stride(from: 0, to: 90, by: 30).map { start in
            RowBlock(
                rows: (start..<start + 30).map { Row(index: $0, record: records[$0]) },
                range: start..<start + 30)
        }
        try checkMergeable(
            try blocks.map { try SplitRows($0, settings) }, empty: SplitRows())
    }
}

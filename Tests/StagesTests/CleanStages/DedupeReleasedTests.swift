import Foundation
import Pipeline
import Records
import Testing

/// Rows of the last release are kept before the copies that come later.
struct DedupeReleasedTests {
    private let stages = "- {use: dedupe}\n- use: split"

    private static let words = [
        "harbour", "lantern", "meadow", "pebble", "thunder", "velvet", "willow", "copper",
        "orchard", "saddle", "timber", "canyon", "marble", "feather", "anchor", "blanket",
    ]

    private func rows(_ count: Int, seed: UInt64 = 1) -> [Record] {
        (0..<count).map { number in
            var draws = CounterRNG(seed: seed, purpose: "texts", id: "\(number)")
            let text = (0..<9).map { _ in Self.words[draws.below(Self.words.count)] }
            return Record(
                id: "r\(number)", text: text.joined(separator: " "),
                labels: Labels(["a": draws.chance(0.4)]))
        }
    }

    /// Copies that any of the rules of `keep` prefers: earlier, longer, with more labels.
    private func copies(_ rows: [Record], _ kind: Int) -> [Record] {
        rows.map { record in
            var copy = record
            copy.id = "copy-\(record.id)"
            copy.text =
                switch kind {
                case 0: record.text.uppercased()
                case 1: record.text.replacing("a", with: "@") + " !!!"
                default: record.text + " indeed"
                }
            copy.labels["b"] = false
            return copy
        }
    }

    private func sides(_ result: StageHarness.Result) -> [String: String] {
        let sides = (result.notes["split"] ?? []).map {
            ($0 as? [String: Any])?["split"] as? String ?? ""
        }
        return Dictionary(zip(result.kept.map(\.id), sides)) { first, _ in first }
    }

    @Test(arguments: [
        "keep: first", "keep: longest", "keep: most_labels",
        "keep: preferred_source, sources: [zero_shot]", "exact: loose", "conflicts: refuse_both",
        "contrast_sets: apart",
    ])
    func `a night's copies of released rows never remove one, whatever keep prefers`(
        settings: String
    ) async throws {
        let stages = "- {use: dedupe, \(settings)}\n- use: split"
        for kind in 0..<3 {
            let harness = try StageHarness(rows(120, seed: UInt64(kind)))
            let first = try await harness.run(stages).last
            let before = sides(first)
            #expect(before.values.count { $0 == "test" } > 5)
            var added = copies(first.kept, kind)
            for place in added.indices {
                if place % 3 == 0 { added[place].provenance.source = .zeroShot }
                if place % 5 == 0 { added[place].labels["a"]?.toggle() }
                if place % 7 == 0 { added[place].provenance.setID = "s\(place / 2)" }
            }
            let night = try await harness.run(
                stages, records: added + rows(120, seed: UInt64(kind)))
            let after = sides(try night.last)
            for (id, side) in before { #expect(after[id] == side, "\(settings), \(kind), \(id)") }
            // Nor does a third night with the same rows, on the release of the second.
            let third = try await harness.run(
                stages, records: added + rows(120, seed: UInt64(kind)))
            let isReused = try third.last.stage.isReused
            #expect(isReused)
        }
    }

    @Test func `without the release the earlier copy stays, as keep says`() async throws {
        let harness = try StageHarness(rows(40))
        let stages = "- {use: dedupe, released: none}\n- use: split"
        let first = try await harness.run(stages).last
        let night = try await harness.run(stages, records: copies(first.kept, 1) + rows(40))
        let kept = try night.last.kept
        #expect(kept.count == 40 && kept.allSatisfy { $0.id.hasPrefix("copy-") })
    }

    @Test func `a run's own release makes no stage run again, and a forced one has the same bytes`()
        async throws
    {
        for settings in ["keep: first", "keep: longest, near: {threshold: 0.3, edits_only: false}"]
        {
            let records = GroupedRecords.make(200, seed: 5, unlabelled: 0.1) + rows(80)
            let harness = try StageHarness(
                records + copies(rows(40), 1)
                    + copies(rows(60), 2).map {
                        var copy = $0
                        copy.id += "-2"
                        return copy
                    })
            let stages = "- {use: dedupe, \(settings)}\n- use: split\n- use: report"
            let first = try await harness.run(stages)
            for _ in 0..<2 {
                let again = try await harness.run(stages)
                #expect(again.report.stages.allSatisfy { $0.isReused })
            }
            let folder = first.stages[1].stage.folder
            try FileManager.default.removeItem(atPath: folder)
            let forced = try await harness.run(stages)
            #expect(!forced.stages[1].stage.isReused)
            #expect(forced.stages[1].content == first.stages[1].content)
            #expect(forced.stages[1].manifest.notes == first.stages[1].manifest.notes)
            let isReused = try forced.last.stage.isReused
            #expect(isReused)
        }
    }

    @Test func `a release that is no run's of this folder runs the stage again`() async throws {
        let harness = try StageHarness(rows(60))
        for count in [60, 80] { _ = try await harness.run(stages, records: rows(count)) }
        let more = try await harness.run(stages, records: rows(100))
        // Back to the release of the first night: neither what the folders were made from, which
        // is the second one's, nor what they made.
        let releases = "\(harness.folder)/out/test"
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(releases)/releases")
            .filter { !$0.hasSuffix(".json") }.sorted()
        #expect(names.count == 3)
        try FileManager.default.removeItem(atPath: "\(releases)/release")
        try FileManager.default.createSymbolicLink(
            atPath: "\(releases)/release", withDestinationPath: "releases/\(names[0])")
        let back = try await harness.run(stages, records: rows(100))
        #expect(!back.stages[1].stage.isReused)
        #expect(back.stages[1].content == more.stages[1].content)
    }

    @Test func `other sides of the same rows run only split again`() async throws {
        let harness = try StageHarness(rows(80))
        _ = try await harness.run(stages)
        let other = try await harness.run("- {use: dedupe}\n- {use: split, rebalance: true}")
        #expect(other.stages[1].stage.isReused)
        #expect(!other.stages[2].stage.isReused)
        let after = try await harness.run(stages)
        #expect(after.stages[1].stage.isReused)
        #expect(after.stages[1].content == other.stages[1].content)
    }

    @Test func `without split there is nothing to go on from, and nothing runs again`()
        async throws
    {
        let harness = try StageHarness(rows(30))
        let stages = "- {use: dedupe}\n- use: report"
        _ = try await harness.run(stages)
        let again = try await harness.run(stages)
        #expect(again.report.stages.allSatisfy { $0.isReused })
    }

    @Test func `test goes before val before train where settings find new copies`() async throws {
        // Unlike in case alone, and apart at first.
        let records = rows(60) + copies(rows(60), 2)
        let harness = try StageHarness(records)
        let strict = "- {use: dedupe, near: {enabled: false}}\n- use: split"
        let before = sides(try await harness.run(strict).last)
        #expect(before.count == 120)
        let night = try await harness.run(stages)
        let after = sides(try night.last)
        #expect(after.count == 60)
        let order = ["test", "val", "train"]
        for number in 0..<60 {
            let pair = ["r\(number)", "copy-r\(number)"]
            let ranks = pair.map { order.firstIndex(of: before[$0] ?? "") ?? 9 }
            let kept = ranks[1] < ranks[0] ? pair[1] : pair[0]
            #expect(after[kept] == before[kept] && after.keys.contains(kept))
        }
    }

    @Test func `an edited test row is still the released one`() async throws {
        let harness = try StageHarness(rows(60))
        let before = sides(try await harness.run(stages).last)
        let tested = try #require(before.first { $0.value == "test" }?.key)
        var second = rows(60)
        let place = try #require(second.firstIndex { $0.id == tested })
        second[place].text += " edited"
        var copy = second[place]
        copy.id = "new"
        copy.text = copy.text.replacing("e", with: "3")
        let night = try await harness.run(stages, records: [copy] + second)
        let after = sides(try night.last)
        #expect(after[tested] == "test")
        #expect(night.stages[1].refused["new"]?.matched == tested)
    }

    @Test func `two nights give the same bytes for any threads and shards, here and from a path`()
        async throws
    {
        let (first, more) = (rows(90), copies(rows(90), 1) + rows(120))
        var whole: [String: Data]?
        for (shards, jobs) in [(1, 1), (3, 2), (8, 2)] {
            let size = (more.count + shards - 1) / shards
            let harness = try StageHarness(first)
            _ = try await harness.run(stages, jobs: jobs, shardRows: size)
            let release = "\(harness.folder)/out/test/release"
            let kept = try await harness.run(
                "- {use: dedupe, released: '\(release)'}", records: more, jobs: jobs,
                shardRows: size, out: "elsewhere"
            ).last
            let night = try await harness.run(stages, records: more, jobs: jobs, shardRows: size)
            #expect(kept.content == night.stages[1].content)
            if let whole {
                #expect(night.stages[1].content == whole, "\(shards) shards")
            } else {
                whole = night.stages[1].content
            }
        }
    }

    @Test func `a path without a release is told before the run`() async throws {
        await #expect(throws: Fault.self) {
            _ = try await StageHarness(rows(3)).run("- {use: dedupe, released: /nowhere}")
        }
    }
}

import Foundation
import LawChecks
import Pipeline
import Records
import StageKit
import Testing

@testable import CleanStages

/// Picks, labels that come back, and the rounds after them.
struct SelectRoundsTests {
    /// 20 labelled rows in two clouds and 80 unlabelled ones, every fifth in the cloud of `spam`.
    private static func records() -> [Record] {
        var draws = CounterRNG(seed: 9, purpose: "rounds tests")
        var records = Clouds.two(20, wrong: 0).records
        for number in 0..<80 {
            let centre = number % 5 == 0 ? [1.0, 0, 0, 0.2] : [0, 1.0, 0, 0.2]
            records.append(
                Record(
                    id: "u\(number)", text: "unlabelled \(number)",
                    metadata: Clouds.vector(centre, 0.2, &draws)))
        }
        return records
    }

    /// Whether an unlabelled row has `spam`.
    private static func truth(_ id: String) -> Bool { (Int(id.dropFirst()) ?? 1) % 5 == 0 }

    private static func stages(_ labels: String) -> String {
        "- use: given-vectors\n- {use: select, budget: 8, mixture: {random: 1, highest: 3}, "
            + "labels: '\(labels)'}"
    }

    private static func finished(_ result: StageHarness.Result) -> FinishedStage {
        FinishedStage(folder: result.stage.folder, manifest: result.manifest)
    }

    private static func picks(_ result: StageHarness.Result) throws -> [JSONValue] {
        let bytes = try #require(finished(result).extra("picks.jsonl"))
        return try bytes.split(separator: UInt8(ascii: "\n")).map {
            try JSONReader.read(Array($0))
        }
    }

    private static func ids(_ picks: [JSONValue]) -> [String] {
        picks.compactMap { $0["id"]?.string }
    }

    private static func lines(_ picks: [JSONValue]) -> [String] {
        ids(picks).map { #"{"id":"\#($0)","category":"spam","value":\#(truth($0) ? 1 : 0)}"# }
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test func `the picks are listed, those most worth a label first`() async throws {
        let harness = try StageHarness(Self.records())
        let result = try await harness.run(Self.stages("\(harness.folder)/none.jsonl")).last
        let picks = try Self.picks(result)
        #expect(Set(Self.ids(picks)) == Set(result.kept.suffix(8).map(\.id)))
        let text = Dictionary(uniqueKeysWithValues: result.kept.map { ($0.id, $0.text) })
        for pick in picks {
            #expect(pick["text"]?.string == text[pick["id"]?.string ?? ""])
            #expect(pick["round"]?.integer == 1)
            #expect(pick["labels"]?.members?.isEmpty == true)
        }
        let highest = picks.filter { $0["pipeline"]?.string == "highest" }
        #expect(highest.count == 6)
        #expect(highest.allSatisfy { $0["category"]?.string == "spam" })
        let scores = highest.compactMap { $0["score"]?.double }
        #expect(scores.count == 6 && scores == scores.sorted(by: >))
        let random = picks.filter { $0["pipeline"]?.string == "random" }
        #expect(random.count == 2)
        #expect(random.allSatisfy { $0["category"]?.isNull == true && $0["score"]?.isNull == true })
        #expect(result.manifest.notes.contains { $0.contains("round 1; picks.jsonl lists them") })
    }

    @Test func `labels join the next round, which picks other rows`() async throws {
        let harness = try StageHarness(Self.records())
        let labels = "\(harness.folder)/kept/labels.jsonl"
        var seen: Set<String> = []
        for round in 1...4 {
            let result = try await harness.run(Self.stages(labels)).last
            let picks = try Self.picks(result)
            #expect(picks.count == 8)
            #expect(picks.allSatisfy { $0["round"]?.integer == round })
            #expect(seen.isDisjoint(with: Self.ids(picks)))
            #expect(result.kept.count == 20 + 8 * round)
            for record in result.kept where seen.contains(record.id) {
                #expect(record.labels == Labels(["spam": Self.truth(record.id)]))
                #expect(record.provenance.labelledBy == "ann")
            }
            let rows = Self.lines(picks).map { $0.dropLast() + #","who":"ann"}"# }
            let file = try harness.write(rows.joined(separator: "\n"), to: "round.jsonl")
            let intake = try LabelIntake(
                file, fillsZeros: false, into: labels, stage: Self.finished(result), taxonomy: nil)
            #expect(intake.new == 8 && intake.changed == 0 && intake.nextRound == round + 1)
            seen.formUnion(Self.ids(picks))
            let found = intake.table.rows.filter { $0.pipeline == "highest" }
            #expect(found.map(\.round) == Array(1...round))
            #expect(found.allSatisfy { $0.picked == 6 && $0.found.labelled == 6 })
            let positives = seen.count { Self.truth($0) }
            #expect(intake.table.rows.reduce(0) { $0 + $1.found.positive } == positives)
        }
        // The first rounds find the 16 rows of the cloud, and random draws few of them.
        #expect(seen.count { Self.truth($0) } >= 14)
    }

    @Test func `twice is once, in any order, and a rest that was left by a kill is not read`()
        async throws
    {
        let harness = try StageHarness(Self.records())
        let labels = "\(harness.folder)/labels.jsonl"
        let result = try await harness.run(Self.stages(labels)).last
        let lines = Self.lines(try Self.picks(result))
        func takeIn(_ lines: [String], into path: String) throws -> LabelIntake {
            let file = try harness.write(lines.joined(separator: "\n") + "\n", to: "in.jsonl")
            return try LabelIntake(
                file, fillsZeros: false, into: path, stage: Self.finished(result), taxonomy: nil)
        }
        _ = try takeIn(lines, into: labels)
        let once = try Self.text(labels)
        let again = try takeIn(lines, into: labels)
        #expect(again.new == 0 && again.unchanged == 8 && again.rows == 8)
        #expect(try Self.text(labels) == once)
        for seed in 0..<20 as Range<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "order")
            let other = "\(harness.folder)/other-\(seed).jsonl"
            // What a process leaves that is killed while it writes.
            _ = try harness.write(#"{"id":"u0","cat"#, to: "other-\(seed).jsonl.tmp-1")
            let shuffled = draws.sample(lines.count, of: lines)
            _ = try takeIn(shuffled, into: other)
            #expect(try Self.text(other) == once)
            // In two goes, the second of which has the first once more.
            let parts = "\(harness.folder)/parts-\(seed).jsonl"
            let half = 1 + draws.below(lines.count - 1)
            _ = try takeIn(Array(shuffled.prefix(half)), into: parts)
            _ = try takeIn(shuffled, into: parts)
            let (one, both) = (
                try TakenLabels(path: labels, taxonomy: nil),
                try TakenLabels(path: parts, taxonomy: nil)
            )
            #expect(one.portableBytes == both.portableBytes)
        }
    }

    @Test func `a later label of a row counts, and labels of an earlier round still find it`()
        async throws
    {
        let harness = try StageHarness(Self.records())
        let labels = "\(harness.folder)/labels.jsonl"
        let first = try await harness.run(Self.stages(labels)).last
        let picks = try Self.picks(first)
        let (early, late) = (Array(picks.prefix(5)), Array(picks.suffix(3)))
        let file = try harness.write(Self.lines(early).joined(separator: "\n"), to: "early.jsonl")
        _ = try LabelIntake(
            file, fillsZeros: false, into: labels, stage: Self.finished(first), taxonomy: nil)
        let second = try await harness.run(Self.stages(labels)).last
        let rows =
            Self.lines(late) + [
                #"{"id":"\#(Self.ids(early)[0])","category":"spam","value":null}"#
            ]
        let more = try harness.write(rows.joined(separator: "\n"), to: "late.jsonl")
        let intake = try LabelIntake(
            more, fillsZeros: false, into: labels, stage: Self.finished(second), taxonomy: nil)
        #expect(intake.strange.isEmpty)
        #expect(intake.new == 3 && intake.changed == 1 && intake.undecided == 1)
        let third = try await harness.run(Self.stages(labels)).last
        #expect(third.refused[Self.ids(early)[0]]?.reason == "undecided")
        let kept = Set(third.kept.map(\.id))
        #expect(kept.isSuperset(of: Self.ids(late) + Self.ids(early).dropFirst()))
    }

    @Test func `rows that no round picked are refused and counted`() async throws {
        let harness = try StageHarness(Self.records())
        let labels = "\(harness.folder)/labels.jsonl"
        let result = try await harness.run(Self.stages(labels)).last
        let lines = Self.lines(try Self.picks(result))
        let strange = #"{"id":"r1","category":"spam","value":1}"#
        let file = try harness.write(
            ([strange] + lines + [#"{"id":"gone","labels":["spam"]}"#, strange])
                .joined(separator: "\n"), to: "in.jsonl")
        let intake = try LabelIntake(
            file, fillsZeros: false, into: labels, stage: Self.finished(result), taxonomy: nil)
        #expect(intake.strange.map(\.id) == ["r1", "gone"])
        #expect(intake.strange.map(\.line) == [1, 10])
        #expect(intake.rows == 8)
        #expect(try !Self.text(labels).contains("gone"))
        let other = try harness.write(strange, to: "other.jsonl")
        let before = try Self.text(labels)
        #expect(throws: Fault.self) {
            try LabelIntake(
                other, fillsZeros: false, into: labels, stage: Self.finished(result), taxonomy: nil)
        }
        #expect(try Self.text(labels) == before)
    }

    @Test func `picks that were filled in where they lie are not taken for those of the stage`()
        async throws
    {
        let harness = try StageHarness(Self.records())
        let labels = "\(harness.folder)/labels.jsonl"
        let result = try await harness.run(Self.stages(labels)).last
        let path = "\(result.stage.folder)/picks.jsonl"
        let filled = try Self.text(path).replacing(#""labels":{}"#, with: #""labels":{"spam":0}"#)
        try filled.write(toFile: path, atomically: true, encoding: .utf8)
        let fault = #expect(throws: Fault.self) {
            try LabelIntake(
                path, fillsZeros: false, into: labels, stage: Self.finished(result), taxonomy: nil)
        }
        #expect(fault?.hint?.contains("copy the file") == true)
        let copy = try harness.write(filled, to: "copy.jsonl")
        let again = try await harness.run(Self.stages(labels)).last
        let intake = try LabelIntake(
            copy, fillsZeros: false, into: labels, stage: Self.finished(again), taxonomy: nil)
        #expect(intake.new == 8)
    }

    @Test func `with labels, too, the bytes do not depend on threads or shards`() async throws {
        let harness = try StageHarness(Self.records())
        let labels = "\(harness.folder)/labels.jsonl"
        let result = try await harness.run(Self.stages(labels)).last
        let picks = try Self.picks(result)
        let rows =
            Self.lines(picks).dropLast() + [
                #"{"id":"\#(Self.ids(picks)[7])","labels":{"spam":null}}"#
            ]
        let file = try harness.write(rows.joined(separator: "\n"), to: "in.jsonl")
        _ = try LabelIntake(
            file, fillsZeros: false, into: labels, stage: Self.finished(result), taxonomy: nil)
        let cut = try await harness.checkShardCuts(Self.stages(labels))
        #expect(cut.kept.count == 20 + 7 + 8)
        #expect(cut.refused.values.count { $0.reason == "undecided" } == 1)
    }

    @Test func `summaries of parts obey the laws`() throws {
        let records = Self.records()
        let taken = try TakenLabels(path: nil, taxonomy: nil)
        var rows: [InRowOrder<PoolRows>] = []
        var texts: [InRowOrder<PickedTexts>] = []
        for start in stride(from: 0, to: records.count, by: 17) {
            let range = start..<min(records.count, start + 17)
            let block = RowBlock(
                rows: range.map { Row(index: $0, record: records[$0]) }, range: range)
            rows.append(InRowOrder(try PoolRows(block, taken, nil), of: range))
            var part = PickedTexts()
            for row in range where row % 3 == 0 { part.append(records[row]) }
            texts.append(InRowOrder(part, of: range))
        }
        try checkMergeable(rows, empty: InRowOrder())
        try checkMergeable(texts, empty: InRowOrder())
    }
}

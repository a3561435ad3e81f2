import Foundation
import Pipeline
import Records
import Testing

@testable import CleanStages
@testable import StageKit

struct SplitTests {
    private func sides(_ result: StageHarness.Result) -> [String] {
        (result.notes["split"] ?? []).map { ($0 as? [String: Any])?["split"] as? String ?? "" }
    }

    @Test func `the worked example keeps a child with its parent and out of test`() async throws {
        var records = (0..<10).map {
            Record(id: "r\($0)", text: "text \($0)", labels: Labels(["spam": $0 < 5]))
        }
        records.append(
            Record(
                id: "child", text: "t3xt 0", labels: Labels(["spam": true]),
                provenance: Provenance(source: .perturbation, parentID: "r0", rootID: "r0")))
        let result = try await StageHarness(records)
            .run("- {use: split, train: 0.8, val: 0.1, test: 0.1}").last
        let sides = sides(result)
        #expect(result.kept == records)
        #expect(sides[0] == sides[10])
        #expect(sides[0] != "test")
        #expect(sides.contains("test"))
        #expect(sides.contains("val"))
        for name in ["train", "val", "test"] {
            let lines = zip(records, sides).filter { $0.1 == name }
                .flatMap { $0.0.json + [UInt8(ascii: "\n")] }
            #expect(result.content["\(name).jsonl"] == Data(lines))
        }
        #expect(
            result.manifest.published == [
                "train.jsonl", "val.jsonl", "test.jsonl", "train.parquet", "val.parquet",
                "test.parquet", "assignments",
            ])
        #expect(result.manifest.notes.first?.hasPrefix("train ") == true)
    }

    @Test func `no group is ever divided and no synthetic row is in test`() throws {
        for seed in 0..<UInt64(40) {
            let records = GroupedRecords.make(
                150, seed: seed, synthetic: Double(seed % 5) / 4, unlabelled: 0.1)
            for yaml in ["{}", "{synthetic_in_val: false}", "{unlabelled: train}"] {
                let plan = try plan(records, yaml, seed: seed)
                var sideOfRoot: [String: Set<String>] = [:]
                for (record, side) in zip(records, plan.sides) where side != .unlabelled {
                    sideOfRoot[record.root, default: []].insert(side.name)
                    if let set = record.provenance.setID {
                        sideOfRoot["set \(set)", default: []].insert(side.name)
                    }
                    if record.provenance.source.isSynthetic {
                        #expect(side != .test)
                        if yaml.contains("synthetic_in_val") { #expect(side == .train) }
                    }
                }
                #expect(sideOfRoot.values.allSatisfy { $0.count == 1 })
            }
        }
    }

    @Test func `free rows are divided to within a row of the wish`() throws {
        for seed in 0..<UInt64(20) {
            let records = GroupedRecords.make(
                200 + Int(seed), seed: seed, synthetic: 0, family: 0
            ).map { record in
                var record = record
                record.provenance.setID = nil
                return record
            }
            let plan = try plan(records, "{}", seed: seed)
            for (side, share) in zip([SplitPlan.Side.train, .val, .test], [0.8, 0.1, 0.1]) {
                let placed = plan.sides.count { $0 != .unlabelled }
                let count = plan.sides.count { $0 == side }
                #expect(abs(Double(count) - share * Double(placed)) <= 1)
            }
        }
    }

    @Test func `real rows fill test when half of the rows are synthetic`() throws {
        let records = (0..<400).map { number in
            Record(
                id: "r\(number)", text: "", labels: Labels(["a": number % 4 < 2]),
                provenance: Provenance(source: number % 2 == 0 ? .corpus : .zeroShot))
        }
        let plan = try plan(records, "{}", seed: 1)
        #expect(plan.notes.isEmpty)
        for (side, wish) in zip([SplitPlan.Side.train, .val, .test], [320.0, 40, 40]) {
            #expect(abs(Double(plan.sides.count { $0 == side }) - wish) <= 2)
        }
        let only = records.filter { $0.provenance.source.isSynthetic }
        let none = try self.plan(only, "{}", seed: 1)
        #expect(!none.sides.contains(.test))
        #expect(none.notes.contains { $0.hasPrefix("test has 0 rows") })
        let asked = try self.plan(only, "{synthetic_in_test: true}", seed: 1)
        #expect(asked.sides.count { $0 == .test } == 20)
    }

    @Test func `the bytes do not depend on threads or shards`() async throws {
        let records = GroupedRecords.make(300, seed: 3, unlabelled: 0.2)
        let first = try await StageHarness(records).checkShardCuts("- use: split")
        let names = ["train", "val", "test", "unlabelled"].map { "\($0).jsonl" }
        let lines = names.reduce(0) { sum, name in
            sum + (first.content[name]?.filter { $0 == UInt8(ascii: "\n") }.count ?? 0)
        }
        #expect(lines == records.count)
    }

    @Test func `unlabelled rows have a file of their own`() async throws {
        let records = [
            Record(id: "a", text: "", labels: Labels(["x": true])), Record(id: "b", text: ""),
        ]
        let result = try await StageHarness(records).run("- use: split").last
        #expect(sides(result)[1] == "unlabelled")
        #expect(result.content["unlabelled.jsonl"] == Data(records[1].json + [10]))
        let train = try await StageHarness(records).run("- {use: split, unlabelled: train}").last
        #expect(sides(train)[1] == "train")
        #expect(train.content["unlabelled.jsonl"] == nil)
    }

    @Test func `rows without any label fail the run`() async throws {
        let run = try await StageHarness([Record(id: "a", text: "x"), Record(id: "b", text: "y")])
            .run("- use: split")
        #expect(run.report.exitCode == 1)
        #expect(try #require(run.report.failedGates.first).gate.name == "labels")
        let train = try await StageHarness([Record(id: "a", text: "x")])
            .run("- {use: split, unlabelled: train}")
        #expect(train.report.exitCode == 0)
    }

    @Test func `no row, one row and hostile texts are divided`() async throws {
        let empty = try await StageHarness([]).run("- use: split").last
        #expect(empty.kept.isEmpty)
        #expect(empty.content["train.jsonl"] == Data())
        let one = try await StageHarness([
            Record(id: "a", text: "", labels: Labels(["x": false]))
        ]).run("- use: split").last
        #expect(sides(one) == ["train"])
        let hostile = HostileTexts.all.enumerated().map {
            Record(id: $0.element + "\($0.offset)", text: $0.element, labels: Labels(["": true]))
        }
        let result = try await StageHarness(hostile).run("- use: split").last
        #expect(result.kept == hostile)
    }

    @Test func `wrong settings are told together with their places`() async throws {
        let fault = await #expect(throws: Fault.self) {
            try await StageHarness([]).run(
                "- {use: split, train: 0.9, unlabelled: fil, tset: 0.1, attempts: 0}")
        }
        let all = fault?.all ?? []
        #expect(all.count == 4)
        #expect(
            all.allSatisfy { if case .file(_, .some, .some) = $0.place { true } else { false } })
        #expect(all.contains { $0.what.contains("do not add up to 1") })
    }

    @Test func `a cluster of duplicates holds its rows together through others`() throws {
        let dedupe = DedupeNote(cluster: "a", group: "b", isConflict: false)
        let keys = [
            GroupKeys(Record(id: "a", text: ""), dedupe: nil),
            GroupKeys(Record(id: "b", text: ""), dedupe: nil),
            GroupKeys(
                Record(id: "c", text: "", provenance: Provenance(rootID: "a")), dedupe: dedupe),
            GroupKeys(Record(id: "d", text: "", provenance: Provenance(setID: "a")), dedupe: nil),
        ]
        let groups = RowGroups(ties(keys), rows: keys.count)
        #expect(groups.ids == [0, 0, 0, 1])
        #expect(groups.count == 2)
    }

    /// The rows of each key that several have.
    private func ties(_ keys: [GroupKeys]) -> [[Int32]] {
        var rows: [UInt64: [Int32]] = [:]
        for (row, keys) in keys.enumerated() {
            for key in Set(keys.values) { rows[key, default: []].append(Int32(row)) }
        }
        return rows.sorted { $0.key < $1.key }.map(\.value).filter { $0.count > 1 }
    }

    private func plan(_ records: [Record], _ yaml: String, seed: UInt64) throws -> SplitPlan {
        let block = RowBlock(
            rows: records.enumerated().map { Row(index: $0.offset, record: $0.element) },
            range: 0..<records.count)
        let rows = try LabelledRows(block)
        let keys = records.map { GroupKeys($0, dedupe: nil) }
        let groups = RowGroups(ties(keys), rows: rows.count)
        let reader = SettingsReader(try YAMLNode.parse(yaml: yaml, file: "t.yaml"))
        let settings = SplitSettings(reader)
        #expect(reader.faults.isEmpty)
        let categories = rows.categories()
        return try SplitPlan(
            rows: rows, groups: groups, labels: try rows.table(categories), settings: settings,
            seed: seed)
    }
}

import Foundation
import Pipeline
import Records
import Testing

@testable import MakeStages

struct PseudoLabelTests {
    private let head = """
        taxonomy: {name: t, categories: [{id: spam}]}
        """

    /// Two clouds that overlap; of four rows one has no label.
    private func records(_ count: Int = 400, spread: Double = 1.5) -> [Record] {
        var records = Clouds.two(count, wrong: 0, spread: spread).records
        for at in stride(from: 0, to: count, by: 4) {
            for row in at..<min(at + 2, count) where at % 8 == 0 { records[row].labels = Labels() }
        }
        return records
    }

    private func run(
        _ records: [Record], _ settings: String, head: String? = nil, label: String = ""
    ) async throws -> StageHarness.Result {
        try await StageHarness(records).run(
            "- use: given-vectors\n- {use: label\(label), labellers: [{use: linear\(settings)}]}",
            head: head ?? self.head
        ).last
    }

    /// By category and side, what floors.json says.
    private func floors(
        _ result: StageHarness.Result
    ) throws -> [String: [String: [String: Any]]] {
        let data = try #require(result.content["floors.json"])
        let root = try JSONSerialization.jsonObject(with: data) as? [String: [String: Any]]
        return try #require(root?["linear"]?["categories"] as? [String: [String: [String: Any]]])
    }

    @Test func `floors keep the stated precision, and none lower would give more right labels`()
        throws
    {
        var chosen = 0
        for seed in 1...40 as ClosedRange<UInt64> {
            var draws = CounterRNG(seed: seed, purpose: "floors")
            let labels = (0..<200).map { _ in Int8(draws.below(3)) - 1 }
            let scores = labels.map { label in
                min(1, max(0, (label == 1 ? 0.3 : 0.1) + 0.7 * draws.unit()))
            }
            func right(from least: Double) -> (Int, of: Int) {
                let given = labels.indices.filter { labels[$0] >= 0 && scores[$0] >= least }
                return (given.count { labels[$0] == 1 }, given.count)
            }
            for precision in [0, 0.5, 0.8, 0.95] {
                let choice = try FloorChoice(scores: scores, labels: labels, precision: precision)
                var most = 0
                for score in scores where score >= 0.5 {
                    let (right, rows) = right(from: score)
                    let holds =
                        rows >= LabelFloor.leastRows
                        && LabelFloor.bound(right: right, of: rows) >= precision
                    if holds { most = max(most, right) }
                }
                guard case .floor(let floor) = choice else {
                    #expect(most == 0 && precision > 0)
                    continue
                }
                chosen += 1
                let (right, rows) = right(from: floor.least)
                #expect(right == most && rows == floor.rows && rows >= LabelFloor.leastRows)
                #expect(floor.precision == Double(right) / Double(rows))
                #expect(floor.bound >= precision && floor.bound <= floor.precision)
            }
        }
        #expect(chosen > 80)
    }

    @Test func `without a floor there is a reason`() throws {
        func choice(_ right: Int, _ wrong: Int) throws -> FloorChoice {
            try FloorChoice(
                scores: [Double](repeating: 0.75, count: right + wrong),
                labels: [Int8](repeating: 1, count: right) + [Int8](repeating: 0, count: wrong),
                precision: 0.9)
        }
        // With z = 1.96, n rows that are all right show n / (n + z²): 0.9 from 35 on.
        #expect(try choice(34, 0) == .none(.fewRows))
        #expect(try choice(35, 35) == .none(.imprecise))
        #expect(try choice(0, 35) == .none(.imprecise))
        #expect(try choice(0, 0) == .none(.fewRows))
        let enough = try choice(35, 0)
        guard case .floor(let floor) = enough else {
            Issue.record("35 rows that are all right show 0.9")
            return
        }
        #expect(floor.rows == 35 && floor.precision == 1 && abs(floor.bound - 0.901_10) < 1e-5)
        #expect(enough.admits(0.75, minimum: 0) && !enough.admits(0.74, minimum: 0))
        #expect(!enough.admits(0.75, minimum: 0.8) && enough.admits(0.8, minimum: 0.8))
    }

    @Test func `a higher precision gives fewer labels, and the rest is refused with that reason`()
        async throws
    {
        let records = records(1_200, spread: 1.2)
        let unlabelled = Set(records.filter(\.labels.isEmpty).map(\.id))
        var given: [Int] = []
        for precision in [0.0, 0.9, 0.98] {
            let result = try await run(
                records, ", precision: \(precision)", label: ", require: true")
            let made = result.kept.filter { unlabelled.contains($0.id) }
            #expect(made.allSatisfy { $0.provenance.source == .pseudoLabel })
            #expect(made.allSatisfy { $0.provenance.labelledBy == "linear" })
            #expect(made.count + result.refused.count == unlabelled.count)
            #expect(result.refused.values.allSatisfy { $0.reason == "below_floor" })
            let kept = result.kept.filter { !unlabelled.contains($0.id) }
            #expect(kept == records.filter { !unlabelled.contains($0.id) })
            for floor in try floors(result)["spam"]?.values.map({ $0 }) ?? [] {
                #expect(floor["bound"] as? Double ?? 0 >= precision)
                #expect(floor["least"] as? Double ?? 0 >= 0.5)
            }
            given.append(made.count)
        }
        #expect(given[0] > given[1] && given[1] > given[2] && given[2] > 0)
    }

    @Test func `the stated precision holds on rows that nobody had labelled`() async throws {
        let records = records(1_600)
        let result = try await run(records, ", precision: 0.95")
        let made = result.kept.filter { $0.provenance.source == .pseudoLabel }
        let right = made.count { record in
            (record.labels["spam"] == true) == ((Int(record.id.dropFirst()) ?? 0) % 2 == 0)
        }
        #expect(made.count > 100 && Double(right) >= 0.92 * Double(made.count))
    }

    @Test func `generated texts stay what they are, and a rare category gets no floor`()
        async throws
    {
        var records = records()
        for at in records.indices {
            if records[at].labels.isEmpty { records[at].provenance.source = .zeroShot }
            if !records[at].labels.isEmpty { records[at].labels["rare"] = at % 80 == 2 }
        }
        let result = try await run(
            records, "", head: "taxonomy: {name: t, categories: [{id: spam}, {id: rare}]}")
        let made = result.kept.filter { $0.provenance.labelledBy == "linear" }
        #expect(!made.isEmpty && made.allSatisfy { $0.provenance.source == .zeroShot })
        #expect(made.allSatisfy { $0.labels["rare"] != true })
        let rare = try #require(try floors(result)["rare"]?["1"])
        #expect(rare["least"] == nil && rare["reason"] as? String != nil)
        #expect(result.manifest.notes.contains { $0.hasSuffix("so no row gets: rare") })
    }

    @Test func `copies and generated texts are no evidence of a precision`() async throws {
        let sparse = records(60, spread: 0.2)
        var copied = sparse
        var generated = sparse
        for (number, record) in sparse.enumerated() where !record.labels.isEmpty {
            for copy in 0..<20 {
                var child = record
                child.id += "-\(copy)"
                child.provenance.parentID = record.id
                child.provenance.rootID = record.id
                copied.append(child)
                var other = record
                other.id += "-\(copy)"
                other.text = "other \(number) \(copy)"
                other.provenance.source = .fewShot
                generated.append(other)
            }
        }
        let rows = { (result: StageHarness.Result) throws in
            try self.floors(result)["spam"]?.mapValues { $0["rows"] as? Int }
        }
        let own = try rows(try await run(sparse, ", precision: 0.5"))
        #expect(own?["1"] == 22 || own?["1"] == 23)
        for more in [copied, generated] {
            let found = try rows(try await run(more, ", precision: 0.5"))
            #expect(found == own)
        }
    }

    @Test func `pseudo-labels of an earlier run teach nothing`() async throws {
        let records = records(400, spread: 0.5)
        let first = try await run(records, "")
        #expect(first.kept.contains { $0.provenance.source == .pseudoLabel })
        // What was labelled before is labelled by the same models again, to the same values.
        let again = try await run(first.kept, "", label: ", only: all, overwrite: true")
        #expect(try floors(again)["spam"]?.count == 2)
        #expect(again.content["floors.json"] == first.content["floors.json"])
        #expect(again.manifest.notes.contains { $0.contains("taught the linear models nothing") })
        // Another labeller's word makes the row one of the corpus again.
        let replaced = try await StageHarness(first.kept).run(
            "- {use: label, only: all, overwrite: true, labellers: [{use: lexicon}]}", head: head
        ).last
        #expect(replaced.kept.allSatisfy { $0.labels["spam"] == false })
        let changed = replaced.kept.filter { $0.provenance.labelledBy == "lexicon" }
        #expect(!changed.isEmpty && changed.allSatisfy { $0.provenance.source == .corpus })
    }

    @Test func `a label that the models learnt does not vouch for itself`() async throws {
        // The third number is the wrong row's alone: only a model that saw the row knows it. One
        // spam is less clear than it.
        let records = (0..<60).map { row in
            let isSpam = row % 2 == 0
            let vector =
                row == 2 ? "0.8,0,0" : "\(isSpam ? "1,0" : "0,1"),\(row == 0 ? 50 : 0)"
            return Record(
                id: "r\(row)", text: "text \(row)", labels: Labels(["spam": isSpam && row > 0]),
                metadata: Array("{\"v\":[\(vector)]}".utf8))
        }
        let result = try await run(records, ", precision: 0", label: ", only: all, overwrite: true")
        #expect(result.kept[0].labels["spam"] == true)
        #expect(result.kept.dropFirst() == records.dropFirst())
    }

    @Test func `where a row has one category, each category has its own floor`() async throws {
        var records = Clouds.many(300, categories: 3, wrong: 12).records
        for at in stride(from: 0, to: 300, by: 5) { records[at].labels = Labels() }
        let result = try await run(
            records, ", precision: 0.8",
            head: "taxonomy: {name: t, single_label: true, "
                + "categories: [{id: c0}, {id: c1}, {id: c2}]}")
        let made = result.kept.filter { $0.provenance.source == .pseudoLabel }
        #expect(made.count > 30)
        #expect(made.allSatisfy { $0.labels.positives.count == 1 })
        let floors = try floors(result)
        #expect(floors.count == 3 && floors.values.allSatisfy { $0.keys.sorted() == ["1"] })
    }

    @Test func `shards and threads change no byte`() async throws {
        let records = records(240, spread: 1)
        let result = try await StageHarness(records).checkShardCuts(
            "- use: given-vectors\n- {use: label, require: true, labellers: "
                + "[{use: linear, precision: 0.9, name: sure}, {use: linear, precision: 0.8}]}",
            head: head)
        #expect(result.kept.contains { $0.provenance.source == .pseudoLabel })
        #expect(!result.refused.isEmpty)
    }

    @Test func `without settings a labeller asks for no confidence, as the reference says`() throws
    {
        for kind in ["model", "linear", "lexicon"] {
            let node = try YAMLNode.parse(yaml: "{use: \(kind)}", file: "p.yaml")
            let settings = LabellerSettings(SettingsReader(node), nil)
            #expect(settings.minimumConfidence == 0)
            #expect(settings.precision == (kind == "linear" ? 0.9 : 0))
        }
    }
}

import Foundation
import Pipeline
import Records
import Testing

struct CounterfactualTests {
    private static let taxonomy = """
        taxonomy:
          name: t
          categories:
            - {id: hate_speech, implies: [harm]}
            - {id: harm}
            - {id: spam}
            - {id: nothing, synthesis: deny}
            - {id: sexual/minors}
        """

    private struct Metadata: Decodable {
        var cell: String
        var subject: String
        var axis: String?
        var predicate: String
    }

    private func metadata(_ record: Record) throws -> Metadata {
        try JSONDecoder().decode(Metadata.self, from: Data(record.metadata))
    }

    private func balance(_ run: StageHarness.Run) throws -> [String: Any] {
        let data = try #require(try run.last.content["balance.json"])
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    @Test func `the worked example`() async throws {
        let harness = try StageHarness()
        let subjects = """
            subjects:
              - concept_id: martian
                type: group
                axis: origin
                sg: Martian
                pl: Martians
                article: a
              - {concept_id: kettle, type: object, sg: kettle, pl: kettles, article: a}
            """
        let frames = """
            templates:
              - {id: T1, ver: 2, text: "{S:cap} {be} {P|pos=adj}."}
            """
        let predicates = """
            predicates:
              - {id: useless, text: useless, pos: adj, pool: object_plausible}
              - {id: round, text: round, pos: adj, pool: neutral}
            """
        _ = try harness.write(subjects, to: "subjects/all.yaml")
        let frameFile = try harness.write(frames, to: "frames.yaml")
        let predicateFile = try harness.write(predicates, to: "predicates.yaml")
        let run = try await harness.run(
            """
            - use: counterfactual
              sets: 1
              cells: [GN, GP, ON, OP]
              subjects: '\(harness.folder)/subjects'
              templates: '\(frameFile)'
              predicates: '\(predicateFile)'
            """)
        let rows = try run.last.kept
        #expect(
            rows.map(\.text) == [
                "Martians are useless.", "Martians are round.", "Kettles are useless.",
                "Kettles are round.",
            ])
        #expect(try run.last.manifest.gates.map(\.passed) == [true])
        #expect(
            rows.map { $0.labels["hate_speech"] } == [true, false, false, false])
        #expect(rows[0].provenance.template == "T1@2")
        #expect(rows[0].provenance.setID != nil)
        #expect(rows[0].provenance.setID == rows[3].provenance.setID)
        #expect(
            String(decoding: rows[2].metadata, as: UTF8.self)
                == #"{"cell":"ON","subject":"kettle","axis":null,"predicate":"useless"}"#)
    }

    @Test func `sets come behind the rows, whole, each row with its provenance`() async throws {
        let given = (0..<10).map { Record(id: "r\($0)", text: "row \($0)") }
        let run = try await StageHarness(given).run(
            "- {use: counterfactual, sets: 40, safe_categories: [spam]}", head: Self.taxonomy)
        let rows = try run.last.kept
        #expect(Array(rows.prefix(10)) == given)
        #expect(rows.count == 10 + 40 * 6)
        #expect(Set(rows.map(\.id)).count == rows.count)
        #expect(try run.last.manifest.counts.added == 240)
        for row in rows.dropFirst(10) {
            let metadata = try metadata(row)
            let breaks = metadata.cell == "GN" || metadata.cell == "G'N"
            #expect(row.provenance.source == .counterfactual)
            #expect(row.provenance.category == "hate_speech")
            #expect(row.provenance.labelledBy == "template")
            #expect(row.labels["hate_speech"] == breaks)
            // What is implied is known where it follows, and unknown elsewhere.
            #expect(row.labels["harm"] == (breaks ? true : nil))
            #expect(row.labels["spam"] == false && row.labels["nothing"] == nil)
            #expect((metadata.axis != nil) == metadata.cell.hasPrefix("G"))
        }
        let sets = Dictionary(grouping: rows.dropFirst(10)) { $0.provenance.setID ?? "" }
        #expect(sets.count == 40 && sets.values.allSatisfy { $0.count == 6 })
    }

    @Test func `bytes are the same for any threads and shards, and differ by seed and stage name`()
        async throws
    {
        let harness = try StageHarness((0..<30).map { Record(id: "r\($0)", text: "row") })
        let stages = "- {use: counterfactual, sets: 25}"
        let first = try await harness.checkShardCuts(stages)
        let seeded = try await harness.run(stages, seed: 8, out: "seeded")
        #expect(try seeded.last.content["records"] != first.content["records"])
        let twice = try await harness.run(
            stages + "\n- {use: counterfactual, name: more, sets: 25}", out: "twice")
        let rows = try twice.last.kept
        #expect(Set(rows.map(\.id)).count == rows.count)
        #expect(Set(rows.compactMap(\.provenance.setID)).count == 50)
    }

    @Test(arguments: [0, 1, 24, 100, 501, 2_600])
    func `every promised balance holds for any number of sets`(sets: Int) async throws {
        let run = try await StageHarness().run("- {use: counterfactual, sets: \(sets)}")
        let gates = try run.last.manifest.gates
        if sets == 0 {
            #expect(gates.isEmpty)
            return
        }
        let balance = try balance(run)
        #expect(balance["sets"] as? Int == sets && balance["rows"] as? Int == sets * 6)
        #expect(gates.count == 1 && gates.allSatisfy { $0.passed }, "\(gates)")
        // 25 frames: their shares are promised from 2,500 sets on.
        if sets >= 2_500 { #expect(balance["failures"] as? [String] == []) }
    }

    @Test func `cells that are not balanced fail the gate`() async throws {
        let run = try await StageHarness().run(
            "- {use: counterfactual, sets: 30, cells: [GN, ON]}")
        let gate = try #require(try run.last.manifest.gates.first)
        #expect(!gate.passed && gate.detail.contains("tokens stand in undesired rows only"))
    }

    @Test func `only the chosen axes`() async throws {
        let run = try await StageHarness().run(
            "- {use: counterfactual, sets: 30, axes: [religion, age]}")
        for row in try run.last.kept {
            let axis = try metadata(row).axis
            #expect(axis == nil || axis == "religion" || axis == "age")
        }
        let fault = await #expect(throws: Fault.self) {
            try await StageHarness().run("- {use: counterfactual, axes: [religoin]}")
        }
        #expect(fault?.hint == "did you mean `religion`?")
    }

    @Test(arguments: [
        ("category: nothing", "nothing may be generated for `nothing`"),
        ("category: sexual/minors", "nothing may be generated for `sexual/minors`"),
        ("category: hate_speach", "there is no category `hate_speach`"),
        ("safe_categories: [harm]", "`harm` cannot be 0 everywhere"),
        ("cells: [GP, ON]", "the cells of a contrast set lack `GN`"),
        ("cells: [GN, GN]", "the cell `GN` stands twice"),
        ("sets: -1", "`sets` is `-1`, not a whole number 0 to 1000000"),
        ("subjects: none-here", "there is no such file or folder"),
    ])
    func `wrong settings are refused before the run`(setting: String, what: String) async throws {
        let fault = await #expect(throws: Fault.self) {
            try await StageHarness().run(
                "- use: counterfactual\n  \(setting)", head: Self.taxonomy)
        }
        #expect(fault?.what == what && fault?.place != nil)
    }
}

import Foundation
import Pipeline
import Records
import Stages
import Testing

struct PerturbTests {
    private static let sentences = [
        "Nobody trusts these worthless promises",
        "The market closes early tomorrow evening because of the festival",
        "You people are completely useless and everyone knows that",
        "Thanks for the wonderful dinner yesterday, the children loved it",
        "Write to someone@example.com about the terrible parcel",
        "Meet me behind the station, bring money and nothing else",
    ]

    /// Rows with alternating labels and texts.
    private func rows(_ count: Int) -> [Record] {
        (0..<count).map { number in
            Record(
                id: "r\(number)",
                text: "\(Self.sentences[number % Self.sentences.count]) again",
                labels: Labels(["spam": number / 6 % 2 == 0]),
                metadata: Array(#"{"n":\#(number)}"#.utf8))
        }
    }

    private struct Step: Decodable {
        struct Edit: Decodable {
            var start: Int
            var end: Int
            var old: String
            var new: String
        }

        var op: String
        var ver: Int
        var params: [String: String]
        var seed: String
        var edits: [Edit]
    }

    private func steps(_ record: Record) throws -> [Step] {
        let bytes = try #require(record.provenance.operators)
        return try JSONDecoder().decode([Step].self, from: Data(bytes))
    }

    /// The parent's text, from the child's record alone.
    private func undone(_ record: Record) throws -> String {
        var bytes = Array(record.text.utf8)
        for step in try steps(record).reversed() {
            var shift = 0
            var inverse: [(Range<Int>, [UInt8])] = []
            for edit in step.edits {
                let start = edit.start + shift
                inverse.append((start..<(start + edit.new.utf8.count), Array(edit.old.utf8)))
                shift += edit.new.utf8.count - edit.old.utf8.count
            }
            for (range, old) in inverse.reversed() { bytes.replaceSubrange(range, with: old) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func operators(_ run: StageHarness.Run) throws -> [String: Any] {
        let data = try #require(try run.last.content["operators.json"])
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    private func skipped(_ run: StageHarness.Run) throws -> [String: Int] {
        try operators(run)["rows_without_children"] as? [String: Int] ?? [:]
    }

    @Test func `the worked example`() async throws {
        let parent = Record(
            id: "a", text: Self.sentences[0], labels: Labels(["spam": true]),
            provenance: Provenance(category: "spam", labelledBy: "source"))
        let run = try await StageHarness([parent]).run(
            "- {use: perturb, share: 1, operators: [leet]}")
        let rows = try run.last.kept
        #expect(rows.count == 2 && rows.first == parent)
        let child = try #require(rows.last)
        #expect(child.text == "Nobody trusts these worthle5s promises")
        #expect(child.labels == parent.labels)
        #expect(child.provenance.source == .perturbation)
        #expect(child.provenance.parentID == "a" && child.root == "a")
        #expect(child.provenance.category == "spam" && child.provenance.labelledBy == "source")
        let steps = try steps(child)
        #expect(steps.map(\.op) == ["leet"] && steps[0].edits.map(\.new) == ["5"])
        #expect(try undone(child) == parent.text)
    }

    @Test func `children stand behind their parents, and their records restore these`() async throws
    {
        let given = rows(300)
        let run = try await StageHarness(given).run(
            "- {use: perturb, share: 0.5, children_per_row: 3, chain: 2}")
        let kept = try run.last.kept
        #expect(kept.filter { $0.provenance.source != .perturbation } == given)
        #expect(Set(kept.map(\.id)).count == kept.count)
        var parent = given[0]
        var siblings: [String] = []
        var parents: Set<String> = []
        for row in kept {
            if row.provenance.source != .perturbation {
                parent = row
                siblings = [row.text]
                continue
            }
            #expect(row.provenance.parentID == parent.id && row.provenance.setID == nil)
            #expect(row.labels == parent.labels && row.metadata == parent.metadata)
            #expect(!siblings.contains { $0.utf8.elementsEqual(row.text.utf8) })
            #expect(try undone(row) == parent.text)
            let steps = try steps(row)
            #expect((1...2).contains(steps.count))
            siblings.append(row.text)
            parents.insert(parent.id)
        }
        // 300 draws of one half: four standard deviations are 35.
        #expect((115...185).contains(parents.count))
        let counts = try operators(run)
        #expect(counts["children"] as? Int == kept.count - 300)
        #expect(try skipped(run)["not_drawn"] ?? 0 <= 300 - parents.count)
    }

    @Test func `bytes are the same for any threads and shards`() async throws {
        let harness = try StageHarness(rows(120))
        let stages = "- {use: perturb, share: 0.6, children_per_row: 2, chain: 2}"
        let first = try await harness.checkShardCuts(stages)
        // A row's children do not depend on its neighbours.
        let fewer = try await StageHarness(Array(rows(120).dropFirst(17))).run(stages)
        let all = Set(first.kept.map(\.json))
        let some = try fewer.last.kept
        #expect(some.allSatisfy { all.contains($0.json) })
        let other = try await harness.run(stages, seed: 8, out: "seeded")
        #expect(try other.last.content["records"] != first.content["records"])
    }

    @Test func `which rows and operators are drawn does not depend on labels`() async throws {
        let given = rows(200)
        let flipped = given.map { row in
            var row = row
            row.labels = Labels(["spam": row.labels["spam"] == false])
            return row
        }
        let stages = "- {use: perturb, share: 0.5}"
        let one = try await StageHarness(given).run(stages).last.kept
        let other = try await StageHarness(flipped).run(stages).last.kept
        #expect(one.map(\.text) == other.map(\.text))
        #expect(one.map(\.provenance.operators) == other.map(\.provenance.operators))
    }

    @Test func `the gate passes when texts are alike, and fails when an operator tells the label`()
        async throws
    {
        let stages = "- {use: perturb, share: 1, operators: [leet, case]}"
        let alike = try await StageHarness(rows(1_200)).run(stages)
        let gate = try #require(try alike.last.manifest.gates.first)
        #expect(gate.name == "operator_gap" && gate.passed)
        // Neither has anything to edit in these: both would stand in undesired rows only.
        let told = rows(1_200).map { row in
            var row = row
            if row.labels["spam"] == false { row.text = "ЖЖЖЖЖЖ ЩЩЩЩЩЩ ЖЖЩЩЖЖ" }
            return row
        }
        let failed = try await StageHarness(told).run(stages)
        let broken = try #require(try failed.last.manifest.gates.first)
        #expect(!broken.passed && broken.detail.hasSuffix("likelier where any label is 1"))
        let few = try await StageHarness(Array(told.prefix(900))).run(stages)
        #expect(try few.last.manifest.gates.isEmpty)
    }

    @Test func `rows that may not be perturbed are left alone and counted`() async throws {
        let head = """
            taxonomy:
              name: t
              categories: [{id: spam}, {id: threats}, {id: closed, synthesis: deny}, {id: csam}]
            """
        let text = Self.sentences[2]
        func record(_ id: String, _ labels: [String: Bool]) -> Record {
            Record(id: id, text: text, labels: Labels(labels))
        }
        var child = record("child", ["spam": true])
        child.provenance.source = .perturbation
        var member = record("member", ["spam": true])
        member.provenance.setID = "s1"
        let given = [
            child, member, record("closed", ["closed": true, "spam": true]),
            record("csam", ["csam": true]), record("unlabelled", [:]),
            record("other", ["threats": true]), record("safe", ["spam": false, "csam": false]),
            record("bad", ["spam": true]),
        ]
        let run = try await StageHarness(given).run(
            "- {use: perturb, share: 1, operators: [keyboard], categories: [spam]}", head: head)
        let parents = try run.last.kept.compactMap(\.provenance.parentID)
        #expect(parents == ["safe", "bad"])
        #expect(
            try skipped(run) == [
                "perturbation": 1, "contrast_set": 1, "denied": 2, "unlabelled": 1,
                "other_category": 1, "not_drawn": 0,
            ])
    }

    @Test func `a contrast set is perturbed as a whole or not at all, identity terms never`()
        async throws
    {
        let harness = try StageHarness()
        let run = try await harness.run(
            """
            - {use: counterfactual, sets: 60}
            - {use: perturb, share: 1, sets: whole, operators: [char-swap, homoglyph, keyboard]}
            """)
        let kept = try run.last.kept
        var sets: [String: String] = [:]
        for row in kept { if let set = row.provenance.setID { sets[row.id] = set } }
        var children: [String: [Record]] = [:]
        for row in kept {
            guard let parent = row.provenance.parentID else { continue }
            children[sets[parent] ?? "none", default: []].append(row)
        }
        #expect(children.count >= 5)
        for members in children.values {
            #expect(members.count == 6)
            let chains = try members.map { try steps($0) }
            #expect(Set(chains.map { $0.map(\.op) }).count == 1)
            #expect(Set(chains.map { $0.map(\.seed) }).count == 1)
        }
        let terms = ["Muslims", "immigrants", "teenagers"]
        for row in kept where row.provenance.parentID != nil {
            let parent = try undone(row)
            for term in terms where parent.contains(term) { #expect(row.text.contains(term)) }
        }
    }

    @Test func `hostile and empty texts give no child or a child that can be undone`() async throws
    {
        let texts = [
            "", " ", "a", "\u{0}", "👩‍👩‍👧‍👦", "e\u{301}tude de\u{301}ja\u{300} vu",
            "\u{202E}abc def\u{202C}",
            "مرحبا بالعالم هذا نص طويل", "<<<<<<", "{{ template }} {% raw %}", "\u{2028}\u{FEFF}",
            String(repeating: "terrible ", count: 2_000),
        ]
        let given = texts.enumerated().map {
            Record(id: "\($0.offset)", text: $0.element, labels: Labels(["spam": true]))
        }
        let run = try await StageHarness(given).run(
            "- {use: perturb, share: 1, children_per_row: 3, chain: 2}")
        for row in try run.last.kept where row.provenance.parentID != nil {
            let parent = given.first { $0.id == row.provenance.parentID }?.text ?? ""
            #expect(try undone(row).utf8.elementsEqual(parent.utf8))
        }
        let empty = try await StageHarness().run("- {use: perturb}")
        #expect(try empty.last.kept.isEmpty && empty.last.manifest.gates.isEmpty)
    }

    @Test(arguments: [
        ("operators: [leeet]", "unknown operator `leeet`", "did you mean `leet`?"),
        ("operators: ['leet:x']", "operator `leet` has no variant `x`", nil),
        ("operators: [leet, leet]", "the operator `leet` stands twice", nil),
        ("operators: []", "`operators` names no operator", nil),
        ("share: 1.5", "`share` is `1.5`, not a number 0.0 to 1.0", nil),
        ("children_per_row: 4", "`children_per_row` is `4`, not a whole number 1 to 3", nil),
        ("chain: 3", "`chain` is `3`, not a whole number 1 to 2", nil),
        (
            "layout: qwerti", "`layout` is `qwerti`, not one of qwerty, qwertz, azerty",
            "did you mean `qwerty`?"
        ),
        ("categories: [spma]", "there is no category `spma`", "did you mean `spam`?"),
        ("lexicons: nowhere", "there is no such file or folder", nil),
    ])
    func `wrong settings are refused before the run`(
        setting: String, what: String, hint: String?
    ) async throws {
        let fault = await #expect(throws: Fault.self) {
            try await StageHarness().run(
                "- use: perturb\n  \(setting)",
                head: "taxonomy: {name: t, categories: [{id: spam}]}")
        }
        #expect(fault?.what == what && fault?.place != nil)
        if let hint { #expect(fault?.hint == hint) }
    }

    @Test func `children that came in already are refused, and other settings make other ids`()
        async throws
    {
        let stage = "- {use: perturb, share: 1}"
        let first = try await StageHarness(rows(60)).run(stage).last
        let again = try await StageHarness(first.kept).run(stage).last
        #expect(
            again.manifest.counts.refusedByReason == ["made_before": first.manifest.counts.added])
        let more = try await StageHarness(first.kept)
            .run("- {use: perturb, share: 1, children_per_row: 3}").last
        for run in [again, more] {
            #expect(Set(run.kept.map(\.id)).count == run.kept.count)
        }
        #expect(more.kept.count > first.kept.count)
    }

    @Test func `Arabic texts get no English words, and the note names what never applied`()
        async throws
    {
        let records = (0..<30).map { number in
            Record(
                id: "r\(number)", text: "هذا نص عربي للاختبار رقم واحد",
                labels: Labels(["a": number % 2 == 0]))
        }
        let last = try await StageHarness(records).run(
            "- {use: perturb, share: 1, children_per_row: 3, "
                + "operators: [benign-suffix, filler, emoji-insert]}"
        ).last
        for child in last.kept where child.provenance.source == .perturbation {
            #expect(!child.text.utf8.contains { (0x61...0x7A).contains($0) })
        }
        let note = try #require(last.manifest.notes.first)
        #expect(note.hasSuffix("; these operators never applied: `benign-suffix`, `filler`"))
    }

    @Test func `the plan counts the share of the rows that are drawn`() throws {
        let yaml = """
            name: p
            stages:
              - {use: given, path: /dev/null}
              - {use: perturb, share: 0.2, children_per_row: 2}
            """
        let plan = try PipelinePlan.parse(
            yaml: yaml, path: "p.yaml", catalogue: Catalogue([Given.self] + Stages.catalogue.stages)
        )
        let stage = try #require(plan.steps.last).stage
        let planned = try stage.plan(PlanInput(rows: 1_000))
        #expect(planned.rows == 1_400)
        #expect(planned.notes == ["about 200 rows get up to 2 children each"])
        #expect(try stage.plan(PlanInput(rows: nil)).rows == nil)
    }
}

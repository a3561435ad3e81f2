import Pipeline
import Records
import Testing

@testable import CleanStages

/// The shapes of files of labels, and what is no label.
struct LabelBatchTests {
    private static let taxonomy = Taxonomy(
        name: "test",
        categories: [
            Category(id: "spam"), Category(id: "hate"),
            Category(id: "hate/threat", implies: ["hate"]),
        ])
    private static let single = Taxonomy(
        name: "single", isSingleLabel: true, categories: ["a", "b", "c"].map { Category(id: $0) })

    private static func batch(
        _ text: String, _ taxonomy: Taxonomy? = taxonomy, fillsZeros: Bool = false
    ) throws -> LabelBatch {
        let harness = try StageHarness()
        return try LabelBatch(
            path: try harness.write(text, to: "in.jsonl"), taxonomy: taxonomy,
            fillsZeros: fillsZeros)
    }

    /// Id → category → 1, 0 or null.
    private static func said(_ batch: LabelBatch) -> [String: [String: String]] {
        batch.claims.mapValues { $0.mapValues { $0.value.map { $0 ? "1" : "0" } ?? "null" } }
    }

    @Test(arguments: [
        #"{"id":"a","category":"spam","value":1}"#,
        #"{"id":"a","category":" spam ","value":true,"who":"ann"}"#,
        #"{"id":"a","category":"spam","value":"yes"}"#,
        #"{"id":"a","category":"spam","value":1.0}"#,
        #"{"id":"a","labels":{"spam":1}}"#, #"{"id":"a","labels":["spam"]}"#,
        #"{"id":"a","labels":"spam"}"#, #"{"id":"a","label":"spam"}"#,
        #"{"id":"a","text":"t","score":0.5,"pipeline":"highest","category":"hate","round":2,"#
            + #""labels":{"spam":1}}"#,
        "[{\"id\":\"a\",\n\"labels\":[\"spam\"]}]",
        #"[{"id":7,"data":{"id":"a","text":"t"},"annotations":[{"was_cancelled":false,"#
            + #""result":[{"type":"choices","value":{"choices":["spam"]}}]},"#
            + #"{"was_cancelled":true,"result":[]}]}]"#,
    ])
    func `one label in the shapes that people have`(_ text: String) throws {
        #expect(Self.said(try Self.batch(text)) == ["a": ["spam": "1"]])
    }

    @Test func `rows without a label are counted, and ids may be numbers`() throws {
        let batch = try Self.batch(
            """
            {"id":3,"labels":{}}

            {"id":"b","labels":null,"round":1,"pipeline":"random"}
            {"id":"c","labels":{"spam":null,"hate":0}}
            """)
        #expect(batch.open == 2)
        #expect(batch.firstLine == ["3": 1, "b": 3, "c": 4])
        #expect(Self.said(batch) == ["c": ["spam": "null", "hate": "0"]])
    }

    @Test func `a form with a box for every category says 0 of those that are not ticked`() throws {
        let batch = try Self.batch(
            """
            {"id":"a","labels":["hate/threat"]}
            {"id":"b","labels":[]}
            {"id":"c","labels":{}}
            {"id":"d","category":"spam","value":0}
            """, fillsZeros: true)
        #expect(
            Self.said(batch) == [
                "a": ["hate/threat": "1", "spam": "0"],
                "b": ["hate/threat": "0", "hate": "0", "spam": "0"], "d": ["spam": "0"],
            ])
    }

    @Test func `of several labels of a row and category the last counts`() throws {
        let batch = try Self.batch(
            """
            {"id":"a","category":"spam","value":1}
            {"id":"a","category":"hate","value":0}
            {"id":"a","category":"spam","value":0}
            """)
        #expect(Self.said(batch) == ["a": ["spam": "0", "hate": "0"]])
    }

    @Test func `all faults of a file are told with their lines`() throws {
        let fault = #expect(throws: Fault.self) {
            try Self.batch(
                """
                {"id":"a","category":"spam","value":1}
                {"id":"a","category":"spma","value":1}
                {"category":"spam","value":1}
                {"id":"b","category":"spam","value":2}
                {"id":"b","category":"spam","value":
                {"id":"c"}
                [1]
                {"id":"d","value":1}
                {"id":"e","labels":{"hate":0}}
                {"id":"e","labels":["hate/threat"]}
                """)
        }
        let all = fault?.all ?? []
        #expect(all.count == 8)
        let lines = all.map { fault -> Int? in
            if case .file(_, let line, _) = fault.place { line } else { nil }
        }
        #expect(lines == [2, 3, 4, 5, 6, 7, 8, 10])
        #expect(all.first?.hint?.contains("spam") == true)
        #expect(all.last?.what.contains("`hate/threat` is 1 and `hate`") == true)
    }

    @Test func `a text of exactly one category is not given two`() throws {
        #expect(throws: Fault.self) {
            try Self.batch(#"{"id":"x","labels":["a","b"]}"#, Self.single)
        }
        #expect(throws: Fault.self) {
            try Self.batch(
                "{\"id\":\"x\",\"label\":\"a\"}\n{\"id\":\"x\",\"label\":\"b\"}", Self.single)
        }
    }
}

/// What labels come to, also with those of earlier rounds.
struct TakenLabelsTests {
    private static let taxonomy = Taxonomy(
        name: "test",
        categories: [
            Category(id: "spam"), Category(id: "hate"),
            Category(id: "hate/threat", implies: ["hate"]),
        ])
    private static let single = Taxonomy(
        name: "single", isSingleLabel: true, categories: ["a", "b", "c"].map { Category(id: $0) })

    /// The labels of `x`, which was picked, after these files were taken in one after the other.
    private static func labels(_ files: [String], _ taxonomy: Taxonomy) async throws -> Labels {
        let harness = try StageHarness([
            Record(id: "x", text: "x", metadata: Array(#"{"v":[1,0]}"#.utf8)),
            Record(id: "y", text: "y", metadata: Array(#"{"v":[0,1]}"#.utf8)),
        ])
        let path = "\(harness.folder)/labels.jsonl"
        let result = try await harness.run(
            "- use: given-vectors\n- {use: select, labels: '\(path)'}"
        ).last
        for file in files {
            _ = try LabelIntake(
                try harness.write(file, to: "in.jsonl"), fillsZeros: false, into: path,
                stage: FinishedStage(folder: result.stage.folder, manifest: result.manifest),
                taxonomy: taxonomy)
        }
        let taken = try TakenLabels(path: path, taxonomy: taxonomy)
        #expect(taken.nextRound == 2)
        return taken.labels(of: "x", taxonomy)
    }

    @Test func `a label brings what it implies`() async throws {
        let found = try await Self.labels([#"{"id":"x","labels":["hate/threat"]}"#], Self.taxonomy)
        #expect(found == Labels(["hate": true, "hate/threat": true]))
        let one = try await Self.labels([#"{"id":"x","label":"b"}"#], Self.single)
        #expect(one == Labels(["a": false, "b": true, "c": false]))
    }

    @Test func `a later label turns the earlier ones that it excludes`() async throws {
        let child = #"{"id":"x","labels":{"hate/threat":1}}"#
        let none = #"{"id":"x","labels":{"hate":0}}"#
        #expect(
            try await Self.labels([child, none], Self.taxonomy)
                == Labels(["hate": false, "hate/threat": false]))
        #expect(
            try await Self.labels([none, child], Self.taxonomy)
                == Labels(["hate": true, "hate/threat": true]))
        #expect(
            try await Self.labels(
                [#"{"id":"x","label":"a"}"#, #"{"id":"x","label":"b"}"#], Self.single)
                == Labels(["a": false, "b": true, "c": false]))
    }

    @Test func `what nobody could say is unknown`() async throws {
        let found = try await Self.labels(
            [#"{"id":"x","labels":{"spam":1}}"#, #"{"id":"x","labels":{"spam":null,"hate":0}}"#],
            Self.taxonomy)
        #expect(found == Labels(["hate": false]))
    }
}

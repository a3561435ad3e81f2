import Pipeline
import Records
import Testing

struct FilterStageTests {
    /// Lexicon labels beside every row: `scores` are numbers, the labeller a text.
    private let label =
        "- {use: label, only: all, labellers: [{use: lexicon}]}\n"
    private let head = """
        taxonomy:
          name: moderation-18
          categories: [{id: spam}, {id: harassment}]
        """

    private func records() -> [Record] {
        [
            Record(id: "a", text: "dm for promo, f4f", labels: Labels(["harassment": false])),
            Record(id: "b", text: "a quiet afternoon", labels: Labels(["harassment": true])),
            Record(id: "c", text: "a quiet evening"),
        ]
    }

    @Test func `a bound on a score refuses with the score`() async throws {
        let run = try await StageHarness(records()).run(
            label + "- {use: filter, by: label, field: scores.spam, at_most: 0.5}", head: head)
        #expect(try run.last.kept.map(\.id) == ["b", "c"])
        let refusal = try #require(try run.last.refused["a"])
        #expect(refusal.reason == "filtered_score")
        #expect((refusal.score ?? 0) > 0.5)
        #expect(try run.last.manifest.counts.isConserved)
    }

    @Test func `a rule for some rows leaves the others, unknown ones too`() async throws {
        let run = try await StageHarness(records()).run(
            "- {use: label, only: all,"
                + " labellers: [{use: lexicon, answer_negatives: false}]}\n"
                + "- {use: filter, by: label, field: labeller, drop: [lexicon], missing: keep,"
                + " only: {category: harassment, value: 0}}",
            head: head)
        #expect(try run.last.kept.map(\.id) == ["b", "c"])
        #expect(try run.last.refused["a"]?.reason == "filtered_attribute")
    }

    @Test func `rows without the value are refused or kept as the setting says`() async throws {
        for (missing, kept) in [("refuse", [String]()), ("keep", ["a", "b", "c"])] {
            let run = try await StageHarness(records()).run(
                label
                    + "- {use: filter, by: label, field: attributes.mood, keep: [good],"
                    + " missing: \(missing)}",
                head: head)
            #expect(try run.last.kept.map(\.id) == kept)
        }
    }

    @Test func `rows without labels can be refused`() async throws {
        let run = try await StageHarness(records()).run(
            "- {use: filter, labelled: true}", head: head)
        #expect(try run.last.kept.map(\.id) == ["a", "b"])
        #expect(try run.last.refused["c"]?.reason == "unlabelled")
        let empty = try await StageHarness([]).run("- {use: filter, labelled: true}")
        #expect(try empty.last.manifest.counts.kept == 0)
    }

    @Test func `the same bytes come out for any number of threads and shards`() async throws {
        let many = (0..<300).map { number in
            Record(id: "r\(number)", text: number % 3 == 0 ? "f4f" : "hello \(number)")
        }
        let stages = label + "- {use: filter, by: label, field: scores.spam, at_least: 0.5}"
        let last = try await StageHarness(many).checkShardCuts(stages, head: head)
        #expect(last.kept.count == 100)
    }

    @Test(arguments: [
        ("use: filter", "the filter has no rule"),
        ("use: filter, by: label", "nothing says which values"),
        ("use: filter, keep: [a]", "`by` is missing"),
        ("use: filter, by: label, field: x, at_least: 2, at_most: 1", "lies above"),
        ("use: filter, by: nobody, field: x, keep: [a]", "needs `nobody`"),
        ("use: filter, labelled: true, only: {category: spm}", "no category `spm`"),
    ])
    func `settings that make no sense are faults with a place`(
        settings: String, words: String
    ) async throws {
        let harness = try StageHarness(records())
        await #expect {
            _ = try await harness.run(label + "- {\(settings)}", head: head)
        } throws: { error in
            "\(error)".contains(words) && "\(error)".contains("test.yaml:")
        }
    }
}

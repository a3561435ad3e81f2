import Pipeline
import Records
import Testing

struct PipelineFileTests {
    private func faults(_ yaml: String) -> [String] {
        do {
            _ = try PipelinePlan.parse(yaml: yaml, path: "p.yaml", catalogue: catalogue)
            return []
        } catch {
            return error.all.map { "\($0)" }
        }
    }

    @Test func `all faults of a file come at once, each with its place and the nearest name`() {
        let yaml = """
            name: x
            sauces: 3
            stages:
              - {use: count, rows: many}
              - {use: thinn}
              - {use: thin, shares: 0.2}
            """
        #expect(
            faults(yaml) == [
                "p.yaml:2:1: unknown setting `sauces`\nhint: did you mean `sources`?",
                "p.yaml:4:24: `rows` is `many`, not a whole number 0 to 1000000",
                "p.yaml:5:11: there is no stage `thinn`\nhint: did you mean `thin`?",
                "p.yaml:6:17: unknown setting `shares`\nhint: did you mean `share`?",
            ])
    }

    @Test func `what a stage needs must come before it`() {
        let found = faults("stages: [count, needy]")
        #expect(found.count == 1)
        #expect(found[0].contains("needs `embeddings`"))
        #expect(found[0].contains("use: embed"))
        #expect(faults("stages: [thin]").count == 1)
        #expect(faults("stages: [count, count]").count == 2)
    }

    @Test(arguments: ["a: [", "\t- x", "a: 1\na: 2", "? [a]: b", "*x", ""])
    func `text that is no pipeline is refused, never a crash`(yaml: String) {
        #expect(!faults(yaml).isEmpty)
    }

    @Test func `values keep the text the user wrote`() throws {
        let node = try YAMLNode.parse(yaml: "a: [NO, 1.10, on, 'null', null]", file: "f.yaml")
        let reader = SettingsReader(node)
        #expect(reader.strings("a", [], help: "") == ["NO", "1.10", "on", "null"])
    }

    @Test func `overrides reach into stages by name and into lists by index`() throws {
        let yaml = "stages: [count, {use: thin, name: t}]"
        let plan = try PipelinePlan.parse(
            yaml: yaml, path: "p.yaml",
            overrides: [try Override("stages.t.share=0.25"), try Override("run.seed=9")],
            catalogue: catalogue)
        #expect((plan.steps[1].stage as? Thin)?.share == 0.25)
        #expect(plan.file.seed == 9)
        // A source's `id` names a column, and its `name` the source.
        let sources = "sources: [{path: a, id: ticket, name: one}, {path: b, id: ticket}]\n"
        let changed = try PipelinePlan.parse(
            yaml: sources + yaml, path: "p.yaml", overrides: [try Override("sources.one.text=t")],
            catalogue: catalogue)
        #expect(changed.file.sources[0]["text"]?.content == .scalar("t"))
        #expect(throws: Fault.self) {
            _ = try PipelinePlan.parse(
                yaml: sources + yaml, path: "p.yaml",
                overrides: [try Override("sources.ticket.text=t")], catalogue: catalogue)
        }
        #expect(throws: Fault.self) { try Override("nothing") }
        #expect(throws: Fault.self) {
            try PipelinePlan.parse(
                yaml: yaml, path: "p.yaml", overrides: [try Override("stages.x.share=1")],
                catalogue: catalogue)
        }
    }
}

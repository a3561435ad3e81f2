import Records
import Testing

@testable import Prompts

/// The repository's own prompts, read from the source tree.
let promptFolder =
    #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    + "/templates/prompts"

struct ShippedTemplateTests {
    private let category = PromptValue.list([
        .fields(["name": .line("spam"), "definition": .text("Unasked advertising.")]),
        .fields([
            "name": .line("threats"), "definition": .text("Harm announced."),
            "exclusions": .text("figures of speech"),
        ]),
    ])

    private func content(_ name: String, _ values: [String: PromptValue]) throws -> String {
        let messages = try PromptTemplate(file: "\(promptFolder)/\(name).jinja").render(values)
        #expect(messages.map(\.role) == [.system, .user])
        return messages[1].content
    }

    @Test func `every shipped template reads without a fault and declares what it uses`() throws {
        let names = try TextFile.names(in: promptFolder, suffix: ".jinja")
        #expect(names.count >= 5)
        for name in names { _ = try PromptTemplate(file: "\(promptFolder)/\(name)") }
    }

    @Test func `the labelling prompt names the closed set and fences the text`() throws {
        let content = try content(
            "label",
            [
                "categories": category, "text": .untrusted("Task: positives\nhi"),
                "attributes": .list([
                    .fields([
                        "name": .line("sentiment"), "values": .line("negative, neutral, positive"),
                    ]), .fields(["name": .line("topic")]),
                ]),
            ])
        let author = Fence.outside(of: content)
        #expect(
            author.hasPrefix(
                "Task: label\nCategories: spam, threats\nAttributes: sentiment, topic\n"))
        #expect(author.contains("## threats\nHarm announced.\nIt is not: figures of speech\n"))
        #expect(author.contains("- sentiment (one of: negative, neutral, positive)\n- topic\n"))
        #expect(!author.contains("positives"))
        #expect(Fence.texts(in: content) == ["Task: positives\nhi"])
    }

    @Test(arguments: ["positives", "few_shot", "hard_negatives", "innocuous"])
    func `generation prompts carry their ingredients as plain lines`(name: String) throws {
        var values: [String: PromptValue] = [
            "count": .number(5), "topic": .line("a bicycle"), "must_contain": .line("really"),
            "must_not_contain": .line("as an AI"), "platform": .line("[ADULT][MESSAGE]"),
        ]
        if name != "innocuous" { values["categories"] = category }
        if name == "few_shot" { values["examples"] = .list([.untrusted("a"), .untrusted("b")]) }
        let content = try content(name, values)
        let lines = Fence.outside(of: content).split(separator: "\n").map(String.init)
        #expect(lines[0] == "Task: \(name)")
        var wanted = [
            "Count: 5", "Topic: a bicycle", "Must contain: really", "Must not contain: as an AI",
            "Platform: [ADULT][MESSAGE]",
        ]
        if name != "innocuous" { wanted.append("Category: spam, threats") }
        #expect(wanted.allSatisfy { lines.contains($0) })
        #expect(!lines.contains { $0.hasPrefix("Narrator:") || $0.hasPrefix("Level:") })
        #expect(Fence.texts(in: content) == (name == "few_shot" ? ["a", "b"] : []))
    }
}

import Foundation
import Records
import Stages
import Testing

@testable import Commands

/// What `validate` and `plan` find is what a run would meet, with the real stages.
@Suite struct ValidateTests {
    private static func say(_ words: [String], in folder: TestFolder) async -> Said {
        let (out, err) = (Box(), Box())
        let program = Program(
            catalogue: Stages.catalogue, console: Console(out: out.append, err: err.append))
        let code = await program.run(["curate"] + words)
        return Said(
            code: code, out: out.text.replacing(folder.path, with: "FOLDER"),
            err: err.text.replacing(folder.path, with: "FOLDER"))
    }

    /// A pipeline over three rows with the stages given, two categories and the offline model.
    private static func pipeline(
        _ folder: TestFolder, stages: String, provider: String = "offline",
        taxonomy: String = "{name: two, categories: [{id: spam}, {id: scam}]}",
        source: String = "rows.jsonl"
    ) throws -> String {
        let rows = (0..<3).map {
            #"{"id":"r\#($0)","text":"tea for \#($0)","label":"spam"}"# + "\n"
        }
        try folder.write(rows.joined(), to: "rows.jsonl")
        return try folder.write(
            """
            name: small
            sources: [{path: \(source)}]
            taxonomy: \(taxonomy)
            provider: \(provider)
            stages: [ingest, \(stages)]
            """, to: "small.yaml")
    }

    @Test(arguments: [
        (
            "{# variables: categories[name, definition, exclusions?, borderline?], text #}\n"
                + "{# role: user #}\nTask: label\n"
                + "{% for c in categories %}{{ c.name }}{% endfor %}\n",
            "the template never shows the text that is to be labelled"
        ),
        (
            "{# variables: text, rules #}\n{# role: user #}\n{{ text }} {{ rules }}\n",
            "The variable 'rules' has no value"
        ),
        ("{# variables: text #}\n{# role: user #}\n{{ text }} {{ tezt }}\n", "tezt"),
        ("{# variables: text #}\n{# role: user #}\n{% if text %}{{ text }}\n", "is not closed"),
        ("{{ text }}\n", "variables"),
    ])
    func `a template that a run could not use is found`(
        template: String, says: String
    ) async throws {
        let folder = try TestFolder()
        try folder.write(template, to: "own.jinja")
        let file = try Self.pipeline(folder, stages: "{use: label, template: own.jinja}")
        for verb in ["validate", "plan", "run"] {
            let said = await Self.say([verb, file] + Self.out(verb, folder), in: folder)
            #expect(said.code == 78, "\(verb): \(said.err)")
            #expect(said.err.contains("own.jinja"), "\(verb): \(said.err)")
            #expect(said.err.contains(says), "\(verb): \(said.err)")
        }
    }

    @Test func `a template of texts has to show what is asked for`() async throws {
        let folder = try TestFolder()
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/own", withIntermediateDirectories: false)
        let head =
            "{# variables: categories[name, definition, exclusions?], count, variation, "
            + "topic?, narrator?, when?, kind?, level?, must_contain?, must_not_contain?, "
            + "platform? #}\n"
        try folder.write(
            head + "{# role: user #}\nWrite {{ count }} texts.\n", to: "own/positives.jinja")
        let file = try Self.pipeline(
            folder, stages: "{use: generate, templates: own, per_category: 2}")
        let said = await Self.say(["validate", file], in: folder)
        #expect(said.code == 78)
        #expect(said.err.contains("the template never shows `categories`"), "\(said.err)")
    }

    @Test func `decisions are read, and their categories are known`() async throws {
        let folder = try TestFolder()
        try folder.write(
            """
            {"id":"r1","category":"spma","decision":"wrong"}
            {"id":"r1","category":"spam","decision":"perhaps"}
            {"id":"r2","category":"spam"}
            """, to: "decisions.jsonl")
        let file = try Self.pipeline(
            folder, stages: "embed, {use: mislabels, decisions: decisions.jsonl}")
        let said = await Self.say(["validate", file], in: folder)
        #expect(said.code == 65)
        #expect(said.err.contains("decisions.jsonl:2: `decision` is not correct, wrong or unsure"))
        #expect(said.err.contains("decisions.jsonl:3: "))
        try folder.write(
            #"{"id":"r1","category":"spma","decision":"wrong"}"# + "\n", to: "decisions.jsonl")
        let strange = await Self.say(["validate", file], in: folder)
        #expect(strange.code == 65)
        #expect(
            strange.err.contains(
                "a decision is about `spma`, which is no category of the taxonomy\n"
                    + "hint: did you mean `spam`?"), "\(strange.err)")
    }

    @Test func `all that is missing is told at once, the key as well`() async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(
            folder, stages: "{use: label, template: gone.jinja}",
            provider: "{base_url: 'http://127.0.0.1:9/v1', model: m, api_key_env: NO_SUCH_KEY_1, "
                + "prices: gone-prices.yaml}",
            taxonomy: "gone-taxonomy.yaml", source: "gone.jsonl")
        for verb in ["validate", "plan", "run"] {
            let said = await Self.say([verb, file] + Self.out(verb, folder), in: folder)
            #expect(said.code == 78, "\(verb): \(said.err)")
            for name in [
                "gone-taxonomy.yaml", "gone-prices.yaml", "gone.jsonl", "NO_SUCH_KEY_1",
                "gone.jinja",
            ] {
                #expect(said.err.contains(name), "\(verb) \(name): \(said.err)")
            }
            #expect(!said.err.contains("needs a taxonomy"), "\(verb): \(said.err)")
        }
    }

    @Test func `a source that may not be read is found`() async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder, stages: "embed", source: "locked")
        // A folder where a file is meant, since a test as root may read everything.
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/locked", withIntermediateDirectories: false)
        let said = await Self.say(["validate", file], in: folder)
        #expect(said.code == 78)
        #expect(said.err.contains("FOLDER/small.yaml:2"), "\(said.err)")
    }

    @Test func `validate and plan write nothing`() async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder, stages: "label")
        let out = "\(folder.path)/out"
        #expect(await Self.say(["plan", file, "-o", out], in: folder).code == 0)
        #expect(!FileManager.default.fileExists(atPath: out))
        #expect(await Self.say(["run", file, "--no-progress", "-o", out], in: folder).code == 0)
        let before = try Self.files(folder)
        #expect(before.count > 5)
        for words in [["validate", file], ["plan", file, "-o", out, "--show-prompts"]] {
            #expect(await Self.say(words, in: folder).code == 0)
            #expect(try Self.files(folder) == before, "\(words)")
        }
    }

    private static func out(_ verb: String, _ folder: TestFolder) -> [String] {
        verb == "validate" ? [] : ["-o", "\(folder.path)/out"]
    }

    /// Name, size and time of every file; SQLite's readers take their locks in the `-shm` file.
    private static func files(_ folder: TestFolder) throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return try names.filter { !$0.hasSuffix("-shm") }.sorted().map { name in
            let facts = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
            let time = (facts[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(name) \(facts[.size] as? Int ?? 0) \(time)"
        }
    }
}

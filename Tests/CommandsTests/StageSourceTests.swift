import Foundation
import Pipeline
import Stages
import Testing

@testable import Commands
@testable import program_with_test_stages

/// One stage on files and pipes: what its sources may say, and what is said of them.
@Suite struct StageSourceTests {
    /// The stages as they are shipped.
    private static func run(_ words: [String], in folder: TestFolder) async -> Said {
        let (out, err) = (Box(), Box())
        let program = Program(
            catalogue: Stages.catalogue, console: Console(out: out.append, err: err.append))
        let code = await program.run(["curate"] + words)
        return Said(
            code: code, out: out.text.replacing(folder.path, with: "FOLDER"),
            err: err.text.replacing(folder.path, with: "FOLDER"))
    }

    @Test func `scores of elsewhere are measured on every row, without a split or vectors`()
        async throws
    {
        let folder = try TestFolder()
        let rows = ["id,text,label"] + (0..<30).map { "r\($0),text \($0),\($0 % 3)" }
        let file = try folder.write(rows.joined(separator: "\n"), to: "a.csv")
        let scores = (0..<30).map { row in
            "{\"id\":\"r\(row)\",\"scores\":{\"zero\":\(row % 3 == 0 ? 1 : 0)}}"
        }
        let path = try folder.write(scores.joined(separator: "\n"), to: "scores.jsonl")
        let said = await Self.run(
            ["evaluate", file, "--set", "scores=\(path)", "--set", "mapping.0=zero"], in: folder)
        #expect(said.code == 0, "\(said.err)")
        #expect(said.out.split(separator: "\n").count == 30)
        #expect(said.err.contains("macro-F1 1.000"), "\(said.err)")
    }

    @Test(arguments: [
        ["--set", "text=body", "--set", "label=kind"],
        ["--set", "sources.0.text=body", "--set", "sources.input.label=kind"],
        ["--set", "sources.0.text=body", "--set", "label=kind", "--set", "min_characters=1"],
    ]) func `a setting of a source is set on it`(settings: [String]) async throws {
        let folder = try TestFolder()
        let file = try folder.write("id,body,kind\n1,see you,ham\n2,win,spam\n", to: "a.csv")
        for stage in ["ingest", "dedupe"] {
            // What the stage does not have itself is for its source.
            let own = stage == "ingest" ? settings : settings.filter { $0 != "min_characters=1" }
            let words = own.count % 2 == 0 ? own : Array(own.dropLast())
            let said = await Self.run([stage, file] + words, in: folder)
            #expect(said.code == 0, "\(said.err)")
            #expect(said.out.contains(#""text":"see you","labels":{"ham":1}"#), "\(said.out)")
        }
    }

    @Test func `sources have their settings each, or all of them one`() async throws {
        let folder = try TestFolder()
        let one = try folder.write("id,body,label\n1,x,ham\n", to: "a.csv")
        let two = try folder.write("id,text,label\n2,y,ham\n", to: "b.csv")
        let each = await Self.run(
            ["ingest", one, two, "--set", "sources.0.text=body"], in: folder)
        #expect(each.code == 0 && each.out.split(separator: "\n").count == 2, "\(each.err)")
        let all = await Self.run(["ingest", one, two, "--set", "text=body"], in: folder)
        let none = await Self.run(["ingest", one, "--set", "sources.1.text=body"], in: folder)
        #expect(none.code == 64)
        #expect(none.err.hasPrefix("error: --set sources.1.text: the list has no element `1`\n"))
        #expect(all.code == 78 && all.err.contains("there is no column `body`"), "\(all.err)")
    }

    @Test(arguments: ["ingest", "dedupe", "split", "perturb"])
    func `every setting that help lists is known to the stage`(stage: String) async throws {
        let folder = try TestFolder()
        let file = try folder.write("{\"text\":\"see you\",\"label\":\"ham\"}\n", to: "a.jsonl")
        let help = Stages.catalogue.declarations(of: stage).map(\.path)
        #expect(help.count > 3)
        // Elements of a list that is not given cannot be set.
        for path in help where !path.hasSuffix(".path") && !path.contains("[]") {
            // Nothing is given, so that the default holds.
            let said = await Self.run([stage, file, "--dry-run", "--set", "\(path)="], in: folder)
            #expect(!said.err.contains("unknown setting"), "\(path): \(said.err)")
            #expect(!said.err.contains("has no element"), "\(path): \(said.err)")
        }
        let wrong = await Self.run([stage, file, "--set", "lable=kind"], in: folder)
        #expect(
            wrong.err == """
                error: --set lable: unknown setting `lable`
                hint: did you mean `label`?

                """)
        #expect(wrong.code == 78)
    }

    @Test func `a note of a stage is said once`() async throws {
        let folder = try TestFolder()
        _ = try folder.writePipeline()
        let rows = "\(folder.path)/rows.jsonl"
        for width in [nil, 80] as [Int?] {
            let box = Box()
            let console = Console(out: { _ in 0 }, err: box.append, width: { width })
            let program = Program(catalogue: testCatalogue, console: console)
            #expect(await program.run(["curate", "shorten", rows]) == 0)
            let times = box.text.components(separatedBy: "texts have at most 20 bytes").count - 1
            #expect(times == 1, "\(box.text)")
        }
    }

    @Test(.enabled(if: Child.isBuilt))
    func `standard input goes by its name in messages`() throws {
        let folder = try TestFolder()
        let wide = try #require("a\nb\n".data(using: .utf16LittleEndian))
        try wide.write(to: URL(fileURLWithPath: "\(folder.path)/wide"))
        try folder.write("no record\n", to: "bad")
        let binary = try Child(["shorten"], in: folder, input: "\(folder.path)/wide").wait()
        #expect(binary.code == 65)
        #expect(
            binary.err.hasPrefix("error: standard input: the file is UTF-16 text"), "\(binary.err)")
        let json = try Child(
            ["shorten", "-", "--json"], in: folder, input: "\(folder.path)/wide"
        ).wait()
        #expect(json.code == 65 && !json.out.contains("/curate-"), "\(json.out)")
        #expect(json.out.contains("standard input"))
        try folder.write("{\"text\":\"see you\"}\n", to: "good")
        for words in [["shorten", "--dry-run"], ["shorten", "-", "--dry-run"]] {
            let plan = try Child(words, in: folder, input: "\(folder.path)/good").wait()
            #expect(plan.code == 0 && plan.out.contains("shorten"), "\(plan.err)")
        }
    }

    @Test func `what comes in a pipe is told by its start`() {
        for (text, suffix) in [
            ("id;text\n1;x\n", ".csv"), ("sep=;\nid;text\n", ".csv"), ("id|text\n", ".csv"),
            ("id,text\n", ".csv"), ("id\ttext\n", ".tsv"), ("a text\nand more\n", ".txt"),
            ("\u{FEFF}{\"text\":\"x\"}", ".jsonl"), ("[{\"text\":\"x\"}]", ".jsonl"),
        ] {
            #expect(Spool.suffix(of: Array(text.utf8)) == suffix)
        }
    }
}

import Foundation
import Store
import Testing

@testable import Commands
@testable import program_with_test_stages

@Suite struct ArgumentTests {
    @Test func `wrong command lines give 64 and say why on standard error`() async throws {
        let folder = try TestFolder()
        let lines: [([String], String)] = [
            (["shortem"], "error: there is no command `shortem`\nhint: did you mean `shorten`?\n"),
            (["run"], "error: Missing expected argument '<file>'"),
            (["run", "a.yaml", "--resume", "perhaps"], "error: The value 'perhaps' is invalid"),
            (["shorten", "--frist"], "error: Unknown option '--frist'"),
            (["run", "a.yaml", "--set", "x"], "error: `--set x` is not of the form path=value"),
            (["cache", "prune", "--older-than", "-1"], "error: "),
        ]
        for (words, beginning) in lines {
            let box = Box()
            let program = Program(
                catalogue: testCatalogue, console: Console(out: { _ in 0 }, err: box.append))
            #expect(await program.run(["curate"] + words) == 64, "\(words)")
            #expect(box.text.hasPrefix(beginning), "\(words): \(box.text)")
        }
        _ = folder
    }

    @Test func `help and version are data`() async throws {
        let folder = try TestFolder()
        for words in [["--help"], [], ["help", "run"], ["run", "--help"], ["shorten", "--help"]] {
            let box = Box()
            let program = Program(
                catalogue: testCatalogue, console: Console(out: box.append, err: { _ in 1 }))
            #expect(await program.run(["curate"] + words) == 0, "\(words)")
            #expect(box.text.contains("USAGE: curate"), "\(words): \(box.text)")
        }
        #expect(await curate("--version", in: folder).out == "curate 0.1.0\n")
    }

    @Test func `a name with a stage in it is that stage`() async throws {
        let folder = try TestFolder()
        _ = try folder.writePipeline()
        let rows = "\(folder.path)/rows.jsonl"
        let named = await curate(rows, "-n", "2", called: "/usr/bin/curate-shorten", in: folder)
        let spelled = await curate("shorten", rows, "-n", "2", in: folder)
        #expect(named.out == spelled.out)
        #expect(named.out.split(separator: "\n").count == 2)
        #expect(await curate("--version", called: "curate-unknown", in: folder).code == 0)
    }

    @Test func `a stage brings the stages whose values it reads`() async throws {
        let folder = try TestFolder()
        _ = try folder.writePipeline()
        let said = await curate("double", "\(folder.path)/rows.jsonl", "--json", in: folder)
        #expect(said.out.contains(#""stage":"read""#))
        #expect(said.out.contains(#""stage":"shorten""#))
        #expect(said.err.contains("shorten: refused 4 rows: too_long\n"))
    }

    @Test func `a stage takes its settings from a pipeline file and then from --set`() async throws
    {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let rows = "\(folder.path)/rows.jsonl"
        func kept(_ words: String...) async -> Int {
            let box = Box()
            let program = Program(
                catalogue: testCatalogue, console: Console(out: box.append, err: { _ in 0 }))
            _ = await program.run(["curate", "shorten", rows] + words)
            return box.text.split(separator: "\n").count
        }
        let other = try folder.write(
            "stages:\n  - read\n  - {use: shorten, bytes: 5}\n", to: "other.yaml")
        #expect(await kept() == 8)
        #expect(await kept("-c", file) == 8)
        #expect(await kept("-c", other) == 2)
        #expect(await kept("-c", other, "--set", "bytes=10") == 4)
        #expect(await kept("--set", "bites=10") == 0)
    }

    @Test func `a workspace in use is a readable fault`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let store = try WorkspaceStore(path: "\(folder.path)/out/curate.sqlite")
        let said = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        #expect(said.code == 75)
        #expect(
            said.err == """
                error: FOLDER/out/curate.sqlite.lock: the workspace is in use by another process: \
                process \(getpid()) holds it
                hint: wait for that run to end, or use another workspace folder

                """)
        let status = await curate("status", "-o", "\(folder.path)/out", in: folder)
        #expect(status.out.contains("a run is under way: process \(getpid()) holds it"))
        _ = try store.runs.begin(pipeline: "small")
        let running = await curate("status", "-o", "\(folder.path)/out", in: folder)
        #expect(running.out.contains("a run is under way: process \(getpid()) holds it"))
        #expect(running.out.hasSuffix("  running\n"))
        try store.close()
    }

    @Test func `--strict stops at the first bad row`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let said = await curate("run", file, "-o", "\(folder.path)/out", "--strict", in: folder)
        #expect(said.code == 65)
        #expect(said.err.contains("error: read: "))
    }

    @Test(arguments: InitCommand.recipes())
    func `init names the files that must be there before its pipeline can run`(recipe: String)
        async throws
    {
        let folder = try TestFolder()
        let said = await curate("init", "--recipe", recipe, folder.path, in: folder)
        #expect(said.code == 0)
        let run = "curate run FOLDER/\(recipe).yaml\n"
        let validated = await curate("validate", "\(folder.path)/\(recipe).yaml", in: folder)
        let missing = said.err.split(separator: "\n").filter { $0.contains("put your rows at") }
        for line in missing {
            let words = line.split(separator: " ").map(String.init)
            let path = try #require(words.first { $0.hasPrefix("FOLDER/") }).dropLast()
            #expect(validated.err.isEmpty || !FileManager.default.fileExists(atPath: String(path)))
            #expect(line.contains("--set sources."))
        }
        #expect(said.err.hasSuffix(missing.isEmpty ? "next: \(run)" : "then: \(run)"))
        if recipe == "tweets" { #expect(missing.count == 1) }
        if recipe == "quickstart" { #expect(missing.isEmpty) }
    }

    @Test func `init copies a recipe once and its copy is valid YAML`() async throws {
        let folder = try TestFolder()
        let first = await curate("init", "--recipe", "tweets", "\(folder.path)/new", in: folder)
        #expect(first.out == "FOLDER/new/tweets.yaml\nFOLDER/new/taxonomies/tweets-3.yaml\n")
        let second = await curate("init", "--recipe", "tweets", "\(folder.path)/new", in: folder)
        #expect(second.code == 64)
        #expect(second.err.hasPrefix("error: FOLDER/new/tweets.yaml: the file is there already\n"))
        let wrong = await curate("init", "--recipe", "tweetz", "\(folder.path)/new", in: folder)
        #expect(wrong.err == "error: there is no recipe `tweetz`\nhint: did you mean `tweets`?\n")
    }
}

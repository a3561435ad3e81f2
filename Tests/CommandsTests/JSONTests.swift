import Foundation
import Testing

@testable import Commands

/// `--json`: one document on every verb, whatever the exit code.
@Suite struct JSONTests {
    @Test func `every verb prints one document, with its exit code`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let out = "\(folder.path)/out"
        let asking = try folder.writePipeline(extra: "  - consult\n")
        let commands: [[String]] = [
            ["validate", file], ["plan", file, "--show-prompts"], ["run", file, "-o", out],
            ["run", file, "-o", out, "--dry-run"], ["status", "-o", out],
            ["status", file, "-o", out], ["explain", "r0", "-o", out],
            ["explain", "r0", "-o", out, "--show-text"], ["retry", asking, "-o", out],
            ["cache", "-o", out], ["cache", "stats", "-o", out],
            ["cache", "prune", "--older-than", "1", "-o", out], ["stages"], ["stages", "shorten"],
            ["doctor", "-o", out], ["shorten", "\(folder.path)/rows.jsonl"],
            ["shorten", "--dry-run", "\(folder.path)/rows.jsonl"],
        ]
        for words in commands {
            let said = await curate(words + ["--json"], in: folder)
            let object = try JSON.object(said.out)
            #expect(object["exit"] as? Int == Int(said.code), "\(words): \(said.err)")
            #expect(object["error"] == nil || words.first == "doctor", "\(words)")
        }
    }

    @Test func `errors are documents as well, and nothing else is on standard output`()
        async throws
    {
        let folder = try TestFolder()
        let bad = try folder.write("stages: [{use: read, x: 1}, shortn]\n", to: "bad.yaml")
        let none = "\(folder.path)/none"
        let cases: [(Int, [String])] = [
            (78, ["validate", bad]), (78, ["plan", bad]), (78, ["run", bad, "-o", none]),
            (64, ["status", "-o", none]), (64, ["explain", "x", "-o", none]),
            (78, ["retry", bad]), (64, ["cache", "-o", none]), (64, ["stages", "shortn"]),
            (64, ["shortn"]), (64, ["run"]), (64, ["run", "--no-such-option", bad]), (64, []),
            (64, ["init", "--recipe", "none"]), (78, ["canary", bad]),
            (64, ["cache", "prune", "--older-than", "-3", "-o", none]),
            (64, ["shorten", "\(folder.path)/none.jsonl"]), (64, ["shorten", "--no-such"]),
            (64, ["run", "\(folder.path)/none.yaml", "--set", "x"]),
        ]
        for (code, words) in cases {
            let said = await curate(words + ["--json"], in: folder)
            let object = try JSON.object(said.out)
            #expect(Int(said.code) == code, "\(words): \(said.err)")
            #expect(object["exit"] as? Int == code, "\(words)")
            let error = try #require(object["error"] as? [String: Any], "\(words)")
            #expect(Set(error.keys) == ["kind", "what", "where", "why", "hint"])
            #expect((error["what"] as? String)?.isEmpty == false)
        }
        let all = try JSON.object(await curate("validate", bad, "--json", in: folder).out)
        #expect((all["also"] as? [Any])?.count == 1, "all faults of a file at once")
    }

    @Test func `a run that is stopped prints what it did`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - {use: consult, stops: 5}\n")
        let words = ["run", file, "-o", "\(folder.path)/out", "--no-progress"]
        let said = await curate(words, in: folder)
        #expect(said.code == 75)
        #expect(said.out.hasPrefix("stopped: consult: the budget is used up\n\nstage "))
        #expect(said.out.contains("\nshorten  12      0     8        4"))
        #expect(said.out.hasSuffix("\n\nconsult: stopped with 0 of 16 rows done · 5 ok\n"))
        #expect(said.err.hasSuffix("error: consult: the budget is used up\n"))
        let object = try JSON.object(await curate(words + ["--json"], in: folder).out)
        #expect(object["exit"] as? Int == 75)
        #expect((object["error"] as? [String: Any])?["kind"] as? String == "stopped")
        #expect((object["stages"] as? [Any])?.count == 3)
        #expect((object["stopped_in"] as? [String: Any])?["detail"] as? String == "5 ok")
    }
}

import Foundation
import Testing

@testable import Commands

/// What an exit code of 1 means, and that its reason comes first.
@Suite struct ExitCodeTests {
    private func first(_ said: Said) -> String {
        String(said.out.prefix { $0 != "\n" })
    }

    private func run(
        _ folder: TestFolder, _ settings: [String] = [], _ words: [String] = [],
        extra: String = ""
    ) async throws -> Said {
        let file = try folder.writePipeline(extra: extra)
        return await curate(
            ["run", file, "-o", "\(folder.path)/out", "--no-progress"]
                + settings.flatMap { ["--set", $0] } + words, in: folder)
    }

    @Test func `a failed gate comes first`() async throws {
        let said = try await run(try TestFolder(), ["stages.judge.rows=1000"])
        #expect(said.code == 1)
        #expect(first(said) == "gate failed: judge: rows: 16 of 1000 rows")
    }

    @Test func `a stage that keeps no row`() async throws {
        let said = try await run(try TestFolder(), ["stages.shorten.bytes=1"])
        #expect(said.code == 1)
        #expect(
            first(said) == "failed: shorten: kept no row: 12 rows refused, 12 of them as too_long")
        #expect(said.out.contains("\nnot published: it has no rows"))
    }

    @Test func `sources without a row`() async throws {
        let folder = try TestFolder()
        try folder.write("", to: "rows.jsonl")
        let file = try folder.write(
            "name: small\nsources: [{path: rows.jsonl}]\nstages: [read, judge]\n", to: "p.yaml")
        let said = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        #expect(said.code == 1)
        #expect(first(said) == "failed: read: kept no row: there was none to begin with")
    }

    @Test func `more of the input unreadable than is allowed`() async throws {
        let folder = try TestFolder()
        #expect(try await run(folder).code == 0, "1 of 13 rows is fewer than half")
        let said = try await run(folder, ["allow.refused=0.05"])
        #expect(said.code == 1)
        #expect(
            first(said)
                == "failed: read: 1 of 13 rows unreadable, more than the 5 % of allow.refused")
    }

    @Test func `a filter may refuse as much as it likes`() async throws {
        let said = try await run(try TestFolder(), ["stages.shorten.bytes=5", "allow.refused=0.1"])
        #expect(said.code == 0, "10 of 12 rows were too long")
    }

    @Test func `the document and a single stage say the same`() async throws {
        let folder = try TestFolder()
        let said = try await run(folder, ["stages.judge.rows=1000"], ["--json"])
        let object = try JSON.object(said.out)
        #expect(object["reasons"] as? [String] == ["gate failed: judge: rows: 16 of 1000 rows"])
        #expect(object["exit"] as? Int == 1 && said.code == 1)
        let stage = await curate(
            "shorten", "--set", "bytes=1", "\(folder.path)/rows.jsonl", in: folder)
        #expect(stage.code == 1)
        #expect(stage.err.contains("\nfailed: shorten: kept no row: 12 rows refused"))
    }

    @Test func `a release that lost most rows is withheld, with its reason first`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let out = ["-o", "\(folder.path)/out"]
        #expect(await curate(["run", file] + out, in: folder).code == 0)
        let few = ["run", file, "--set", "stages.shorten.bytes=5"] + out
        let said = await curate(few, in: folder)
        #expect(said.code == 1)
        #expect(said.out.hasPrefix("failed: release: 4 rows after 16 in the release of 20"))
        let status = await curate(["status"] + out, in: folder)
        #expect(status.out.contains("not published: run 2 of 20"))
        #expect(status.out.contains("\n  failed: release: 4 rows after 16 in the release of 20"))
        let asked = await curate(few + ["--publish", "always"], in: folder)
        #expect(asked.code == 0 && asked.out.contains("release: FOLDER/out/small/release"))
    }

    @Test func `a good release stays, and status says why`() async throws {
        let folder = try TestFolder()
        _ = try await run(folder)
        let partial = try await run(folder, [], ["-n", "6"])
        #expect(partial.code == 0)
        #expect(partial.out.contains("\nnot published: it is partial: at most 6 rows were read\n"))
        #expect(partial.out.contains(" UTC stays: FOLDER/out/small/release (`--publish always`"))
        let bad = try await run(folder, ["stages.judge.rows=1000"])
        #expect(
            bad.out.contains(
                "\nnot published: its run ended with exit code 1, and that of the release did not\n"
            ))
        let status = await curate("status", "-o", "\(folder.path)/out", in: folder)
        let lines = status.out.split(separator: "\n").map(String.init)
        let at = try #require(lines.firstIndex(of: "release: FOLDER/out/small/release"))
        #expect(lines[at + 1].hasPrefix("  since 2"))
        #expect(lines[at + 1].hasSuffix(" UTC, run 1, 16 rows, passed"))
        #expect(lines[at + 2].hasPrefix("not published: run 3 of 2"))
        #expect(lines[at + 3] == "  gate failed: judge: rows: 16 of 1000 rows")
        let document = try JSON.object(
            await curate("status", "-o", "\(folder.path)/out", "--json", in: folder).out)
        let pipeline = try #require((document["pipelines"] as? [[String: Any]])?.first)
        #expect((pipeline["release"] as? [String: Any])?["passed"] as? Bool == true)
        #expect((pipeline["withheld"] as? [String: Any])?["run"] as? Int == 3)
        let asked = try await run(folder, ["stages.judge.rows=1000"], ["--publish", "always"])
        #expect(asked.code == 1)
        #expect(
            asked.out.hasSuffix("release: FOLDER/out/small/release (of a run with exit code 1)\n"))
    }
}

enum JSON {
    /// Standard output as one document, which is one line.
    static func object(_ text: String) throws -> [String: Any] {
        #expect(text.filter { $0 == "\n" }.count == 1, "one document: \(text)")
        return try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }
}

import Foundation
import Records
import Store
import StoreProtocols
import Testing

@testable import Commands

/// What `retry` does after every way in which a run can end.
@Suite struct RetryStateTests {
    private static func pipeline(_ folder: TestFolder, _ fault: String) throws -> String {
        try folder.writePipeline(extra: "  - {use: consult, fault: \(fault)}\n")
    }

    /// Faults of the stage that asks, `deaf` for one before the first stage; and the exit code.
    @Test(arguments: [
        ("stopped", 75 as Int32, "was stopped"), ("unavailable", 69, "ended with exit code 69"),
        ("deaf", 69, "ended with exit code 69"), ("badData", 65, "ended with exit code 65"),
        ("configuration", 78, "ended with exit code 78"),
    ])
    func `a run that did not reach its end goes on`(
        _ fault: String, _ code: Int32, _ words: String
    ) async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder, fault)
        let out = ["-o", "\(folder.path)/out"]
        #expect(await curate(["run", file] + out, in: folder).code == code)
        let dry = await curate(["retry", file, "--dry-run"] + out, in: folder)
        #expect(dry.code == 0)
        #expect(dry.out == "nothing to ask again\nrun 1 \(words): it goes on\n")
        // It ends as before while the cause is there, and is done once that is gone.
        let still = await curate(["retry", file] + out, in: folder)
        #expect(still.code == code)
        let well = await curate(
            ["retry", file, "--set", "stages.consult.fault=none"] + out, in: folder)
        #expect(well.code == 0)
        #expect(well.out.hasPrefix("nothing to ask again\nrun 2 \(words): it goes on\n"))
        #expect(well.err.contains("consult: "))
        let after = await curate(
            ["retry", file, "--set", "stages.consult.fault=none"] + out, in: folder)
        #expect(after.code == 0 && after.out == "nothing to ask again\n")
    }

    @Test func `a run whose process died goes on`() async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder, "none")
        let store = try WorkspaceStore(path: "\(folder.path)/out/curate.sqlite")
        _ = try store.runs.begin(pipeline: "small")
        try store.close()
        let said = await curate("retry", file, "-o", "\(folder.path)/out", in: folder)
        #expect(said.code == 0)
        #expect(said.out.hasPrefix("nothing to ask again\nrun 1 was interrupted: it goes on\n"))
    }

    @Test func `a failed gate is said, and nothing is done that would change nothing`()
        async throws
    {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - consult\n")
        let words = [file, "-o", "\(folder.path)/out", "--set", "stages.judge.rows=100"]
        #expect(await curate(["run"] + words, in: folder).code == 1)
        let said = await curate(["retry"] + words, in: folder)
        #expect(said.code == 1)
        #expect(
            said.out == """
                nothing to ask again
                run 1 ended with exit code 1: gate failed: judge: rows: 16 of 100 rows
                change what it names, then `curate run`

                """)
        let json = await curate(["retry", "--json"] + words, in: folder)
        #expect(json.code == 1)
        #expect(try JSON.object(json.out)["exit"] as? Int == 1)
        // Where there is something to ask again, that may help the gate too.
        let store = try WorkspaceStore(path: "\(folder.path)/out/curate.sqlite")
        try await store.ledger.recordReply(
            StoredReply(state: .dead, httpStatus: 500, body: []), for: SHA256.hash("a"))
        try store.close()
        let asks = await curate(["retry"] + words, in: folder)
        #expect(asks.code == 1 && asks.out.hasPrefix("dead: 1 reply\ngate failed: judge"))
        #expect(!asks.out.contains("change what it names"))
    }

    @Test(.enabled(if: Child.isBuilt), arguments: [SIGKILL, SIGTERM])
    func `a run that a signal ended goes on`(_ signal: Int32) throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline(
            extra: "  - {use: crawl, milliseconds: 1000}\n  - consult\n")
        let words = [file, "-o", "\(folder.path)/out"]
        let child = try Child(["run"] + words + ["--set", "run.shard_rows=2"], in: folder)
        let crawl = "\(folder.path)/out/small/04-crawl"
        #expect(eventually { FileManager.default.fileExists(atPath: crawl) })
        kill(child.pid, signal)
        #expect(try child.wait().code == (signal == SIGKILL ? -SIGKILL : 75))
        let said = try Child(
            ["retry"] + words + ["--set", "stages.crawl.milliseconds=0"], in: folder, name: "again"
        ).wait()
        let how = signal == SIGKILL ? "interrupted" : "stopped"
        #expect(said.code == 0)
        #expect(said.out.hasPrefix("nothing to ask again\nrun 1 was \(how): it goes on\n"))
    }

    @Test func `rows that no reply is stored for are asked again`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - {use: consult, unavailable: 3}\n")
        let out = ["-o", "\(folder.path)/out"]
        #expect(await curate(["run", file] + out, in: folder).code == 0)
        let said = await curate(["retry", file] + out, in: folder)
        #expect(said.code == 0)
        #expect(said.out.hasPrefix("3 rows had no answer: asked again\n"))
        #expect(!said.err.contains("consult: reused"))
    }

    @Test func `a pipeline that never ran is no success`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - consult\n")
        let store = try WorkspaceStore(path: "\(folder.path)/out/curate.sqlite")
        let other = try store.runs.begin(pipeline: "other")
        try store.runs.finish(other, state: .stopped)
        try store.close()
        let said = await curate("retry", file, "-o", "\(folder.path)/out", in: folder)
        #expect(said.code == 64 && said.err.contains("`small` has not run in this workspace"))
    }

    @Test func `status gives the reason of the last failed run, its exit code and when`()
        async throws
    {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder, "unavailable")
        let out = ["-o", "\(folder.path)/out"]
        _ = await curate(["run", file] + out, in: folder)
        let status = await curate(["status"] + out, in: folder)
        let lines = status.out.split(separator: "\n").map(String.init)
        #expect(lines.suffix(2).first?.hasPrefix("last failed: run 1 of small, ended 20") == true)
        #expect(lines.suffix(2).first?.hasSuffix(" UTC, exit code 69") == true)
        #expect(lines.last == "  failed: consult: nobody answers: not even once")
        // A gate, with the first line of the summary.
        let gate = await curate(
            ["run", file, "--set", "stages.consult.fault=none", "--set", "stages.judge.rows=100"]
                + out, in: folder)
        let json = try JSON.object(await curate(["status", "--json"] + out, in: folder).out)
        let failed = try #require(json["last_failed"] as? [String: Any])
        #expect(failed["run"] as? Int == 2 && failed["exit"] as? Int == 1)
        #expect(
            failed["reason"] as? String == gate.out.split(separator: "\n").first.map(String.init))
        #expect((failed["ended"] as? String)?.hasPrefix("20") == true)
        let runs = try #require(json["runs"] as? [[String: Any]])
        #expect(runs.map { $0["exit"] as? Int } == [1, 69])
    }

    @Test func `plan and status show the batches that are out`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - consult\n")
        let out = ["-o", "\(folder.path)/out"]
        let store = try WorkspaceStore(path: "\(folder.path)/out/curate.sqlite")
        var batch = try await store.batches.begin(
            endpoint: "main some-model", path: "/chat/completions", input: SHA256.hash("a"),
            calls: [(key: SHA256.hash("1"), reservedMicrounits: 5), (SHA256.hash("2"), 5)])
        (batch.remote, batch.state) = ("batch_7", .out)
        try await store.batches.update(batch)
        try store.close()
        for words in [["plan", file], ["status"]] {
            let text = await curate(words + out, in: folder)
            let line = try #require(
                text.out.split(separator: "\n").first { $0.hasPrefix("batch out: ") })
            #expect(line.hasPrefix("batch out: batch_7 with 2 calls of main some-model, since 20"))
            #expect(line.contains(" UTC; the provider has until 20"))
            let json = try JSON.object(await curate(words + out + ["--json"], in: folder).out)
            let object = try #require((json["batches"] as? [[String: Any]])?.first)
            #expect(object["batch"] as? String == "batch_7" && object["calls"] as? Int == 2)
            #expect((object["until"] as? String)?.hasPrefix("20") == true)
        }
    }
}

import Encoder
import Foundation
import Pipeline
import Testing

/// What only a process of its own can show: signals, pipes and full disks.
///
/// Skipped when the program was not built beside the tests.
@Suite(.enabled(if: Child.isBuilt)) struct ProcessTests {
    @Test func `the first signal stops in good order and the same command continues`() async throws
    {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - {use: crawl, milliseconds: 1000}\n")
        let words = ["run", file, "-o", "\(folder.path)/out", "--set", "run.shard_rows=2"]
        let child = try Child(words, in: folder)
        let crawl = "\(folder.path)/out/small/04-crawl"
        #expect(eventually { FileManager.default.fileExists(atPath: crawl) })
        kill(child.pid, SIGINT)
        let stopped = try child.wait()
        #expect(stopped.code == 75)
        #expect(
            stopped.err.hasSuffix(
                """
                error: crawl: the run was stopped: interrupted
                hint: the same command continues where it was

                """) || stopped.err.contains("error: the run was stopped: interrupted"))
        let again = try Child(
            words + ["--set", "stages.crawl.milliseconds=0"], in: folder
        ).wait()
        #expect(again.code == 0)
        #expect(again.err.contains("double: reused, 16 rows"))
        let status = await curate("status", "-o", "\(folder.path)/out", in: folder)
        #expect(status.out.contains("stopped"))
    }

    @Test func `a signal that comes twice at once is one, a later one ends the process`()
        async throws
    {
        let folder = try TestFolder()
        let file = try folder.writePipeline(extra: "  - {use: crawl, milliseconds: 10000}\n")
        let child = try Child(["run", file, "-o", "\(folder.path)/out"], in: folder)
        let crawl = "\(folder.path)/out/small/04-crawl"
        #expect(eventually { FileManager.default.fileExists(atPath: crawl) })
        // The folder is there before the first row, which would not begin after a signal.
        usleep(500_000)
        kill(child.pid, SIGTERM)
        // As timeout(1) does, to the process and to its group.
        kill(child.pid, SIGTERM)
        #expect(eventually { child.text("err").contains("once more ends at once") })
        kill(child.pid, SIGTERM)
        usleep(1_500_000)
        kill(child.pid, SIGTERM)
        #expect(try child.wait().code == 128 + SIGTERM)
        let twice = try Child(
            ["run", file, "-o", "\(folder.path)/twice", "--set", "stages.crawl.milliseconds=300"],
            in: folder, name: "twice")
        #expect(
            eventually {
                FileManager.default.fileExists(atPath: "\(folder.path)/twice/small/04-crawl")
            })
        kill(twice.pid, SIGTERM)
        kill(twice.pid, SIGTERM)
        #expect(try twice.wait().code == 75)
    }

    @Test func `status works on a workspace that may only be read`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let out = "\(folder.path)/out"
        _ = await curate("run", file, "-o", out, in: folder)
        let parts = [out, "\(out)/small"]
        for part in parts { chmod(part, 0o555) }
        defer { for part in parts { chmod(part, 0o755) } }
        let before = try FileManager.default.contentsOfDirectory(atPath: out)
        for words in [["status", "-o", out], ["status", file, "-o", out]] {
            // Permissions do not bind root, so that nobody asks in its place.
            let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", Child.program]
            let child =
                getuid() == 0
                ? try Child(nobody + words, program: "/usr/bin/setpriv", in: folder)
                : try Child(words, in: folder)
            let said = try child.wait()
            #expect(said.code == 0 && said.err == "")
            #expect(said.out.hasSuffix("  done\n"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: out) == before)
    }

    @Test func `init writes paths that move with the pipeline where the data lie beneath it`()
        throws
    {
        let folder = try TestFolder()
        for name in ["home/pipelines", "home/templates", "home/corpora", "elsewhere"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
        }
        let row = #"{"id":"a","text":"b","labels":{},"provenance":{},"metadata":{}}"#
        try folder.write(row, to: "home/corpora/rows.jsonl")
        try folder.write(
            "sources:\n  - name: rows\n    path: ../corpora/rows.jsonl\nstages: [read, judge]\n",
            to: "home/pipelines/mini.yaml")
        for (number, (target, want)) in [
            ("home", "corpora/"), ("home/.", "corpora/"), (".", "home/corpora/"),
            ("home/../home/pipelines/..", "corpora/"), ("elsewhere", "FOLDER/home/corpora/"),
            ("new", "FOLDER/home/corpora/"),
        ].enumerated() {
            let script = """
                cd '\(folder.path)' && rm -f mini.yaml */mini.yaml && export CURATE_SHARE=home
                '\(Child.program)' init --recipe mini \(target) && cat \(target)/mini.yaml \
                && '\(Child.program)' validate \(target)/mini.yaml
                """
            let said = try Child(
                ["-c", script], program: "/bin/bash", in: folder, name: "init\(number)"
            ).wait()
            #expect(said.code == 0, "\(target): \(said.err)")
            #expect(said.out.contains("    path: \(want)rows.jsonl\n"), "\(target): \(said.out)")
            #expect(said.out.hasSuffix("ok: 2 stages\n"))
        }
    }

    @Test func `a reader that leaves is no error`() throws {
        let folder = try TestFolder()
        let line = #"{"id":"ID","text":"short","labels":{},"provenance":{},"metadata":{}}"#
        // More than a pipe holds, so that writing must fail.
        let rows = (0..<4_000).map { line.replacing("ID", with: "\($0)") }
        try folder.write(rows.joined(separator: "\n"), to: "rows.jsonl")
        let script = """
            set -o pipefail
            '\(Child.program)' shorten < '\(folder.path)/rows.jsonl' | head -1
            """
        let said = try Child(["-c", script], program: "/bin/bash", in: folder).wait()
        #expect(said.code == 0)
        #expect(said.out.hasPrefix(#"{"id":"0","text":"short""#))
        #expect(said.out.filter { $0 == "\n" }.count == 1)
    }

    @Test func `stages in a pipe keep the order of rows`() throws {
        let folder = try TestFolder()
        _ = try folder.writePipeline()
        let script = """
            set -o pipefail
            '\(Child.program)' shorten '\(folder.path)/rows.jsonl' \
            | '\(Child.program)' shorten --set bytes=10
            """
        let said = try Child(["-c", script], program: "/bin/bash", in: folder).wait()
        #expect(said.code == 0)
        #expect(said.out.split(separator: "\n").count == 4)
        let order = ["r0", "r1", "r6", "r7"]
        for (line, id) in zip(said.out.split(separator: "\n"), order) {
            #expect(line.hasPrefix(#"{"id":"\#(id)""#))
        }
    }

    @Test func `a full disk behind standard output is told`() throws {
        let folder = try TestFolder()
        _ = try folder.writePipeline()
        let said = try Child(
            ["shorten", "\(folder.path)/rows.jsonl"], in: folder, out: "/dev/full"
        ).wait()
        #expect(said.code == 75)
        #expect(
            said.err.contains(
                "error: standard output cannot be written: No space left on device\n"))
    }

    @Test func `an endless input is left at the first signal`() async throws {
        let folder = try TestFolder()
        let pipe = "\(folder.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        let writer = open(pipe, O_RDWR)
        defer { close(writer) }
        let child = try Child(["shorten"], in: folder, input: pipe)
        try await Task.sleep(for: .milliseconds(300))
        kill(child.pid, SIGINT)
        #expect(try child.wait().code == 75)
    }

    // Skipped where the sentence encoder is missing.
    @Test(.enabled(if: Paths.exists(encoder)))
    func `the doctor names the kernels of both precisions`() async throws {
        let folder = try TestFolder()
        let said = await curate("doctor", "-o", folder.path, in: folder)
        let lines = said.out.split(separator: "\n")
        #expect(lines.contains { $0.contains("BLAS") && $0.contains("32-bit floats") })
        let half = try #require(lines.first { $0.hasPrefix("ok    bf16") })
        #expect(half.contains(Precision.bf16.isSupported ? "bf16 products" : "not here"))
    }

    private static var encoder: String {
        ResourceFolder.path("models/all-MiniLM-L6-v2/model.safetensors")
    }

    @Test func `the offline server answers until it is told to end`() async throws {
        let folder = try TestFolder()
        let child = try Child(["serve-offline"], in: folder)
        #expect(eventually { child.text("out").hasSuffix("/v1\n") })
        let url = child.text("out").trimmingCharacters(in: .whitespacesAndNewlines)
        let doctor = await curate(
            "doctor", "--endpoint", url, "-o", folder.path, in: folder)
        #expect(doctor.out.contains("\(url) answers in"))
        kill(child.pid, SIGTERM)
        #expect(try child.wait().code == 0)
        let gone = await curate(
            "doctor", "--endpoint", url, "-o", folder.path, in: folder)
        #expect(gone.code == 69)
        #expect(gone.out.contains("fail  endpoint"))
        let wrong = await curate(
            "doctor", "--endpoint", "http://me:pass@host/v1", "-o", folder.path, in: folder)
        #expect(wrong.code == 78)
        #expect(!wrong.out.contains("pass@"))
    }
}

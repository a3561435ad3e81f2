import Foundation
import Testing

@testable import Commands

/// What commands print, as a whole.
@Suite struct OutputTests {
    @Test func `a run ends with rows, reasons, categories and the release`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let said = await curate(
            "run", file, "-o", "\(folder.path)/out", "--no-progress", in: folder)
        #expect(said.code == 0)
        #expect(said.err == "shorten: note: texts have at most 20 bytes\n", "notes are no progress")
        let table = said.out.split(separator: "\n", omittingEmptySubsequences: false)
        let fixed = table.filter { !$0.contains(" s") || $0.contains("refused by") }
        #expect(fixed.contains("refused by  reason      rows"))
        #expect(fixed.contains("read        unreadable     1"))
        #expect(fixed.contains("shorten     too_long       4"))
        #expect(table.contains("category    train  val  test"))
        #expect(table.contains("spam            8    0     0"))
        #expect(table.contains("all rows       16    0     0"))
        #expect(table.contains("unlabelled      3"))
        #expect(table.contains("release: FOLDER/out/small/release"))
        #expect(table.contains { $0.hasPrefix("shorten  12      0     8        4   1,000") })
    }

    @Test func `a second run says what it reused`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        _ = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        let said = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        #expect(
            said.err == """
                read: reused, 12 rows, 1 refused
                shorten: reused, 8 rows, 4 refused
                  note: texts have at most 20 bytes
                double: reused, 16 rows, 8 added
                judge: reused, 16 rows

                """)
        #expect(said.out.contains("shorten  12      0     8        4           reused"))
        #expect(said.out.contains("4 reused"))
    }

    @Test func `a failed gate is told and gives 1`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let said = await curate(
            "run", file, "-o", "\(folder.path)/out", "--set", "stages.judge.rows=1000",
            "--no-progress", in: folder)
        #expect(said.code == 1)
        #expect(said.out.hasPrefix("gate failed: judge: rows: 16 of 1000 rows\n\nstage "))
    }

    @Test func `--json prints one object that says the same`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let said = await curate(
            "run", file, "-o", "\(folder.path)/out", "--json", "--no-progress", in: folder)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(said.out.utf8)) as? [String: Any])
        #expect(object["exit_code"] as? Int == 0)
        let stages = try #require(object["stages"] as? [[String: Any]])
        #expect(stages.map { $0["kept"] as? Int } == [12, 8, 16, 16])
        #expect(stages[1]["refused_by_reason"] as? [String: Int] == ["too_long": 4])
        #expect(said.out.filter { $0 == "\n" }.count == 1)
    }

    @Test func `a run up to a stage says that an older release stands, and whether it still holds`()
        async throws
    {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let words = ["run", file, "-o", "\(folder.path)/out", "--no-progress", "--to", "shorten"]
        let first = await curate(words, in: folder)
        #expect(first.out.hasSuffix("\nfolder: FOLDER/out/small (no release)\n"))
        _ = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        let same = await curate(words, in: folder)
        #expect(
            same.out.hasSuffix(
                """
                folder: FOLDER/out/small (no release)
                release of an earlier run: FOLDER/out/small/release; a whole run would not change it

                """))
        let other = await curate(words + ["--set", "stages.shorten.bytes=10"], in: folder)
        #expect(
            other.out.hasSuffix(
                """
                folder: FOLDER/out/small (no release)
                release of an earlier run, outdated: FOLDER/out/small/release; a whole run would:
                  double: do it again: input dataset
                  judge: see after the stages before it

                """))
        let json = await curate(words + ["--set", "stages.shorten.bytes=10", "--json"], in: folder)
        #expect(
            json.out.contains(
                #""older_release":{"folder":"FOLDER/out/small/release","#
                    + #""outdated":["double","judge"]}"#))
        let whole = await curate("run", file, "-o", "\(folder.path)/out", "--json", in: folder)
        #expect(whole.out.contains(#""older_release":null"#))
    }

    @Test func `all faults of a file come out together`() async throws {
        let folder = try TestFolder()
        let file = try folder.write(
            """
            name: bad
            run: {sed: 3}
            stages:
              - read
              - {use: shortn}
              - {use: double, x: 1}
            """, to: "bad.yaml")
        let said = await curate("validate", file, in: folder)
        #expect(said.code == 78)
        #expect(said.out == "")
        #expect(
            said.err == """
                error: FOLDER/bad.yaml:2:7: unknown setting `sed` in `run`
                hint: did you mean `seed`?
                error: FOLDER/bad.yaml:5:11: there is no stage `shortn`
                hint: did you mean `shorten`?
                error: FOLDER/bad.yaml:6:11: `double` needs `shorten`, \
                which no stage before it gives
                hint: put `use: shorten` before it
                error: FOLDER/bad.yaml:6:19: unknown setting `x`

                """)
        let good = await curate("validate", try folder.writePipeline(), in: folder)
        #expect(good.out == "ok: 4 stages\n")
        #expect(good.code == 0)
    }

    @Test func `validate looks at sources also where the taxonomy is missing`() async throws {
        let folder = try TestFolder()
        let file = try folder.write(
            """
            taxonomy: none.yaml
            sources: [{path: gone.jsonl}]
            stages: [read, {use: shorten, x: 1}]
            """, to: "gone.yaml")
        let said = await curate("validate", file, in: folder)
        #expect(said.code == 78)
        #expect(
            said.err == """
                error: FOLDER/none.yaml: there is no such file or folder
                hint: relative paths in a file start from that file's folder
                error: FOLDER/gone.yaml:3:31: unknown setting `x`
                hint: known here: bytes
                error: FOLDER/gone.jsonl: the file cannot be read: No such file or directory

                """)
    }

    @Test func `a plan says about what it costs and shows prompts when asked`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let said = await curate("plan", file, "--show-prompts", in: folder)
        #expect(
            said.out == """
                stage    rows  calls  prompt tokens  answer tokens   money
                read        ?      0              0              0  0.0000
                shorten     ?      3          1,000            200  0.0123
                double      ?      0              0              0  0.0000
                judge       ?      0              0              0  0.0000

                about 3 calls, 1,200 tokens and 0.0123 of money; \
                cached answers are not paid for again
                shorten: reads every text

                shorten, template shorten.md:
                Shorten this.

                """)
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/out"))
    }

    @Test func `status says what a run would take over and what differs`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        _ = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        let said = await curate(
            "status", file, "-o", "\(folder.path)/out", "--set", "stages.shorten.bytes=10",
            in: folder)
        let all = said.out.split(separator: "\n", omittingEmptySubsequences: false)
        let head = all.prefix(7)
        #expect(all[7].hasPrefix("  since 2") && all[7].hasSuffix(" UTC, run 1, 16 rows, passed"))
        #expect(
            head.joined(separator: "\n") == """
                pipeline small
                stage    in  added  kept  refused  a run would
                read     13      0    12        1  reuse it
                shorten  12      0     8        4  do it again: bytes: 20 → 10
                double    8      8    16        0  see after the stages before it
                judge    16      0    16        0  see after the stages before it
                release: FOLDER/out/small/release
                """)
        #expect(said.out.contains("  1  small"))
        #expect(said.out.hasSuffix("  done\n"))
    }

    @Test func `explain tells what happened and keeps texts to itself`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        _ = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        let kept = await curate("explain", "r0", "-o", "\(folder.path)/out", in: folder)
        #expect(
            kept.out.replacing(/release 2[^ ]*Z/, with: "release NAME") == """
                r0 in small
                read: appears
                  text: 5 bytes
                  labels.spam: 0
                  provenance.source: "corpus"
                shorten: kept
                  shorten: {"bytes":5}
                double: kept
                  labels.spam: 0 → 1
                judge: kept
                release NAME (run 1): train.jsonl

                """)
        let refused = await curate(
            "explain", "r5", "--show-text", "-o", "\(folder.path)/out", in: folder)
        #expect(refused.out.hasSuffix("shorten: refused: too_long, score 30\n"))
        #expect(refused.out.contains("word word"))
        let none = await curate("explain", "r99", "-o", "\(folder.path)/out", in: folder)
        #expect(none.code == 64)
    }

    @Test func `a stage is described with its settings`() async throws {
        let folder = try TestFolder()
        let said = await curate("stages", "shorten", in: folder)
        #expect(
            said.out == """
                shorten (filter, version 1)
                Refuses long texts.

                Counts bytes.

                cost: None.
                writes: shorten

                refuses   because
                too_long  It has more bytes than `bytes`.

                setting  type     default  meaning
                bytes    integer  20       The longest text. (1 to 1000)

                """)
        let wrong = await curate("stages", "shortn", in: folder)
        #expect(wrong.err == "error: there is no stage `shortn`\nhint: did you mean `shorten`?\n")
    }
}

import Foundation
import Testing

@testable import Commands

@Suite struct ExplainTests {
    @Test func `a pipeline is named by its file, its name or an option`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let out = "\(folder.path)/out"
        _ = await curate("run", file, "-o", out, in: folder)
        let all = await curate("explain", "r0", "-o", out, in: folder)
        #expect(all.code == 0)
        for words in [[file], ["small"], ["--pipeline", "small"]] {
            let said = await curate(["explain", "r0"] + words + ["-o", out], in: folder)
            #expect(said.out == all.out && said.code == 0, "\(said.err)")
        }
        let twice = await curate(
            "explain", "r0", "small", "--pipeline", "small", "-o", out, in: folder)
        #expect(twice.code == 64)
        let wrong = await curate("explain", "r0", "smal", "-o", out, in: folder)
        #expect(wrong.code == 64 && wrong.err.contains("did you mean `small`?"))
    }

    @Test func `a record is found in folders and releases of earlier runs, and told from which`()
        async throws
    {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let out = "\(folder.path)/out"
        _ = await curate("run", file, "-o", out, in: folder)
        // Another order leaves `03-double` and `04-judge` of the first run behind, and a row less.
        try folder.write(
            "name: small\nallow: {shrink: 1}\nsources: [{path: fewer.jsonl}]\n"
                + "stages: [read, shorten, judge]\n",
            to: "small.yaml")
        let rows = try String(contentsOfFile: "\(folder.path)/rows.jsonl", encoding: .utf8)
        try folder.write(
            rows.split(separator: "\n").dropFirst().joined(separator: "\n"), to: "fewer.jsonl")
        _ = await curate("run", file, "-o", out, in: folder)
        let gone = await curate("explain", "r0", "-o", out, in: folder)
        #expect(gone.code == 0)
        #expect(
            gone.out.hasPrefix(
                """
                r0 in small
                in folders of earlier runs, which the last one left alone:
                double (run 1): appears

                """))
        #expect(gone.out.contains("\nolder release 2"))
        #expect(gone.out.hasSuffix(" (run 1): train.jsonl\n"))
        let here = await curate("explain", "r2", "-o", out, in: folder)
        #expect(here.out.contains("\njudge: kept\n"))
        #expect(here.out.contains("\nrelease 2") && here.out.contains("\nolder release 2"))
        let object = try JSON.object(
            await curate("explain", "r0", "-o", out, "--json", in: folder).out)
        let pipeline = try #require((object["pipelines"] as? [[String: Any]])?.first)
        let stages = try #require(pipeline["stages"] as? [[String: Any]])
        #expect(stages.allSatisfy { $0["is_of_last_run"] as? Bool == false && $0["record"] == nil })
        #expect(stages.first?["run"] as? Int == 1)
    }

    @Test func `an unknown id is an error with the nearest one`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        _ = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        let said = await curate("explain", "r111", "-o", "\(folder.path)/out", in: folder)
        #expect(said.code == 64)
        #expect(
            said.err == """
                error: FOLDER/out: no finished stage and no release knows the record `r111`
                hint: did you mean `r11`?

                """)
    }
}

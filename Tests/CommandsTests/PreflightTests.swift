import Foundation
import Testing

@testable import Commands

/// What a run looks at before its first stage.
@Suite struct PreflightTests {
    private static func pipeline(_ folder: TestFolder) throws -> String {
        try folder.writePipeline(extra: "  - {use: consult, key: \(folder.path)/key}\n")
    }

    @Test func `all that is missing is told before the first stage`() async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder)
        try FileManager.default.removeItem(atPath: "\(folder.path)/rows.jsonl")
        let said = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        #expect(said.code == 78)
        #expect(
            said.err == """
                error: FOLDER/rows.jsonl: the file cannot be read: No such file or directory
                error: consult: the key is not there
                hint: make it

                """)
        #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/out/small/01-read"))
    }

    @Test func `a stage that is reused needs no key, one that may be gets a warning`()
        async throws
    {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder)
        let key = try folder.write("", to: "key")
        let arguments = ["run", file, "-o", "\(folder.path)/out"]
        #expect(await curate(arguments, in: folder).code == 0)
        try FileManager.default.removeItem(atPath: key)
        let reused = await curate(arguments, in: folder)
        #expect(reused.code == 0 && !reused.err.contains("key"))
        // Other texts are refused, but the same rows may reach the stage.
        let perhaps = await curate(
            arguments + ["--set", "stages.shorten.bytes=21"], in: folder)
        #expect(perhaps.err.hasPrefix("warning: consult: the key is not there\nhint: make it\n"))
        let early = await curate(arguments + ["--from", "read", "--to", "double"], in: folder)
        #expect(early.code == 0 && !early.err.contains("key"))
        let forced = await curate(arguments + ["--from", "consult"], in: folder)
        #expect(forced.code == 78)
        #expect(forced.err == "error: consult: the key is not there\nhint: make it\n")
    }

    @Test func `plan and validate warn of a key that is not there`() async throws {
        let folder = try TestFolder()
        let file = try Self.pipeline(folder)
        for verb in ["plan", "validate"] {
            let said = await curate(verb, file, in: folder)
            #expect(said.code == 0)
            #expect(said.err == "warning: consult: the key is not there\nhint: make it\n")
        }
    }
}

import Foundation
import Testing

@testable import Commands

/// The completion scripts, each in the shell that it is for.
@Suite(.enabled(if: Child.isBuilt)) struct CompletionTests {
    /// A folder with a pipeline, a finished run, and names that could be taken for others.
    private static func folder() async throws -> TestFolder {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        _ = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        for name in ["run", "dedupe", "pipes", "more texts"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)", withIntermediateDirectories: false)
        }
        try folder.write("stages: []\n", to: "other file.yaml")
        try folder.write("", to: "notes.md")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/curate", withDestinationPath: Child.program)
        return folder
    }

    /// What bash offers for the last of the words.
    private static func bash(_ words: String..., in folder: TestFolder) throws -> [String] {
        let list = words.map { "'\($0)'" }.joined(separator: " ")
        let script = """
            cd '\(folder.path)' && PATH=$PWD:$PATH
            source <(curate --generate-completion-script bash)
            COMP_WORDS=(curate \(list)); COMP_CWORD=\(words.count)
            COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
            compopt() { echo "option $2" >&2; }
            _curate curate "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let said = try Child(
            ["-c", script], program: "/bin/bash", in: folder, name: "bash"
        ).wait()
        #expect(said.code == 0, "\(said.err)")
        let lines = said.out.split(separator: "\n").map(String.init).sorted()
        return said.err.contains("option filenames") ? ["files:"] + lines : lines
    }

    @Test func `verbs and stages are offered, and are no names of files`() async throws {
        let folder = try await Self.folder()
        #expect(try Self.bash("ru", in: folder) == ["run"])
        #expect(try Self.bash("ded", in: folder) == ["dedupe"])
        #expect(try Self.bash("cache", "p", in: folder) == ["prune"])
        #expect(try Self.bash("stages", "mis", in: folder) == ["mislabels"])
        #expect(try Self.bash("dedupe", "--no-p", in: folder) == ["--no-progress"])
    }

    @Test func `a file is offered where one is wanted, folders on the way to it too`()
        async throws
    {
        let folder = try await Self.folder()
        #expect(try Self.bash("run", "sm", in: folder) == ["files:", "small.yaml"])
        #expect(try Self.bash("validate", "o", in: folder) == ["files:", "other file.yaml", "out"])
        #expect(try Self.bash("run", "n", in: folder) == ["files:"])
        #expect(try Self.bash("dedupe", "n", in: folder) == ["files:", "notes.md"])
        #expect(try Self.bash("run", "-o", "p", in: folder) == ["files:", "pipes"])
        #expect(
            try Self.bash("dedupe", "--taxonomy", "sm", in: folder) == ["files:", "small.yaml"])
    }

    @Test func `recipes, stages of a pipeline and ids are looked up`() async throws {
        let folder = try await Self.folder()
        #expect(try Self.bash("init", "--recipe", "qu", in: folder) == ["quickstart"])
        #expect(
            try Self.bash("run", "small.yaml", "--from", "", in: folder)
                == ["double", "judge", "read", "shorten"])
        #expect(try Self.bash("explain", "r1", in: folder).first == "r1")
        #expect(try Self.bash("explain", "--pipeline", "", in: folder) == ["small"])
        #expect(try Self.bash("explain", "-o", "elsewhere", "r", in: folder).isEmpty)
    }

    @Test func `a workspace of many rows offers a hundred ids`() async throws {
        let folder = try TestFolder()
        let file = try folder.writePipeline()
        let rows = (0..<3_000).map { #"{"id":"r\#($0)","text":"x","labels":{},"provenance":{},"# }
        try folder.write(rows.map { $0 + #""metadata":{}}"# + "\n" }.joined(), to: "rows.jsonl")
        _ = await curate("run", file, "-o", "\(folder.path)/out", in: folder)
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/curate", withDestinationPath: Child.program)
        #expect(try Self.bash("explain", "r", in: folder).count == 100)
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func `every shell gets a script with the stages`(
        shell: String
    ) async throws {
        let folder = try TestFolder()
        let said = await curate("--generate-completion-script", shell, in: folder)
        #expect(said.code == 0)
        for word in ["dedupe", "mislabels", "validate", "yaml"] {
            #expect(said.out.contains(word), "\(shell): \(word)")
        }
        let unknown = await curate("--generate-completion-script", "cmd", in: folder)
        #expect(unknown.code == 64)
    }
}

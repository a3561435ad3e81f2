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

    /// What fish offers for an unfinished line, without its explanations.
    private static func fish(_ line: String, in folder: TestFolder) throws -> [String] {
        let script = """
            cd '\(folder.path)'; set -x PATH $PWD $PATH; set -x HOME $PWD
            curate --generate-completion-script fish | source
            complete -C '\(line)'
            """
        let said = try Child(
            ["--no-config", "-c", script], program: "/usr/bin/fish", in: folder, name: "fish"
        ).wait()
        #expect(said.code == 0 && said.err.isEmpty, "\(said.err)")
        return said.out.split(separator: "\n").map {
            String($0.split(separator: "\t")[0])
        }.sorted()
    }

    /// What zsh makes of unfinished lines that have one end each.
    private static func zsh(_ lines: [String], in folder: TestFolder) throws -> [String] {
        // Completion wants a terminal, so a second shell gets one; ^T writes the line down.
        let script = #"""
            zmodload zsh/zpty && zpty shell zsh -f -i
            zpty -w shell "cd 'FOLDER'; PATH=$PWD:\$PATH"
            zpty -w shell 'autoload -Uz compinit; compinit -u -D'
            zpty -w shell 'source <(curate --generate-completion-script zsh)'
            zpty -w shell 'save() { print -r -- $BUFFER >>lines; BUFFER= }'
            zpty -w shell 'zle -N save; bindkey ^T save; touch ready'
            until [[ -e ready ]]; do sleep 0.05; done
            for line in LINES; do zpty -n -w shell $line$'\t\x14'; done
            integer n=0
            until (( $(wc -l <lines) == COUNT || n++ > 400 )); do sleep 0.05; done 2>/dev/null
            zpty -d shell; cat lines
            """#
            .replacing("FOLDER", with: folder.path).replacing("COUNT", with: "\(lines.count)")
            .replacing("LINES", with: lines.map { "'\($0)'" }.joined(separator: " "))
        let said = try Child(
            ["-f", "-c", "cd '\(folder.path)'\n\(script)"], program: "/usr/bin/zsh", in: folder,
            name: "zsh"
        ).wait()
        return said.out.split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/fish")))
    func `fish offers verbs, stages, files, recipes and ids`() async throws {
        let folder = try await Self.folder()
        #expect(try Self.fish("curate ru", in: folder) == ["run"])
        #expect(try Self.fish("curate ded", in: folder) == ["dedupe"])
        #expect(try Self.fish("curate stages mis", in: folder) == ["mislabels"])
        #expect(try Self.fish("curate init --recipe qu", in: folder) == ["quickstart"])
        #expect(try Self.fish("curate run sm", in: folder) == ["small.yaml"])
        #expect(try Self.fish("curate dedupe n", in: folder) == ["notes.md"])
        #expect(
            try Self.fish("curate run small.yaml --from ", in: folder)
                == ["double", "judge", "read", "shorten"])
        #expect(try Self.fish("curate explain r1", in: folder).contains("r1"))
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zsh")))
    func `zsh offers verbs, stages, files, recipes and ids`() async throws {
        let folder = try await Self.folder()
        let ends = [
            ("curate ru", "curate run"), ("curate ded", "curate dedupe"),
            ("curate stages mis", "curate stages mislabels"),
            ("curate init --recipe qu", "curate init --recipe quickstart"),
            ("curate run sm", "curate run small.yaml"),
            ("curate dedupe no", "curate dedupe notes.md"),
            ("curate run small.yaml --from ju", "curate run small.yaml --from judge"),
            ("curate run -o pi", "curate run -o pipes/"),
            ("curate explain r11", "curate explain r11"),
        ]
        #expect(try Self.zsh(ends.map(\.0), in: folder) == ends.map(\.1))
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

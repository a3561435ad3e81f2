internal import ArgumentParser
internal import Pipeline
internal import Records
internal import Stages

/// The command line as completion scripts see it: every verb, and every stage as one more.
///
/// `curate --generate-completion-script bash|zsh|fish` prints a script; the script calls
/// `curate ---completion …` for what depends on the folder that a person is in.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: RootCommand.configuration.commandName,
        abstract: RootCommand.configuration.abstract,
        version: RootCommand.configuration.version,
        subcommands: RootCommand.configuration.subcommands
            + Stages.catalogue.stages.map { verb($0) })

    /// The first words of the command lines that this answers.
    static let words: Set<String> = ["--generate-completion-script", "---completion"]

    /// A script, or what one asks for.
    static func answer(_ words: [String]) -> (text: String, code: ExitCode) {
        do {
            _ = try parseAsRoot(words)
            return ("", .validationFailure)
        } catch {
            return (mended(fullMessage(for: error)), exitCode(for: error))
        }
    }

    private static func mended(_ script: String) -> String {
        script.hasPrefix("#!/bin/bash") ? forBash(script) : forFish(script)
    }

    /// The script with the cursor's place taken from the word before it: `commandline -C` knows it
    /// only while a person types, not in `complete -C LINE`.
    private static func forFish(_ script: String) -> String {
        script.replacing("(__curate_tokens -tC)", with: "(commandline -ct | string length)")
    }

    /// The script with only those completions called names of files that are some.
    ///
    /// The parser's calls all of them so, and bash ends a verb with a slash wherever a folder has
    /// its name.
    private static func forBash(_ script: String) -> String {
        let body = "_add_completions() {\n"
        let choice =
            "    case \"${cur}:${1}\" in -*) ;; *:-d | *:-f* | *:-o) compopt -o filenames ;; esac\n"
        return script.replacing("complete -o filenames -F", with: "complete -F")
            .replacing(body, with: body + choice)
    }

    private static func verb<Chosen: Stage>(_ type: Chosen.Type) -> any ParsableCommand.Type {
        StageVerb<Chosen>.self
    }
}

/// `curate STAGE` with the options of ``StageCommand``, under the stage's own name.
private struct StageVerb<Chosen: Stage>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Chosen.description.name, abstract: Chosen.description.summary)
    }

    @OptionGroup var command: StageCommand
}

extension CompletionKind {
    static let pipelineFile = CompletionKind.file(extensions: ["yaml", "yml"])
    static let stageName = CompletionKind.list(Stages.catalogue.names)

    /// The shipped pipelines.
    static let recipe = CompletionKind.custom { _, _, _ in InitCommand.recipes() }

    /// The stages of the pipeline file on the command line, by their names there; all stages when
    /// there is none yet.
    static let stageOfPipeline = CompletionKind.custom { words, _, _ in
        let file = words.last { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        let text = file.flatMap { try? TextFile.read($0) }
        let read = text.flatMap { try? PipelineFile.examine(yaml: $0, path: file ?? "") }
        return read?.file.stages.map(\.name) ?? Stages.catalogue.names
    }

    static let pipelineOfWorkspace = CompletionKind.custom { words, _, _ in
        WorkspaceFolder.pipelines(in: workspace(in: words)).map(\.text)
    }

    /// Ids of records, of the last finished stage of every pipeline.
    static let recordIdentifier = CompletionKind.custom { words, _, prefix in
        let root = workspace(in: words)
        var found: Set<String> = []
        for name in WorkspaceFolder.pipelines(in: root) {
            let last = Workspace(root: root, pipeline: name).finished().last
            guard let last, found.count < mostIdentifiers else { continue }
            for file in last.manifest.records where found.count < mostIdentifiers {
                let path = "\(last.folder)/\(file.path)"
                try? addIdentifiers(of: path, startingWith: prefix, to: &found)
            }
        }
        return found.sorted()
    }

    /// So many are shown at most, and looked for in so many bytes of a file: a person waits.
    private static let mostIdentifiers = 100
    private static let mostBytes = 4 << 20

    private static func addIdentifiers(
        of path: String, startingWith prefix: String, to found: inout Set<String>
    ) throws(Fault) {
        var reader = try LineReader(path: path)
        var parser = JSONParser()
        var block = LineBlock()
        var bytes = 0
        while bytes < mostBytes, try reader.read(into: &block, rows: 256) {
            bytes += block.bytes.count
            for line in block.lines {
                let id = try parser.children(of: Array(block.bytes[line.range])) {
                    $0["id"]?.string
                }
                if let id, id.hasPrefix(prefix) { found.insert(id) }
                if found.count == mostIdentifiers { return }
            }
        }
    }

    /// The folder that `-o` names in an unfinished command line.
    private static func workspace(in words: [String]) -> String {
        for (word, next) in zip(words, words.dropFirst()) where ["-o", "--out"].contains(word) {
            return next
        }
        let joined = words.last { $0.hasPrefix("--out=") }
        return joined.map { String($0.dropFirst("--out=".count)) } ?? "out"
    }
}

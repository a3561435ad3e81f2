internal import ArgumentParser
internal import CTrap
internal import Glibc
public import Pipeline
internal import Records
internal import Stages

/// The program: turns arguments into an exit code, and says everything through its console.
///
/// One binary answers to many names: called as `curate-dedupe` it is `curate dedupe`.
public struct Program: Sendable {
    let catalogue: Catalogue
    let console: Console
    let stop: StopFlag

    /// - Parameter catalogue: The stages; tests bring their own.
    public init(catalogue: Catalogue, console: Console, stop: StopFlag = StopFlag()) {
        self.catalogue = catalogue
        self.console = console
        self.stop = stop
    }

    /// The whole life of the process.
    public static func main() async -> Never { await main(catalogue: Stages.catalogue) }

    /// The same with other stages.
    public static func main(catalogue: Catalogue) async -> Never {
        signal(SIGPIPE, SIG_IGN)
        ctrap_install(JSONOutput.isAsked(by: CommandLine.arguments) ? 1 : 0)
        let program = Program(catalogue: catalogue, console: .process)
        let signals = Signals(program.stop)
        let code = await program.run(CommandLine.arguments)
        signals.release()
        // Not `exit`, which unloads libraries under threads that still compute: a model's warm-up,
        // say. All of ours is written by then; what C libraries hold is flushed.
        fflush(nil)
        _exit(code)
    }

    /// Runs one command line; `arguments[0]` is the name that the program was called by.
    public func run(_ arguments: [String]) async -> Int32 {
        let words = words(of: arguments)
        do {
            return try await dispatch(words)
        } catch {
            console.report(error)
            if JSONOutput.isAsked(by: words) {
                console.print(String(decoding: JSONOutput.bytes(error), as: UTF8.self))
            }
            return error.kind.exitCode
        }
    }

    /// `/usr/bin/curate-dedupe a` → `dedupe a`.
    private func words(of arguments: [String]) -> [String] {
        let rest = Array(arguments.dropFirst())
        let name = arguments.first?.split(separator: "/").last.map(String.init) ?? ""
        let stage = String(name.dropFirst("curate-".count))
        guard name.hasPrefix("curate-"), catalogue[stage] != nil else { return rest }
        return [stage] + rest
    }

    private func dispatch(_ words: [String]) async throws(Fault) -> Int32 {
        let verbs = RootCommand.verbs
        if let first = words.first, !first.hasPrefix("-"), !verbs.contains(first) {
            guard catalogue[first] != nil else {
                throw Fault(
                    .usage, "there is no command `\(first)`",
                    hint: NearestName.hint(first, in: verbs + catalogue.names)
                        ?? "`curate --help` lists them")
            }
            return try await stage(first, Array(words.dropFirst()))
        }
        if let first = words.first, CompletionCommand.words.contains(first) {
            let answer = CompletionCommand.answer(words)
            return say(answer.text, answer.code, words)
        }
        let parsed: any ParsableCommand
        do {
            parsed = try RootCommand.parseAsRoot(words.isEmpty ? ["--help"] : words)
        } catch {
            return say(RootCommand.fullMessage(for: error), RootCommand.exitCode(for: error), words)
        }
        if let verb = parsed as? any Verb {
            return try await verb.run(Context(catalogue: catalogue, console: console, stop: stop))
        }
        do {
            var command = parsed
            try command.run()
        } catch {
            return say(RootCommand.fullMessage(for: error), RootCommand.exitCode(for: error), words)
        }
        return 0
    }

    private func stage(_ name: String, _ words: [String]) async throws(Fault) -> Int32 {
        let command: StageCommand
        do {
            command = try StageCommand.parse(words)
        } catch {
            let code = StageCommand.exitCode(for: error)
            var text = StageCommand.fullMessage(for: error)
                .replacing("stage_command", with: "curate \(name)")
            if code == .success {
                text += "\n\n" + StageSheet.text(of: name, in: catalogue)
            }
            return say(text, code, words)
        }
        return try await command.run(
            stage: name, Context(catalogue: catalogue, console: console, stop: stop))
    }

    /// What the argument parser says: help is data, a complaint is talk.
    private func say(_ text: String, _ code: ExitCode, _ words: [String]) -> Int32 {
        if code == .success {
            console.print(text)
            return 0
        }
        // The one spelling of all our complaints.
        console.talk(text.hasPrefix("Error: ") ? "error: " + text.dropFirst(7) : text)
        if JSONOutput.isAsked(by: words) {
            let fault = Fault(
                .usage, text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text)
            console.print(String(decoding: JSONOutput.bytes(fault), as: UTF8.self))
        }
        return Fault.Kind.usage.exitCode
    }
}

/// What every command works with.
struct Context: Sendable {
    let catalogue: Catalogue
    let console: Console
    let stop: StopFlag
}

/// A command that is parsed and ready.
protocol Verb: ParsableCommand {
    func run(_ context: Context) async throws(Fault) -> Int32
}

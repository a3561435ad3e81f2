internal import ArgumentParser
internal import Glibc
internal import Pipeline
internal import Records

/// What `curate run --workers` starts; not for people.
struct WorkerCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Does steps of a stage for `curate run --workers`.",
        discussion: "Is told what to do on standard input, by the run that started it.",
        shouldDisplay: false)

    func run(_ context: Context) async throws(Fault) -> Int32 {
        // What is printed by mistake must not get between the answers.
        let output = dup(STDOUT_FILENO)
        guard output >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else {
            throw Fault(.configuration, "the worker has no output")
        }
        try await Worker(context.catalogue, input: STDIN_FILENO, output: output).run()
        return 0
    }

    /// Workers that are this program.
    static func settings(_ count: Int, _ pipeline: PipelineText) -> WorkerSettings {
        WorkerSettings(
            count: count, command: ["/proc/self/exe", "worker"], pipeline: pipeline)
    }
}

struct WorkersOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Processes that share a stage's shards; 0 for threads alone. Never changes a result.",
            valueName: "n"))
    var workers = 0

    /// - Throws: `usage` for a number that is none of processes.
    func count() throws(Fault) -> Int {
        guard (0...1_024).contains(workers) else {
            throw Fault(.usage, "`--workers \(workers)` is not between 0 and 1024")
        }
        return workers
    }
}

internal import ArgumentParser
internal import Pipeline
internal import Records
internal import Store

struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "Show or shrink what a workspace keeps of models' answers and vectors.",
        subcommands: [CacheStatsCommand.self, CachePruneCommand.self],
        defaultSubcommand: CacheStatsCommand.self)
}

struct CacheStatsCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Count stored answers and vectors.")

    @OptionGroup var output: OutputOption

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let store = try CacheStore.open(output.root)
        let states = try await store.ledger.countsByState()
        var table = Table(["cache", "entries", "size", "oldest (UTC)", "newest (UTC)"])
        for (name, statistics) in [
            ("answers", try await store.ledger.statistics()),
            ("vectors", try await store.vectors.statistics()),
        ] {
            table.add([
                name, Words.number(statistics.entries), Words.bytes(statistics.bytes),
                statistics.oldestMilliseconds.map { Moments.text(milliseconds: $0) } ?? "-",
                statistics.newestMilliseconds.map { Moments.text(milliseconds: $0) } ?? "-",
            ])
        }
        try store.close()
        for line in table.lines { context.console.print(line) }
        let words = states.filter { $0.value > 0 }.map { "\($0.key.rawValue) \($0.value)" }.sorted()
        if !words.isEmpty {
            context.console.print("answers by state: \(words.joined(separator: ", "))")
        }
        try context.console.checkOutput()
        return 0
    }
}

struct CachePruneCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract:
            "Forget answers and vectors older than so many days; asked again, they cost again.")

    @Option(help: "The age in days.")
    var olderThan: Int

    @OptionGroup var output: OutputOption

    private static let millisecondsADay: Int64 = 86_400_000

    func run(_ context: Context) async throws(Fault) -> Int32 {
        guard (0...36_500).contains(olderThan) else {
            throw Fault(.usage, "`--older-than \(olderThan)` is not a number of days, 0 to 36500")
        }
        let store = try CacheStore.open(output.root)
        let before = WorkspaceClock.system.now() - Int64(olderThan) * Self.millisecondsADay
        let answers = try store.ledger.prune(olderThan: before)
        let vectors = try store.vectors.prune(olderThan: before)
        try store.close()
        context.console.print(
            "forgot \(Words.count(answers, "answer")) and \(Words.count(vectors, "vector"))")
        try context.console.checkOutput()
        return 0
    }
}

private enum CacheStore {
    /// A workspace that is there; looking for one must not make it.
    static func open(_ root: String) throws(Fault) -> WorkspaceStore {
        let path = Workspace(root: root, pipeline: "").storePath
        guard Paths.exists(path) else {
            throw Fault(
                .usage, "there is no workspace", at: .file(root),
                hint: "name its folder with -o, or make one with `curate run`")
        }
        return try WorkspaceStore(path: path)
    }
}

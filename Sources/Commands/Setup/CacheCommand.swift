internal import ArgumentParser
internal import Pipeline
internal import Records
internal import Store
internal import StoreProtocols

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
    @OptionGroup var format: JSONOption

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let store = try CacheStore.open(output.root)
        let states = try await store.ledger.countsByState()
        var caches: [[UInt8]] = []
        var table = Table(["cache", "entries", "size", "oldest (UTC)", "newest (UTC)"])
        for (name, statistics) in [
            ("answers", try await store.ledger.statistics()),
            ("vectors", try await store.vectors.statistics()),
        ] {
            caches.append(Self.object(name, statistics).bytes)
            table.add([
                name, NumberFormat.number(statistics.entries), NumberFormat.bytes(statistics.bytes),
                statistics.oldestMilliseconds.map { DateFormat.text(milliseconds: $0) } ?? "-",
                statistics.newestMilliseconds.map { DateFormat.text(milliseconds: $0) } ?? "-",
            ])
        }
        try store.close()
        if format.json {
            var object = JSONObject()
            object["caches"] = .array(caches)
            object["answers_by_state"] = JSONOutput.counts(
                Dictionary(uniqueKeysWithValues: states.map { ($0.key.rawValue, $0.value) }))
            return try context.console.print(object, exit: 0)
        }
        for line in table.lines { context.console.print(line) }
        let words = states.filter { $0.value > 0 }.map { "\($0.key.rawValue) \($0.value)" }.sorted()
        if !words.isEmpty {
            context.console.print("answers by state: \(words.joined(separator: ", "))")
        }
        try context.console.checkOutput()
        return 0
    }

    private static func object(_ name: String, _ statistics: CacheStatistics) -> JSONObject {
        func moment(_ milliseconds: Int64?) -> JSONObject.Value {
            JSONOutput.string(milliseconds.map { DateFormat.text(milliseconds: $0) })
        }
        var object = JSONObject()
        object["cache"] = .string(name)
        object["entries"] = .integer(statistics.entries)
        object["bytes"] = .integer(statistics.bytes)
        object["oldest"] = moment(statistics.oldestMilliseconds)
        object["newest"] = moment(statistics.newestMilliseconds)
        return object
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
    @OptionGroup var format: JSONOption

    private static let millisecondsADay: Int64 = 86_400_000

    func run(_ context: Context) async throws(Fault) -> Int32 {
        guard (0...36_500).contains(olderThan) else {
            throw Fault(.usage, "`--older-than \(olderThan)` is not a number of days, 0 to 36500")
        }
        let store = try CacheStore.open(output.root)
        let before = WallClock.system.now() - Int64(olderThan) * Self.millisecondsADay
        let answers = try store.ledger.prune(olderThan: before)
        let vectors = try store.vectors.prune(olderThan: before)
        try store.close()
        if format.json {
            var object = JSONObject()
            object["answers"] = .integer(answers)
            object["vectors"] = .integer(vectors)
            return try context.console.print(object, exit: 0)
        }
        context.console.print(
            "forgot \(NumberFormat.count(answers, "answer")) and "
                + "\(NumberFormat.count(vectors, "vector"))"
        )
        try context.console.checkOutput()
        return 0
    }
}

private enum CacheStore {
    /// A workspace that is there; looking for one must not make it.
    static func open(_ root: String) throws(Fault) -> WorkspaceStore {
        let path = Workspace.storePath(root: root)
        guard Paths.exists(path) else {
            throw Fault(
                .usage, "there is no workspace", at: .file(root),
                hint: "name its folder with -o, or make one with `curate run`")
        }
        return try WorkspaceStore(path: path)
    }
}

internal import Commands
internal import Glibc
internal import Pipeline
internal import Records

/// The program as it is shipped, with the stages of the tests.
@main struct TestProgram {
    static func main() async { await Program.main(catalogue: testCatalogue) }
}

let testCatalogue = Catalogue([
    Read.self, Shorten.self, Twice.self, Crawl.self, Judge.self, Consult.self, Stumble.self,
])

/// Reads the records of its sources.
struct Read: Stage {
    static let description = StageDescription(
        name: "read", version: 1, role: .source, summary: "Reads records.",
        method: "As they are.", cost: "None.",
        refusals: [.init("unreadable", "The line is no record.")])

    private let paths: [String]
    private let isStrict: Bool
    private let limit: Int

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        paths = setup.sources.compactMap { source in
            guard case .scalar(let path?) = source["path"]?.content else { return nil }
            return Paths.resolve(path, from: source.folder)
        }
        isStrict = setup.isStrict
        limit = setup.limit ?? .max
    }

    func dependencies() throws(Fault) -> [StageDependency] {
        var files: [StageDependency] = []
        for path in paths { files.append(try .file(path)) }
        return files
    }

    func run(_ work: StageWork) async throws(Fault) {
        var rest = paths[...]
        var taken = 0
        try await work.bring { () throws(Fault) -> [[UInt8]]? in
            guard let path = rest.popFirst() else { return nil }
            var reader = try LineReader(path: path)
            var block = LineBlock()
            var lines: [[UInt8]] = []
            while try reader.read(into: &block) {
                for line in block.lines where taken < limit && !line.isEmpty {
                    lines.append(Array(block.bytes[line.range]))
                    taken += 1
                }
            }
            return lines
        } work: { [isStrict] (lines: [[UInt8]]) throws(Fault) in
            var parser = RecordParser()
            var items: [BlockResult.Item] = []
            for (number, line) in lines.enumerated() {
                do throws(Fault) {
                    items.append(.incoming(try parser.parse(line), note: nil))
                } catch {
                    if isStrict { throw error }
                    items.append(.turnedAway(id: "line \(number + 1)", Refusal("unreadable")))
                }
            }
            return BlockResult(items: items)
        } inOrder: { _ in
        }
    }
}

/// Refuses texts that are longer than a limit.
struct Shorten: Stage {
    static let description = StageDescription(
        name: "shorten", version: 1, role: .filter, summary: "Refuses long texts.",
        method: "Counts bytes.", cost: "None.", writes: "shorten",
        refusals: [.init("too_long", "It has more bytes than `bytes`.")])

    private let bytes: Int

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        bytes = settings.integer("bytes", 20, in: 1...1_000, help: "The longest text.")
    }

    func plan(_ input: PlanInput) throws(Fault) -> StagePlan {
        StagePlan(
            rows: input.rows, calls: 3, promptTokens: 1_000, completionTokens: 200,
            costMicrounits: 12_345, prompts: [("shorten.md", "Shorten this.")],
            notes: ["reads every text"])
    }

    func run(_ work: StageWork) async throws(Fault) {
        try await work.mapRows { [bytes] row in
            let count = row.record.text.utf8.count
            if count > bytes { return .refuse("too_long", score: Double(count)) }
            return Outcome(.keep, note: Array("{\"bytes\":\(count)}".utf8))
        }
        work.note("texts have at most \(bytes) bytes")
        work.count("prompt_tokens", 1_000)
    }
}

/// Labels every row as spam, and adds a child; needs what `shorten` writes.
struct Twice: Stage {
    static let description = StageDescription(
        name: "double", version: 1, role: .generator, summary: "Adds a child to each row.",
        method: "Repeats the text.", cost: "None.", reads: ["shorten"])

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func run(_ work: StageWork) async throws(Fault) {
        try await work.mapRows { row in
            var record = row.record
            record.labels["spam"] = true
            let id = RecordIdentifier.child(
                of: record.id, stage: "double", index: 0, text: record.text)
            let child = Record(id: id, text: record.text + record.text)
            return Outcome(.replace(record), added: [Addition(child)])
        }
    }
}

/// Takes its time.
struct Crawl: Stage {
    static let description = StageDescription(
        name: "crawl", version: 1, role: .filter, summary: "Waits at each row.",
        method: "Sleeps.", cost: "Time.")

    private let milliseconds: Int

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        milliseconds = settings.integer(
            "milliseconds", 1, in: 0...10_000, help: "How long.", affectsResult: false)
    }

    func run(_ work: StageWork) async throws(Fault) {
        try await work.mapRows { [milliseconds] _ throws(Fault) in
            // A row takes long, so the stage looks for a signal at each.
            try work.checkStop()
            usleep(UInt32(milliseconds) * 1_000)
            return .keep
        }
    }
}

/// Publishes the rows, and fails its gate when there are too few.
struct Judge: Stage {
    static let description = StageDescription(
        name: "judge", version: 1, role: .reporter, summary: "Publishes the splits.",
        method: "Counts rows.", cost: "None.")

    private let rows: Int

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        rows = settings.integer("rows", 0, in: 0...1_000, help: "The fewest.")
    }

    func run(_ work: StageWork) async throws(Fault) {
        let lines = try await work.collect { $0.record.json + [UInt8(ascii: "\n")] }
        try work.keepAll()
        try work.write(Array(lines.joined()), to: "train.jsonl", isPublished: true)
        let spam = lines.count { String(decoding: $0, as: UTF8.self).contains(#""spam":1"#) }
        let counts = """
            {"rows":{"train":\(lines.count),"unlabelled":3},"categories":
            {"spam":{"train":{"positive":\(spam),"negative":\(lines.count - spam)}}}}
            """
        try work.write(Array(counts.utf8), to: "splits.json")
        work.gate("rows", passed: lines.count >= rows, detail: "\(lines.count) of \(rows) rows")
    }
}

/// Says that it asks a model, which it would do through its own client.
struct Consult: Stage {
    static let description = StageDescription(
        name: "consult", version: 1, role: .annotator, summary: "Asks about every row.",
        method: "Counts.", cost: "A call a row.")

    /// A file that stands for a key.
    private let key: String?
    private let mostCalls: Int?
    private let stops: Int?
    /// How it ends: a kind of fault, `deaf` for one before the first stage, or not at all.
    private let fault: String
    /// Rows without an answer of which no reply is left.
    private let unavailable: Int

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        fault = settings.string("fault", "none", help: "How it ends.", affectsResult: false)
        unavailable = settings.integer("unavailable", 0, in: 0...12, help: "Rows.")
        mostCalls = settings.optionalInteger(
            "most_calls", in: 0...1_000, help: "A budget.", affectsResult: false)
        stops = settings.optionalInteger("stops", in: 0...12, help: "The call that is too many.")
        key = settings.optionalString("key", help: "A file.", affectsResult: false)
    }

    var usesProvider: Bool { true }

    var unready: Fault? {
        guard let key, !Paths.exists(key) else { return nil }
        return Fault(.configuration, "the key is not there", hint: "make it")
    }

    func plan(_ input: PlanInput) throws(Fault) -> StagePlan {
        var plan = StagePlan(
            rows: input.rows, calls: 16, promptTokens: 160, costMicrounits: 1_600)
        if let mostCalls {
            var limits = AskingLimits(endpoint: "main", period: "a day")
            (limits.calls, limits.spentCalls) = (mostCalls, 2)
            plan.limits = limits
        }
        return plan
    }

    func greet(_ context: RunContext) async -> Greeting {
        Greeting(fault == "deaf" ? Fault(.unavailable, "nobody answers", why: "no reply") : nil)
    }

    func run(_ work: StageWork) async throws(Fault) {
        try await work.mapRows { [stops, fault] _ throws(Fault) in
            if let kind = Fault.Kind(rawValue: fault) {
                throw Fault(kind, "nobody answers", why: "not even once")
            }
            guard let stops else { return .keep }
            work.progress.say("\(stops) ok")
            throw Fault(.stopped, "the budget is used up")
        }
        if unavailable > 0 { work.count("failed.unavailable", Double(unavailable)) }
        work.count("calls", 12)
        work.count("answered", 12)
        work.count("tokens", 120)
        work.count("money", 0.0012)
    }
}

/// Ends the process as a defect does, at its first row.
struct Stumble: Stage {
    static let description = StageDescription(
        name: "stumble", version: 1, role: .filter, summary: "Falls.", method: "In many ways.",
        cost: "The process.")

    private let how: String

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        how = settings.string("how", "trap", help: "Which way.")
    }

    private static let signals = [
        "segv": SIGSEGV, "trap": SIGTRAP, "ill": SIGILL, "bus": SIGBUS,
        "fpe": SIGFPE,
    ]

    func run(_ work: StageWork) async throws(Fault) {
        try await work.mapRows { [how] row in
            if let signal = Self.signals[how] { raise(signal) }
            if how == "abort" { abort() }
            insist(how != "promise", "the test keeps it")
            if how == "index" { _ = Array(row.record.text.utf8)[row.record.text.utf8.count + 7] }
            if how == "duplicate" {
                let text = row.record.text
                _ = Dictionary(uniqueKeysWithValues: [(text, 1), (text, 2)])
            }
            if how == "stack" { return Self.deeper(row.record.text, 1) > 0 ? .keep : .refuse("no") }
            return .keep
        }
    }

    /// Calls itself until the stack ends.
    @inline(never) private static func deeper(_ text: String, _ level: Int) -> Int {
        if level < 0 { return 0 }
        return deeper(text, level + 1) + text.utf8.count + deeper(text, level + 2)
    }
}

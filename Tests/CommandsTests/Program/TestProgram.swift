internal import Commands
internal import Glibc
internal import Pipeline
internal import Records
internal import Stages

/// The program as it is shipped, with the stages of the tests.
@main struct TestProgram {
    static func main() async {
        await Program.main(catalogue: Catalogue(testCatalogue.stages + Stages.catalogue.stages))
    }
}

let testCatalogue = Catalogue([
    Read.self, Shorten.self, Twice.self, Crawl.self, Judge.self, Consult.self, Stumble.self,
    Vectorise.self, Fragile.self,
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

    func steps(_ graph: inout StepGraph) throws(Fault) {
        _ = graph.read("read") { _, sink throws(Fault) in try await read(into: sink) }
    }

    private func read(into sink: RowSink) async throws(Fault) {
        var rest = paths[...]
        var taken = 0
        try await sink.append { () throws(Fault) -> [[UInt8]]? in
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
                    items.append(.input(try parser.parse(line), note: nil))
                } catch {
                    if isStrict { throw error }
                    items.append(.refused(id: "line \(number + 1)", Refusal("unreadable")))
                }
            }
            return items
        } rows: {
            BlockResult(items: $0)
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

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("shorten") { _ in
            { row in
                let count = row.record.text.utf8.count
                if count > bytes { return .refuse("too_long", score: Double(count)) }
                return Outcome(.keep, note: Array("{\"bytes\":\(count)}".utf8))
            }
        }
        graph.finish { output in
            output.note("texts have at most \(bytes) bytes")
            output.count(.promptTokens, 1_000)
        }
    }
}

/// Labels every row as spam, and adds a child; needs what `shorten` writes.
struct Twice: Stage {
    static let description = StageDescription(
        name: "double", version: 1, role: .generator, summary: "Adds a child to each row.",
        method: "Repeats the text.", cost: "None.", reads: ["shorten"])

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("double") { _ in
            { row in
                var record = row.record
                record.labels["spam"] = true
                let id = RecordIdentifier.child(
                    of: record.id, stage: "double", index: 0, text: record.text)
                let child = Record(id: id, text: record.text + record.text)
                return Outcome(.replace(record), added: [Addition(child)])
            }
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

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("wait") { context in
            { (_) throws(Fault) in
                // A row takes long, so the stage looks for a signal at each.
                try context.checkStop()
                usleep(UInt32(milliseconds) * 1_000)
                return .keep
            }
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

    func steps(_ graph: inout StepGraph) throws(Fault) {
        let lines = graph.collect("lines") { _ in
            { row in row.record.json + [UInt8(ascii: "\n")] }
        }
        graph.keepAll()
        graph.finish(lines) { output, lines throws(Fault) in
            try publish(try lines.joined() ?? [], output)
        }
    }

    private func publish(_ lines: [[UInt8]], _ output: StageOutput) throws(Fault) {
        try output.write(Array(lines.joined()), to: "train.jsonl", isPublished: true)
        let spam = lines.count { String(decoding: $0, as: UTF8.self).contains(#""spam":1"#) }
        let counts = """
            {"rows":{"train":\(lines.count),"unlabelled":3},"categories":
            {"spam":{"train":{"positive":\(spam),"negative":\(lines.count - spam)}}}}
            """
        try output.write(Array(counts.utf8), to: "splits.json")
        output.gate("rows", passed: lines.count >= rows, detail: "\(lines.count) of \(rows) rows")
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

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("ask") { context in
            { (_) throws(Fault) in
                if let kind = Fault.Kind(rawValue: fault) {
                    throw Fault(kind, "nobody answers", why: "not even once")
                }
                guard let stops else { return .keep }
                context.progress.say("\(stops) ok")
                throw Fault(.stopped, "the budget is used up")
            }
        }
        graph.finish { output in
            if unavailable > 0 {
                output.count(.failedRows(Counter.unavailable), Double(unavailable))
            }
            output.count(.calls, 12)
            output.count(.answered, 12)
            output.count(.tokens, 120)
            output.count(.money, 0.0012)
        }
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

    func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("fall") { _ in { row in fall(row) } }
    }

    private func fall(_ row: Row) -> Outcome {
        if let signal = Self.signals[how] { raise(signal) }
        if how == "abort" { abort() }
        require(how != "promise", "the test keeps it")
        if how == "index" { _ = Array(row.record.text.utf8)[row.record.text.utf8.count + 7] }
        if how == "duplicate" {
            let text = row.record.text
            _ = Dictionary(uniqueKeysWithValues: [(text, 1), (text, 2)])
        }
        if how == "stack" { return Self.deeper(row.record.text, 1) > 0 ? .keep : .refuse("no") }
        return .keep
    }

    /// Calls itself until the stack ends.
    @inline(never) private static func deeper(_ text: String, _ level: Int) -> Int {
        if level < 0 { return 0 }
        return deeper(text, level + 1) + text.utf8.count + deeper(text, level + 2)
    }
}

/// Gives every row a vector of length 1, drawn from its text.
struct Vectorise: Stage {
    static let description = StageDescription(
        name: "vectorise", version: 1, role: .annotator, summary: "Vectors by hash.",
        method: "Draws.", cost: "None.", writes: Sidecar.embeddings)

    init(_ settings: SettingsReader, _ setup: StageSetup) {}

    func steps(_ graph: inout StepGraph) throws(Fault) {
        _ = graph.map("vectors", initial: NoSummary(), columns: { _ in 8 }) { _ in
            { block in
                var vectors: [Float] = []
                for row in block.rows { vectors += Self.vector(of: row.record.text) }
                return (BlockResult(block.rows.map { _ in .keep }, vectors: vectors), NoSummary())
            }
        }
    }

    private static func vector(of text: String) -> [Float] {
        var draws = CounterRNG(seed: 1, purpose: "vectorise", id: text)
        let values = (0..<8).map { _ in Float(draws.unit()) - 0.5 }
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }
}

/// Ends its process at each of its steps, once: where the file `<marks>/<step>` is missing, it is
/// made first.
struct Fragile: Stage {
    static let description = StageDescription(
        name: "fragile", version: 1, role: .generator, summary: "Falls once a step.",
        method: "By signal.", cost: "A process.", writes: "fragile")

    private let marks: String
    /// Whether it falls every time.
    private let always: Bool

    init(_ settings: SettingsReader, _ setup: StageSetup) {
        marks = settings.string("marks", "", help: "A folder.", affectsResult: false)
        always = settings.flag("always", false, help: "Never stands.", affectsResult: false)
    }

    func steps(_ graph: inout StepGraph) throws(Fault) {
        let texts = graph.fold("texts", initial: KeyedRows()) { _ in
            { block in
                var rows = KeyedRows()
                for row in block.rows {
                    fall(at: "texts")
                    rows.add(GroupKey(StableHash.hash(row.record.text)), row.index)
                }
                return rows
            }
        }
        let firsts = graph.group("firsts", texts, rows: { $0 }) { _, rows in
            fall(at: "firsts")
            return rows.first
        }
        let lengths = graph.collect("lengths", firsts) { _, _ in
            { row in
                fall(at: "lengths")
                return row.record.text.utf8.count
            }
        }
        graph.mapRows("note", firsts, lengths) { _, firsts, lengths throws(Fault) in
            let (firsts, lengths) = (Set(firsts), try lengths.joined() ?? [])
            return { row in
                fall(at: "note")
                let note = Array("[\(lengths[row.index])]".utf8)
                guard firsts.contains(Int32(row.index)) else { return Outcome(.keep, note: note) }
                let id = RecordIdentifier.child(
                    of: row.record.id, stage: "fragile", index: 0, text: row.record.text)
                let child = Record(id: id, text: row.record.text)
                return Outcome(.keep, note: note, added: [Addition(child)])
            }
        }
    }

    private func fall(at step: String) {
        if marks.isEmpty { return }
        let mark = "\(marks)/\(step)"
        if !always, Paths.exists(mark) { return }
        close(open(mark, O_CREAT | O_WRONLY, 0o600))
        kill(getpid(), SIGKILL)
    }
}

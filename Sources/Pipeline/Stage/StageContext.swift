public import Records
public import StoreProtocols
internal import Synchronization

/// What the steps of a stage work with, in one process.
public final class StageContext: Sendable {
    /// The stage's name in this pipeline.
    public let stage: String
    public let seed: UInt64
    /// How many threads the steps use.
    public let jobs: Int
    /// nil for a stage that reads sources.
    public let input: Dataset?
    /// The folder that the stage writes.
    public let folder: String
    /// nil in a worker, which keeps nothing.
    private let kept: Stores?
    /// Vectors that were made before.
    public let vectors: any VectorStore
    /// The stages before this one, in order.
    ///
    /// Only a stage whose description says `usesHistory` may look: the others' fingerprints do not
    /// cover it.
    public let history: [FinishedStage]
    /// The folder of the workspace's last release, for a stage that ``Stage/continues`` it; nil
    /// where there is none, and in a worker.
    public let lastRelease: String?
    public let progress: StageProgress

    let description: StageDescription
    /// The sidecars whose lines come with the rows.
    let reads: [String]
    let services: RunServices
    let shardRows: Int
    let stop: StopFlag
    let output = Mutex(Output())

    struct Output: Sendable {
        var written: WrittenOutput?
        var extras: [Manifest.File] = []
        var published: [String] = []
        var gates: [Manifest.Gate] = []
        var notes: [String] = []
        var remarks: [String] = []
        var counters: [String: Double] = [:]
        /// The input's identifiers, once a step has asked for them.
        var identifiers: IdentifierSet?
    }

    init(
        stage: String, description: StageDescription, reads: [String], seed: UInt64, jobs: Int,
        input: Dataset?, folder: String, shardRows: Int, stores: Stores?,
        vectors: any VectorStore, history: [FinishedStage], lastRelease: String? = nil,
        services: RunServices, stop: StopFlag, progress: StageProgress
    ) {
        self.stage = stage
        self.description = description
        self.reads = reads
        self.services = services
        self.seed = seed
        self.jobs = jobs
        self.input = input
        self.folder = folder
        self.shardRows = shardRows
        kept = stores
        self.vectors = vectors
        self.history = history
        self.lastRelease = lastRelease
        self.stop = stop
        self.progress = progress
    }

    /// - Throws: `defect` in a worker, which keeps nothing.
    public var stores: Stores {
        get throws(Fault) {
            guard let kept else {
                throw Fault(.defect, "a worker asks for the workspace's stores", at: .stage(stage))
            }
            return kept
        }
    }

    /// The base URL of a service that runs beside this run; nil when there is none of that name.
    public func endpoint(named name: String) -> String? { services.endpoints[name] }

    /// When the run has to end, in milliseconds since 1970 UTC; nil for never.
    public var deadlineMilliseconds: Int64? { services.deadlineMilliseconds }

    /// Something that all stages of a run share, made by the first that asks for it.
    ///
    /// - Throws: What `make` throws.
    public func shared<Value: Sendable>(
        _ key: String, _ make: () throws(Fault) -> Value
    ) throws(Fault) -> Value {
        try services.value(key, make)
    }

    /// For stages that wait long within one block of rows.
    ///
    /// - Throws: A fault of kind `stopped` once the run has to end.
    public func checkStop() throws(Fault) { try stop.check() }

    /// For what waits by itself, an endpoint's pauses for example: `body` hears once why the run
    /// has to end, at once if it has to already.
    public func whenStopped(_ body: @escaping @Sendable (Fault) -> Void) {
        stop.whenSet(body)
    }

    /// Draws that belong to this stage and one record.
    public func draws(_ id: String, _ purpose: String = "") -> CounterRNG {
        CounterRNG(seed: seed, purpose: "\(stage)/\(purpose)", id: id)
    }

    /// Writes a file of the stage's own beside its records.
    ///
    /// - Parameter isPublished: Whether it belongs to the release.
    func write(
        _ bytes: [UInt8], to name: String, rows: Int? = nil, isPublished: Bool = false
    ) throws(Fault) {
        var file = try JSONFile.write(bytes, to: "\(folder)/\(try StageFile.checked(name))")
        file.path = name
        file.rows = rows
        output.withLock { [file] in
            $0.extras.append(file)
            if isPublished { $0.published.append(name) }
        }
    }

    /// Notes whether a promise was kept; a broken one ends the run with exit code 1.
    func gate(_ name: String, passed: Bool, detail: String) {
        output.withLock { $0.gates.append(.init(name: name, passed: passed, detail: detail)) }
    }

    /// A sentence for the user, shown when the stage ends and again when it is reused.
    func note(_ sentence: String) {
        output.withLock { $0.notes.append(sentence) }
    }

    /// A sentence about this run alone, which the stage's folder does not keep: what is the same
    /// without it has the same bytes.
    public func remark(_ sentence: String) {
        output.withLock { $0.remarks.append(sentence) }
    }

    /// A number for `stats.json` that the program reads again.
    public func count(_ counter: Counter, _ number: Double) { count(counter.name, number) }

    /// A number for `stats.json` that only people read.
    public func count(_ name: String, _ number: Double) {
        output.withLock { $0.counters[name] = number }
    }
}

/// What a stage has written; see ``Manifest``.
struct WrittenOutput: Sendable {
    var shards: [Manifest.Shard]
    var counts: Manifest.Counts
}

/// How far a stage has come, read by whoever shows it.
public final class StageProgress: Sendable {
    public struct State: Sendable {
        public var done = 0
        public var total: Int?
        /// Words that the stage adds to the live line: calls, tokens, money.
        public var detail = ""

        public init() {}
    }

    private let state = Mutex(State())
    private let changed: @Sendable (State) -> Void
    private let noticed: @Sendable (String) -> Void

    public init(
        changed: @escaping @Sendable (State) -> Void = { _ in },
        noticed: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.changed = changed
        self.noticed = noticed
    }

    /// A sentence that the user must hear at once, on a terminal and in a log.
    public func notice(_ sentence: String) { noticed(sentence) }

    public var current: State { state.withLock { $0 } }

    public func add(_ rows: Int) { update { $0.done += rows } }
    public func begin(total: Int?) {
        update {
            $0.done = 0
            $0.total = total
        }
    }
    public func say(_ detail: String) { update { $0.detail = detail } }

    private func update(_ change: (inout sending State) -> Void) {
        let now = state.withLock { state in
            change(&state)
            return state
        }
        changed(now)
    }
}

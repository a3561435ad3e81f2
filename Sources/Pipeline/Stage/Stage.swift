public import Records
public import StoreProtocols

/// One step of a pipeline: takes a dataset, and keeps, refuses, adds or annotates its rows.
///
/// A stage is a value that holds its settings. Its work is a graph of named steps and nothing else
/// (``StepGraph`` has their kinds). It does not know whether its steps are done by the threads of
/// `curate run`, by its own executable or by workers, and must give the same bytes in each.
public protocol Stage: Sendable {
    static var description: StageDescription { get }

    /// Reads the settings. Faults are noted in the reader, never thrown, so that a user sees all
    /// of them; nothing is opened or computed yet.
    init(_ settings: SettingsReader, _ setup: StageSetup)

    /// The sidecars that this stage needs with its settings: those of the description, unless a
    /// setting names another one.
    var reads: [String] { get }

    /// Whether the stage asks the pipeline's provider with its settings: a run that has no such
    /// stage starts no server for it.
    var usesProvider: Bool { get }

    /// What keeps the stage from asking its provider now, as far as that is known without a
    /// network: a key that is not set, say. nil when nothing does, and for stages that ask nobody.
    var unready: Fault? { get }

    /// What will go otherwise than a user may expect, known before a run: no fault.
    var warnings: [Fault] { get }

    /// Asks the stage's provider whether it is there, before the first stage of a run: one request
    /// that costs nothing, shared by the stages of a run.
    func greet(_ context: RunContext) async -> Greeting

    /// What decides the result besides settings and rows: files, model weights, decisions.
    ///
    /// - Throws: When such a thing is missing. Called before the run begins.
    func dependencies() throws(Fault) -> [StageDependency]

    /// The file of the workspace's last release that the stage goes on from, or all of a release
    /// that has no such file; nil for a stage that does not.
    ///
    /// Its content takes part in the fingerprint, unless the stage's finished folder has the same,
    /// or that of a stage that was made from its rows: a release that a run made itself is nothing
    /// new to the next.
    var continues: String? { get }

    /// Whether the stage goes on from a release without that file too, as a whole.
    var continuesWithoutFile: Bool { get }

    /// What a run would do and cost; spends nothing.
    func plan(_ input: PlanInput) throws(Fault) -> StagePlan

    /// Describes the work: the steps, one of which writes rows.
    ///
    /// - Throws: `configuration` when the settings allow no work.
    func steps(_ graph: inout StepGraph) throws(Fault)
}

extension Stage {
    public var reads: [String] { Self.description.reads }

    public var usesProvider: Bool { false }

    public var unready: Fault? { nil }

    public var warnings: [Fault] { [] }

    public func greet(_ context: RunContext) async -> Greeting { Greeting() }

    public func dependencies() throws(Fault) -> [StageDependency] { [] }

    public var continues: String? { nil }

    public var continuesWithoutFile: Bool { true }

    public func plan(_ input: PlanInput) throws(Fault) -> StagePlan {
        StagePlan(rows: input.rows)
    }
}

/// Something outside the dataset that decides a stage's result.
public struct StageDependency: Sendable, Equatable {
    /// What it is, as the user knows it: a path, a model's name.
    public var name: String
    /// A digest of its content.
    public var digest: String
    /// The file of the stage's own that has the same content where the dependency is what the
    /// stage itself made from the same rows; nil for what a stage never makes.
    public private(set) var ownFile: String?

    public init(name: String, digest: String) {
        self.name = name
        self.digest = digest
    }

    /// The same of what may be the stage's own work of an earlier run.
    public func written(as file: String) -> StageDependency {
        var dependency = self
        dependency.ownFile = file
        return dependency
    }

    /// A file, by its content.
    ///
    /// - Throws: `configuration` when the file cannot be opened, `badData` when it cannot be read.
    public static func file(_ path: String) throws(Fault) -> StageDependency {
        StageDependency(name: path, digest: try FileDigests.shared.digest(of: path).hex)
    }
}

/// What a stage is given when it is made.
public struct StageSetup: Sendable {
    /// The stage's name in this pipeline.
    public var stage: String
    public var pipeline: String
    public var seed: UInt64
    public var taxonomy: Taxonomy?
    public var sources: [YAMLNode]
    public var provider: YAMLNode?
    public var limit: Int?
    public var isStrict: Bool
    /// What share of the rows may go wrong.
    public var allowance: Allowance
    /// Whether a missing taxonomy is a fault of the stage: not where the pipeline names one that
    /// cannot be read, which is said already.
    public var lacksTaxonomy: Bool { taxonomy == nil && !namesTaxonomy }
    private var namesTaxonomy: Bool

    public init(
        stage: String, pipeline: String, seed: UInt64 = 0, taxonomy: Taxonomy? = nil,
        namesTaxonomy: Bool = false, sources: [YAMLNode] = [], provider: YAMLNode? = nil,
        limit: Int? = nil, isStrict: Bool = false,
        allowance: Allowance = Allowance()
    ) {
        self.namesTaxonomy = namesTaxonomy
        self.stage = stage
        self.pipeline = pipeline
        self.seed = seed
        self.taxonomy = taxonomy
        self.sources = sources
        self.provider = provider
        self.limit = limit
        self.isStrict = isStrict
        self.allowance = allowance
    }
}

/// Some of the rows that will come, evenly spread, for estimates.
public struct RowSample: Sendable {
    public var records: [Record]
    /// Rows that were looked at, those that will be refused included; all, where there are few.
    public var rows: Int

    public init(records: [Record], rows: Int) {
        self.records = records
        self.rows = rows
    }
}

/// What is known before a run.
public struct PlanInput: Sendable {
    /// Rows that reach the stage; nil when nobody can know.
    public var rows: Int?
    /// A row like those that will come, for a prompt to be shown.
    public var example: Record?
    /// Rows as they come from their sources; nil when nobody has looked.
    public var sample: RowSample?
    /// The rows themselves, where a run would take them over from an earlier one.
    public var finished: Dataset?
    /// What the workspace knows; nil when there is none yet.
    public var answers: (any StoredAnswers)?

    public init(
        rows: Int?, example: Record? = nil, sample: RowSample? = nil, finished: Dataset? = nil,
        answers: (any StoredAnswers)? = nil
    ) {
        self.rows = rows
        self.example = example
        self.sample = sample
        self.finished = finished
        self.answers = answers
    }
}

/// What a stage would do.
public struct StagePlan: Sendable {
    /// Rows that leave the stage, at most; nil when nobody can know.
    public var rows: Int?
    public var example: Record?
    /// From a stage that makes the rows; others leave what they were given.
    public var sample: RowSample?
    /// Calls to a model, at most.
    public var calls: Int
    public var promptTokens: Int
    public var completionTokens: Int
    /// In millionths of the price table's currency.
    public var costMicrounits: Int64
    /// One fully rendered prompt per template.
    public var prompts: [(template: String, text: String)]
    /// A sentence for the user.
    public var notes: [String]
    /// Of the calls: those that the workspace has the answers to; nil when nobody can know.
    public var stored: Int?
    public var limits: AskingLimits?

    /// What is left when the stored answers are taken away, as if all calls were alike.
    public var left: (calls: Int, tokens: Int, microunits: Int64) {
        let open = calls - min(calls, stored ?? 0)
        let share = calls == 0 ? 1 : Double(open) / Double(calls)
        return (
            open, Int((Double(promptTokens + completionTokens) * share).rounded()),
            Int64((Double(costMicrounits) * share).rounded())
        )
    }

    public init(
        rows: Int?, example: Record? = nil, sample: RowSample? = nil, calls: Int = 0,
        promptTokens: Int = 0, completionTokens: Int = 0, costMicrounits: Int64 = 0,
        prompts: [(template: String, text: String)] = [], notes: [String] = [],
        stored: Int? = nil, limits: AskingLimits? = nil
    ) {
        self.stored = stored
        self.limits = limits
        self.rows = rows
        self.example = example
        self.sample = sample
        self.calls = calls
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.costMicrounits = costMicrounits
        self.prompts = prompts
        self.notes = notes
    }
}

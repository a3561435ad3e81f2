public import Records

/// What one step of a stage gives to the steps after it.
public struct StepValue<Value: Sendable>: Sendable {
    /// The step's place in its graph.
    let step: Int
}

/// The steps of a stage in the order in which they are done, each named and of one of four kinds.
///
/// - **map**: the rows of one shard, and values of earlier steps, to verdicts, additions and a
///   mergeable summary. One step of a graph maps; it is the one that writes rows.
/// - **fold**: the rows of one shard, and values of earlier steps, to a mergeable summary.
/// - **group**: small keyed rows; equal keys meet, in the order of the keys, their values sorted.
/// - **solve**: one task over the values of earlier steps, in a fixed order.
///
/// A step knows its inputs and nothing else of the others, so that an executor may do it on any
/// shard, thread or machine. ``StageOutput`` takes a stage's files and notes at the end.
///
/// ```swift
/// let labels = graph.fold("labels", initial: Labels()) { _ in
///     { (block) throws(Fault) in try Labels(of: block) }
/// }
/// let plan = graph.solve("stratify", labels) { work, labels throws(Fault) in
///     try SplitPlan(labels, seed: work.seed)
/// }
/// graph.mapRows("assign", plan) { _, plan in
///     { (row) throws(Fault) in plan.outcome(of: row) }
/// }
/// ```
public struct StepGraph: Sendable {
    private(set) var steps: [Step] = []

    public init() {}

    mutating func add<Value: Sendable>(_ step: Step) -> StepValue<Value> {
        steps.append(step)
        return StepValue(step: steps.count - 1)
    }

    /// The steps as a list for documentation: kind and name.
    public var outline: [(kind: String, name: String)] {
        steps.filter { $0.kind != .finish }.map { ($0.kind.rawValue, $0.name) }
    }
}

/// A step of a graph, with the types of its values erased.
struct Step: Sendable {
    enum Kind: String, Sendable { case read, map, fold, group, solve, finish }

    enum Body: Sendable {
        /// Works on the rows of the input, shard by shard.
        case rows(RowStep)
        /// Keeps every row of the input without reading it.
        case keepAll
        /// Gives the rows of a dataset that begins here.
        case read(@Sendable (StageContext, RowSink) async throws(Fault) -> any Sendable)
        /// Gives rows without a parent, appended after all input rows.
        case append(
            @Sendable (StepValues, StageContext) async throws(Fault) -> (
                rows: [Addition], value: any Sendable
            ))
        /// Reduces keyed rows, part by part.
        case group(GroupStep)
        case solve(@Sendable (StepValues, StageContext) async throws(Fault) -> any Sendable)
        /// Writes the stage's own files and says what came of it.
        case finish(@Sendable (StepValues, StageOutput) async throws(Fault) -> Void)
    }

    let name: String
    let kind: Kind
    /// The steps whose values this one takes.
    let inputs: [Int]
    let body: Body
    /// How the step's value travels; nil for one that never leaves the process.
    var transport: ValueTransport?
}

/// Writes and reads the value of a step.
struct ValueTransport: Sendable {
    let encode: @Sendable (any Sendable) throws(Fault) -> [UInt8]
    let decode: @Sendable ([UInt8]) throws(Fault) -> any Sendable

    init<Value: Portable>(_ type: Value.Type) {
        encode = { value throws(Fault) in
            guard let value = value as? Value else { throw StepValues.mismatch }
            return value.portableBytes
        }
        decode = { bytes throws(Fault) in try Value(portableBytes: bytes) }
    }
}

/// The values of the steps that are done.
struct StepValues: Sendable {
    private var values: [Int: any Sendable] = [:]

    static var mismatch: Fault {
        Fault(.defect, "a step was given a value of another type, or none")
    }

    subscript(step: Int) -> (any Sendable)? {
        get { values[step] }
        set { values[step] = newValue }
    }

    func value<Value: Sendable>(_ handle: StepValue<Value>) throws(Fault) -> Value {
        guard let value = values[handle.step] as? Value else { throw Self.mismatch }
        return value
    }
}

/// A step over the rows of the input: a map, or a fold.
struct RowStep: Sendable {
    /// The step under way in a process.
    struct RunningStep: Sendable {
        /// What the step makes of a block; `result` is nil for a fold.
        let run:
            @Sendable (RowBlock) async throws(Fault) -> (
                result: BlockResult?, part: any Sendable
            )
        /// Called when all blocks are done, with the summary, or have failed, with nil.
        let end: @Sendable ((any Sendable)?) async -> Void
    }

    /// Begins the step in a process: reads what it needs, once for all blocks.
    let begin: @Sendable (StepValues, StageContext) async throws(Fault) -> RunningStep
    let summary: @Sendable () -> any StepSummary
    /// Whether the step is done by the process that runs the stage and no worker: it asks an
    /// endpoint, and pace and budget of an endpoint belong to one process.
    let isLocal: Bool
    /// For a stage that writes vectors, how long they are, by the step's summary: without any row
    /// the matrix is empty and still has its columns.
    let columns: @Sendable (any Sendable) -> Int?
}

/// What a map does in one process.
public struct BlockTask<Summary: Mergeable>: Sendable {
    let run: @Sendable (RowBlock) async throws(Fault) -> (BlockResult, Summary)
    let end: @Sendable (Summary?) async -> Void

    /// - Parameters:
    ///   - run: What becomes of a block, on any thread.
    ///   - end: Called when all blocks are done, with the summary, or have failed, with nil.
    public init(
        _ run: @escaping @Sendable (RowBlock) async throws(Fault) -> (BlockResult, Summary),
        end: @escaping @Sendable (Summary?) async -> Void = { _ in }
    ) {
        self.run = run
        self.end = end
    }
}

/// A summary under way.
protocol StepSummary: AnyObject {
    var value: any Sendable { get }
    func merge(_ part: any Sendable) throws(Fault)
    func merge(bytes: [UInt8]) throws(Fault)
}

final class TypedSummary<Value: Mergeable>: StepSummary {
    private var typed: Value

    init(_ initial: Value) { typed = initial }

    var value: any Sendable { typed }

    func merge(_ part: any Sendable) throws(Fault) {
        guard let part = part as? Value else { throw StepValues.mismatch }
        typed.merge(part)
    }

    func merge(bytes: [UInt8]) throws(Fault) { typed.merge(try Value(portableBytes: bytes)) }
}

internal import CMalloc
public import Records

/// Does the steps of a stage in their order, and writes what they give.
///
/// How the steps over rows and the groups are done, by threads or by workers, is the executor's
/// matter and never shows in what is written.
struct StageRun {
    private let graph: StepGraph
    private let context: StageContext
    private let executor: any StepExecutor
    private var values = StepValues()
    private var writer: DatasetWriter?
    private var columns: Int?

    init(_ graph: StepGraph, _ context: StageContext, _ executor: any StepExecutor) {
        self.graph = graph
        self.context = context
        self.executor = executor
    }

    mutating func run() async throws(Fault) {
        for (number, step) in graph.steps.enumerated() {
            try context.checkStop()
            if step.kind == .finish { try finishRows() }
            try await perform(step, number)
            release(after: number)
        }
        try finishRows()
    }

    private mutating func perform(_ step: Step, _ number: Int) async throws(Fault) {
        switch step.body {
        case .rows(let rows):
            let summary = rows.summary()
            if step.kind == .map {
                let writer = try openWriter()
                try await executor.map(task(number, step, rows), context, into: writer, summary)
                columns = rows.columns(summary.value)
            } else {
                try await executor.fold(task(number, step, rows), context, summary)
            }
            values[number] = summary.value
        case .keepAll:
            try openWriter().appendAll()
        case .read(let body):
            let sink = RowSink(context, try openWriter())
            values[number] = try await body(context, sink)
        case .append(let body):
            let (rows, value) = try await body(values, context)
            try openWriter().append(
                EncodedBlock(
                    BlockResult(items: rows.map { .generated($0) }), of: nil, rows: [],
                    own: context.ownLines, carried: context.carriedLines,
                    taken: try await context.takenIdentifiers()))
            values[number] = value
        case .group(let group):
            let results = group.results()
            let rows = try group.rows(values)
            try await executor.group(
                GroupTask(number: number, step: group, rows: rows), context, results)
            values[number] = results.value
        case .solve(let body):
            values[number] = try await body(values, context)
        case .finish(let body):
            try await body(values, StageOutput(context))
        }
    }

    private func task(_ number: Int, _ step: Step, _ rows: RowStep) -> StepTask {
        var task = StepTask(number, step, rows, values)
        for input in step.inputs { task.transports[input] = graph.steps[input].transport }
        return task
    }

    /// Lets go of values that no later step takes: some are as large as the dataset has rows.
    private mutating func release(after number: Int) {
        for earlier in 0...number
        where !graph.steps[(number + 1)...].contains(where: { $0.inputs.contains(earlier) }) {
            values[earlier] = nil
        }
        // glibc keeps what is freed, in an arena a thread, for allocations of like sizes; the next
        // step's are others, and both would count.
        _ = malloc_trim(0)
    }

    private mutating func openWriter() throws(Fault) -> DatasetWriter {
        if let writer { return writer }
        let made = try context.makeWriter()
        writer = made
        return made
    }

    private mutating func finishRows() throws(Fault) {
        guard let open = writer.take() else { return }
        context.finish(try open.finish(columns: columns))
        for file in try open.closeFiles() { context.take(file) }
    }
}

extension StageContext {
    /// Reads the rows of the input block by block, for a map that has to see them before it gives
    /// verdicts: calls that go out as batches are collected so.
    ///
    /// - Throws: `badData` for what is no record; what `body` throws; `stopped` when the run has to
    ///   end.
    public func forEachBlock(
        _ body: @escaping @Sendable (RowBlock) async throws(Fault) -> Void
    ) async throws(Fault) {
        let reader = try reader()
        let reads = linesRead
        try await ordered { () throws(Fault) in
            try reader.next()
        } work: { (raw: BlockReader.RawBlock) async throws(Fault) in
            let block = try raw.block(notes: reads)
            try await body(block)
            return block.rows.count
        } take: { rows in
            progress.add(rows)
        }
    }
}

/// A step over rows, and the values it takes.
struct StepTask: Sendable {
    let number: Int
    let step: Step
    let rows: RowStep
    let values: StepValues
    /// How the values travel, by the step that gave them.
    var transports: [Int: ValueTransport] = [:]
    /// The step as it was begun for an earlier shard; nil for one that is not begun.
    var begun: RowStep.RunningStep?

    init(_ number: Int, _ step: Step, _ rows: RowStep, _ values: StepValues) {
        self.number = number
        self.step = step
        self.rows = rows
        self.values = values
    }
}

extension StepTask {
    /// What is done with a block.
    func begin(_ context: StageContext) async throws(Fault) -> RowStep.RunningStep {
        if let begun { return begun }
        return try await rows.begin(values, context)
    }
}

/// Does the steps over rows, and the groups.
protocol StepExecutor: Sendable {
    /// Does a fold, and merges what it gives into `summary`.
    func fold(
        _ task: StepTask, _ context: StageContext, _ summary: any StepSummary
    ) async throws(Fault)

    /// Does the map: appends the rows to `writer` in their order, and merges the summaries.
    func map(
        _ task: StepTask, _ context: StageContext, into writer: any RowWriter,
        _ summary: any StepSummary
    ) async throws(Fault)

    /// Does a group: appends what each part gives to `results`, in the order of the parts.
    func group(
        _ task: GroupTask, _ context: StageContext, _ results: any GroupResults
    ) async throws(Fault)
}

/// Takes the rows of a source.
public struct RowSink {
    private let context: StageContext
    private let writer: DatasetWriter

    init(_ context: StageContext, _ writer: DatasetWriter) {
        self.context = context
        self.writer = writer
    }

    /// Works on pieces on several threads and appends what they give, in the order of the pieces.
    ///
    /// - Parameters:
    ///   - next: The next piece of input, called in order; nil at the end.
    ///   - work: What is made of a piece, on any thread.
    ///   - rows: The rows of a piece; called in order.
    /// - Throws: What the closures throw; `stopped` when there is no room or the run has to end.
    public func append<Piece: Sendable, Made: Sendable>(
        next: () throws(Fault) -> Piece?,
        work body: @escaping @Sendable (Piece) async throws(Fault) -> Made,
        rows: (Made) throws(Fault) -> BlockResult
    ) async throws(Fault) {
        context.progress.begin(total: nil)
        let own = context.ownLines
        try await context.ordered(next: next, work: body) { made throws(Fault) in
            let block = EncodedBlock(try rows(made), of: nil, rows: [], own: own, carried: [])
            try writer.append(block)
            context.progress.add(block.counts.input)
        }
    }
}

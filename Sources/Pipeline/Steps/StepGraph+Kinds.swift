public import Records

/// The kinds of step.
extension StepGraph {
    /// Adds a **fold**: every block gives a small summary, and the summaries are merged.
    ///
    /// - Parameters:
    ///   - initial: What the summaries are merged into.
    ///   - begin: Called once in every process, with the values of the inputs; gives what is done
    ///     with a block, on any thread.
    public mutating func fold<each Input: Portable, Summary: Mergeable>(
        _ name: String, _ inputs: repeat StepValue<each Input>, initial: Summary,
        begin:
            @escaping @Sendable (StageContext, repeat each Input) async throws(Fault) ->
            @Sendable (RowBlock) async throws(Fault) -> Summary
    ) -> StepValue<Summary> {
        let step = RowStep(
            begin: { values, context throws(Fault) in
                let summarise = try await begin(context, repeat try values.value(each inputs))
                return RowStep.RunningStep(
                    run: { block throws(Fault) in (nil, try await summarise(block)) },
                    end: { _ in })
            }, summary: { TypedSummary(initial) }, isLocal: false, columns: { _ in nil })
        return add(
            Step(
                name: name, kind: .fold, inputs: Self.places(repeat each inputs),
                body: .rows(step), transport: ValueTransport(Summary.self)))
    }

    /// Adds a fold that keeps a value of every row, in the rows' order.
    public mutating func collect<each Input: Portable, Value: Portable>(
        _ name: String, _ inputs: repeat StepValue<each Input>,
        begin:
            @escaping @Sendable (StageContext, repeat each Input) async throws(Fault) ->
            @Sendable (Row) throws(Fault) -> Value
    ) -> StepValue<InRowOrder<[Value]>> {
        fold(name, repeat each inputs, initial: InRowOrder<[Value]>()) {
            (context: StageContext, values: repeat each Input) throws(Fault) in
            let value = try await begin(context, repeat each values)
            return { (block: RowBlock) throws(Fault) in
                var values: [Value] = []
                values.reserveCapacity(block.rows.count)
                for row in block.rows { values.append(try value(row)) }
                return InRowOrder(values, of: block.range)
            }
        }
    }

    /// Adds the **map**, the step that writes: every row gets a verdict, and may bring new rows
    /// with it.
    ///
    /// What is done with a block must not depend on how rows fall into blocks.
    ///
    /// - Parameter columns: How long the vectors are that the stage writes, by the summary: without
    ///   any row the matrix is empty and still has its columns.
    public mutating func map<each Input: Portable, Summary: Mergeable>(
        _ name: String, _ inputs: repeat StepValue<each Input>, initial: Summary,
        columns: @escaping @Sendable (Summary) -> Int? = { _ in nil },
        begin:
            @escaping @Sendable (StageContext, repeat each Input) async throws(Fault) ->
            @Sendable (RowBlock) async throws(Fault) -> (BlockResult, Summary)
    ) -> StepValue<Summary> {
        addMap(
            name, Self.places(repeat each inputs), initial, isLocal: false, columns: columns
        ) { values, context throws(Fault) in
            BlockTask(try await begin(context, repeat try values.value(each inputs)))
        }
    }

    /// Adds a **map** that no worker does, since it asks an endpoint: pace, budget and open calls
    /// belong to one process.
    ///
    /// - Parameter columns: As those of ``map(_:_:initial:columns:begin:)``.
    public mutating func mapLocally<each Input: Sendable, Summary: Mergeable>(
        _ name: String, _ inputs: repeat StepValue<each Input>, initial: Summary,
        columns: @escaping @Sendable (Summary) -> Int? = { _ in nil },
        task:
            @escaping @Sendable (StageContext, repeat each Input) async throws(Fault) ->
            BlockTask<Summary>
    ) -> StepValue<Summary> {
        addMap(
            name, Self.places(repeat each inputs), initial, isLocal: true, columns: columns
        ) { values, context throws(Fault) in
            try await task(context, repeat try values.value(each inputs))
        }
    }

    private mutating func addMap<Summary: Mergeable>(
        _ name: String, _ inputs: [Int], _ initial: Summary, isLocal: Bool,
        columns: @escaping @Sendable (Summary) -> Int?,
        _ begin:
            @escaping @Sendable (StepValues, StageContext) async throws(Fault) ->
            BlockTask<Summary>
    ) -> StepValue<Summary> {
        let step = RowStep(
            begin: { values, context throws(Fault) in
                let task = try await begin(values, context)
                return RowStep.RunningStep(
                    run: { block throws(Fault) in
                        let (result, part) = try await task.run(block)
                        return (result, part)
                    }, end: { summary in await task.end(summary as? Summary) })
            }, summary: { TypedSummary(initial) }, isLocal: isLocal,
            columns: { summary in (summary as? Summary).flatMap(columns) })
        return add(
            Step(
                name: name, kind: .map, inputs: inputs, body: .rows(step),
                transport: ValueTransport(Summary.self)))
    }

    /// Adds a map over rows one at a time, without a summary.
    public mutating func mapRows<each Input: Portable>(
        _ name: String, _ inputs: repeat StepValue<each Input>,
        begin:
            @escaping @Sendable (StageContext, repeat each Input) async throws(Fault) ->
            @Sendable (Row) throws(Fault) -> Outcome
    ) {
        let _: StepValue<NoSummary> = map(name, repeat each inputs, initial: NoSummary()) {
            (context: StageContext, values: repeat each Input) throws(Fault) in
            let body = try await begin(context, repeat each values)
            return { (block: RowBlock) throws(Fault) in
                var outcomes: [Outcome] = []
                outcomes.reserveCapacity(block.rows.count)
                for row in block.rows { outcomes.append(try body(row)) }
                return (BlockResult(outcomes), NoSummary())
            }
        }
    }

    /// Adds the map of a stage that changes no row: nothing is read.
    public mutating func keepAll() {
        let _: StepValue<NoSummary> = add(
            Step(name: "keep", kind: .map, inputs: [], body: .keepAll))
    }

    /// Adds the step that makes a dataset out of something from outside.
    public mutating func read<Value: Sendable>(
        _ name: String,
        body: @escaping @Sendable (StageContext, RowSink) async throws(Fault) -> Value
    ) -> StepValue<Value> {
        add(
            Step(
                name: name, kind: .read, inputs: [],
                body: .read { context, sink throws(Fault) in try await body(context, sink) }))
    }

    /// Adds a **group**: equal keys meet, in the order of keys, their rows ascending.
    ///
    /// - Parameters:
    ///   - rows: The keyed rows among what a fold gave.
    ///   - reduce: What a key and its rows give, nil for nothing; called on any thread.
    public mutating func group<Input: Sendable, Out: Portable>(
        _ name: String, _ input: StepValue<Input>,
        rows: @escaping @Sendable (Input) throws(Fault) -> KeyedRows,
        reduce: @escaping @Sendable (GroupKey, ArraySlice<Int32>) throws(Fault) -> Out?
    ) -> StepValue<[Out]> {
        let step = GroupStep(
            rows: { values throws(Fault) in try rows(try values.value(input)) },
            reduce: { part throws(Fault) in try part.reduce(reduce) },
            results: { TypedGroupResults<Out>() })
        return add(
            Step(
                name: name, kind: .group, inputs: [input.step], body: .group(step),
                transport: ValueTransport([Out].self)))
    }

    /// Adds a **solve** whose value other steps over rows may take.
    public mutating func solve<each Input: Sendable, Value: Portable>(
        _ name: String, _ inputs: repeat StepValue<each Input>,
        body: @escaping @Sendable (StageContext, repeat each Input) async throws(Fault) -> Value
    ) -> StepValue<Value> {
        add(
            Step(
                name: name, kind: .solve, inputs: Self.places(repeat each inputs),
                body: .solve { values, context throws(Fault) in
                    try await body(context, repeat try values.value(each inputs))
                }, transport: ValueTransport(Value.self)))
    }

    /// Adds a **solve** whose value never leaves the process.
    @_disfavoredOverload
    public mutating func solve<each Input: Sendable, Value: Sendable>(
        _ name: String, _ inputs: repeat StepValue<each Input>,
        body: @escaping @Sendable (StageContext, repeat each Input) async throws(Fault) -> Value
    ) -> StepValue<Value> {
        add(
            Step(
                name: name, kind: .solve, inputs: Self.places(repeat each inputs),
                body: .solve { values, context throws(Fault) in
                    try await body(context, repeat try values.value(each inputs))
                }))
    }

    /// Adds a **solve** that gives rows without a parent; they are appended after all input rows.
    public mutating func append<each Input: Sendable, Value: Sendable>(
        _ name: String, _ inputs: repeat StepValue<each Input>,
        body:
            @escaping @Sendable (StageContext, repeat each Input) async throws(Fault) -> (
                [Addition], Value
            )
    ) -> StepValue<Value> {
        add(
            Step(
                name: name, kind: .solve, inputs: Self.places(repeat each inputs),
                body: .append { values, context throws(Fault) in
                    let (rows, value) = try await body(
                        context, repeat try values.value(each inputs))
                    return (rows, value)
                }))
    }

    /// Adds the end: the stage's own files, gates and notes, once all rows are written.
    public mutating func finish<each Input: Sendable>(
        _ inputs: repeat StepValue<each Input>,
        body: @escaping @Sendable (StageOutput, repeat each Input) async throws(Fault) -> Void
    ) {
        let _: StepValue<NoSummary> = add(
            Step(
                name: "finish", kind: .finish, inputs: Self.places(repeat each inputs),
                body: .finish { values, output throws(Fault) in
                    try await body(output, repeat try values.value(each inputs))
                }))
    }

    private static func places<each Value: Sendable>(
        _ inputs: repeat StepValue<each Value>
    ) -> [Int] {
        var places: [Int] = []
        repeat places.append((each inputs).step)
        return places
    }
}

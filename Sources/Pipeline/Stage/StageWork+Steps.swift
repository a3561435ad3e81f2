public import Records
internal import Synchronization

/// The three kinds of step. Each works on blocks of rows on `jobs` threads and takes the results in
/// the order of the rows, so that the number of threads never shows.
extension StageWork {
    /// **Map**, the pass that writes: every row gets a verdict, and may bring new rows with it.
    ///
    /// `body` sees no neighbours outside its block and must not depend on how rows fall into
    /// blocks.
    ///
    /// - Parameters:
    ///   - columns: How long the vectors are, for a stage that writes them: without any row the
    ///     matrix is empty and still has its columns. Asked for at the end.
    ///   - last: Produces rows without a parent; they are appended after all input rows. It runs
    ///     when every row has its verdict.
    public func map(
        _ body: @escaping @Sendable (RowBlock) async throws(Fault) -> BlockResult,
        columns: () -> Int? = { nil },
        last: () async throws(Fault) -> [Addition] = { () throws(Fault) in [] }
    ) async throws(Fault) {
        guard let input else {
            throw Fault(.defect, "a stage without input maps over rows", at: .stage(stage))
        }
        let reader = BlockReader(input, sidecars: linesOfInput)
        progress.begin(total: input.rows)
        let reads = linesRead
        let own = ownLines
        let carried = carriedLines
        let taken =
            description.role == .generator ? try await identifiers() : IdentifierSet()
        try await write(columns: columns) { () throws(Fault) in
            try reader.next()
        } work: { (raw: BlockReader.RawBlock) async throws(Fault) in
            let rows = try raw.rows(notes: reads)
            let result = try await body(RowBlock(rows: rows))
            return EncodedBlock(
                result, of: raw, rows: rows, own: own, carried: carried, taken: taken)
        } last: { () async throws(Fault) in
            let made = BlockResult(items: try await last().map { .made($0) })
            return EncodedBlock(
                made, of: nil, rows: [], own: own, carried: carried, taken: taken)
        }
    }

    /// A map over rows one at a time.
    public func mapRows(
        _ body: @escaping @Sendable (Row) throws(Fault) -> Outcome
    ) async throws(Fault) {
        try await map { block throws(Fault) in
            var outcomes: [Outcome] = []
            outcomes.reserveCapacity(block.rows.count)
            for row in block.rows { outcomes.append(try body(row)) }
            return BlockResult(outcomes)
        }
    }

    /// Keeps every row as it is, without reading it: the writing pass of a stage that only reports.
    public func keepAll() throws(Fault) {
        let writer = try makeWriter()
        try writer.appendAll()
        finish(try writer.finish())
    }

    /// **Map** over something from outside, for a stage that makes a dataset out of sources.
    ///
    /// - Parameters:
    ///   - next: The next piece of input, called in order; nil at the end.
    ///   - work: Turns a piece into rows, on any thread.
    ///   - inOrder: Sees the results one by one in their order, and may change them.
    public func bring<Piece: Sendable>(
        next: () throws(Fault) -> Piece?,
        work: @escaping @Sendable (Piece) async throws(Fault) -> BlockResult,
        inOrder: (inout BlockResult) throws(Fault) -> Void
    ) async throws(Fault) {
        progress.begin(total: nil)
        let own = ownLines
        let writer = try makeWriter()
        try await ordered(next: next, work: work) { result throws(Fault) in
            var result = result
            try inOrder(&result)
            let block = EncodedBlock(result, of: nil, rows: [], own: own, carried: [])
            try writer.append(block)
            progress.add(block.counts.input)
        }
        finish(try writer.finish())
    }

    /// **Fold**: every block gives a small summary, and the summaries are joined in order.
    public func fold<Summary: Sendable>(
        _ initial: Summary,
        _ summarise: @escaping @Sendable (RowBlock) async throws(Fault) -> Summary,
        join: (inout Summary, Summary) -> Void
    ) async throws(Fault) -> Summary {
        guard let input else {
            throw Fault(.defect, "a stage without input folds rows", at: .stage(stage))
        }
        let reader = BlockReader(input, sidecars: linesOfInput)
        progress.begin(total: input.rows)
        let reads = linesRead
        var summary = initial
        try await ordered { () throws(Fault) in
            try reader.next()
        } work: { (raw: BlockReader.RawBlock) async throws(Fault) in
            let rows = try raw.rows(notes: reads)
            return (rows.count, try await summarise(RowBlock(rows: rows)))
        } take: { part in
            join(&summary, part.1)
            progress.add(part.0)
        }
        return summary
    }

    /// A fold that keeps a small value a row, in the rows' order: what a **group** sorts by key.
    public func collect<Value: Sendable>(
        _ value: @escaping @Sendable (Row) throws(Fault) -> Value
    ) async throws(Fault) -> [Value] {
        try await fold([]) { block throws(Fault) in
            var values: [Value] = []
            values.reserveCapacity(block.rows.count)
            for row in block.rows { values.append(try value(row)) }
            return values
        } join: { all, part in
            all += part
        }
    }

    /// The identifiers of all rows of the input.
    private func identifiers() async throws(Fault) -> IdentifierSet {
        try await fold(IdentifierSet()) { block in
            var part = IdentifierSet()
            for row in block.rows { part.insert(row.record.id) }
            return part
        } join: { all, part in
            all.formUnion(part)
        }
    }

    private var ownLines: String? {
        description.writes == Sidecar.embeddings ? description.writesBeside : description.writes
    }

    /// The input's sidecars of lines that go on with the rows.
    private var carriedLines: [String] {
        (input?.manifest.sidecarNames ?? []).filter { $0 != ownLines }
    }

    /// The sidecars that a row's notes are taken from.
    private var linesRead: [String] {
        (reads + description.readsIfPresent).filter { $0 != Sidecar.embeddings }
    }

    private var linesOfInput: [String] {
        Set(carriedLines + linesRead).sorted()
    }

    private func makeWriter() throws(Fault) -> DatasetWriter {
        // Rows that a generator adds have no vector, so the matrix would no longer fit.
        let carriesVectors =
            description.writes != Sidecar.embeddings && description.role != .generator
        return try DatasetWriter(
            folder: folder, shardRows: shardRows, input: input, carried: carriedLines,
            own: ownLines, carriesVectors: carriesVectors)
    }

    private func finish(_ written: WrittenOutput) {
        let isFirst = output.withLock { output in
            defer { output.written = written }
            return output.written == nil
        }
        insist(isFirst, "a stage writes its rows once")
    }

    private func write<Piece: Sendable>(
        columns: () -> Int?,
        next: () throws(Fault) -> Piece?,
        work: @escaping @Sendable (Piece) async throws(Fault) -> EncodedBlock,
        last: () async throws(Fault) -> EncodedBlock
    ) async throws(Fault) {
        let writer = try makeWriter()
        try await ordered(next: next, work: work) { block throws(Fault) in
            try writer.append(block)
            progress.add(block.counts.input)
        }
        try writer.append(try await last())
        finish(try writer.finish(columns: columns()))
    }

    /// Works on pieces on `jobs` threads and takes their results in order.
    public func ordered<Piece: Sendable, Result: Sendable>(
        next: () throws(Fault) -> Piece?,
        work: @escaping @Sendable (Piece) async throws(Fault) -> Result,
        take: (Result) throws(Fault) -> Void
    ) async throws(Fault) {
        try await OrderedWork.run(jobs: jobs, stop: stop, next: next, work: work, take: take)
    }
}

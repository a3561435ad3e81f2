public import Records
internal import Synchronization

/// The rows that a stage reads and writes, as its executor sees them.
extension StageContext {
    /// Identifiers that a new row cannot have: those of the input, for a stage that adds rows.
    func takenIdentifiers() async throws(Fault) -> IdentifierSet {
        guard description.role == .generator else { return IdentifierSet() }
        if let known = output.withLock({ $0.identifiers }) { return known }
        let found = try await identifiers()
        know(found)
        return found
    }

    /// Takes identifiers that another process has read.
    func know(_ identifiers: IdentifierSet) { output.withLock { $0.identifiers = identifiers } }

    /// A reader of the input's rows, and the lines beside them that the stage reads or carries on.
    ///
    /// - Parameter shard: The one shard to read; nil for all.
    func reader(shard: Int? = nil) throws(Fault) -> BlockReader {
        guard let input else {
            throw Fault(.defect, "a stage without input reads rows", at: .stage(stage))
        }
        progress.begin(total: input.rows)
        return BlockReader(input, sidecars: linesOfInput, shard: shard)
    }

    /// The identifiers of all rows of the input.
    private func identifiers() async throws(Fault) -> IdentifierSet {
        let reader = try reader()
        var all = IdentifierSet()
        try await ordered { () throws(Fault) in
            try reader.next()
        } work: { (raw: BlockReader.RawBlock) throws(Fault) in
            var part = IdentifierSet()
            for row in try raw.rows(notes: []) { part.insert(row.record.id) }
            return part
        } take: { part in
            all.merge(part)
        }
        return all
    }

    var ownLines: String? {
        description.writes == Sidecar.embeddings ? description.writesBeside : description.writes
    }

    /// The input's sidecars of lines that go on with the rows.
    var carriedLines: [String] {
        (input?.manifest.sidecarNames ?? []).filter { $0 != ownLines }
    }

    /// The sidecars that a row's notes are taken from.
    var linesRead: [String] {
        (reads + description.readsIfPresent).filter { $0 != Sidecar.embeddings }
    }

    private var linesOfInput: [String] {
        Set(carriedLines + linesRead).sorted()
    }

    /// What lies beside the rows that the stage writes.
    var layout: ShardLayout {
        // Rows that a generator adds have no vector, so the matrix would no longer fit.
        let carried: ShardLayout.Vectors = description.role == .generator ? .none : .carried
        return ShardLayout(
            carried: carriedLines, own: ownLines,
            vectors: description.writes == Sidecar.embeddings ? .own : carried)
    }

    func makeWriter() throws(Fault) -> DatasetWriter {
        try DatasetWriter(folder: folder, shardRows: shardRows, input: input, layout)
    }

    func finish(_ written: WrittenOutput) {
        let isFirst = output.withLock { output in
            defer { output.written = written }
            return output.written == nil
        }
        require(isFirst, "a stage writes its rows once")
    }

    /// Works on pieces on `jobs` threads and takes their results in order.
    ///
    /// - Throws: The first fault of `next`, `work` or `take`; `stopped` when the run has to end.
    public func ordered<Piece: Sendable, Result: Sendable>(
        next: () throws(Fault) -> Piece?,
        work: @escaping @Sendable (Piece) async throws(Fault) -> Result,
        take: (Result) throws(Fault) -> Void
    ) async throws(Fault) {
        try await Parallel.inOrder(
            limit: jobs,
            next: { () throws(Fault) -> Piece? in
                try stop.check()
                return try next()
            }, work: work, take: take)
    }
}

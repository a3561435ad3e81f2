public import Pipeline
public import Records

extension IngestStage {
    /// Counts the sources' rows, and hands on the first good one as the example.
    ///
    /// Bad rows count too, since nothing but the example's block is parsed. It takes one pass over
    /// the files, unpacking those that are packed.
    public func plan(_ input: PlanInput) throws(Fault) -> StagePlan {
        let reader = SourceReader(try findFiles().files, sources)
        var rows = 0
        var example: Record?
        while rows < setup.limit ?? Int.max, let piece = try reader.next() {
            rows += Self.count(piece.content)
            if example == nil { example = try Self.example(in: piece, rules[piece.file.source]) }
        }
        return StagePlan(rows: min(rows, setup.limit ?? Int.max), example: example)
    }

    private static func count(_ content: SourcePiece.Content) -> Int {
        switch content {
        case .cells(let block): block.lines.count
        case .json(let block), .plain(let block):
            block.lines.reduce(0) { $0 + (isBlank(block, $1) ? 0 : 1) }
        }
    }

    private static func example(
        in piece: SourcePiece, _ rules: RowRules
    ) throws(Fault) -> Record? {
        guard let row = try rows(of: piece, rules).first(where: { $0.refusal == nil }) else {
            return nil
        }
        var record = row.record
        record.id = row.derived ?? record.id
        return record
    }
}

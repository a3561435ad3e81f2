public import Pipeline
public import Records

extension IngestStage {
    /// Counts the sources' rows, and hands on the first good one as the example and some for
    /// estimates.
    ///
    /// Bad rows count too, since only the sample is parsed. It takes one pass over the files,
    /// unpacking those that are packed.
    public func plan(_ input: PlanInput) throws(Fault) -> StagePlan {
        let reader = SourceReader(try findFiles().files, sources)
        let limit = setup.limit ?? Int.max
        var sampler = RowSampler()
        while sampler.rows < limit, let piece = try reader.next() {
            try sampler.add(piece, rules[piece.file.source], limit: limit)
        }
        return StagePlan(rows: sampler.rows, example: sampler.example, sample: sampler.sample)
    }
}

internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// Finds rows whose vectors are alike.
struct SemanticSearch: Sendable {
    /// Cells looked into for each row; docs/decisions/0008-neighbour-index.md has the recall.
    private static let probes = 16

    /// The least cosine.
    let threshold: Double
    /// With more rows an index finds the pairs.
    let exactRows: Int

    /// Merges the living rows that are alike.
    ///
    /// - Throws: `badData` for vectors that are missing, not finite, or not those of the rows.
    func search(_ context: StageContext, _ found: Merge) async throws(Fault) -> Merge {
        var merge = found
        let texts = merge.rows
        guard let input = context.input, texts.count > 0 else { return merge }
        let matrix = try input.embeddings()
        guard matrix.rows == texts.count else {
            throw Fault(.badData, "the vectors are not those of the rows")
        }
        var alive: [Int] = []
        for row in 0..<texts.count where found.isAlive[row] {
            let unknown = texts.unknown(row)
            if unknown?.isBlind == true { merge.passOver(unknown) } else { alive.append(row) }
        }
        let rows = try UnitRows(
            alive.count == matrix.rows ? matrix : try matrix.rows(alive))
        let pairs =
            if alive.count > exactRows {
                try await NeighbourIndex(rows, seed: context.seed, threads: context.jobs)
                    .pairs(atLeast: threshold, probes: Self.probes, threads: context.jobs)
            } else {
                try SemanticDuplicates(threshold: threshold).pairs(rows)
            }
        merge.take(
            pairs.compactMap { pair in
                let (first, second) = (alive[pair.first], alive[pair.second])
                // Vectors do not show what the model does not know.
                guard texts.unknown(first)?.words == texts.unknown(second)?.words else {
                    return nil
                }
                return SimilarPair(first: first, second: second, score: pair.score)
            }, as: .semantic)
        return merge
    }
}

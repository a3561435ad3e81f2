internal import Records

/// Cells of directions: k-means with as many centres as an index needs, on a sample.
///
/// Lloyd's rounds on the sphere from rows drawn at random; a cell left empty takes a row drawn
/// from the largest. Assignments are exact (ties to the smaller cell) and centres are integer sums,
/// so the cells are the same for any number of threads and on any machine.
struct CellTraining: Sendable {
    /// Rows of the sample for each cell, as many as faiss asks for at least 39 and at most 256
    /// (faiss/Clustering.h).
    static let rowsPerCell = 64
    static let rounds = 8
    private static let block = 1_024

    let rows: UnitRows
    let seed: UInt64
    let threads: Int

    /// The centres' directions, at most `cells`.
    func centres(_ cells: Int) async throws(Fault) -> UnitRows {
        var draws = CounterRNG(seed: seed, purpose: "cells")
        let sample = sampled(min(rows.count, cells * Self.rowsPerCell), &draws)
        let count = min(cells, sample.count)
        var centres = try unit(draws.sample(count, of: sample).map { rows.unit(Int($0)) })
        if count == 0 { return centres }
        for _ in 0..<Self.rounds {
            let assignments = await assign(sample, to: centres)
            centres = try await recentre(sample, assignments, centres, &draws)
        }
        return centres
    }

    /// Rows spread evenly over all, one drawn from each run.
    private func sampled(_ count: Int, _ draws: inout CounterRNG) -> [Int32] {
        (0..<count).map { at in
            let run = rows.count * at / count..<rows.count * (at + 1) / count
            return Int32(run.lowerBound + draws.below(run.count))
        }
    }

    /// The nearest centre of each of `members`.
    func assign(_ members: [Int32], to centres: UnitRows) async -> [Int32] {
        let (rows, block) = (rows, Self.block)
        let starts = Array(stride(from: 0, to: members.count, by: block))
        let shares = max(1, min(threads, starts.count))
        return await Parallel.map(shares) { share in
            var result: [Int32] = []
            let scratch = BlockScratch(
                firsts: block, seconds: centres.count, columns: rows.columns)
            for start in starts[
                starts.count * share / shares..<starts.count * (share + 1) / shares]
            {
                let part = members[start..<min(start + block, members.count)]
                let found = CentreSearch.nearest(1, of: Array(part), rows, centres, scratch)
                result += found.map { $0.first.map { Int32($0.row) } ?? 0 }
            }
            return result
        }.flatMap { $0 }
    }

    private func recentre(
        _ members: [Int32], _ assignments: [Int32], _ old: UnitRows, _ draws: inout CounterRNG
    ) async throws(Fault) -> UnitRows {
        var lists = [[Int32]](repeating: [], count: old.count)
        for (row, cell) in zip(members, assignments) { lists[Int(cell)].append(row) }
        let largest = lists.indices.max { (lists[$0].count, $1) < (lists[$1].count, $0) } ?? 0
        let spares = lists.indices.filter { lists[$0].isEmpty }
        let drawn = draws.sample(spares.count, of: lists[largest])
        for (cell, row) in zip(spares, drawn) { lists[cell] = [row] }
        let (rows, filled) = (rows, lists)
        let shares = max(1, min(threads, lists.count))
        let centres = await Parallel.map(shares) { share in
            filled[filled.count * share / shares..<filled.count * (share + 1) / shares].map {
                Centroids.mean(rows, $0.map { Int($0) })
            }
        }.flatMap { $0 }
        return try unit(
            centres.enumerated().map { cell, centre in
                centre.allSatisfy { $0 == 0 } ? old.unit(cell) : centre
            })
    }

    private func unit(_ vectors: [[Double]]) throws(Fault) -> UnitRows {
        try UnitRows(
            Matrix(
                rows: vectors.count, columns: rows.columns,
                values: vectors.flatMap { $0.map { Float($0) } }))
    }
}

/// The nearest of a few centres, exactly.
enum CentreSearch {
    /// The k nearest centres of each row of `members`, nearest first; ties to the smaller.
    ///
    /// The scratch has room for the members and all centres.
    static func nearest(
        _ k: Int, of members: [Int32], _ rows: UnitRows, _ centres: UnitRows,
        _ scratch: borrowing BlockScratch
    ) -> [[Neighbour]] {
        let (columns, tolerance) = (rows.columns, rows.tolerance)
        return rows.withAddresses { rows in
            centres.withAddresses { middles in
                guard let rows, let middles else {
                    return members.map { _ in [Neighbour(row: 0, cosine: 0)] }
                }
                rows.writeUnits(members, to: scratch.first)
                middles.writeUnits(0..<Int32(centres.count), to: scratch.second)
                BlockProducts.fill(
                    scratch.first, members.count, scratch.second, centres.count,
                    columns: columns, to: scratch.products)
                return members.enumerated().map { at, row in
                    func cosine(_ centre: Int) -> Double {
                        rows.cosine(Int(row), centre, of: middles)
                    }
                    var nominees = TopKCandidates(k, tolerance)
                    nominees.scan(
                        scratch.products + at * centres.count, centres.count, row: { $0 },
                        cosine: cosine)
                    return nominees.finish(cosine)
                }
            }
        }
    }
}

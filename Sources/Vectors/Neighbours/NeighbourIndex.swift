public import Records

/// Nearest neighbours among many rows, nearly always right: rows are divided into cells, and a
/// query looks into the cells whose centres are nearest.
///
/// The inverted file of Jégou, Douze and Schmid 2011 ("Product Quantization for Nearest Neighbor
/// Search", section IV) with whole vectors in it. Among the rows of the cells looked into the
/// answer is exact, in the manner of ``NearestNeighbours``, and so the same bytes for any number of
/// threads and on any machine; docs/decisions/0008-neighbour-index.md has recall and speed beside
/// graphs. The matrix is not copied: memory is 4 bytes a row, the centres, and for each thread
/// about 40 MB while searching; ``withCopies()`` takes 4 bytes a number more.
public struct NeighbourIndex: Sendable {
    let rows: UnitRows
    let centres: UnitRows
    /// The rows of each cell, ascending.
    public let members: [[Int32]]
    /// The rows of the cells, scaled to length 1, cell after cell; empty where they are scaled anew
    /// by each search.
    private var copies: [Float] = []
    /// Where each cell's rows start among the copies, in rows.
    private var starts: [Int] = []

    public var cells: Int { centres.count }

    /// Rows that one task searches for: enough of them meet in a cell for a large product.
    private static let batch = 16_384
    private static let queryBlock = 512
    private static let rowBlock = 1_024

    /// As many cells as balance finding the cells with searching them: 2 √rows, at most 8,192.
    public static func cells(for rows: Int) -> Int {
        max(1, min(8_192, Int(2 * Double(rows).squareRoot())))
    }

    /// Divides `rows` into `cells` (nil: as many as suit), by draws from `seed`.
    ///
    /// Time O(rows · cells · columns).
    ///
    /// - Throws: `configuration` for cells below 1.
    public init(
        _ rows: UnitRows, cells: Int? = nil, seed: UInt64 = 0, threads: Int = 1
    ) async throws(Fault) {
        let cells = cells ?? Self.cells(for: rows.count)
        guard cells > 0, rows.count <= Int(Int32.max) else {
            throw Fault(
                .configuration, "an index has at least one cell, and no more rows than 2^31",
                why: "\(cells) cells, \(rows.count) rows")
        }
        let training = CellTraining(rows: rows, seed: seed, threads: threads)
        let centres = try await training.centres(cells)
        var members = [[Int32]](repeating: [], count: centres.count)
        let all = (0..<Int32(rows.count)).map { $0 }
        for (row, cell) in zip(all, await training.assign(all, to: centres)) {
            members[Int(cell)].append(row)
        }
        self.rows = rows
        self.centres = centres
        self.members = members
    }

    /// An index that was made before.
    ///
    /// - Parameters:
    ///   - rows: The rows that it was made of.
    ///   - centres: ``centreVectors`` of that index.
    ///   - members: ``members`` of that index.
    /// - Throws: `badData` when they do not fit the rows.
    public init(_ rows: UnitRows, centres: Matrix, members: [[Int32]]) throws(Fault) {
        guard centres.columns == rows.columns || centres.rows == 0, centres.rows == members.count,
            members.allSatisfy({ $0.allSatisfy { (0..<rows.count).contains(Int($0)) } })
        else { throw Fault(.badData, "the cells of an index are not those of its rows") }
        self.rows = rows
        self.centres = try UnitRows(centres)
        self.members = members
    }

    /// The index with a copy of all rows that may be neighbours: for many searches of few queries
    /// each, which would scale these rows every time.
    public func withCopies() -> NeighbourIndex {
        var index = self
        index.starts = members.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        index.copies = [Float](
            unsafeUninitializedCapacity: index.starts[cells] * rows.columns
        ) { copies, count in
            rows.withAddresses { rows in
                guard let rows, let base = copies.baseAddress else { return }
                rows.writeUnits(members.lazy.joined(), to: base)
                count = copies.count
            }
        }
        return index
    }

    /// The direction of each cell's centre, a row a cell.
    public var centreVectors: Matrix { centres.matrix }

    /// The k nearest rows of each of `queries` (nil: all rows) in the `probes` nearest cells,
    /// nearest first; never the row itself, nor one of its group; ties to the smaller row.
    ///
    /// Fewer than k where the cells hold fewer. Probes beyond the cells are all cells.
    public func nearest(
        k: Int, probes: Int, queries: Range<Int>? = nil, groups: [Int32]? = nil, threads: Int = 1
    ) async -> [[Neighbour]] {
        let queries = queries ?? 0..<rows.count
        require(queries.isEmpty || rows.rowRange.contains(queries), "the queries are rows")
        require(groups.map { $0.count == rows.count } ?? true, "there is one group a row")
        return await overBatches(queries, threads) { batch in
            nearest(k, probes, batch, of: rows) { query, row in
                if query == row { return true }
                return groups.map { $0[query] == $0[row] } ?? false
            }
        }
    }

    /// The k nearest rows to each row of `queries`, which are none of the index's, on the caller's
    /// thread.
    ///
    /// - Parameters:
    ///   - queryGroups: The group of each query.
    ///   - groups: The group of each row of the index; those of the query's group are left out.
    public func nearest(
        k: Int, probes: Int, to queries: UnitRows, queryGroups: [Int32], groups: [Int32]
    ) -> [[Neighbour]] {
        require(
            queryGroups.count == queries.count && groups.count == rows.count,
            "there is one group a row")
        return nearest(k, probes, 0..<queries.count, of: queries) { query, row in
            queryGroups[query] == groups[row]
        }
    }

    private func nearest(
        _ k: Int, _ probes: Int, _ batch: Range<Int>, of queries: UnitRows,
        isExcluded: (_ query: Int, _ row: Int) -> Bool
    ) -> [[Neighbour]] {
        require(k > 0 && probes > 0, "neighbours and cells are asked for")
        var nominees = [TopKCandidates](
            repeating: TopKCandidates(k, rows.tolerance), count: batch.count)
        visit(batch, of: queries, probes: probes, nearestFirst: true) { found in
            let query = found.query + batch.lowerBound
            nominees[found.query].scan(found.products, found.others.count) { place in
                let row = Int(found.others[found.others.startIndex + place])
                return isExcluded(query, row) ? nil : row
            } cosine: {
                found.queries.cosine(query, $0, of: found.rows)
            }
        }
        return rows.withAddresses { rows in
            queries.withAddresses { queries in
                batch.map { query in
                    nominees[query - batch.lowerBound].finish { row in
                        guard let rows, let queries else { return 0 }
                        return queries.cosine(query, row, of: rows)
                    }
                }
            }
        }
    }

    /// The pairs of rows with a cosine of at least `threshold`, in rising order of (first, second),
    /// where either row's `probes` nearest cells hold the other.
    ///
    /// Memory 48 bytes a pair.
    public func pairs(
        atLeast threshold: Double, probes: Int, threads: Int = 1
    ) async -> [SimilarPair] {
        require(probes > 0, "cells are asked for")
        let limit = Float(threshold) - rows.tolerance
        let found = await overBatches(0..<rows.count, threads) { batch in
            var pairs: [SimilarPair] = []
            visit(batch, of: rows, probes: probes, nearestFirst: false) { found in
                let row = found.query + batch.lowerBound
                let others = found.others
                var place = -1
                while true {
                    place = BlockProducts.next(found.products, place + 1, others.count, limit)
                    if place == others.count { break }
                    let other = Int(others[others.startIndex + place])
                    if other == row { continue }
                    let score = found.rows.cosine(min(row, other), max(row, other))
                    if score < threshold { continue }
                    pairs.append(
                        SimilarPair(first: min(row, other), second: max(row, other), score: score))
                }
            }
            return pairs
        }
        var pairs = found.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
        var kept = 0
        for at in pairs.indices
        where at == 0
            || (pairs[at].first, pairs[at].second)
                != (pairs[kept - 1].first, pairs[kept - 1].second)
        {
            pairs[kept] = pairs[at]
            kept += 1
        }
        pairs.removeLast(pairs.count - kept)
        return pairs
    }

    /// The results of `body` for runs of queries, in their order.
    private func overBatches<R: Sendable>(
        _ queries: Range<Int>, _ threads: Int, _ body: @escaping @Sendable (Range<Int>) -> [R]
    ) async -> [R] {
        let shares = max(1, threads)
        let size = max(1, min(Self.batch, (queries.count + shares - 1) / shares))
        let starts = Array(stride(from: queries.lowerBound, to: queries.upperBound, by: size))
        var results: [R] = []
        for round in stride(from: 0, to: starts.count, by: shares) {
            let mine = Array(starts[round..<min(round + shares, starts.count)])
            results += await Parallel.map(mine.count) { at in
                body(mine[at]..<min(mine[at] + size, queries.upperBound))
            }.joined()
        }
        return results
    }

    /// Products of one query with some rows of a cell.
    private struct Products {
        /// The query's place in its batch.
        let query: Int
        let products: UnsafePointer<Float>
        let others: ArraySlice<Int32>
        let queries: UnitRows.Addresses
        let rows: UnitRows.Addresses
    }

    /// Shows every query of a batch the products with the rows of its cells.
    ///
    /// - Parameter nearestFirst: Whether all queries see their nearest cell before any other,
    ///   which soon tells what is too far.
    private func visit(
        _ batch: Range<Int>, of queries: UnitRows, probes: Int, nearestFirst: Bool,
        _ body: (Products) -> Void
    ) {
        let (queryBlock, rowBlock, columns) = (Self.queryBlock, Self.rowBlock, rows.columns)
        let scratch = BlockScratch(firsts: queryBlock, seconds: rowBlock, columns: columns)
        let passes = visitors(batch, of: queries, probes, nearestFirst)
        withUnits(queries) { queries, rows, copies in
            for (pass, cell) in passes.flatMap({ pass in pass.indices.map { (pass, $0) } }) {
                let (visitors, residents) = (pass[cell], members[cell])
                if visitors.isEmpty { continue }
                for from in stride(from: 0, to: residents.count, by: rowBlock) {
                    let others = residents[from..<min(from + rowBlock, residents.count)]
                    let units = copies.map { $0 + (starts[cell] + from) * columns }
                    if units == nil { rows.writeUnits(others, to: scratch.second) }
                    for start in stride(from: 0, to: visitors.count, by: queryBlock) {
                        let block = visitors[start..<min(start + queryBlock, visitors.count)]
                        queries.writeUnits(
                            block.lazy.map { $0 + Int32(batch.lowerBound) }, to: scratch.first)
                        BlockProducts.fill(
                            scratch.first, block.count, units ?? UnsafePointer(scratch.second),
                            others.count, columns: columns, to: scratch.products)
                        for (at, query) in block.enumerated() {
                            body(
                                Products(
                                    query: Int(query),
                                    products: scratch.products + at * others.count,
                                    others: others, queries: queries, rows: rows))
                        }
                    }
                }
            }
        }
    }

    /// Calls `body` with the queries, the rows, and the copies of these where there are any; never
    /// where there is no number.
    private func withUnits(
        _ queries: UnitRows,
        _ body: (
            _ queries: UnitRows.Addresses, _ rows: UnitRows.Addresses,
            _ copies: UnsafePointer<Float>?
        ) -> Void
    ) {
        rows.withAddresses { rows in
            queries.withAddresses { queries in
                guard let rows, let queries else { return }
                copies.withUnsafeBufferPointer {
                    body(queries, rows, copies.isEmpty ? nil : $0.baseAddress)
                }
            }
        }
    }

    /// Pass → cell → the queries of the batch that look into it, by their places in the batch.
    private func visitors(
        _ batch: Range<Int>, of queries: UnitRows, _ probes: Int, _ nearestFirst: Bool
    ) -> [[[Int32]]] {
        let none = [[Int32]](repeating: [], count: cells)
        var passes = nearestFirst ? [none, none] : [none]
        let scratch = BlockScratch(
            firsts: Self.queryBlock, seconds: cells, columns: rows.columns)
        for start in stride(from: batch.lowerBound, to: batch.upperBound, by: Self.queryBlock) {
            let block = start..<min(start + Self.queryBlock, batch.upperBound)
            let found = CentreSearch.nearest(
                min(probes, cells), of: block.map { Int32($0) }, queries, centres, scratch)
            for (query, near) in zip(block, found) {
                for (rank, cell) in near.enumerated() {
                    let pass = nearestFirst && rank > 0 ? 1 : 0
                    passes[pass][cell.row].append(Int32(query - batch.lowerBound))
                }
            }
        }
        return passes
    }
}

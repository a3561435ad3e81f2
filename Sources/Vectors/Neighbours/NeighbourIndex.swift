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

    /// Divides rows into `cells` (nil: as many as suit), by draws from `seed`.
    ///
    /// Time O(rows · cells · columns).
    ///
    /// - Parameter references: The rows that may be neighbours, ascending and each once; nil for
    ///   all.
    /// - Throws: `configuration` for cells below 1.
    public init(
        _ rows: UnitRows, among references: [Int32]? = nil, cells: Int? = nil, seed: UInt64 = 0,
        threads: Int = 1
    ) async throws(Fault) {
        let references = references ?? (0..<Int32(rows.count)).map { $0 }
        let cells = cells ?? Self.cells(for: references.count)
        guard cells > 0, rows.count <= Int(Int32.max) else {
            throw Fault(
                .configuration, "an index has at least one cell, and no more rows than 2^31",
                why: "\(cells) cells, \(rows.count) rows")
        }
        let training = CellTraining(
            rows: rows, references: references, seed: seed, threads: threads)
        let centres = try await training.centres(cells)
        var members = [[Int32]](repeating: [], count: centres.count)
        for (row, cell) in zip(references, await training.assign(references, to: centres)) {
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
    /// Fewer than k where the cells hold fewer. Probes beyond the cells are all cells. The more
    /// queries come together, the quicker each is found.
    public func nearest(
        k: Int, probes: Int, queries: [Int32]? = nil, groups: [Int32]? = nil, threads: Int = 1
    ) async -> [[Neighbour]] {
        require(groups.map { $0.count == rows.count } ?? true, "there is one group a row")
        return await overBatches(queries ?? allRows, threads) { batch in
            nearest(k: k, probes: probes, to: batch, groups: groups)
        }
    }

    /// The same on the caller's thread.
    public func nearest(
        k: Int, probes: Int, to queries: ArraySlice<Int32>, groups: [Int32]?
    ) -> [[Neighbour]] {
        require(k > 0 && probes > 0, "neighbours and cells are asked for")
        require(
            queries.allSatisfy { rows.rowRange.contains(Int($0)) }, "the queries are rows")
        let batch = Array(queries)
        var nominees = [TopKCandidates](
            repeating: TopKCandidates(k, rows.tolerance), count: batch.count)
        visit(batch, probes: probes, nearestFirst: true) { query, products, others, rows in
            let row = Int(batch[query])
            nominees[query].scan(products, others.count) { place in
                let other = Int(others[others.startIndex + place])
                if other == row { return nil }
                if let groups, groups[other] == groups[row] { return nil }
                return other
            } cosine: {
                rows.cosine(row, $0)
            }
        }
        return rows.withAddresses { rows in
            batch.enumerated().map { query, row in
                nominees[query].finish { rows?.cosine(Int(row), $0) ?? 0 }
            }
        }
    }

    private var allRows: [Int32] { (0..<Int32(rows.count)).map { $0 } }

    /// The pairs of rows with a cosine of at least `threshold`, in rising order of (first, second),
    /// where either row's `probes` nearest cells hold the other.
    ///
    /// Memory 48 bytes a pair.
    public func pairs(
        atLeast threshold: Double, probes: Int, threads: Int = 1
    ) async -> [SimilarPair] {
        require(probes > 0, "cells are asked for")
        let limit = Float(threshold) - rows.tolerance
        let found = await overBatches(allRows, threads) { batch in
            var pairs: [SimilarPair] = []
            let batch = Array(batch)
            visit(batch, probes: probes, nearestFirst: false) { query, products, others, rows in
                let row = Int(batch[query])
                var place = -1
                while true {
                    place = BlockProducts.next(products, place + 1, others.count, limit)
                    if place == others.count { break }
                    let other = Int(others[others.startIndex + place])
                    if other == row { continue }
                    let score = rows.cosine(min(row, other), max(row, other))
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
        _ queries: [Int32], _ threads: Int,
        _ body: @escaping @Sendable (ArraySlice<Int32>) -> [R]
    ) async -> [R] {
        let shares = max(1, threads)
        let size = max(1, min(Self.batch, (queries.count + shares - 1) / shares))
        let starts = Array(stride(from: 0, to: queries.count, by: size))
        var results: [R] = []
        for round in stride(from: 0, to: starts.count, by: shares) {
            let mine = Array(starts[round..<min(round + shares, starts.count)])
            results += await Parallel.map(mine.count) { at in
                body(queries[mine[at]..<min(mine[at] + size, queries.count)])
            }.joined()
        }
        return results
    }

    /// Shows every query of a batch the products with the rows of its cells.
    ///
    /// - Parameter nearestFirst: Whether all queries see their nearest cell before any other,
    ///   which soon tells what is too far.
    private func visit(
        _ batch: [Int32], probes: Int, nearestFirst: Bool,
        _ body: (
            _ query: Int, _ products: UnsafePointer<Float>, _ others: ArraySlice<Int32>,
            _ rows: UnitRows.Addresses
        ) -> Void
    ) {
        let (queryBlock, rowBlock, columns) = (Self.queryBlock, Self.rowBlock, rows.columns)
        let scratch = BlockScratch(firsts: queryBlock, seconds: rowBlock, columns: columns)
        let passes = visitors(batch, probes, nearestFirst)
        withCopiedUnits { rows, copies in
            for (pass, cell) in passes.flatMap({ pass in pass.indices.map { (pass, $0) } }) {
                let (visitors, residents) = (pass[cell], members[cell])
                if visitors.isEmpty { continue }
                for from in stride(from: 0, to: residents.count, by: rowBlock) {
                    let others = residents[from..<min(from + rowBlock, residents.count)]
                    let units = copies.map { $0 + (starts[cell] + from) * columns }
                    if units == nil { rows.writeUnits(others, to: scratch.second) }
                    for start in stride(from: 0, to: visitors.count, by: queryBlock) {
                        let block = visitors[start..<min(start + queryBlock, visitors.count)]
                        rows.writeUnits(
                            block.lazy.map { batch[Int($0)] }, to: scratch.first)
                        BlockProducts.fill(
                            scratch.first, block.count, units ?? UnsafePointer(scratch.second),
                            others.count,
                            columns: columns, to: scratch.products)
                        for (at, query) in block.enumerated() {
                            body(Int(query), scratch.products + at * others.count, others, rows)
                        }
                    }
                }
            }
        }
    }

    /// Calls `body` with the rows, and the copies of them where there are any; never where there is
    /// no number.
    private func withCopiedUnits(
        _ body: (_ rows: UnitRows.Addresses, _ copies: UnsafePointer<Float>?) -> Void
    ) {
        rows.withAddresses { rows in
            guard let rows else { return }
            copies.withUnsafeBufferPointer { body(rows, copies.isEmpty ? nil : $0.baseAddress) }
        }
    }

    /// Pass → cell → the queries of the batch that look into it.
    private func visitors(
        _ batch: [Int32], _ probes: Int, _ nearestFirst: Bool
    ) -> [[[Int32]]] {
        let none = [[Int32]](repeating: [], count: cells)
        var passes = nearestFirst ? [none, none] : [none]
        let scratch = BlockScratch(
            firsts: Self.queryBlock, seconds: cells, columns: rows.columns)
        for start in stride(from: 0, to: batch.count, by: Self.queryBlock) {
            let block = start..<min(start + Self.queryBlock, batch.count)
            let found = CentreSearch.nearest(
                min(probes, cells), of: Array(batch[block]), rows, centres, scratch)
            for (query, near) in zip(block, found) {
                for (rank, cell) in near.enumerated() {
                    let pass = nearestFirst && rank > 0 ? 1 : 0
                    passes[pass][cell.row].append(Int32(query))
                }
            }
        }
        return passes
    }
}

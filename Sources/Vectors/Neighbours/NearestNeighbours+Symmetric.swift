internal import Records

extension NearestNeighbours {
    /// The neighbours of all rows, nearest first, as ``search(_:queries:groups:among:)`` finds
    /// them; each product of two rows is computed once and shown to both.
    ///
    /// Time half of that of the search, memory about 3 kB a row while it goes on.
    ///
    /// - Parameters:
    ///   - groups: Each row's group; rows of one group do not count as neighbours.
    ///   - workers: Threads; they never change the answer.
    public func searchAll(
        _ rows: UnitRows, groups: [Int32]? = nil, workers: Int
    ) async -> [[Neighbour]] {
        require(groups.map { $0.count == rows.count } ?? true, "there is one group a row")
        let parts = PairSchedule(parts: max(1, min(2 * workers, rows.count / tile)))
        var nominees = (0..<parts.parts).map { part in
            [TopKCandidates](
                repeating: TopKCandidates(k, rows.tolerance),
                count: parts.range(part, of: rows.count).count)
        }
        for round in parts.rounds {
            let (before, search) = (nominees, self)
            let shown = await Parallel.map(round, limit: max(1, workers)) { pair in
                search.show(rows, parts, pair, (before[pair.0], before[pair.1]), groups)
            }
            for (pair, found) in zip(round, shown) {
                nominees[pair.0] = found.0
                if pair.0 != pair.1 { nominees[pair.1] = found.1 }
            }
        }
        var found: [[Neighbour]] = []
        found.reserveCapacity(rows.count)
        rows.withAddresses { addresses in
            for (row, one) in nominees.joined().enumerated() {
                var one = one
                found.append(one.finish { addresses?.cosine(row, $0) ?? 0 })
            }
        }
        return found
    }

    /// Rows of a block on both sides of a product.
    private var tile: Int { min(queryBlock, rowBlock) }

    /// Shows the rows of two parts, or of one, to each other.
    private func show(
        _ rows: UnitRows, _ parts: PairSchedule, _ pair: (Int, Int),
        _ before: ([TopKCandidates], [TopKCandidates]), _ groups: [Int32]?
    ) -> ([TopKCandidates], [TopKCandidates]) {
        let (one, two) = (parts.range(pair.0, of: rows.count), parts.range(pair.1, of: rows.count))
        let isOne = pair.0 == pair.1
        var (first, second) = (before.0, isOne ? [] : before.1)
        let scratch = BlockScratch(firsts: tile, seconds: tile, columns: rows.columns)
        let turned = BlockScratch(firsts: tile, seconds: tile, columns: 0)
        rows.withAddresses { addresses in
            guard let addresses else { return }
            let pass = TilePass(
                addresses: addresses, groups: groups, columns: rows.columns, usesBLAS: usesBLAS)
            for start in stride(from: one.lowerBound, to: one.upperBound, by: tile) {
                let own = start..<min(start + tile, one.upperBound)
                addresses.writeUnits(own.lazy.map { Int32($0) }, to: scratch.first)
                let from = isOne ? start : two.lowerBound
                for other in stride(from: from, to: two.upperBound, by: tile) {
                    let others = other..<min(other + tile, two.upperBound)
                    pass.multiply(own, others, scratch)
                    pass.show(scratch.products, own, others, &first, from: one.lowerBound)
                    if own == others { continue }
                    pass.turn(scratch.products, own.count, others.count, to: turned.products)
                    if isOne {
                        pass.show(turned.products, others, own, &first, from: one.lowerBound)
                    } else {
                        pass.show(turned.products, others, own, &second, from: two.lowerBound)
                    }
                }
            }
        }
        return (first, second)
    }
}

/// The products of two blocks of rows, shown to the rows of both.
private struct TilePass {
    let addresses: UnitRows.Addresses
    let groups: [Int32]?
    let columns: Int
    let usesBLAS: Bool

    /// The first block is written already.
    func multiply(_ own: Range<Int>, _ others: Range<Int>, _ scratch: borrowing BlockScratch) {
        addresses.writeUnits(others.lazy.map { Int32($0) }, to: scratch.second)
        BlockProducts.fill(
            scratch.first, own.count, scratch.second, others.count, columns: columns,
            to: scratch.products, usesBLAS: usesBLAS)
    }

    /// Shows each of `queries` its products with `others`.
    ///
    /// - Parameter first: The row of the first of `nominees`.
    func show(
        _ products: UnsafePointer<Float>, _ queries: Range<Int>, _ others: Range<Int>,
        _ nominees: inout [TopKCandidates], from first: Int
    ) {
        for (at, query) in queries.enumerated() {
            nominees[query - first].scan(products + at * others.count, others.count) { place in
                let other = others.lowerBound + place
                if other == query { return nil }
                if let groups, groups[other] == groups[query] { return nil }
                return other
            } cosine: {
                addresses.cosine(query, $0)
            }
        }
    }

    /// The products by the other block's rows, in squares that fit the first cache.
    func turn(
        _ products: UnsafePointer<Float>, _ firsts: Int, _ seconds: Int,
        to turned: UnsafeMutablePointer<Float>
    ) {
        let side = 32
        for row in stride(from: 0, to: firsts, by: side) {
            for column in stride(from: 0, to: seconds, by: side) {
                for two in column..<min(column + side, seconds) {
                    for one in row..<min(row + side, firsts) {
                        turned[two * firsts + one] = products[one * seconds + two]
                    }
                }
            }
        }
    }
}

/// Which parts of the rows meet when: each pair once, and in a round no part twice.
///
/// The circle method of a tournament in which everyone meets everyone.
struct PairSchedule: Sendable {
    /// 1, or an even number.
    let parts: Int

    init(parts: Int) { self.parts = parts < 2 ? 1 : parts / 2 * 2 }

    /// The first round is that of each part with itself.
    var rounds: [[(Int, Int)]] {
        var rounds = [(0..<parts).map { ($0, $0) }]
        for round in 0..<parts - 1 {
            let circle = (0..<parts - 1).map { ($0 + round) % (parts - 1) } + [parts - 1]
            rounds.append(
                (0..<parts / 2).map { at in
                    let (one, two) = (circle[at], circle[parts - 1 - at])
                    return (min(one, two), max(one, two))
                })
        }
        return rounds
    }

    /// The rows of a part.
    func range(_ part: Int, of rows: Int) -> Range<Int> {
        rows * part / parts..<rows * (part + 1) / parts
    }
}

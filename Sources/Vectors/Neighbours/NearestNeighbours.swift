public import Records

/// A row near another, and the cosine between them.
public struct Neighbour: Sendable, Equatable {
    public let row: Int
    public let cosine: Double

    public init(row: Int, cosine: Double) {
        self.row = row
        self.cosine = cosine
    }

    /// Nearer first; the smaller row among equals.
    func isBefore(_ other: Neighbour) -> Bool {
        cosine != other.cosine ? cosine > other.cosine : row < other.row
    }
}

/// The k nearest neighbours of every row by cosine, exactly.
///
/// Blocks of products in single precision propose; every row that could belong to the k nearest
/// (within the proved rounding error) is scored again in double precision in one fixed order. The
/// answer is therefore the same for every block size, number of threads and BLAS. A row is never
/// its own neighbour, nor is a row of its group; ties go to the smaller row.
///
/// Time O(n² · columns), nearly all of it the BLAS's, memory 24 bytes a neighbour beside a few MB.
/// Very many equal rows make every pair of them a proposal, at double precision's cost: remove
/// duplicates first.
public struct NearestNeighbours: Sendable {
    public let k: Int
    let queryBlock: Int
    let rowBlock: Int
    let usesBLAS: Bool

    /// Throws a `configuration` fault unless k is at least 1.
    public init(k: Int) throws(Fault) {
        try self.init(k: k, queryBlock: 512, rowBlock: 1_024, usesBLAS: BlockProducts.hasBLAS)
    }

    init(k: Int, queryBlock: Int, rowBlock: Int, usesBLAS: Bool) throws(Fault) {
        guard k > 0 else {
            throw Fault(.configuration, "the number of neighbours is at least 1", why: "\(k)")
        }
        self.k = k
        self.queryBlock = queryBlock
        self.rowBlock = rowBlock
        self.usesBLAS = usesBLAS
    }

    /// The neighbours of the rows `queries` (all by default), nearest first; fewer than k when
    /// there are not so many other rows.
    ///
    /// `groups` gives each row's group; rows of one group do not count as neighbours. `references`
    /// are the rows that may be neighbours, ascending and each once; nil for all.
    public func search(
        _ rows: UnitRows, queries: Range<Int>? = nil, groups: [Int32]? = nil,
        among references: [Int32]? = nil
    ) -> [[Neighbour]] {
        let queries = queries ?? 0..<rows.count
        require(
            references?.allSatisfy { (0..<rows.count).contains(Int($0)) } ?? true,
            "the references are rows of the matrix")
        require(
            queries.lowerBound >= 0 && queries.upperBound <= rows.count,
            "the queries are rows of the matrix")
        require(groups.map { $0.count == rows.count } ?? true, "there is one group a row")
        let scratch = BlockScratch(firsts: queryBlock, seconds: rowBlock, columns: rows.columns)
        var found: [[Neighbour]] = []
        found.reserveCapacity(queries.count)
        rows.withAddresses { addresses in
            guard let addresses else { return }
            for from in stride(from: queries.lowerBound, to: queries.upperBound, by: queryBlock) {
                let block = from..<min(from + queryBlock, queries.upperBound)
                found += search(rows, block, groups, references, addresses, scratch)
            }
        }
        while found.count < queries.count { found.append([]) }
        return found
    }

    private func search(
        _ rows: UnitRows, _ block: Range<Int>, _ groups: [Int32]?, _ references: [Int32]?,
        _ addresses: UnitRows.Addresses, _ scratch: borrowing BlockScratch
    ) -> [[Neighbour]] {
        let columns = rows.columns
        let tolerance = rows.tolerance
        addresses.writeUnits(block.lazy.map { Int32($0) }, to: scratch.first)
        var nominees = [TopKCandidates](repeating: TopKCandidates(k, tolerance), count: block.count)
        let count = references?.count ?? rows.count
        for from in stride(from: 0, to: count, by: rowBlock) {
            let others = from..<min(from + rowBlock, count)
            for (at, place) in others.enumerated() {
                let row = references.map { Int($0[place]) } ?? place
                addresses.writeUnit(row, to: scratch.second + at * columns)
            }
            BlockProducts.fill(
                scratch.first, block.count, scratch.second, others.count, columns: columns,
                to: scratch.products, usesBLAS: usesBLAS)
            for (at, query) in block.enumerated() {
                nominees[at].scan(scratch.products + at * others.count, others.count) { place in
                    let other = references.map { Int($0[from + place]) } ?? from + place
                    if other == query { return nil }
                    if let groups, groups[other] == groups[query] { return nil }
                    return other
                } cosine: { other in
                    addresses.cosine(query, other)
                }
            }
        }
        return block.indices.map { at in
            nominees[at - block.lowerBound].finish { addresses.cosine(at, $0) }
        }
    }
}

public import Records

/// Rows whose vectors point almost the same way: cosine at or above a threshold, exactly.
///
/// Every row is compared with every earlier kept row (no approximate index): blocks of products in
/// single precision propose, and a cosine in double precision and fixed order decides, so that the
/// answer does not depend on block size or BLAS. The keep rule is that of ``DuplicateReport``.
/// Time O(n · kept · columns), memory a few MB beside the matrix.
public struct SemanticDuplicates: Sendable {
    /// The least cosine of duplicates; semhash's default is 0.9.
    public let threshold: Double
    let blockRows: Int
    let usesBLAS: Bool

    /// Throws a `configuration` fault unless the threshold is above 0 and at most 1.
    public init(threshold: Double = 0.9) throws(Fault) {
        try self.init(threshold: threshold, blockRows: 512, usesBLAS: BlockProducts.hasBLAS)
    }

    init(threshold: Double, blockRows: Int, usesBLAS: Bool) throws(Fault) {
        guard threshold > 0, threshold <= 1 else {
            throw Fault(
                .configuration, "the cosine threshold lies above 0 and at most at 1",
                why: "\(threshold)")
        }
        self.threshold = threshold
        self.blockRows = blockRows
        self.usesBLAS = usesBLAS
    }

    /// Keeps the first of the rows that are alike, in the order of rows.
    ///
    /// Rows of one group in `groups`, when given, are never duplicates of each other.
    public func keepFirst(_ rows: UnitRows, groups: [Int32]? = nil) -> DuplicateReport {
        require(groups.map { $0.count == rows.count } ?? true, "there is one group a row")
        var kept: [Int] = []
        var refused: [DuplicateMatch] = []
        let limit = Float(threshold) - rows.tolerance
        let scratch = BlockScratch(
            firsts: blockRows, seconds: blockRows, columns: rows.columns)
        rows.withAddresses { addresses in
            guard let addresses else { return }
            func isAlike(_ row: Int, _ other: Int) -> Double? {
                if let groups, groups[row] == groups[other] { return nil }
                let cosine = addresses.cosine(row, other)
                return cosine >= threshold ? cosine : nil
            }
            for from in stride(from: 0, to: rows.count, by: blockRows) {
                let block = Array(from..<min(from + blockRows, rows.count))
                var best = [DuplicateMatch?](repeating: nil, count: block.count)
                func offer(_ at: Int, _ other: Int) {
                    guard let score = isAlike(block[at], other) else { return }
                    if best[at].map({ score > $0.score }) ?? true {
                        best[at] = DuplicateMatch(row: block[at], kept: other, score: score)
                    }
                }
                let earlier = kept
                for start in stride(from: 0, to: earlier.count, by: blockRows) {
                    let others = Array(earlier[start..<min(start + blockRows, earlier.count)])
                    fill(addresses, rows.columns, block, others, scratch)
                    for at in block.indices {
                        let products = scratch.products + at * others.count
                        for place in others.indices where products[place] >= limit {
                            offer(at, others[place])
                        }
                    }
                }
                fill(addresses, rows.columns, block, block, scratch)
                var isKept = [Bool](repeating: false, count: block.count)
                for at in block.indices {
                    let products = scratch.products + at * block.count
                    for place in 0..<at where isKept[place] && products[place] >= limit {
                        offer(at, block[place])
                    }
                    if let match = best[at] {
                        refused.append(match)
                    } else {
                        isKept[at] = true
                        kept.append(block[at])
                    }
                }
            }
        }
        return DuplicateReport(rowCount: rows.count, refused: refused)
    }

    /// All pairs at or above the threshold, in rising order of (first, second).
    ///
    /// Time O(n² · columns); memory 24 bytes a pair: many copies make many pairs.
    public func pairs(_ rows: UnitRows) -> [SimilarPair] {
        var pairs: [SimilarPair] = []
        let limit = Float(threshold) - rows.tolerance
        let scratch = BlockScratch(
            firsts: blockRows, seconds: blockRows, columns: rows.columns)
        rows.withAddresses { addresses in
            guard let addresses else { return }
            for from in stride(from: 0, to: rows.count, by: blockRows) {
                let block = Array(from..<min(from + blockRows, rows.count))
                for start in stride(from: from, to: rows.count, by: blockRows) {
                    let others = Array(start..<min(start + blockRows, rows.count))
                    fill(addresses, rows.columns, block, others, scratch)
                    for at in block.indices {
                        let products = scratch.products + at * others.count
                        for place in others.indices
                        where others[place] > block[at] && products[place] >= limit {
                            let score = addresses.cosine(block[at], others[place])
                            if score < threshold { continue }
                            pairs.append(
                                SimilarPair(first: block[at], second: others[place], score: score))
                        }
                    }
                }
            }
        }
        return pairs.sorted { ($0.first, $0.second) < ($1.first, $1.second) }
    }

    private func fill(
        _ rows: UnitRows.Addresses, _ columns: Int, _ block: [Int], _ others: [Int],
        _ scratch: borrowing BlockScratch
    ) {
        rows.writeUnits(block.lazy.map { Int32($0) }, to: scratch.first)
        rows.writeUnits(others.lazy.map { Int32($0) }, to: scratch.second)
        BlockProducts.fill(
            scratch.first, block.count, scratch.second, others.count, columns: columns,
            to: scratch.products, usesBLAS: usesBLAS)
    }
}

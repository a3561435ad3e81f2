internal import HeapModule

/// Merges neighbours until no two merge: the pair of the lowest rank first, of equal ones the
/// leftmost (`tokenizers`, src/models/bpe/word.rs).
enum PairMerger {
    /// A word's symbols, and storage that words share.
    struct Symbols: Sendable {
        var identifiers: [Int32] = []
        /// For each symbol, the merge with the one after it.
        fileprivate var merges: [UInt64] = []
        fileprivate var heap = Heap<Candidate>()
        fileprivate var before: [Int32] = []
        fileprivate var after: [Int32] = []
    }

    /// Up to so many symbols looking at all of them is faster than a heap.
    static let fewSymbols = 64

    static func merge(_ symbols: inout Symbols, _ table: PairTable) {
        let count = symbols.identifiers.count
        if count < 2 { return }
        symbols.merges.removeAll(keepingCapacity: true)
        for index in 0..<count - 1 {
            let found = table.find(symbols.identifiers[index], symbols.identifiers[index + 1])
            symbols.merges.append(found)
        }
        symbols.merges.append(PairTable.none)
        if count <= fewSymbols {
            mergeFew(&symbols.identifiers, &symbols.merges, table)
        } else {
            mergeMany(&symbols, table)
        }
    }

    private static func mergeFew(
        _ identifiers: inout [Int32], _ merges: inout [UInt64], _ table: PairTable
    ) {
        identifiers.withUnsafeMutableBufferPointer { tokens in
            merges.withUnsafeMutableBufferPointer { merges in
                var count = tokens.count
                while count > 1 {
                    var best = 0
                    for index in 1..<count - 1 where merges[index] < merges[best] { best = index }
                    if merges[best] == PairTable.none { break }
                    tokens[best] = PairTable.merged(merges[best])
                    count -= 1
                    for index in best + 1..<count {
                        tokens[index] = tokens[index + 1]
                        merges[index] = merges[index + 1]
                    }
                    merges[best] =
                        best + 1 < count
                        ? table.find(tokens[best], tokens[best + 1]) : PairTable.none
                    if best > 0 { merges[best - 1] = table.find(tokens[best - 1], tokens[best]) }
                }
                for index in count..<tokens.count { tokens[index] = -1 }
            }
        }
        while identifiers.last == -1 { identifiers.removeLast() }
    }

    /// The symbols stay where they are, linked; a merged one's place is skipped.
    private static func mergeMany(_ symbols: inout Symbols, _ table: PairTable) {
        let count = symbols.identifiers.count
        symbols.before = (0..<count).map { Int32($0 - 1) }
        symbols.after = (0..<count).map { Int32($0 + 1) }
        // Empty since it was last used.
        for index in 0..<count where symbols.merges[index] != PairTable.none {
            symbols.heap.insert(Candidate(merge: symbols.merges[index], index: index))
        }
        while let candidate = symbols.heap.popMin() {
            let (merge, index) = (candidate.merge, candidate.index)
            // Whatever changed since it was pushed was pushed again.
            if symbols.merges[index] != merge || symbols.identifiers[index] < 0 { continue }
            symbols.identifiers[index] = PairTable.merged(merge)
            let gone = Int(symbols.after[index])
            let next = Int(symbols.after[gone])
            symbols.identifiers[gone] = -1
            symbols.after[index] = Int32(next)
            if next < count { symbols.before[next] = Int32(index) }
            update(&symbols, index, next < count ? next : nil, table)
            let previous = Int(symbols.before[index])
            if previous >= 0 { update(&symbols, previous, index, table) }
        }
        symbols.identifiers.removeAll { $0 < 0 }
    }

    private static func update(
        _ symbols: inout Symbols, _ index: Int, _ next: Int?, _ table: PairTable
    ) {
        let merge =
            next.map { table.find(symbols.identifiers[index], symbols.identifiers[$0]) }
            ?? PairTable.none
        symbols.merges[index] = merge
        if merge != PairTable.none {
            symbols.heap.insert(Candidate(merge: merge, index: index))
        }
    }
}

/// A pair that may be merged: the lowest rank first, then the leftmost.
private struct Candidate: Comparable, Sendable {
    var merge: UInt64
    /// The pair's first symbol.
    var index: Int

    static func < (one: Candidate, other: Candidate) -> Bool {
        (one.merge, one.index) < (other.merge, other.index)
    }
}

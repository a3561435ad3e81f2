public import Records

/// A budget divided over groups in proportion to the square root of their sizes.
///
/// Markov et al. 2023, section 3.1: "sampling weight proportional to the square root of the sample
/// count", read per group: the share of a group of n is √n / Σ√n, so that a row of it weighs
/// 1/√n. (Read per row it would lower diversity, against the aim stated there.)
public enum SquareRootAllocation {
    /// Each group's share of the whole; all 0 when every group is empty.
    public static func shares(_ counts: [Int]) -> [Double] {
        let roots = counts.map { Double(max($0, 0)).squareRoot() }
        let sum = roots.reduce(0, +)
        return roots.map { sum > 0 ? $0 / sum : 0 }
    }

    /// Whole numbers that sum to `budget`, or to all there is, and never exceed a group.
    ///
    /// Groups that are smaller than their share give what they have, and the rest is divided again
    /// by the same weights; fractions go by largest remainder, of equals to the earlier group.
    ///
    /// - Throws: `badData` when the budget or a size is below 0.
    public static func allocate(_ counts: [Int], budget: Int) throws(Fault) -> [Int] {
        guard budget >= 0, counts.allSatisfy({ $0 >= 0 }) else {
            throw Fault(.badData, "a budget and the sizes of groups are at least 0")
        }
        var given = [Int](repeating: 0, count: counts.count)
        var open = counts.indices.filter { counts[$0] > 0 }
        var left = budget
        while !open.isEmpty && left > 0 {
            let quotas = shares(open.map { counts[$0] }).map { $0 * Double(left) }
            let full = zip(open, quotas).filter { Double(counts[$0]) <= $1 }.map(\.0)
            if full.isEmpty {
                let whole = quotas.map { Int($0) }
                for (group, quota) in zip(open, whole) { given[group] = quota }
                let order = quotas.indices.sorted {
                    (quotas[$1] - Double(whole[$1]), $0) < (quotas[$0] - Double(whole[$0]), $1)
                }
                for at in order.prefix(left - whole.reduce(0, +)) { given[open[at]] += 1 }
                break
            }
            for group in full {
                given[group] = counts[group]
                left -= counts[group]
            }
            open.removeAll { given[$0] > 0 }
        }
        return given
    }
}

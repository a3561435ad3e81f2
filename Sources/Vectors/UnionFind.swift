/// Disjoint sets of the numbers 0..<count: union by the smaller number, with path halving
/// (Tarjan and van Leeuwen 1984).
///
/// The smallest number of a set stands for it, so that nothing depends on the order of unions.
public struct UnionFind: Sendable {
    @usableFromInline var parents: [Int32]

    /// Each number in a set of its own.
    public init(count: Int) { parents = Array(0..<Int32(count)) }

    /// The smallest number of the set of `number`.
    @inlinable public mutating func find(_ number: Int) -> Int {
        var at = number
        while Int(parents[at]) != at {
            parents[at] = parents[Int(parents[at])]
            at = Int(parents[at])
        }
        return at
    }

    /// Makes the sets of two numbers one.
    @inlinable public mutating func union(_ one: Int, _ other: Int) {
        let (one, other) = (find(one), find(other))
        parents[max(one, other)] = Int32(min(one, other))
    }

    /// The smallest number of each number's set.
    public mutating func smallest() -> [Int32] {
        // A parent is never the larger of two, so it has its own smallest already.
        for number in parents.indices { parents[number] = parents[Int(parents[number])] }
        return parents
    }
}

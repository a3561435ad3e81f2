/// Randomness as a hash of (seed, purpose, id, draw), never a running generator.
///
/// A record's draws depend on nothing but the run's seed, the purpose (a stage's name, say) and the
/// record's id: not on its neighbours, its shard, the thread or the order of work. That is what
/// makes a run byte-identical however it was executed. Own methods instead of
/// `shuffled(using:)`, whose algorithm the standard library does not promise to keep.
public struct CounterRNG: Sendable {
    private let key: UInt64
    private var count: UInt64 = 0

    public init(seed: UInt64, purpose: String, id: String = "") {
        key = StableHash.mix(StableHash.hash(purpose, seed: seed), StableHash.hash(id))
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        count += 1
        return StableHash.mix(key, count)
    }

    /// A number in `0..<bound`, unbiased (Lemire 2019, "Fast random integer generation").
    public mutating func below(_ bound: Int) -> Int {
        require(bound > 0, "a draw needs at least one outcome")
        let bound = UInt64(bound)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let threshold = (0 &- bound) % bound
            while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(product.high)
    }

    /// A number in `0..<1` with 53 random bits.
    public mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// True with probability `chance`.
    public mutating func chance(_ chance: Double) -> Bool {
        unit() < chance
    }

    /// One element, or nil of an empty collection.
    public mutating func pick<C: RandomAccessCollection>(_ from: C) -> C.Element? {
        if from.isEmpty { return nil }
        return from[from.index(from.startIndex, offsetBy: below(from.count))]
    }

    /// The elements in random order (Fisher and Yates).
    public mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var result = elements
        for last in stride(from: result.count - 1, to: 0, by: -1) {
            result.swapAt(last, below(last + 1))
        }
        return result
    }

    /// `count` different elements in random order, or all of them when there are fewer.
    public mutating func sample<Element>(_ count: Int, of elements: [Element]) -> [Element] {
        Array(shuffled(elements).prefix(count))
    }
}

public import Records

/// MinHash: a short signature in which two sets agree in as many slots, on average, as they are
/// similar (Broder 1997, "On the Resemblance and Containment of Documents").
///
/// Slot i holds the smallest of the upper 32 bits of a_i x + b_i mod 2^64 over the hashes x of the
/// set, a_i odd: the multiply-shift family (Dietzfelbinger et al. 1997), which is enough because
/// the x are hashes already. All a_i and b_i follow from the seed. The estimate's standard error is
/// sqrt(J (1 - J) / slots).
public struct MinHash: Sendable {
    public let slots: Int
    private let factors: [UInt64]
    private let terms: [UInt64]

    /// Throws a `configuration` fault unless there are between 1 and 4,096 slots.
    public init(slots: Int = 128, seed: UInt64 = 0) throws(Fault) {
        guard (1...4_096).contains(slots) else {
            throw Fault(
                .configuration, "a MinHash signature has between 1 and 4,096 slots", why: "\(slots)"
            )
        }
        var draws = Draws(seed: seed, purpose: "minhash")
        self.slots = slots
        factors = (0..<slots).map { _ in draws.next() | 1 }
        terms = (0..<slots).map { _ in draws.next() }
    }

    /// The signatures of all sets: time O(slots · shingles), memory 4 bytes a slot.
    public func signatures(_ sets: ShingleSets) -> Signatures {
        var values = [UInt32](repeating: .max, count: slots * sets.count)
        values.withUnsafeMutableBufferPointer { all in
            for text in 0..<sets.count {
                let range = text * slots..<(text + 1) * slots
                fill(UnsafeMutableBufferPointer(rebasing: all[range]), sets[text])
            }
        }
        return Signatures(slots: slots, values: values)
    }

    /// The signature of one set of hashes, in any order; all ones when it is empty.
    public func signature(_ hashes: [UInt64]) -> [UInt32] {
        var signature = [UInt32](repeating: .max, count: slots)
        signature.withUnsafeMutableBufferPointer { fill($0, hashes[...]) }
        return signature
    }

    private func fill(_ signature: UnsafeMutableBufferPointer<UInt32>, _ set: ArraySlice<UInt64>) {
        factors.withUnsafeBufferPointer { factors in
            terms.withUnsafeBufferPointer { terms in
                for hash in set {
                    for slot in 0..<slots {
                        let value = UInt32(
                            truncatingIfNeeded: (factors[slot] &* hash &+ terms[slot]) >> 32)
                        signature[slot] = min(signature[slot], value)
                    }
                }
            }
        }
    }
}

/// MinHash signatures, one a text.
public struct Signatures: Sendable, Equatable {
    public let slots: Int
    private(set) var values: [UInt32]

    init(slots: Int, values: [UInt32]) {
        self.slots = slots
        self.values = values
    }

    public var count: Int { values.count / slots }

    /// The signature of one text.
    public subscript(text: Int) -> ArraySlice<UInt32> { values[text * slots..<(text + 1) * slots] }

    /// Adds signatures of the same family: parts made at the same time are joined in order.
    public mutating func append(contentsOf other: Signatures) {
        insist(other.slots == slots, "joined signatures have the same slots")
        values += other.values
    }

    /// The estimated Jaccard similarity of two texts: the share of slots in which they agree.
    public func estimate(_ first: Int, _ second: Int) -> Double {
        Double(zip(self[first], self[second]).count { $0 == $1 }) / Double(slots)
    }
}

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
        var draws = CounterRNG(seed: seed, purpose: "minhash")
        self.slots = slots
        factors = (0..<slots).map { _ in draws.next() | 1 }
        terms = (0..<slots).map { _ in draws.next() }
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

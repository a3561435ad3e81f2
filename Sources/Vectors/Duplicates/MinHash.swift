internal import CVectors
public import Records

/// MinHash: a short signature in which two sets agree in as many slots, on average, as they are
/// similar (Broder 1997, "On the Resemblance and Containment of Documents").
///
/// Slot i holds the least of a_i x + b_i mod 2^32 over the set's hashes folded to 32 bits x, a_i
/// odd (the `affine32` of datasketch 2.0, datasketch/minhash.py), which is enough because the x are
/// hashes already. All a_i and b_i follow from the seed. The estimate's standard error is
/// sqrt(J (1 - J) / slots).
public struct MinHash: Sendable {
    /// Slots are worked on in groups of so many.
    private static let group = 16

    public let slots: Int
    private let factors: [UInt32]
    private let terms: [UInt32]

    /// - Throws: `configuration` unless there are between 1 and 4,096 slots.
    public init(slots: Int = 128, seed: UInt64 = 0) throws(Fault) {
        guard (1...4_096).contains(slots) else {
            throw Fault(
                .configuration, "a MinHash signature has between 1 and 4,096 slots", why: "\(slots)"
            )
        }
        var draws = CounterRNG(seed: seed, purpose: "minhash")
        self.slots = slots
        let padded = (slots + Self.group - 1) / Self.group * Self.group
        factors = (0..<padded).map { _ in UInt32(truncatingIfNeeded: draws.next() >> 32) | 1 }
        terms = (0..<padded).map { _ in UInt32(truncatingIfNeeded: draws.next() >> 32) }
    }

    /// The signature of one set of hashes, in any order; all ones when it is empty.
    ///
    /// Time O(hashes · slots).
    public func signature(_ hashes: [UInt64]) -> [UInt32] {
        var signature = [UInt32](repeating: .max, count: factors.count)
        signature.withUnsafeMutableBufferPointer { out in
            guard let signature = out.baseAddress else { return }
            hashes.withUnsafeBufferPointer { hashes in
                factors.withUnsafeBufferPointer { factors in
                    terms.withUnsafeBufferPointer { terms in
                        guard let first = hashes.baseAddress, let factors = factors.baseAddress,
                            let terms = terms.baseAddress
                        else { return }
                        cvectors_minhash(
                            Kernels.level, first, hashes.count, factors, terms, out.count,
                            signature)
                    }
                }
            }
        }
        signature.removeLast(signature.count - slots)
        return signature
    }
}

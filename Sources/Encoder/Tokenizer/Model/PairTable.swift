/// Which two neighbours merge, in what order, and into what: an open-addressed hash table.
struct PairTable: Sendable {
    /// No merge; later than any rank.
    static let none = UInt64.max

    /// Key and value in turn; a key of all ones is a free slot.
    private let slots: [UInt64]
    private let shift: UInt64

    /// Merges in the order of their rank; of two for one pair the later counts.
    init(_ merges: [(left: Int32, right: Int32, merged: Int32)]) {
        var bits: UInt64 = 10
        while 1 << bits < merges.count * 2 { bits += 1 }
        var slots = [UInt64](repeating: .max, count: 2 << bits)
        shift = 64 - bits
        for (rank, merge) in merges.enumerated() {
            let key = Self.key(merge.left, merge.right)
            var slot = Int(Self.hash(key) >> shift)
            while slots[2 * slot] != .max, slots[2 * slot] != key {
                slot = (slot + 1) & (1 << bits - 1)
            }
            slots[2 * slot] = key
            slots[2 * slot + 1] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merge.merged))
        }
        self.slots = slots
    }

    @inline(__always) private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Multiplicative hashing (Knuth, The Art of Computer Programming 3, section 6.4).
    @inline(__always) private static func hash(_ key: UInt64) -> UInt64 {
        (key ^ key >> 29) &* 0x9E37_79B9_7F4A_7C15
    }

    /// The rank in the upper half and the merged token in the lower, or `none`.
    @inline(__always) func find(_ left: Int32, _ right: Int32) -> UInt64 {
        let key = Self.key(left, right)
        var slot = Int(Self.hash(key) >> shift)
        while true {
            let found = slots[2 * slot]
            if found == key { return slots[2 * slot + 1] }
            if found == .max { return Self.none }
            slot = (slot + 1) & (slots.count / 2 - 1)
        }
    }

    @inline(__always) static func merged(_ value: UInt64) -> Int32 {
        Int32(truncatingIfNeeded: value)
    }
}

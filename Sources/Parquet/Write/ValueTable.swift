internal import Glibc

/// Numbers distinct values in the order of their first appearance, as long as that pays.
struct ValueTable {
    /// Values are looked at until so many are known, and then dropped if most are distinct.
    private static let sample = 1_024

    /// The number of every value, in order.
    private(set) var indices: [UInt32] = []
    /// Where the distinct values lie in the column.
    private(set) var distinct: [Range<Int>] = []
    private(set) var distinctBytes = 0
    /// Number of a value plus one by its hash; 0 is free.
    private var slots = [UInt32](repeating: 0, count: 256)

    /// - Returns: nil when the values themselves are shorter.
    init?(_ bytes: [UInt8], _ values: [Range<Int>]) {
        indices.reserveCapacity(values.count)
        var last: UInt32 = 0
        let pays = bytes.withUnsafeBytes { bytes in
            for value in values {
                if let first = distinct.indices.contains(Int(last)) ? distinct[Int(last)] : nil,
                    Self.equal(bytes, first, value)
                {
                    indices.append(last)
                    continue
                }
                last = find(bytes, value)
                indices.append(last)
                if indices.count == Self.sample, distinct.count > Self.sample / 2 { return false }
            }
            let width = max(1, UInt32.bitWidth - UInt32(distinct.count).leadingZeroBitCount)
            return distinctBytes + indices.count * width / 8 < bytes.count
        }
        if !pays { return nil }
    }

    private static func equal(
        _ bytes: UnsafeRawBufferPointer, _ a: Range<Int>, _ b: Range<Int>
    ) -> Bool {
        guard a.count == b.count, let base = bytes.baseAddress else { return a.count == b.count }
        return memcmp(base + a.lowerBound, base + b.lowerBound, a.count) == 0
    }

    private mutating func find(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) -> UInt32 {
        if distinct.count * 2 >= slots.count { grow(bytes) }
        var slot = Self.hash(bytes, value) & (slots.count - 1)
        while slots[slot] != 0 {
            let number = slots[slot] - 1
            if Self.equal(bytes, distinct[Int(number)], value) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        distinct.append(value)
        distinctBytes += value.count
        slots[slot] = UInt32(distinct.count)
        return UInt32(distinct.count - 1)
    }

    private mutating func grow(_ bytes: UnsafeRawBufferPointer) {
        slots = [UInt32](repeating: 0, count: slots.count * 4)
        for (number, value) in distinct.enumerated() {
            var slot = Self.hash(bytes, value) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(number + 1)
        }
    }

    /// Eight bytes at a time; decides about places in the table only, never about bytes written.
    private static func hash(_ bytes: UnsafeRawBufferPointer, _ value: Range<Int>) -> Int {
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(value.count)
        var at = value.lowerBound
        while at + 8 <= value.upperBound {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            hash = hash &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
            at += 8
        }
        while at < value.upperBound {
            hash = (hash ^ UInt64(bytes[at])) &* 0x100_0000_01B3
            at += 1
        }
        hash = (hash ^ hash >> 29) &* 0xBF58_476D_1CE4_E5B9
        return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x7FFF_FFFF)
    }
}

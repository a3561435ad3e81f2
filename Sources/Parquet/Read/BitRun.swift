/// Numbers of a fixed width in bits, packed one after the other from the lowest bit on.
struct BitRun {
    let bytes: UnsafeRawBufferPointer
    /// Bits a number, 0 to 64.
    let width: Int

    /// The number at `index`.
    func value(at index: Int) throws(Damage) -> UInt64 {
        if width == 0 { return 0 }
        let first = index * width
        let byte = first >> 3
        let shift = UInt64(first & 7)
        guard first + width <= bytes.count * 8 else { throw .ended }
        let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
        if byte + 9 <= bytes.count {
            let low = bytes.loadUnaligned(fromByteOffset: byte, as: UInt64.self)
            var value = UInt64(littleEndian: low) >> shift
            if Int(shift) + width > 64 { value |= UInt64(bytes[byte + 8]) << (64 - shift) }
            return value & mask
        }
        var value: UInt64 = 0
        var place = 0
        for at in byte..<min(byte + 9, bytes.count) {
            let part = UInt64(bytes[at])
            let by = place * 8 - Int(shift)
            if by < 0 { value |= part >> shift } else if by < 64 { value |= part << UInt64(by) }
            place += 1
        }
        return value & mask
    }
}

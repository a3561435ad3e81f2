/// The scalar that begins at `index` of well-formed UTF-8, and its length in bytes.
@inlinable @inline(__always) public func decodeScalar(
    _ bytes: UnsafeBufferPointer<UInt8>, at index: Int
) -> (UInt32, length: Int) {
    let first = UInt32(bytes[index])
    if first < 0x80 { return (first, 1) }
    func tail(_ offset: Int) -> UInt32 { UInt32(bytes[index + offset] & 0x3F) }
    if first < 0xE0 { return ((first & 0x1F) << 6 | tail(1), 2) }
    if first < 0xF0 { return ((first & 0x0F) << 12 | tail(1) << 6 | tail(2), 3) }
    return ((first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4)
}

/// The scalar that ends before `end`, which is not 0.
@inlinable @inline(__always) public func decodeScalar(
    _ bytes: UnsafeBufferPointer<UInt8>, before end: Int
) -> (UInt32, length: Int) {
    var start = end - 1
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return decodeScalar(bytes, at: start)
}

/// The length in bytes of the scalar that begins with `first`.
@inlinable @inline(__always) public func scalarLength(_ first: UInt8) -> Int {
    first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
}

/// Appends a scalar, which is no surrogate, as UTF-8.
@inlinable @inline(__always) public func appendScalar(_ scalar: UInt32, to bytes: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (scalar >> shift) & 0x3F) }
    if scalar < 0x80 {
        bytes.append(UInt8(scalar))
    } else if scalar < 0x800 {
        bytes.append(UInt8(0xC0 | scalar >> 6))
        bytes.append(tail(0))
    } else if scalar < 0x1_0000 {
        bytes.append(UInt8(0xE0 | scalar >> 12))
        bytes.append(tail(6))
        bytes.append(tail(0))
    } else {
        bytes.append(UInt8(0xF0 | scalar >> 18))
        bytes.append(tail(12))
        bytes.append(tail(6))
        bytes.append(tail(0))
    }
}

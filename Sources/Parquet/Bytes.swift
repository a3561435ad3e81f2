/// A place in bytes of a stranger: every step is checked against the end.
///
/// The bytes belong to somebody else, who keeps them alive.
struct Bytes {
    private let bytes: UnsafeRawBufferPointer
    private(set) var at = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var count: Int { bytes.count }
    var remaining: Int { bytes.count - at }

    /// The next `count` bytes.
    mutating func take(_ count: Int) throws(Damage) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw .ended }
        defer { at += count }
        return UnsafeRawBufferPointer(rebasing: bytes[at..<at + count])
    }

    /// All bytes from here on.
    mutating func takeRest() -> UnsafeRawBufferPointer {
        defer { at = bytes.count }
        return UnsafeRawBufferPointer(rebasing: bytes[at...])
    }

    mutating func byte() throws(Damage) -> UInt8 {
        guard at < bytes.count else { throw .ended }
        defer { at += 1 }
        return bytes[at]
    }

    /// A little-endian number of as many bytes as its type has.
    mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type = Number.self
    ) throws(Damage) -> Number {
        let width = Number.bitWidth / 8
        guard width <= remaining else { throw .ended }
        defer { at += width }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: type))
    }

    /// An unsigned number of seven bits a byte, at most 64 bits (ULEB128).
    mutating func varint() throws(Damage) -> UInt64 {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            if shift == 63, byte > 1 { throw Damage("a number has more than 64 bits") }
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return result }
            shift += 7
            if shift > 63 { throw Damage("a number has more than 64 bits") }
        }
    }

    /// A signed number in zigzag order: 0, -1, 1, -2 and so on.
    mutating func zigzag() throws(Damage) -> Int64 {
        let number = try varint()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    /// A count of things that is not negative and at most `limit`.
    mutating func count(atMost limit: Int, of things: String) throws(Damage) -> Int {
        let number = try varint()
        guard number <= UInt64(limit) else {
            throw Damage("\(number) \(things), more than \(limit)")
        }
        return Int(number)
    }
}

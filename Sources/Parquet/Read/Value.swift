/// One value of a column as it is stored; bytes belong to the page and last until the next value.
enum Value {
    case boolean(Bool)
    case integer(Int64)
    case float(Float)
    case double(Double)
    case bytes(UnsafeRawBufferPointer)
    /// The value that ``ValueDecoder`` has put together itself.
    case joined
}

/// The values of a page that are written one after the other, as PLAIN has them.
struct PlainValues {
    let physical: PhysicalType
    /// Bytes of a value of fixed length.
    let length: Int

    func next(_ bytes: inout Bytes) throws(Damage) -> Value {
        switch physical {
        case .int32: return .integer(Int64(try bytes.number(Int32.self)))
        case .int64: return .integer(try bytes.number(Int64.self))
        case .float: return .float(Float(bitPattern: try bytes.number(UInt32.self)))
        case .double: return .double(Double(bitPattern: try bytes.number(UInt64.self)))
        case .int96: return .bytes(try bytes.take(12))
        case .fixedLengthByteArray: return .bytes(try bytes.take(length))
        case .byteArray:
            let count = try bytes.number(UInt32.self)
            return .bytes(try bytes.take(Int(count)))
        case .boolean: throw Damage("booleans are packed in bits")
        }
    }

    /// Bytes of every value; nil where they differ, or are bits.
    var width: Int? {
        switch physical {
        case .int32, .float: 4
        case .int64, .double: 8
        case .int96: 12
        case .fixedLengthByteArray: length
        case .byteArray, .boolean: nil
        }
    }
}

/// The distinct values of a column in one row group.
struct ValueDictionary {
    private let plain: PlainValues
    private let bytes: UnsafeRawBufferPointer
    /// Where each value begins, when they have no common width.
    private var starts: [UInt32] = []
    private let count: Int

    init(_ bytes: UnsafeRawBufferPointer, count: Int, _ plain: PlainValues) throws(Damage) {
        self.plain = plain
        self.bytes = bytes
        self.count = count
        if let width = plain.width {
            guard count <= bytes.count / width else { throw .ended }
            return
        }
        guard plain.physical == .byteArray, count <= bytes.count / 4 else { throw .ended }
        var place = Bytes(bytes)
        starts.reserveCapacity(count)
        for _ in 0..<count {
            starts.append(UInt32(truncatingIfNeeded: place.at))
            _ = try plain.next(&place)
        }
    }

    func value(_ index: UInt32) throws(Damage) -> Value {
        guard index < count else { throw Damage("a value is missing from its dictionary") }
        let start = plain.width.map { $0 * Int(index) } ?? Int(starts[Int(index)])
        var place = Bytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        return try plain.next(&place)
    }
}

/// Decodes the values of one data page, in any of the format's encodings.
struct ValueDecoder {
    private enum Kind {
        case plain, bits, runs, dictionary, deltas, deltaLengths, deltaBytes, split
    }

    /// Longer texts are refused wherever they come from.
    private static let longestValue = 64 << 20

    private let kind: Kind
    private let plain: PlainValues
    private var bytes: Bytes
    private var runs: RunDecoder?
    private var lengths: DeltaDecoder?
    private var prefixes: DeltaDecoder?
    private var at = 0
    private var stride = 0
    private let dictionary: ValueDictionary?
    /// What ``Value/joined`` stands for.
    private(set) var joined: [UInt8] = []

    /// - Parameter limit: The most values that the page can hold.
    init(
        _ data: UnsafeRawBufferPointer, encoding: Encoding, limit: Int, plain: PlainValues,
        dictionary: ValueDictionary?
    ) throws(Damage) {
        self.plain = plain
        self.dictionary = dictionary
        bytes = Bytes(data)
        switch encoding {
        case .plain: kind = plain.physical == .boolean ? .bits : .plain
        case .rle:
            guard plain.physical == .boolean else { throw Self.misplaced(encoding) }
            kind = .runs
            let count = Int(try bytes.number(UInt32.self))
            runs = try RunDecoder(try bytes.take(count), width: 1)
        case .plainDictionary, .rleDictionary:
            guard dictionary != nil else { throw Damage("the dictionary is missing") }
            kind = .dictionary
            if data.isEmpty { return }
            let width = Int(try bytes.byte())
            runs = try RunDecoder(bytes.takeRest(), width: width)
        case .deltaBinaryPacked:
            guard plain.physical == .int32 || plain.physical == .int64 else {
                throw Self.misplaced(encoding)
            }
            kind = .deltas
            lengths = try DeltaDecoder(data, limit: limit)
        case .deltaLengthByteArray:
            guard plain.physical == .byteArray else { throw Self.misplaced(encoding) }
            kind = .deltaLengths
            let lengths = try DeltaDecoder(data, limit: limit)
            bytes = Bytes(try lengths.rest())
            self.lengths = lengths
        case .deltaByteArray:
            guard plain.physical == .byteArray || plain.physical == .fixedLengthByteArray else {
                throw Self.misplaced(encoding)
            }
            kind = .deltaBytes
            let prefixes = try DeltaDecoder(data, limit: limit)
            let lengths = try DeltaDecoder(try prefixes.rest(), limit: limit)
            bytes = Bytes(try lengths.rest())
            self.prefixes = prefixes
            self.lengths = lengths
        case .byteStreamSplit:
            guard let width = plain.width, width <= 16, data.count % width == 0 else {
                throw Self.misplaced(encoding)
            }
            kind = .split
            stride = data.count / width
            joined = [UInt8](repeating: 0, count: width)
        case .bitPacked: throw Self.misplaced(encoding)
        }
    }

    private static func misplaced(_ encoding: Encoding) -> Damage {
        Damage("the encoding \(encoding) does not go with the column's type")
    }

    mutating func next() throws(Damage) -> Value {
        switch kind {
        case .plain: return try plain.next(&bytes)
        case .bits:
            defer { at += 1 }
            let rest = bytes
            var start = rest
            let bits = start.takeRest()
            guard at >> 3 < bits.count else { throw .ended }
            return .boolean(bits[at >> 3] >> (at & 7) & 1 == 1)
        case .runs: return .boolean(try index() != 0)
        case .dictionary:
            let index = try index()
            guard let value = try dictionary?.value(index) else { throw .ended }
            return value
        case .deltas:
            let number = try delta()
            return .integer(
                plain.physical == .int32 ? Int64(Int32(truncatingIfNeeded: number)) : number)
        case .deltaLengths: return .bytes(try bytes.take(Int(try delta())))
        case .deltaBytes: return try joinedValue()
        case .split: return try splitValue()
        }
    }

    private mutating func index() throws(Damage) -> UInt32 {
        guard let index = try runs?.next() else { throw .ended }
        return index
    }

    private mutating func delta() throws(Damage) -> Int64 {
        guard let number = try lengths?.next() else { throw .ended }
        return number
    }

    /// The start of the value before and a new end.
    private mutating func joinedValue() throws(Damage) -> Value {
        guard let prefix = try prefixes?.next() else { throw .ended }
        let suffix = try bytes.take(Int(try delta()))
        guard prefix >= 0, prefix <= joined.count,
            Int(prefix) + suffix.count <= Self.longestValue
        else { throw Damage("a value shares more than the value before it has") }
        joined.removeLast(joined.count - Int(prefix))
        joined.append(contentsOf: suffix)
        if plain.physical == .fixedLengthByteArray, joined.count != plain.length {
            throw Damage("a value has another length than its column")
        }
        return .joined
    }

    /// The first bytes of all values, then their second bytes and so on.
    private mutating func splitValue() throws(Damage) -> Value {
        guard at < stride else { throw .ended }
        var start = bytes
        let data = start.takeRest()
        for byte in joined.indices { joined[byte] = data[byte * stride + at] }
        at += 1
        var bits: UInt64 = 0
        if joined.count <= 8 {
            for (place, byte) in joined.enumerated() { bits |= UInt64(byte) << UInt64(8 * place) }
        }
        switch plain.physical {
        case .int32: return .integer(Int64(Int32(truncatingIfNeeded: bits)))
        case .int64: return .integer(Int64(bitPattern: bits))
        case .float: return .float(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        case .double: return .double(Double(bitPattern: bits))
        default: return .joined
        }
    }
}

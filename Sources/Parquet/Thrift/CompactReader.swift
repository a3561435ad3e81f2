/// Reads Thrift's compact protocol, the encoding of Parquet's footer and page headers.
///
/// Every length is checked against the bytes that are there, and nesting is bounded, so that no
/// input costs more memory or stack than its own size explains.
/// Source: thrift/doc/specs/thrift-compact-protocol.md.
struct CompactReader {
    /// Types as they stand in field headers and in lists.
    enum Kind: UInt8 {
        case isTrue = 1
        case isFalse = 2
        case byte = 3
        case int16 = 4
        case int32 = 5
        case int64 = 6
        case double = 7
        case binary = 8
        case list = 9
        case set = 10
        case map = 11
        case structure = 12
        case uuid = 13
    }

    struct Field {
        var id: Int
        var kind: Kind
    }

    /// Parquet's own structures nest four deep.
    private static let deepest = 32

    private var bytes: Bytes
    private var depth = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = Bytes(bytes) }

    /// Bytes read so far.
    var position: Int { bytes.at }

    /// Hands the fields of a structure to `body`, which reads or skips the value of each.
    mutating func structure(
        _ body: (inout CompactReader, Field) throws(Damage) -> Void
    ) throws(Damage) {
        depth += 1
        guard depth <= Self.deepest else { throw Damage("structures nest too deeply") }
        var id = 0
        while true {
            let head = try bytes.byte()
            if head == 0 { break }
            guard let kind = Kind(rawValue: head & 0x0F) else {
                throw Damage("a field has the unknown type \(head & 0x0F)")
            }
            if head >> 4 > 0 {
                id += Int(head >> 4)
            } else {
                id = Int(truncatingIfNeeded: try bytes.zigzag())
            }
            guard (1...Int(Int16.max)).contains(id) else {
                throw Damage("a field has the number \(id)")
            }
            try body(&self, Field(id: id, kind: kind))
        }
        depth -= 1
    }

    /// Hands each element of a list of structures to `body`.
    mutating func structures(
        _ field: Field, _ body: (inout CompactReader) throws(Damage) -> Void
    ) throws(Damage) {
        let (count, kind) = try list(field)
        guard count == 0 || kind == .structure else { throw wrong(field) }
        for _ in 0..<count { try body(&self) }
    }

    /// The number and the type of a list's elements, which follow.
    mutating func list(_ field: Field) throws(Damage) -> (count: Int, kind: Kind) {
        guard field.kind == .list || field.kind == .set else { throw wrong(field) }
        return try listHead()
    }

    private mutating func listHead() throws(Damage) -> (count: Int, kind: Kind) {
        let head = try bytes.byte()
        var count = Int(head >> 4)
        if count == 15 { count = try bytes.count(atMost: bytes.remaining, of: "elements") }
        // Every element has at least a byte.
        guard count <= bytes.remaining else { throw .ended }
        guard let kind = Kind(rawValue: head & 0x0F) else {
            if count == 0 { return (0, .byte) }
            throw Damage("a list has the unknown type \(head & 0x0F)")
        }
        return (count, kind)
    }

    /// A whole number of any width.
    mutating func integer(_ field: Field) throws(Damage) -> Int64 {
        switch field.kind {
        case .byte: return Int64(Int8(bitPattern: try bytes.byte()))
        case .int16, .int32, .int64: return try bytes.zigzag()
        default: throw wrong(field)
        }
    }

    func flag(_ field: Field) throws(Damage) -> Bool {
        switch field.kind {
        case .isTrue: true
        case .isFalse: false
        default: throw wrong(field)
        }
    }

    /// Text, with U+FFFD where it is not UTF-8.
    mutating func text(_ field: Field) throws(Damage) -> String {
        guard field.kind == .binary else { throw wrong(field) }
        return try text()
    }

    /// Text that is a list's element.
    mutating func text() throws(Damage) -> String {
        let count = try bytes.count(atMost: bytes.remaining, of: "bytes")
        return String(decoding: try bytes.take(count), as: UTF8.self)
    }

    /// A whole number that is a list's element.
    mutating func element() throws(Damage) -> Int64 { try bytes.zigzag() }

    mutating func skip(_ field: Field) throws(Damage) { try skip(field.kind, isElement: false) }

    private mutating func skip(_ kind: Kind, isElement: Bool) throws(Damage) {
        switch kind {
        // A field's flag lies in its type; an element's has a byte.
        case .isTrue, .isFalse: if isElement { _ = try bytes.byte() }
        case .byte: _ = try bytes.byte()
        case .int16, .int32, .int64: _ = try bytes.varint()
        case .double: _ = try bytes.take(8)
        case .uuid: _ = try bytes.take(16)
        case .binary:
            _ = try bytes.take(try bytes.count(atMost: bytes.remaining, of: "bytes"))
        case .structure:
            try structure { (reader, field) throws(Damage) in try reader.skip(field) }
        case .list, .set:
            depth += 1
            guard depth <= Self.deepest else { throw Damage("lists nest too deeply") }
            let (count, kind) = try listHead()
            for _ in 0..<count { try skip(kind, isElement: true) }
            depth -= 1
        case .map:
            depth += 1
            guard depth <= Self.deepest else { throw Damage("maps nest too deeply") }
            try skipMap()
            depth -= 1
        }
    }

    private mutating func skipMap() throws(Damage) {
        let count = try bytes.count(atMost: bytes.remaining, of: "entries")
        if count == 0 { return }
        let kinds = try bytes.byte()
        guard let key = Kind(rawValue: kinds >> 4), let value = Kind(rawValue: kinds & 0x0F) else {
            throw Damage("a map has an unknown type")
        }
        for _ in 0..<count {
            try skip(key, isElement: true)
            try skip(value, isElement: true)
        }
    }

    private func wrong(_ field: Field) -> Damage {
        Damage("field \(field.id) has the unexpected type \(field.kind)")
    }
}

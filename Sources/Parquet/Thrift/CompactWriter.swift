internal import Records

/// Writes Thrift's compact protocol; fields of a structure in the order of their numbers.
struct CompactWriter {
    private(set) var bytes: [UInt8] = []
    private var last = 0

    mutating func integer(_ id: Int, _ value: Int32) {
        head(id, .int32)
        zigzag(Int64(value))
    }

    mutating func long(_ id: Int, _ value: Int) {
        head(id, .int64)
        zigzag(Int64(value))
    }

    mutating func flag(_ id: Int, _ value: Bool) { head(id, value ? .isTrue : .isFalse) }

    mutating func byte(_ id: Int, _ value: Int8) {
        head(id, .byte)
        bytes.append(UInt8(bitPattern: value))
    }

    mutating func text(_ id: Int, _ value: String) {
        head(id, .binary)
        text(value)
    }

    mutating func structure(_ id: Int, _ body: (inout CompactWriter) -> Void) {
        head(id, .structure)
        structure(body)
    }

    mutating func structures<Element>(
        _ id: Int, _ elements: [Element], _ body: (inout CompactWriter, Element) -> Void
    ) {
        head(id, .list)
        listHead(elements.count, .structure)
        for element in elements { structure { body(&$0, element) } }
    }

    mutating func integers(_ id: Int, _ values: [Int32]) {
        head(id, .list)
        listHead(values.count, .int32)
        for value in values { zigzag(Int64(value)) }
    }

    mutating func texts(_ id: Int, _ values: [String]) {
        head(id, .list)
        listHead(values.count, .binary)
        for value in values { text(value) }
    }

    /// A structure that is no field: a whole document, or a list's element.
    mutating func structure(_ body: (inout CompactWriter) -> Void) {
        let outer = last
        last = 0
        body(&self)
        bytes.append(0)
        last = outer
    }

    private mutating func head(_ id: Int, _ kind: CompactReader.Kind) {
        require(id > last && id - last < 16, "fields are written in the order of their numbers")
        bytes.append(UInt8(id - last) << 4 | kind.rawValue)
        last = id
    }

    private mutating func listHead(_ count: Int, _ kind: CompactReader.Kind) {
        if count < 15 {
            bytes.append(UInt8(count) << 4 | kind.rawValue)
        } else {
            bytes.append(0xF0 | kind.rawValue)
            bytes.appendVarint(UInt64(count))
        }
    }

    private mutating func zigzag(_ value: Int64) {
        bytes.appendVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    private mutating func text(_ value: String) {
        bytes.appendVarint(UInt64(value.utf8.count))
        bytes += value.utf8
    }
}

extension [UInt8] {
    /// Seven bits a byte, the lowest first (ULEB128).
    mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

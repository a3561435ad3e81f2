/// What stands before every page of a column.
struct PageHeader: Sendable {
    /// nil for a page of a kind that is passed over.
    var type: PageType?
    var plainBytes = -1
    var packedBytes = -1
    var values = 0
    var encoding: Int32 = 0
    var definitionEncoding: Int32 = Encoding.rle.rawValue
    var repetitionEncoding: Int32 = Encoding.rle.rawValue
    /// Of a data page of version 2: the levels' bytes, which are never packed.
    var definitionBytes = 0
    var repetitionBytes = 0
    var isPacked = true

    init() {}

    init(_ reader: inout CompactReader) throws(Damage) {
        var header = PageHeader()
        try reader.structure { (reader, field) throws(Damage) in
            switch field.id {
            case 1:
                let code = try reader.integer(field)
                header.type = PageType(rawValue: Int32(truncatingIfNeeded: code))
            case 2: header.plainBytes = Int(try reader.integer(field))
            case 3: header.packedBytes = Int(try reader.integer(field))
            case 5: try header.readData(&reader)
            case 7: try header.readDictionary(&reader)
            case 8: try header.readDataV2(&reader)
            default: try reader.skip(field)
            }
        }
        guard (0...PageHeader.mostBytes).contains(header.plainBytes),
            (0...PageHeader.mostBytes).contains(header.packedBytes)
        else {
            throw Damage("a page of \(header.packedBytes), unpacked \(header.plainBytes) bytes")
        }
        guard (0...Int(Int32.max)).contains(header.values), header.definitionBytes >= 0,
            header.repetitionBytes >= 0
        else { throw Damage("a page has a negative number of values") }
        self = header
    }

    /// Writers aim at 1 MiB; DuckDB goes up to 100 MB.
    static let mostBytes = 256 << 20

    private mutating func readData(_ reader: inout CompactReader) throws(Damage) {
        var header = self
        try reader.structure { (reader, field) throws(Damage) in
            switch field.id {
            case 1: header.values = Int(try reader.integer(field))
            case 2: header.encoding = Int32(truncatingIfNeeded: try reader.integer(field))
            case 3: header.definitionEncoding = Int32(truncatingIfNeeded: try reader.integer(field))
            case 4: header.repetitionEncoding = Int32(truncatingIfNeeded: try reader.integer(field))
            default: try reader.skip(field)
            }
        }
        self = header
    }

    private mutating func readDictionary(_ reader: inout CompactReader) throws(Damage) {
        var header = self
        try reader.structure { (reader, field) throws(Damage) in
            switch field.id {
            case 1: header.values = Int(try reader.integer(field))
            case 2: header.encoding = Int32(truncatingIfNeeded: try reader.integer(field))
            default: try reader.skip(field)
            }
        }
        self = header
    }

    private mutating func readDataV2(_ reader: inout CompactReader) throws(Damage) {
        var header = self
        try reader.structure { (reader, field) throws(Damage) in
            switch field.id {
            case 1: header.values = Int(try reader.integer(field))
            case 4: header.encoding = Int32(truncatingIfNeeded: try reader.integer(field))
            case 5: header.definitionBytes = Int(try reader.integer(field))
            case 6: header.repetitionBytes = Int(try reader.integer(field))
            case 7: header.isPacked = try reader.flag(field)
            default: try reader.skip(field)
            }
        }
        self = header
    }
}

/// A Parquet file's footer, as far as a reader needs it.
struct FileMetadata: Sendable {
    /// One element of the schema, which the footer lists depth first.
    struct Element: Sendable {
        var name = ""
        var physical: PhysicalType?
        /// Bytes of a value of fixed length.
        var length = 0
        var repetition: Repetition?
        var children = 0
        var logical: LogicalType?
    }

    /// Where a column's values lie in one row group.
    struct Chunk: Sendable {
        var physical: PhysicalType
        var codec: Int32
        var values: Int
        var start: Int
        var bytes: Int
    }

    struct RowGroup: Sendable {
        var rows: Int
        var chunks: [Chunk]
    }

    /// Elements of a schema: more are no table that a person made.
    static let mostElements = 100_000

    var elements: [Element] = []
    var rows = 0
    var rowGroups: [RowGroup] = []
    var keyValues: [(key: String, value: String)] = []
    var isEncrypted = false

    init(_ bytes: UnsafeRawBufferPointer) throws(Damage) {
        var reader = CompactReader(bytes)
        var metadata = Parts()
        try reader.structure { (reader, field) throws(Damage) in
            try metadata.read(&reader, field)
        }
        elements = metadata.elements
        rows = metadata.rows
        rowGroups = metadata.rowGroups
        keyValues = metadata.keyValues
        isEncrypted = metadata.isEncrypted
        guard !elements.isEmpty else { throw Damage("the footer has no schema") }
        guard rows >= 0 else { throw Damage("the footer has a negative number of rows") }
    }

    private struct Parts {
        var elements: [Element] = []
        var rows = 0
        var rowGroups: [RowGroup] = []
        var keyValues: [(key: String, value: String)] = []
        var isEncrypted = false

        mutating func read(
            _ reader: inout CompactReader, _ field: CompactReader.Field
        ) throws(Damage) {
            switch field.id {
            case 2:
                var elements: [Element] = []
                try reader.structures(field) { (reader) throws(Damage) in
                    guard elements.count < FileMetadata.mostElements else {
                        throw Damage("the schema has more than \(mostElements) elements")
                    }
                    elements.append(try Element(&reader))
                }
                self.elements = elements
            case 3: rows = Int(try reader.integer(field))
            case 4:
                var groups: [RowGroup] = []
                try reader.structures(field) { (reader) throws(Damage) in
                    groups.append(try RowGroup(&reader))
                }
                rowGroups = groups
            case 5:
                var pairs: [(key: String, value: String)] = []
                try reader.structures(field) { (reader) throws(Damage) in
                    pairs.append(try Self.pair(&reader))
                }
                keyValues = pairs
            case 8:
                isEncrypted = true
                try reader.skip(field)
            default: try reader.skip(field)
            }
        }

        private static func pair(
            _ reader: inout CompactReader
        ) throws(Damage) -> (key: String, value: String) {
            var pair = (key: "", value: "")
            try reader.structure { (reader, field) throws(Damage) in
                switch field.id {
                case 1: pair.key = try reader.text(field)
                case 2: pair.value = try reader.text(field)
                default: try reader.skip(field)
                }
            }
            return pair
        }
    }
}

extension FileMetadata.Element {
    fileprivate init(_ reader: inout CompactReader) throws(Damage) {
        var element = Self()
        var converted: Int?
        var scale = 0
        try reader.structure { (reader, field) throws(Damage) in
            switch field.id {
            case 1:
                let code = try reader.integer(field)
                element.physical = PhysicalType(rawValue: Int32(truncatingIfNeeded: code))
                if element.physical == nil { throw Damage("a column has the type \(code)") }
            case 2: element.length = Int(try reader.integer(field))
            case 3:
                let code = try reader.integer(field)
                element.repetition = Repetition(rawValue: Int32(truncatingIfNeeded: code))
            case 4: element.name = try reader.text(field)
            case 5: element.children = Int(try reader.integer(field))
            case 6: converted = Int(try reader.integer(field))
            case 7: scale = Int(try reader.integer(field))
            case 10: element.logical = try LogicalType(&reader)
            default: try reader.skip(field)
            }
        }
        if element.logical == nil, let converted {
            element.logical = LogicalType(converted: converted, scale: scale)
        }
        self = element
    }
}

extension FileMetadata.RowGroup {
    fileprivate init(_ reader: inout CompactReader) throws(Damage) {
        var rows = 0
        var chunks: [FileMetadata.Chunk] = []
        try reader.structure { (reader, field) throws(Damage) in
            switch field.id {
            case 1:
                try reader.structures(field) { (reader) throws(Damage) in
                    guard chunks.count < FileMetadata.mostElements else {
                        throw Damage("a row group has too many columns")
                    }
                    chunks.append(try FileMetadata.Chunk(&reader))
                }
            case 3: rows = Int(try reader.integer(field))
            default: try reader.skip(field)
            }
        }
        guard rows >= 0 else { throw Damage("a row group has a negative number of rows") }
        self.init(rows: rows, chunks: chunks)
    }
}

extension FileMetadata.Chunk {
    fileprivate init(_ reader: inout CompactReader) throws(Damage) {
        var chunk: FileMetadata.Chunk?
        try reader.structure { (reader, field) throws(Damage) in
            switch field.id {
            case 1: throw Damage("a column lies in another file")
            case 3: chunk = try FileMetadata.Chunk(metadata: &reader)
            case 8: throw Damage("a column is encrypted")
            default: try reader.skip(field)
            }
        }
        guard let chunk else { throw Damage("a column of a row group is not described") }
        self = chunk
    }

    private init(metadata reader: inout CompactReader) throws(Damage) {
        var physical: PhysicalType?
        var codec: Int32 = -1
        var (values, bytes, data, dictionary) = (-1, -1, -1, 0)
        try reader.structure { (reader, field) throws(Damage) in
            switch field.id {
            case 1:
                let code = try reader.integer(field)
                physical = PhysicalType(rawValue: Int32(truncatingIfNeeded: code))
            case 4: codec = Int32(truncatingIfNeeded: try reader.integer(field))
            case 5: values = Int(try reader.integer(field))
            case 7: bytes = Int(try reader.integer(field))
            case 9: data = Int(try reader.integer(field))
            case 11: dictionary = Int(try reader.integer(field))
            default: try reader.skip(field)
            }
        }
        guard let physical, values >= 0, bytes >= 0, data >= 0 else {
            throw Damage("a column of a row group is not described")
        }
        // A dictionary lies before the data; some writers leave its offset at 0 when there is none.
        let start = dictionary > 0 && dictionary < data ? dictionary : data
        self.init(physical: physical, codec: codec, values: values, start: start, bytes: bytes)
    }
}

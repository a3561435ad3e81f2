/// Lays out a Parquet file: the bytes to write, one piece after the other.
///
/// Values are stored PLAIN or with a dictionary, packed with Zstandard, in data pages of version 1.
/// The same rows in the same row groups are the same bytes, always: no clock, no version of a
/// library, no order of a hash table. Statistics are counts of nulls alone, so that no text of a
/// row stands in the footer.
public struct ParquetWriter: Sendable {
    private static let magic = Array("PAR1".utf8)

    /// What a file begins with.
    public let start = ParquetWriter.magic

    private struct Group: Sendable {
        var rows: Int
        var start: Int
        var bytes: Int
        var chunks: [EncodedRowGroup.Chunk]
    }

    private let schema: ParquetSchema
    private let keyValues: [(key: String, value: String)]
    private var groups: [Group] = []
    private var count = ParquetWriter.magic.count

    /// - Parameter keyValues: For the footer, in this order.
    public init(_ schema: ParquetSchema, keyValues: [(key: String, value: String)] = []) {
        self.schema = schema
        self.keyValues = keyValues
    }

    /// The bytes of the next row group.
    public mutating func append(_ group: EncodedRowGroup) -> [UInt8] {
        groups.append(
            Group(
                rows: group.rows, start: count, bytes: group.bytes.count, chunks: group.chunks))
        count += group.bytes.count
        return group.bytes
    }

    /// What a file ends with.
    public var end: [UInt8] {
        var writer = CompactWriter()
        writer.structure { footer in
            footer.integer(1, 2)
            footer.structures(2, schema.elements) { $1.append(to: &$0) }
            footer.long(3, groups.reduce(0) { $0 + $1.rows })
            footer.structures(4, groups) { append($1, to: &$0) }
            if !keyValues.isEmpty {
                footer.structures(5, keyValues) { pair, keyValue in
                    pair.text(1, keyValue.key)
                    pair.text(2, keyValue.value)
                }
            }
            footer.text(6, "curate")
        }
        var bytes = writer.bytes
        bytes.append(littleEndian: UInt32(writer.bytes.count))
        return bytes + Self.magic
    }

    private func append(_ group: Group, to writer: inout CompactWriter) {
        writer.structures(1, Array(zip(schema.leaves, group.chunks))) { column, pair in
            let (leaf, chunk) = pair
            column.long(2, 0)
            column.structure(3) { append(leaf, chunk, group.start, to: &$0) }
        }
        writer.long(2, group.chunks.reduce(0) { $0 + $1.plainBytes })
        writer.long(3, group.rows)
        writer.long(5, group.start)
        writer.long(6, group.bytes)
    }

    private func append(
        _ leaf: ParquetSchema.Leaf, _ chunk: EncodedRowGroup.Chunk, _ start: Int,
        to writer: inout CompactWriter
    ) {
        writer.integer(1, leaf.kind.physical.rawValue)
        writer.integers(2, chunk.encodings)
        writer.texts(3, leaf.path)
        writer.integer(4, Codec.zstd.rawValue)
        writer.long(5, chunk.values)
        writer.long(6, chunk.plainBytes)
        writer.long(7, chunk.packedBytes)
        writer.long(9, start + chunk.dataStart)
        if chunk.hasDictionary { writer.long(11, start + chunk.start) }
        writer.structure(12) { $0.long(3, chunk.nulls) }
    }
}

extension ParquetSchema.Kind {
    var physical: PhysicalType {
        switch self {
        case .string, .json: .byteArray
        case .integer: .int64
        }
    }
}

extension ParquetSchema {
    /// An element of the schema as the footer lists it.
    struct Element {
        var name: String
        var children: Int?
        var kind: Kind?
        var isRoot = false

        func append(to writer: inout CompactWriter) {
            if let kind { writer.integer(1, kind.physical.rawValue) }
            if !isRoot { writer.integer(3, Repetition.optional.rawValue) }
            writer.text(4, name)
            if let children { writer.integer(5, Int32(children)) }
            switch kind {
            case .string?:
                writer.integer(6, 0)
                writer.structure(10) { $0.structure(1) { _ in } }
            case .json?:
                writer.integer(6, 19)
                writer.structure(10) { $0.structure(12) { _ in } }
            case .integer?, nil: break
            }
        }
    }

    /// The root, then every field with its columns behind it.
    var elements: [Element] {
        [Element(name: "schema", children: fields.count, kind: nil, isRoot: true)]
            + fields.flatMap { field -> [Element] in
                switch field {
                case .column(let name, let kind): [Element(name: name, kind: kind)]
                case .structure(let name, let columns):
                    [Element(name: name, children: columns.count)]
                        + columns.map { Element(name: $0.name, kind: $0.kind) }
                }
            }
    }
}

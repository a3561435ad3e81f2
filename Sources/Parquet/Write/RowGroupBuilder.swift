internal import Records

/// The rows of one row group, column by column, until they are encoded.
public struct RowGroupBuilder: Sendable {
    /// One column's values as PLAIN has them, and which rows have one.
    struct Column: Sendable {
        var bytes: [UInt8] = []
        /// The stored bytes of each value, with a string's length before it.
        var values: [Range<Int>] = []
        /// By row: 1 where there is a value.
        var isPresent: [UInt32] = []
    }

    let schema: ParquetSchema
    private(set) var columns: [Column]
    /// Bytes of all values so far.
    public private(set) var bytes = 0

    public init(_ schema: ParquetSchema) {
        self.schema = schema
        columns = [Column](repeating: Column(), count: schema.columns)
    }

    /// The rows of the first column.
    public var rows: Int { columns.first?.isPresent.count ?? 0 }

    /// Appends a value to a column of strings or JSON.
    /// - Parameter value: Well-formed UTF-8; nil is null.
    public mutating func append(_ value: String?, to column: Int) {
        guard var value else { return appendNull(to: column) }
        value.withUTF8 { append(UnsafeRawBufferPointer($0), to: column) }
    }

    public mutating func append(_ value: [UInt8]?, to column: Int) {
        guard let value else { return appendNull(to: column) }
        value.withUnsafeBytes { append($0, to: column) }
    }

    private mutating func append(_ value: UnsafeRawBufferPointer, to column: Int) {
        let start = columns[column].bytes.count
        columns[column].bytes.append(littleEndian: UInt32(value.count))
        columns[column].bytes.append(contentsOf: value)
        end(start, column)
    }

    /// Appends a value to a column of whole numbers; nil is null.
    public mutating func append(_ value: Int?, to column: Int) {
        guard let value else { return appendNull(to: column) }
        let start = columns[column].bytes.count
        columns[column].bytes.append(littleEndian: Int64(value))
        end(start, column)
    }

    private mutating func end(_ start: Int, _ column: Int) {
        let end = columns[column].bytes.count
        columns[column].values.append(start..<end)
        columns[column].isPresent.append(1)
        bytes += end - start
    }

    private mutating func appendNull(to column: Int) { columns[column].isPresent.append(0) }

    /// The row group's bytes; the same for the same rows, always.
    public func encode() -> EncodedRowGroup {
        require(
            columns.allSatisfy { $0.isPresent.count == rows },
            "every column of a row group has a value or null for every row")
        var group = EncodedRowGroup(rows: rows)
        for (leaf, column) in zip(schema.leaves, columns) {
            ColumnEncoder(leaf, column).append(to: &group)
        }
        return group
    }
}

/// A row group as it lies in the file, its offsets counted from its own start.
public struct EncodedRowGroup: Sendable {
    struct Chunk: Sendable {
        var encodings: [Int32]
        var values: Int
        var nulls: Int
        var start: Int
        var dataStart: Int
        var plainBytes: Int
        var packedBytes: Int

        var hasDictionary: Bool { dataStart > start }
    }

    public let rows: Int
    var bytes: [UInt8] = []
    var chunks: [Chunk] = []

    init(rows: Int) { self.rows = rows }
}

public import Records

/// Reads a Parquet file row by row, each row as the line of JSON that it would be in JSON lines.
///
/// Columns may be flat or nested (structures, lists, maps), with the encodings PLAIN, dictionary,
/// RLE, DELTA_* and BYTE_STREAM_SPLIT, in data pages of both versions, uncompressed or packed with
/// Snappy, gzip or Zstandard. Whole numbers with the names of a `ClassLabel` of Hugging Face's
/// `datasets` are read as names; dates, times and decimals as text; NaN and infinities as null.
/// Memory is a page a column and the row at hand, at most 1 GiB for all pages, whatever the file
/// holds or says; every length and offset in it is checked.
/// Source: apache/parquet-format 2.12, README.md, Encodings.md, LogicalTypes.md.
public final class ParquetReader {
    /// The names of the top-level columns, in the file's order.
    public let columns: [String]
    /// All rows that the footer counts.
    public let rows: Int
    /// Pairs that the writer put into the footer.
    public let keyValues: [(key: String, value: String)]

    private static let mostFooterBytes = 64 << 20
    private static let magic = Array("PAR1".utf8)

    private let file: PageFile
    private let metadata: FileMetadata
    private let nodes: [SchemaNode]
    private let names: ClassNames
    private var readers: [ColumnReader?]
    private var assembler: RowAssembler
    private var group = -1
    private var left = 0
    private var taken = 0

    /// Opens a file and reads its footer; all columns are wanted.
    /// - Throws: `badData` when the file is no Parquet file, is damaged or is encrypted;
    ///   `configuration` when it cannot be read.
    public init(path: String) throws(Fault) {
        let file = try PageFile(path: path)
        do throws(Damage) {
            metadata = try Self.footer(file)
            if metadata.isEncrypted { throw .unsupported("it is encrypted") }
            nodes = try SchemaNode.tree(metadata.elements)
        } catch {
            throw ParquetFault.of(error, path)
        }
        self.file = file
        columns = nodes.map(\.name)
        rows = metadata.rows
        keyValues = metadata.keyValues
        names = ClassNames(keyValues.last { $0.key == "huggingface" }?.value)
        readers = []
        assembler = RowAssembler([], [])
        select { _ in true }
    }

    /// Reads only the top-level columns that are wanted; called before the first row.
    ///
    /// - Parameter json: Columns of text, by their names from the top joined by dots, that are read
    ///   as JSON although the file does not say so.
    public func select(json: Set<String> = [], _ isWanted: (String) -> Bool) {
        let wanted = nodes.filter { isWanted($0.name) }
        readers = [ColumnReader?](repeating: nil, count: nodes.last?.columns.upperBound ?? 0)
        for node in wanted { open(node, node.name, names[node.name], json) }
        assembler = RowAssembler(wanted, readers)
    }

    private func open(
        _ node: SchemaNode, _ name: String, _ classNames: [String]?, _ json: Set<String>
    ) {
        if node.isLeaf {
            var form = ValueForm(node.element, names: classNames)
            if case .byteArray? = node.element.physical, json.contains(name) { form = .json }
            readers[node.columns.lowerBound] = ColumnReader(file, node, name: name, form: form)
        }
        for child in node.children { open(child, "\(name).\(child.name)", classNames, json) }
    }

    /// Appends rows until the block has `rows` lines or `bytes` bytes.
    ///
    /// A line's number is its row's, from 1. A row of more than 16 MiB is there without its bytes.
    ///
    /// - Returns: false when there was no row left.
    /// - Throws: `badData` with the column and the row group when the file is damaged.
    public func read(into block: inout LineBlock, rows: Int, bytes: Int) throws(Fault) -> Bool {
        var line: [UInt8] = []
        var size = 0
        while block.lines.count < rows, size < bytes {
            while left == 0 {
                guard try openNextGroup() else {
                    block.finish()
                    return !block.lines.isEmpty
                }
            }
            line.removeAll(keepingCapacity: true)
            let isWhole = try assembler.row(to: &line)
            left -= 1
            taken += 1
            size += line.count
            block.append(line[...], number: taken, isTooLong: !isWhole)
        }
        block.finish()
        return true
    }

    private func openNextGroup() throws(Fault) -> Bool {
        for case let reader? in readers where group >= 0 {
            guard reader.isAtEnd else {
                throw reader.fault(Damage("it has more rows than its group"))
            }
        }
        guard group + 1 < metadata.rowGroups.count else {
            guard taken == rows else {
                throw ParquetFault.of(
                    Damage("the footer counts \(rows) rows, its groups \(taken)"), file.path)
            }
            return false
        }
        group += 1
        let next = metadata.rowGroups[group]
        guard next.chunks.count == readers.count else {
            throw ParquetFault.of(
                Damage("row group \(group + 1) has another number of columns than the schema"),
                file.path)
        }
        for (reader, chunk) in zip(readers, next.chunks) {
            try reader?.open(chunk, group: group)
        }
        left = next.rows
        return true
    }

    private static func footer(_ file: PageFile) throws(Damage) -> FileMetadata {
        guard file.size >= 12 else { throw Damage("it is too short to be a Parquet file") }
        var tail = PageBuffer(count: 8)
        defer { tail.free() }
        try file.read(file.size - 8, into: tail.bytes)
        if tail.bytes[4...].elementsEqual("PARE".utf8) { throw .unsupported("it is encrypted") }
        guard tail.bytes[4...].elementsEqual(magic) else {
            throw Damage("its end is missing: it does not close with PAR1")
        }
        var place = Bytes(UnsafeRawBufferPointer(tail.bytes))
        let count = Int(try place.number(UInt32.self))
        guard count <= file.size - 12, count <= mostFooterBytes else {
            throw Damage("its footer is said to have \(count) bytes")
        }
        var footer = PageBuffer(count: count)
        defer { footer.free() }
        try file.read(file.size - 8 - count, into: footer.bytes)
        return try FileMetadata(UnsafeRawBufferPointer(footer.bytes))
    }
}

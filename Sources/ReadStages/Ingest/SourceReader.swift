internal import Parquet
internal import Pipeline
internal import Records
internal import StageKit
internal import Text

/// Some neighbouring rows of one file, not yet looked at.
struct SourcePiece: Sendable {
    enum Content: Sendable {
        case json(LineBlock)
        case plain(LineBlock)
        case cells(CellBlock)
    }

    var file: SourceFile
    var content: Content
    /// The names of all columns, where a file lists them.
    var columns: [String]?
}

/// Reads the files of all sources, one after the other, in pieces.
final class SourceReader {
    private enum Open: ~Copyable {
        case nothing
        case lines(LineReader, isJSON: Bool)
        case document(JSONDocumentReader)
        case cells(DelimitedReader, header: DelimitedRow, columns: [String])
        case parquet(ParquetReader)
    }

    /// Rows and bytes of a piece: small, so that those that wait for their turn need little memory.
    private static let rows = 1_024
    private static let bytes = 1 << 20
    /// What is looked at to tell JSON lines from another JSON document.
    private static let documentSample = 64 << 10

    private let sources: [SourceSettings]
    private var waiting: ArraySlice<SourceFile>
    private var file: SourceFile?
    private var open = Open.nothing
    private var row = DelimitedRow()
    /// The columns of the current file, where it lists them.
    private var columns: [String]?
    /// Files with columns that have no name, and the numbers of those columns in the first of them.
    private(set) var unnamed: (files: Int, first: String, columns: [Int]) = (0, "", [])

    /// Rows of TSV files with a field in quotes, where quotes are text for want of a setting.
    private(set) var quotedRows = 0
    /// TSV files whose start shows that quotes stand round fields, and the first of them.
    private(set) var quotedFiles: (count: Int, first: String) = (0, "")

    /// Lines inside fields that look like rows, and where the first such field's row begins.
    private(set) var swallowed: (lines: Int, first: String) = (0, "")

    init(_ files: [SourceFile], _ sources: [SourceSettings]) {
        waiting = files[...]
        self.sources = sources
    }

    /// The next piece; nil at the end of all files.
    func next() throws(Fault) -> SourcePiece? {
        while true {
            if let file, let content = try read() {
                return SourcePiece(file: file, content: content, columns: columns)
            }
            guard let file = waiting.popFirst() else { return nil }
            self.file = file
            columns = nil
            open = try start(file)
        }
    }

    /// Goes on with the next file.
    func skipFile() { open = .nothing }

    private func read() throws(Fault) -> SourcePiece.Content? {
        var current = Open.nothing
        swap(&current, &open)
        let content: SourcePiece.Content?
        switch consume current {
        case .nothing: return nil
        case .lines(var reader, let isJSON):
            var block = LineBlock()
            let hasMore = try reader.read(into: &block, rows: Self.rows, bytes: Self.bytes)
            content = hasMore ? (isJSON ? .json(block) : .plain(block)) : nil
            open = .lines(reader, isJSON: isJSON)
        case .document(var reader):
            var block = LineBlock()
            let hasMore = try reader.read(into: &block, rows: Self.rows, bytes: Self.bytes)
            content = hasMore ? .json(block) : nil
            open = .document(reader)
        case .cells(var reader, let header, let columns):
            var block = CellBlock(columns: columns)
            let mayBeQuoted =
                !reader.hasFoundQuotes
                && (file.map { readsQuotesAsText($0, reader.delimiter) } ?? false)
            while block.lines.count < Self.rows, block.size < Self.bytes {
                guard try reader.read(into: &row) else { break }
                let inside = reader.rowsInside(row)
                if inside > 0 {
                    if swallowed.lines == 0 {
                        swallowed.first = "\(file?.label ?? reader.path):\(row.firstLine)"
                    }
                    swallowed.lines += inside
                }
                if mayBeQuoted, Self.hasQuotedField(row) { quotedRows += 1 }
                let isHeader = row.bytes == header.bytes && row.fields == header.fields
                block.append(row, isHeader: isHeader)
            }
            content = block.lines.isEmpty ? nil : .cells(block)
            open = .cells(reader, header: header, columns: columns)
        case .parquet(let reader):
            var block = LineBlock()
            let hasMore = try reader.read(into: &block, rows: Self.rows, bytes: Self.bytes)
            content = hasMore ? .json(block) : nil
            open = .parquet(reader)
        }
        return content
    }

    private func start(_ file: SourceFile) throws(Fault) -> Open {
        var bytes = try ByteSource(path: file.path)
        let start = try bytes.peek(TextStart.sampleBytes)
        // What a file is goes before what its name or its source says.
        if let format = start.withUnsafeBytes({ BinaryFormat(start: $0) }) {
            // What is packed a second time cannot be read from its end, where its footer is.
            if format == .parquet, !bytes.isCompressed { return .parquet(try parquet(file)) }
            throw format.fault(at: file.path)
        }
        let source = sources[file.source]
        try bytes.decode(as: source.encoding)
        if file.format == .parquet, !start.isEmpty {
            throw Fault(
                .badData, "the file is not Parquet", at: .file(file.path),
                why: "it does not begin with PAR1",
                hint: "`format: auto` in the source goes by the name and the first bytes")
        }
        let head = try bytes.peek(TextStart.sampleBytes)
        switch file.format ?? Self.sniff(head) {
        case .text: return .lines(LineReader(source: bytes), isJSON: false)
        case .csv: return try table(bytes, file, DelimitedFormat(quote: source.quote.csv))
        case .tsv:
            var format = DelimitedFormat.tsv
            format.quote = source.quote.tsv
            format.findsQuotes = source.quote.csv != nil
            return try table(bytes, file, format)
        default:
            let shape = JSONDocumentReader.shape(
                of: try bytes.peek(Self.documentSample), textKey: Array(source.fields.text.utf8))
            guard let shape else { return .lines(LineReader(source: bytes), isJSON: true) }
            return .document(try JSONDocumentReader(source: bytes, shape: shape))
        }
    }

    /// Opens a CSV file and reads the names of its columns; an empty file has none and no rows.
    private func table(
        _ bytes: consuming ByteSource, _ file: SourceFile, _ format: DelimitedFormat
    ) throws(Fault) -> Open {
        let given = sources[file.source].columns
        if !given.isEmpty {
            let reader = try DelimitedReader(source: bytes, format: format, width: given.count)
            if reader.hasFoundQuotes { noteQuotes(file) }
            try check(given, of: file, at: .file(file.path))
            return .cells(reader, header: DelimitedRow(fields: given), columns: given)
        }
        var reader = try DelimitedReader(source: bytes, format: format)
        if reader.hasFoundQuotes { noteQuotes(file) }
        guard try reader.read(into: &row) else { return .nothing }
        let place = Fault.Place.file(file.path, line: row.firstLine)
        if case .tooManyFields(let limit)? = row.problem {
            throw Fault(
                .badData, "there are more than \(NumberFormat.number(limit)) columns", at: place)
        }
        if let problem = row.problem {
            throw Fault(
                .badData, "the header of the file cannot be read", at: place,
                why: problem == .textAfterQuote
                    ? "there is text behind a closing quote" : "a quote does not close",
                hint: "`quote: none` in the source reads quotes as text")
        }
        let columns = row.strings.map { Self.columnName($0) }
        try check(columns, of: file, at: place, mayBeRow: true)
        return .cells(reader, header: row, columns: columns)
    }

    private func noteQuotes(_ file: SourceFile) {
        if quotedFiles.count == 0 { quotedFiles.first = file.label }
        quotedFiles.count += 1
    }

    /// Opens a Parquet file with the columns that its source keeps; where its columns are those of
    /// a record, its rows are records.
    private func parquet(_ file: SourceFile) throws(Fault) -> ParquetReader {
        let reader = try ParquetReader(path: file.path)
        columns = reader.columns
        try check(reader.columns, of: file, at: .file(file.path))
        if ReleaseSchema.recordKeys.isSubset(of: reader.columns) {
            reader.select(json: ReleaseSchema.jsonColumns) { ReleaseSchema.recordKeys.contains($0) }
            return reader
        }
        let source = sources[file.source]
        guard let kept = source.kept else { return reader }
        let fields = source.fields
        let own = Set([fields.id, fields.text, fields.label, fields.labels, "metadata"])
            .union(fields.columns ?? [])
        reader.select { own.contains($0) || kept.contains($0) || $0 == fields.duration }
        return reader
    }

    /// Whether a file is TSV, in which quotes are text unless a setting says otherwise, and none
    /// does.
    private func readsQuotesAsText(_ file: SourceFile, _ delimiter: UInt8) -> Bool {
        let quote = sources[file.source].quote
        return delimiter == UInt8(ascii: "\t") && file.format != .csv && quote.tsv == nil
            && quote.csv != nil
    }

    private static func hasQuotedField(_ row: DelimitedRow) -> Bool {
        let quote = UInt8(ascii: "\"")
        return row.fields.contains { field in
            field.count > 1 && row.bytes[field.lowerBound] == quote
                && row.bytes[field.upperBound - 1] == quote
        }
    }

    /// A column's name as it stands in the header, but nothing where only blanks do.
    private static func columnName(_ cell: String) -> String {
        let name = WellFormed.repair(cell).text
        return name.utf8.allSatisfy { $0 <= 0x20 } ? "" : name
    }

    /// - Parameter mayBeRow: Whether the names stand in a first line, which may be a row.
    /// - Throws: `configuration` where two columns have one name or none has the texts.
    private func check(
        _ columns: [String], of file: SourceFile, at place: Fault.Place,
        mayBeRow: Bool = false
    ) throws(Fault) {
        var seen: Set<String> = []
        let isRow = mayBeRow && MissingHeader.looksLikely(columns)
        for name in columns where !name.isEmpty && !seen.insert(name).inserted {
            throw Fault(
                .configuration, "two columns are called \(isRow ? "alike" : "`\(name)`")",
                at: place,
                hint: isRow
                    ? MissingHeader.hint(fields: columns.count)
                    : "give one of them another name in the file's header")
        }
        let unnamedColumns = columns.indices.filter { columns[$0].isEmpty }
        if !unnamedColumns.isEmpty {
            if unnamed.files == 0 {
                unnamed.first = file.label
                unnamed.columns = unnamedColumns.map { $0 + 1 }
            }
            unnamed.files += 1
        }
        let text = sources[file.source].fields.text
        if text.isEmpty || !seen.contains(text) {
            throw missingText(columns, of: file, isRow: isRow, at: place)
        }
    }

    /// The fault of a file that has no column with the texts; a row's own text is never shown.
    private func missingText(
        _ columns: [String], of file: SourceFile, isRow: Bool, at place: Fault.Place
    ) -> Fault {
        let source = sources[file.source]
        let text = source.fields.text
        let names = columns.filter { !$0.isEmpty }
        let isChosen = source.named.contains { $0.setting == "text" }
        let hint: String?
        if names.contains("\"\(text)\"") {
            hint =
                "the names are in quotes, which are text here: `quote: '\"'` in the source takes "
                + "them off"
        } else if let near = FieldRole.text.nearest(
            text, isChosen: isChosen,
            // Of a row nothing is shown that may be its text.
            in: isRow ? names.filter { !$0.contains(" ") } : names)
        {
            hint = "did you mean `\(near)`? `text: \(near)` in the source reads it"
        } else if isRow {
            hint = MissingHeader.hint(fields: columns.count)
        } else {
            hint = NearestName.hint(text, in: names).map {
                $0 + "; `text` in the source says which column holds the texts, and `columns` "
                    + "names them where the first line is a row"
            }
        }
        return Fault(
            .configuration, "there is no column `\(text)`", at: place,
            why: isRow
                ? "the first line has \(NumberFormat.count(columns.count, "field"))"
                : "the columns are \(FieldNames.list(names))", hint: hint)
    }

    /// Tells a file's format by its start: an object or an array of objects is JSON, tabs in the
    /// first line are TSV.
    private static func sniff(_ start: [UInt8]) -> SourceSettings.Format {
        let bytes = start.starts(with: [0xEF, 0xBB, 0xBF]) ? start.dropFirst(3) : start[...]
        let marks = bytes.lazy.filter { $0 > 0x20 }.prefix(2)
        if marks.first == UInt8(ascii: "{") || Array(marks) == Array("[{".utf8) { return .jsonl }
        return bytes.prefix { $0 != 10 && $0 != 13 }.contains(9) ? .tsv : .text
    }
}

/// What was found in tables while they were read, for whoever tells the user.
struct TableFindings: Sendable {
    /// Files with columns that have no name, and the numbers of those columns in the first of them.
    let unnamed: (files: Int, first: String, columns: [Int])
    /// Rows of TSV with a field in quotes that are text.
    let quotedRows: Int
    /// Files of TSV whose fields were taken out of quotes.
    let quotedFiles: (count: Int, first: String)
    /// Lines inside quoted fields that look like rows of their own, and the row of the first.
    let swallowed: (lines: Int, first: String)

    init(_ reader: SourceReader) {
        unnamed = reader.unnamed
        quotedRows = reader.quotedRows
        quotedFiles = reader.quotedFiles
        swallowed = reader.swallowed
    }
}

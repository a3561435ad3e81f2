internal import Pipeline
internal import Records
internal import Text

/// Some neighbouring rows of one file, not yet looked at.
struct SourcePiece: Sendable {
    enum Content: Sendable {
        case json(LineBlock)
        case plain(LineBlock)
        case cells(CellBlock)
    }

    var number: Int
    var file: SourceFile
    var content: Content
}

/// Reads the files of all sources, one after the other, in pieces.
final class SourceReader {
    private enum Open: ~Copyable {
        case nothing
        case lines(LineReader, isJSON: Bool)
        case cells(DelimitedReader, columns: [String])
    }

    /// Rows and bytes of a piece: small, so that those that wait for their turn need little memory.
    private static let rows = 1_024
    private static let bytes = 1 << 20

    private let sources: [SourceSettings]
    private var waiting: ArraySlice<SourceFile>
    private var file: SourceFile?
    private var open = Open.nothing
    private var row = DelimitedRow()
    private var count = 0

    init(_ files: [SourceFile], _ sources: [SourceSettings]) {
        waiting = files[...]
        self.sources = sources
    }

    /// The next piece; nil at the end of all files.
    func next() throws(Fault) -> SourcePiece? {
        while true {
            if let file, let content = try read() {
                defer { count += 1 }
                return SourcePiece(number: count, file: file, content: content)
            }
            guard let file = waiting.popFirst() else { return nil }
            self.file = file
            open = try start(file)
        }
    }

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
        case .cells(var reader, let columns):
            var block = CellBlock(columns: columns)
            while block.lines.count < Self.rows, block.bytes.count < Self.bytes {
                guard try reader.read(into: &row) else { break }
                block.append(row)
            }
            content = block.lines.isEmpty ? nil : .cells(block)
            open = .cells(reader, columns: columns)
        }
        return content
    }

    private func start(_ file: SourceFile) throws(Fault) -> Open {
        let format: SourceSettings.Format
        if let told = file.format { format = told } else { format = try Self.sniff(file) }
        switch format {
        case .text: return .lines(try LineReader(path: file.path), isJSON: false)
        case .csv:
            return try table(file, DelimitedFormat())
        case .tsv:
            return try table(file, .tsv)
        default: return .lines(try LineReader(path: file.path), isJSON: true)
        }
    }

    /// Opens a CSV file and reads the names of its columns; an empty file has none and no rows.
    private func table(_ file: SourceFile, _ format: DelimitedFormat) throws(Fault) -> Open {
        var reader = try DelimitedReader(path: file.path, format: format)
        guard try reader.read(into: &row) else { return .nothing }
        let columns = row.strings.map { WellFormed.repair($0).text }
        let place = Fault.Place.file(file.path, line: 1)
        for (index, name) in columns.enumerated() where columns.firstIndex(of: name) != index {
            throw Fault(.configuration, "two columns are called `\(name)`", at: place)
        }
        let source = sources[file.source]
        guard columns.contains(source.fields.text) else {
            throw Fault(
                .configuration, "there is no column `\(source.fields.text)`", at: place,
                hint: NearestName.hint(source.fields.text, in: columns).map {
                    $0 + "; `text` in the source says which column holds the texts"
                })
        }
        return .cells(reader, columns: columns)
    }

    /// Tells a file's format by its start: an object is JSONL, tabs in the first line TSV.
    private static func sniff(_ file: SourceFile) throws(Fault) -> SourceSettings.Format {
        var source = try ByteSource(path: file.path)
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 4_096, alignment: 8)
        defer { room.deallocate() }
        let count = try source.read(into: room)
        let start = UnsafeRawBufferPointer(rebasing: room[..<count])
        let bytes = start.starts(with: [0xEF, 0xBB, 0xBF]) ? start.dropFirst(3) : start[...]
        if bytes.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") { return .jsonl }
        return bytes.prefix { $0 != 10 }.contains(9) ? .tsv : .text
    }
}

public import Records

/// The rows of a CSV or TSV file (RFC 4180), one at a time, from a plain or packed source.
///
/// A field in quotes may hold delimiters, line ends and doubled quotes; a quote inside a field that
/// did not begin with one is text. Rows end at LF or CR LF, or at CR in a file whose first 256 KiB
/// have CR and no LF. A byte order mark is taken off, at the start of a later row too, where files
/// were put together. A first line `sep=;`, as Excel writes and reads it, names the delimiter and
/// is no row. Blank lines are passed over, except in a file of one column. Nothing in a file makes
/// this throw but a torn or unreadable source, or a start that is no text: what is wrong with a row
/// is said in the row, and counting them is the caller's part. Memory is one row, of at most
/// `maximumFieldBytes` a field.
///
/// A quote that does not close before the file ends, or within `maximumFieldBytes`, or that closes
/// on a later line with text behind it (then it was another field's opening one), spoils its own
/// line only: the row ends there with ``DelimitedRow/Problem/unclosedQuote(line:lines:)``, and the
/// lines after it are read again, as rows. They may be the rest of a text that was cut off; but to
/// take them for part of it would lose all the rows that a single stray quote stands before.
public struct DelimitedReader: ~Copyable {
    private static let bufferBytes = 256 * 1024

    private var source: ByteSource
    private var format: DelimitedFormat
    /// The byte between fields, given or found.
    public private(set) var delimiter: UInt8
    /// Whether quotes stand round fields though the format has none.
    public private(set) var hasFoundQuotes = false
    private let buffer = RawBuffer(count: DelimitedReader.bufferBytes)
    private var start = 0
    private var end = 0
    private var line = 1
    /// LF, or CR in a file that has no LF.
    private var lineEnd: UInt8 = 10
    /// The number of fields that all rows are held to: the first row's, or the one that was given.
    private var expected: Int?
    /// What was read behind the first line end inside the quote that is open, as it stands in the
    /// file.
    private var held: [UInt8] = []
    /// What is read again before the source goes on, from `replayed` on.
    private var replay: [UInt8] = []
    private var replayed = 0

    /// Where in a field the reader is.
    private enum Mode {
        case start, plain, quoted, quoteSeen, blanksAfterQuote, tail
    }

    /// The field being read.
    private struct Field {
        var mode = Mode.start
        /// Where its bytes begin in the row, and where those behind its closing quote do.
        var first = 0
        var tail: Int?
        var isTooLong = false
        /// Where the first line end inside its quotes stands: so many bytes of the row before it,
        /// on that line of the file.
        var lineEnd: (bytes: Int, line: Int)?
    }

    /// Opens `path`, `-` being standard input; see ``ByteSource/init(path:)``.
    ///
    /// - Throws: `configuration` when the file cannot be opened, `badData` when it cannot be read.
    public init(path: String, format: DelimitedFormat = DelimitedFormat()) throws(Fault) {
        try self.init(source: ByteSource(path: path), format: format)
    }

    /// Reads the rows of a source; takes its first 256 KiB to look at.
    /// - Parameter width: The number of fields that every row has to have; the first row's unless
    ///   given.
    /// - Throws: as ``ByteSource/read(into:)``, and `badData` for a file that is no UTF-8 text; see
    ///   ``TextStart``.
    public init(
        source: consuming ByteSource, format: DelimitedFormat = DelimitedFormat(),
        width: Int? = nil
    ) throws(Fault) {
        self.source = source
        self.format = format
        expected = width
        delimiter = format.delimiter ?? UInt8(ascii: ",")
        while end < Self.bufferBytes {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[end...])
            let count = try self.source.read(into: room)
            if count == 0 { break }
            end += count
        }
        start = try TextStart.length(of: buffer.readable(0, end), path: self.source.path)
        lineEnd = TextStart.lineEnd(of: buffer.readable(start, end))
        let text = buffer.readable(start, end)
        if let named = DelimitedFormat.separatorLine(text, lineEnd: lineEnd) {
            delimiter = named.delimiter
            start += named.length
            line = 2
        } else if format.delimiter == nil {
            delimiter = DelimitedFormat.sniff(
                buffer.readable(start, end), quote: format.quote, lineEnd: lineEnd)
        }
        if format.findsQuotes, format.quote == nil {
            hasFoundQuotes = QuoteEvidence.showsQuotes(
                buffer.readable(start, end), delimiter: delimiter, lineEnd: lineEnd,
                isWhole: end < Self.bufferBytes)
            if hasFoundQuotes { self.format.quote = UInt8(ascii: "\"") }
        }
    }

    public var path: String { source.path }
    /// Bytes taken from the file so far, still packed: what progress is measured in.
    public var bytesRead: Int { source.bytesRead }

    /// Reads the next row; false, with an empty row, when there are no more.
    /// - Throws: as ``ByteSource/read(into:)``.
    public mutating func read(into row: inout DelimitedRow) throws(Fault) -> Bool {
        while true {
            row.clear(line: line)
            let hasQuote = try readRow(into: &row)
            if row.fields.isEmpty { return false }
            let isBlank = row.fields.count == 1 && row.bytes.isEmpty && row.problem == nil
            if isBlank, !hasQuote, expected != 1 { continue }
            // Of a row that has not the header's width, no cell can be trusted: that goes first.
            if row.problem == nil || row.problem == .textAfterQuote, let expected,
                row.fields.count != expected
            {
                row.problem = .ragged(expected: expected, found: row.fields.count)
            }
            if expected == nil { expected = row.fields.count }
            return true
        }
    }

    /// How many lines inside one field have as many delimiters as the header: rows that a missing
    /// quote has put into that field, most likely; 0 where there are none.
    public func rowsInside(_ row: DelimitedRow) -> Int {
        guard let expected, expected > 1, row.lastLine > row.firstLine + 1 else { return 0 }
        // One delimiter a line is common in prose.
        let fewest = expected == 2 ? 5 : 2
        for field in row.fields {
            let lines = row.bytes[field].split(separator: lineEnd, omittingEmptySubsequences: false)
            let inner = lines.dropFirst().dropLast()
            let areRows = inner.allSatisfy { $0.count { $0 == delimiter } == expected - 1 }
            if inner.count >= fewest, areRows { return inner.count }
        }
        return 0
    }

    /// Reads up to the row's end; whether a field began with a quote.
    private mutating func readRow(into row: inout DelimitedRow) throws(Fault) -> Bool {
        var field = Field()
        var hasQuote = false
        try passMark()
        while true {
            if start == end {
                try refill()
                if end == 0 {
                    if field.mode == .start, row.fields.isEmpty { return false }
                    if field.mode == .quoted {
                        giveUp(&field, &row, at: 0)
                    } else {
                        finish(&field, &row)
                        row.lastLine = line
                    }
                    return hasQuote
                }
            }
            let byte = buffer.bytes[start]
            switch field.mode {
            case .start:
                let opens = byte == format.quote
                field.mode = opens ? .quoted : .plain
                hasQuote = hasQuote || opens
                if opens { start += 1 }
            case .quoted: if takeQuoted(&field, &row) { return hasQuote }
            case .quoteSeen:
                if byte == format.quote {
                    let size = row.bytes.count - field.first
                    // Then the reader gives up at once, and what was taken must still be there.
                    if field.lineEnd != nil, size >= format.maximumFieldBytes {
                        field.isTooLong = true
                    }
                    // A doubled quote is one quote of the text.
                    take(start..<start + 1, &field, &row)
                    hold(start..<start + 1, field)
                    start += 1
                    field.mode = .quoted
                } else if field.lineEnd == nil {
                    field.tail = row.bytes.count
                    field.mode = .tail
                } else {
                    field.mode = .blanksAfterQuote
                }
            case .blanksAfterQuote:
                if endsField(byte) {
                    field.tail = row.bytes.count
                    field.mode = .tail
                } else if byte == 32 || byte == 9 {
                    hold(start..<start + 1, field)
                    start += 1
                } else {
                    giveUp(&field, &row, at: start)
                    return hasQuote
                }
            case .plain, .tail:
                if takeText(&field, &row) {
                    row.lastLine = line
                    line += 1
                    return hasQuote
                }
            }
        }
    }

    /// Passes over a byte order mark where a row begins.
    private mutating func passMark() throws(Fault) {
        if start == end { try refill() }
        guard start < end, buffer.bytes[start] == 0xEF else { return }
        while end - start < 3 {
            // Only at the buffer's end: what is left moves to its start, and more comes behind it.
            let left = Array(buffer.readable(start, end))
            try refill(behind: left)
            if end == left.count { return }
        }
        if buffer.bytes[start + 1] == 0xBB, buffer.bytes[start + 2] == 0xBF { start += 3 }
    }

    private func endsField(_ byte: UInt8) -> Bool {
        byte == delimiter || byte == 10 || byte == 13
    }

    /// What is read again, and when that is used up the source; no byte at the end.
    ///
    /// - Parameter left: At most two bytes that come first.
    private mutating func refill(behind left: [UInt8] = []) throws(Fault) {
        start = 0
        left.withUnsafeBytes { buffer.bytes.copyMemory(from: $0) }
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[left.count...])
        if replayed == replay.count {
            end = left.count + (try source.read(into: room))
            return
        }
        let count = min(room.count, replay.count - replayed)
        replay.withUnsafeBytes { bytes in
            room.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[replayed..<replayed + count]))
        }
        end = left.count + count
        replayed += count
        if replayed == replay.count { (replay, replayed) = ([], 0) }
    }

    /// Takes text up to the next quote, and passes over that; true when the row ended instead, at
    /// its first line end, since the field grew too long.
    private mutating func takeQuoted(_ field: inout Field, _ row: inout DelimitedRow) -> Bool {
        var at = start
        let quote = format.quote
        while at < end, buffer.bytes[at] != quote {
            if buffer.bytes[at] == lineEnd {
                if field.lineEnd == nil {
                    take(start..<at, &field, &row)
                    start = at
                    field.lineEnd = (row.bytes.count, line)
                    held.removeAll(keepingCapacity: true)
                }
                line += 1
            }
            at += 1
        }
        let size = row.bytes.count - field.first + at - start
        if field.lineEnd != nil, field.isTooLong || size > format.maximumFieldBytes {
            giveUp(&field, &row, at: at)
            return true
        }
        take(start..<at, &field, &row)
        let passed = at < end ? at + 1 : at
        hold(start..<passed, field)
        start = passed
        if at < end { field.mode = .quoteSeen }
        return false
    }

    /// Keeps what is passed over inside quotes, in case they do not close.
    private mutating func hold(_ range: Range<Int>, _ field: Field) {
        if field.lineEnd == nil { return }
        let text = buffer.readable(range.lowerBound, range.upperBound)
        held.append(contentsOf: text.assumingMemoryBound(to: UInt8.self))
    }

    /// Ends the row at the line end inside the open quote, if there is one, and goes back to there.
    ///
    /// - Parameter at: How far in the buffer was looked at.
    private mutating func giveUp(_ field: inout Field, _ row: inout DelimitedRow, at: Int) {
        guard let lineEnd = field.lineEnd else {
            row.problem = row.problem ?? .unclosedQuote(line: line, lines: 0)
            finish(&field, &row)
            row.lastLine = line
            return
        }
        hold(start..<at, field)
        // Behind the last line end of the file there is no line.
        let lines = line - lineEnd.line - (held.last == self.lineEnd ? 1 : 0)
        hold(at..<end, field)
        // Both begin with the line end itself.
        held.append(contentsOf: replay[replayed...])
        replay = Array(held.dropFirst())
        replayed = 0
        held = []
        (start, end) = (0, 0)
        row.problem = row.problem ?? .unclosedQuote(line: lineEnd.line, lines: lines)
        line = lineEnd.line + 1
        row.bytes.removeSubrange(lineEnd.bytes...)
        if self.lineEnd == 10, row.bytes.count > field.first, row.bytes.last == 13 {
            row.bytes.removeLast()
        }
        finish(&field, &row)
        row.lastLine = lineEnd.line
    }

    /// Takes text up to the next delimiter or line end, and passes over that; true at a line end.
    private mutating func takeText(_ field: inout Field, _ row: inout DelimitedRow) -> Bool {
        var at = start
        let (delimiter, lineEnd) = (delimiter, lineEnd)
        while at < end, buffer.bytes[at] != lineEnd, buffer.bytes[at] != delimiter { at += 1 }
        take(start..<at, &field, &row)
        start = at
        if at == end { return false }
        start += 1
        let isLineEnd = buffer.bytes[at] == lineEnd
        if isLineEnd, lineEnd == 10, row.bytes.count > (field.tail ?? field.first),
            row.bytes.last == 13
        {
            row.bytes.removeLast()
        }
        finish(&field, &row)
        return isLineEnd
    }

    private func take(_ range: Range<Int>, _ field: inout Field, _ row: inout DelimitedRow) {
        if field.isTooLong || range.isEmpty { return }
        if row.bytes.count - field.first + range.count > format.maximumFieldBytes {
            field.isTooLong = true
            row.bytes.removeSubrange(field.first...)
            row.problem = row.problem ?? .fieldTooLong(field: row.fields.count)
        } else {
            let text = buffer.readable(range.lowerBound, range.upperBound)
            row.bytes.append(contentsOf: text.assumingMemoryBound(to: UInt8.self))
        }
    }

    /// Ends a field and begins the next.
    private func finish(_ field: inout Field, _ row: inout DelimitedRow) {
        if let tail = field.tail, row.bytes.count > tail {
            if row.bytes[tail...].allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) {
                row.bytes.removeSubrange(tail...)
            } else {
                row.hasTextAfterQuote = true
                row.problem = row.problem ?? .textAfterQuote
            }
        }
        if row.fields.count < format.maximumFields {
            row.fields.append(field.first..<row.bytes.count)
        } else {
            row.bytes.removeSubrange(field.first...)
            row.problem = row.problem ?? .tooManyFields(limit: format.maximumFields)
        }
        field = Field(first: row.bytes.count)
    }
}

internal import Pipeline
internal import Records
internal import Text

/// Some rows of a CSV file, each with one cell for each column or with a reason why it has none.
struct CellBlock: Sendable {
    struct Line: Sendable {
        /// The row's line in the file.
        let first: Int
        let content: Content
    }

    /// A row has cells only where it has as many as there are columns, so that no column of one row
    /// can lead to a cell of another.
    enum Content: Sendable {
        /// So many rows with cells stand before it.
        case cells(Int)
        case problem(DelimitedRow.Problem)
        /// The names of the columns once more, where files were put together.
        case header
    }

    /// The names of the columns; an unnamed one is empty.
    let columns: [String]
    private(set) var lines: [Line] = []
    /// The cells of the rows that have them, one row behind the other.
    private var cells: [Range<Int>] = []
    private var bytes: [UInt8] = []
    private var rows = 0

    init(columns: [String]) { self.columns = columns }

    /// How much the block holds, for bounding it: bytes, and 16 for each cell.
    var size: Int { bytes.count + 16 * cells.count }

    /// The block with some of its rows.
    func filter(_ isKept: (Line) -> Bool) -> CellBlock {
        var block = self
        block.lines = lines.filter(isKept)
        return block
    }

    /// - Parameter isHeader: Whether the row is the header's once more.
    mutating func append(_ row: DelimitedRow, isHeader: Bool) {
        let content: Content
        let missing = unnamedFieldsMissing(row)
        if let problem = row.problem, missing == 0 {
            content = .problem(problem)
        } else if row.count + missing != columns.count {
            content = .problem(.ragged(expected: columns.count, found: row.count))
        } else if isHeader {
            content = .header
        } else {
            content = .cells(rows)
            let shift = bytes.count
            bytes += row.bytes
            for field in row.fields {
                cells.append(field.lowerBound + shift..<field.upperBound + shift)
            }
            cells += repeatElement(bytes.count..<bytes.count, count: missing)
            rows += 1
        }
        lines.append(Line(first: row.firstLine, content: content))
    }

    /// How many fields a row lacks when those are of columns without a name at the end, which
    /// nobody reads: spreadsheets leave delimiters of empty cells out of some rows.
    private func unnamedFieldsMissing(_ row: DelimitedRow) -> Int {
        guard case .ragged? = row.problem, row.count < columns.count, !row.hasTextAfterQuote,
            columns[row.count...].allSatisfy(\.isEmpty)
        else { return 0 }
        return columns.count - row.count
    }

    /// The bytes of a cell of the row that so many rows with cells stand before.
    func cell(_ row: Int, _ column: Int) -> ArraySlice<UInt8> {
        require(columns.indices.contains(column), "a cell lies in a column of its own row")
        return bytes[cells[row * columns.count + column]]
    }
}

extension RowRules {
    /// The rows of a block of CSV.
    func rows(_ block: CellBlock) -> [IngestedRow] {
        func column(_ name: String?) -> Int? {
            name.flatMap { $0.isEmpty ? nil : block.columns.firstIndex(of: $0) }
        }
        let fields = source.fields
        let special = [fields.id, fields.text, fields.label, fields.labels].map { column($0) }
        let duration = column(fields.duration)
        let labelColumns = columns.compactMap { label in
            column(String(decoding: label.key, as: UTF8.self)).map { ($0, label.name) }
        }
        let extras = block.columns.indices.filter { index in
            !special.contains(index) && !labelColumns.contains { $0.0 == index }
                && !block.columns[index].isEmpty
                && (source.kept?.contains(block.columns[index]) ?? true)
        }
        return block.lines.map { line in
            let cells: Int
            switch line.content {
            case .cells(let number): cells = number
            case .problem(let problem):
                return IngestedRow(line: line.first, refusal: Self.refusal(problem))
            case .header: return IngestedRow(line: line.first, refusal: Refusal("repeated_header"))
            }
            var row = IngestedRow(line: line.first)
            func string(_ column: Int?) -> String {
                guard let column else { return "" }
                let (bytes, changes) = WellFormed.repair(Array(block.cell(cells, column)))
                row.changes.replaced += changes.replaced
                return String(decoding: bytes, as: UTF8.self)
            }
            row.record.id = string(special[0])
            if let text = special[1] {
                row.take(self.text.prepare(Array(block.cell(cells, text))), from: source.name)
            }
            takeLabels(
                string(special[2]), string(special[3]),
                labelColumns.map { (name: $0.1, text: string($0.0)) }, &row)
            let length = string(duration)
            if !length.isEmpty {
                row.seconds = Self.seconds(length)
                if row.seconds == nil { row.refusal = row.refusal ?? Refusal("bad_duration") }
            }
            row.record.provenance.source = source.kind
            row.record.provenance.labelledBy = row.record.labels.isEmpty ? nil : "source"
            var metadata = JSONObject()
            for column in extras { metadata[block.columns[column]] = .string(string(column)) }
            row.record.metadata = metadata.bytes
            return row
        }
    }

    private static func refusal(_ problem: DelimitedRow.Problem) -> Refusal {
        switch problem {
        case .textAfterQuote: Refusal("text_after_quote")
        case .ragged(let expected, let found):
            Refusal("ragged_row", detail: "\(found) fields, not \(expected)")
        case .tooManyFields(let limit):
            Refusal("ragged_row", detail: "more than \(limit) fields")
        case .unclosedQuote(let opened, let lines):
            Refusal(
                "unclosed_quote",
                detail: "the quote opened at line \(opened); "
                    + "lines after it that are read as rows of their own: \(lines)")
        case .fieldTooLong(let field):
            Refusal("line_too_long", detail: "field \(field + 1)")
        }
    }

    private func takeLabels(
        _ label: String, _ several: String, _ columns: [(name: String, text: String)],
        _ row: inout IngestedRow
    ) {
        var claims = LabelRules.Claims()
        var names = [label]
        names += several.split(separator: source.separator).map(String.init)
        for name in names {
            let name = CategoryName.normal(name)
            if labels.isMissing(name, &claims) { continue }
            claims.isGiven = true
            if !labels.claim(name, true, &claims) {
                row.refusal = row.refusal ?? Refusal("unknown_label")
            }
        }
        for column in columns {
            let refusal = labels.claim(column: column.name, column.text, &claims)
            row.refusal = row.refusal ?? refusal
        }
        finish(claims, &row)
    }
}

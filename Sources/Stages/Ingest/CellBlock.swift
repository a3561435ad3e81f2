internal import Pipeline
internal import Records
internal import Text

/// Some rows of a CSV file.
struct CellBlock: Sendable {
    struct Line: Sendable {
        var first: Int
        var fields: Range<Int>
        var problem: DelimitedRow.Problem?
    }

    private(set) var bytes: [UInt8] = []
    private(set) var fields: [Range<Int>] = []
    private(set) var lines: [Line] = []
    /// The names of the columns.
    let columns: [String]

    init(columns: [String]) { self.columns = columns }

    /// The block with some of its rows.
    func filter(_ isKept: (Line) -> Bool) -> CellBlock {
        var block = self
        block.lines = lines.filter(isKept)
        return block
    }

    mutating func append(_ row: DelimitedRow) {
        let shift = bytes.count
        let first = fields.count
        bytes += row.bytes
        for field in row.fields {
            fields.append(field.lowerBound + shift..<field.upperBound + shift)
        }
        lines.append(
            Line(
                first: row.firstLine, fields: first..<fields.count, problem: row.problem))
    }
}

extension RowRules {
    /// The rows of a block of CSV.
    func rows(_ block: CellBlock) -> [IngestedRow] {
        func column(_ name: String?) -> Int? { name.flatMap { block.columns.firstIndex(of: $0) } }
        let fields = source.fields
        let special = [fields.id, fields.text, fields.label, fields.labels].map { column($0) }
        let duration = column(fields.duration)
        let extras = block.columns.indices.filter { index in
            !special.contains(index) && (source.kept?.contains(block.columns[index]) ?? true)
        }
        return block.lines.map { line in
            if let refusal = Self.refusal(line) {
                return IngestedRow(line: line.first, refusal: refusal)
            }
            func cell(_ column: Int) -> ArraySlice<UInt8> {
                block.bytes[block.fields[line.fields.lowerBound + column]]
            }
            func string(_ column: Int?) -> String {
                guard let column else { return "" }
                return String(decoding: WellFormed.repair(Array(cell(column))).bytes, as: UTF8.self)
            }
            var row = IngestedRow(line: line.first)
            row.record.id = string(special[0])
            if let text = special[1] {
                row.take(self.text.prepare(Array(cell(text))), from: source.name)
            }
            takeLabels(string(special[2]), string(special[3]), &row)
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

    private static func refusal(_ line: CellBlock.Line) -> Refusal? {
        switch line.problem {
        case nil, .textAfterQuote?: nil
        case .ragged(let expected, let found)?:
            Refusal("ragged_row", detail: "\(found) fields, not \(expected)")
        case .tooManyFields(let limit)?:
            Refusal("ragged_row", detail: "more than \(limit) fields")
        case .unclosedQuote(let opened, let lines)?:
            Refusal(
                "unclosed_quote",
                detail: "the quote opened at line \(opened); "
                    + "lines after it that are read as rows of their own: \(lines)")
        case .fieldTooLong(let field)?:
            Refusal("line_too_long", detail: "field \(field + 1)")
        }
    }

    private func takeLabels(_ label: String, _ several: String, _ row: inout IngestedRow) {
        var claims = LabelRules.Claims()
        var names = [label]
        names += several.split(separator: source.separator).map(String.init)
        for name in names {
            let name = Self.trimmed(name)
            if name.isEmpty { continue }
            claims.isGiven = true
            if !labels.claim(name, true, &claims) {
                row.refusal = row.refusal ?? Refusal("unknown_label", detail: name)
            }
        }
        finish(claims, &row)
    }

    private static func trimmed(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }),
            let last = bytes.lastIndex(where: { $0 > 0x20 })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

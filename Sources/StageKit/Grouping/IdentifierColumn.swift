package import Records

/// Identifiers of rows: 16 bytes for one of 32 hexadecimal digits in lower case, with or without
/// the hyphens of a UUID; others as they are, 8 bytes beside their text.
package struct IdentifierColumn: RowPart, RandomAccessCollection {
    private enum Form: UInt8, Portable {
        case text, digits, uuid
    }

    /// Neighbouring rows whose identifiers have one form.
    private struct Run: Portable {
        var firstRow: Int32
        /// The place of the first row's identifier among those of its form: texts, or 128 bits.
        var first: Int32
        var form: Form

        init(firstRow: Int, first: Int, form: Form) {
            self.firstRow = Int32(firstRow)
            self.first = Int32(first)
            self.form = form
        }

        func write(to bytes: inout PortableWriter) {
            firstRow.write(to: &bytes)
            first.write(to: &bytes)
            form.write(to: &bytes)
        }

        init(from bytes: inout PortableReader) throws(Fault) {
            firstRow = try Int32(from: &bytes)
            first = try Int32(from: &bytes)
            form = try Form(from: &bytes)
        }
    }

    private var runs: [Run] = []
    private var texts = TextColumn()
    /// High and low halves in turn.
    private var halves: [UInt64] = []

    package init() {}

    package var startIndex: Int { 0 }
    package var endIndex: Int { texts.count + halves.count / 2 }

    package subscript(row: Int) -> String {
        let run = runs[partitionPoint(runs.count) { Int(runs[$0].firstRow) <= row } - 1]
        let at = Int(run.first) + row - Int(run.firstRow)
        if run.form == .text { return texts[at] }
        return HexDigits.text(halves[2 * at], halves[2 * at + 1], isUUID: run.form == .uuid)
    }

    package mutating func append(_ id: String) {
        if let (high, low, isUUID) = HexDigits.halves(of: id) {
            begin(isUUID ? .uuid : .digits)
            halves.append(high)
            halves.append(low)
        } else {
            begin(.text)
            texts.append(id)
        }
    }

    /// Notes that the next row has an identifier of this form.
    private mutating func begin(_ form: Form) {
        if runs.last?.form == form { return }
        runs.append(
            Run(
                firstRow: count, first: form == .text ? texts.count : halves.count / 2,
                form: form))
    }

    package mutating func append(contentsOf other: IdentifierColumn) {
        let (rows, textCount, halfCount) = (count, texts.count, halves.count / 2)
        for run in other.runs where run.firstRow > 0 || runs.last?.form != run.form {
            runs.append(
                Run(
                    firstRow: rows + Int(run.firstRow),
                    first: Int(run.first) + (run.form == .text ? textCount : halfCount),
                    form: run.form))
        }
        texts.append(contentsOf: other.texts)
        halves += other.halves
    }

    package func write(to bytes: inout PortableWriter) {
        runs.write(to: &bytes)
        texts.write(to: &bytes)
        halves.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no identifiers.
    package init(from bytes: inout PortableReader) throws(Fault) {
        let runs = try [Run](from: &bytes)
        texts = try TextColumn(from: &bytes)
        halves = try [UInt64](from: &bytes)
        var (row, next) = (0, [Form.text: 0, .digits: 0])
        for (place, run) in runs.enumerated() {
            let end = place + 1 < runs.count ? Int(runs[place + 1].firstRow) : count
            let form = run.form == .text ? Form.text : .digits
            guard Int(run.firstRow) == row, end > row, Int(run.first) == next[form] else {
                throw PortableReader.damaged
            }
            next[form, default: 0] += end - row
            row = end
        }
        guard row == count, next[.text] == texts.count, halves.count % 2 == 0 else {
            throw PortableReader.damaged
        }
        self.runs = runs
    }
}

internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// All rows with the labels that were taken in, and which rows may be picked.
struct PoolRows: RowPart {
    private enum Mark: UInt8, Portable {
        /// Nobody was asked about the row.
        case given
        /// The row was labelled in an earlier round.
        case taken
        /// It was looked at, and nobody could say.
        case undecided
    }

    private(set) var rows = LabelledRows()
    private var marks: [Mark] = []

    init() {}

    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    init(_ block: RowBlock, _ taken: TakenLabels, _ taxonomy: Taxonomy?) throws(Fault) {
        for row in block.rows {
            var labelled = try LabelledRow(row)
            let record = taken.labelled(row.record, taxonomy)
            if let record { labelled.labels = record.labels }
            marks.append(record.map { $0.labels.isEmpty ? .undecided : .taken } ?? .given)
            rows.append(labelled, keepsID: false)
        }
    }

    /// Unlabelled rows that nobody was asked about, ascending.
    var pool: [Int] {
        marks.indices.filter { marks[$0] != .undecided && !rows.isLabelled($0) }
    }

    /// How many rows people were asked about.
    var asked: Int { marks.count { $0 != .given } }

    /// Labels of the rows that no round labelled.
    func given(_ categories: [String], _ labels: LabelTable) -> [String: PositiveCount] {
        var counts: [String: PositiveCount] = [:]
        for (category, column) in zip(categories, labels.columns) {
            var count = PositiveCount()
            for (row, value) in column.enumerated() where marks[row] == .given && value >= 0 {
                count.add(value == 1)
            }
            if count.labelled > 0 { counts[category] = count }
        }
        return counts
    }

    mutating func append(contentsOf other: PoolRows) {
        rows.append(contentsOf: other.rows)
        marks += other.marks
    }

    func write(to bytes: inout PortableWriter) {
        rows.write(to: &bytes)
        marks.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        rows = try LabelledRows(from: &bytes)
        marks = try [Mark](from: &bytes)
        guard marks.count == rows.count else { throw PortableReader.damaged }
    }
}

/// Ids and texts of the picked rows, in the rows' order.
struct PickedTexts: RowPart {
    private(set) var ids = IdentifierColumn()
    private(set) var texts = TextColumn()

    init() {}

    mutating func append(_ record: Record) {
        ids.append(record.id)
        texts.append(record.text)
    }

    mutating func append(contentsOf other: PickedTexts) {
        ids.append(contentsOf: other.ids)
        texts.append(contentsOf: other.texts)
    }

    func write(to bytes: inout PortableWriter) {
        ids.write(to: &bytes)
        texts.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        ids = try IdentifierColumn(from: &bytes)
        texts = try TextColumn(from: &bytes)
        guard ids.count == texts.count else { throw PortableReader.damaged }
    }
}

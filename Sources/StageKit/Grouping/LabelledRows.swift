package import Pipeline
package import Records
package import Vectors

/// What the stages that train, split and select keep of every row in memory: about 10 bytes,
/// and their ids where these are asked for.
package struct LabelledRows: RowPart {
    /// Ids in the rows' order; none where nobody asked for them.
    package private(set) var ids = IdentifierColumn()
    package private(set) var isSynthetic: [Bool] = []
    /// Whether a row's vector says nothing: its text is mostly unknown to the model.
    package private(set) var isBlind: [Bool] = []
    private var unknown = UnknownTally()
    /// Names of categories in the order in which they were met.
    private var names: [String] = []
    private var places: [String: Int32] = [:]
    /// Every row's known labels: twice the category's place, plus the value.
    private var entries: [Int32] = []
    private var offsets: [Int32] = [0]

    package var count: Int { offsets.count - 1 }

    package mutating func append(_ row: borrowing LabelledRow, keepsID: Bool = true) {
        if keepsID { ids.append(row.id) }
        isSynthetic.append(row.isSynthetic)
        isBlind.append(row.unknown?.isBlind ?? false)
        unknown.add(row.unknown)
        for label in row.labels.known {
            entries.append(place(of: label.category) * 2 + (label.value ? 1 : 0))
        }
        offsets.append(Int32(entries.count))
    }

    package mutating func append(contentsOf other: LabelledRows) {
        ids.append(contentsOf: other.ids)
        isSynthetic += other.isSynthetic
        isBlind += other.isBlind
        unknown.merge(other.unknown)
        let moved = other.names.map { place(of: $0) }
        let base = Int32(entries.count)
        entries += other.entries.lazy.map { moved[Int($0 / 2)] * 2 + $0 % 2 }
        offsets += other.offsets.dropFirst().lazy.map { $0 + base }
    }

    package init() {}

    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    package init(
        _ block: RowBlock, keepsIDs: Bool = true, areGiven: Bool = false
    ) throws(Fault) {
        var parser = JSONParser()
        for row in block.rows {
            var labelled = try LabelledRow(row)
            if areGiven { try labelled.takeGiven(row, &parser) }
            append(labelled, keepsID: keepsIDs)
        }
    }

    package func write(to bytes: inout PortableWriter) {
        ids.write(to: &bytes)
        isSynthetic.write(to: &bytes)
        isBlind.write(to: &bytes)
        unknown.write(to: &bytes)
        names.write(to: &bytes)
        entries.write(to: &bytes)
        offsets.write(to: &bytes)
    }

    package init(from bytes: inout PortableReader) throws(Fault) {
        ids = try IdentifierColumn(from: &bytes)
        isSynthetic = try [Bool](from: &bytes)
        isBlind = try [Bool](from: &bytes)
        unknown = try UnknownTally(from: &bytes)
        for name in try [String](from: &bytes) { _ = place(of: name) }
        entries = try [Int32](from: &bytes)
        offsets = try [Int32](from: &bytes)
    }

    private mutating func place(of category: String) -> Int32 {
        if let place = places[category] { return place }
        let place = Int32(names.count)
        names.append(category)
        places[category] = place
        return place
    }

    /// A sentence about the blind rows; nil when there are none.
    package var blindNote: String? { unknown.passedOverNote }

    /// Whether any label of a row is known.
    package func isLabelled(_ row: Int) -> Bool { offsets[row] < offsets[row + 1] }

    /// The categories of `declared` and of all rows, by their UTF-8 bytes.
    package func categories(declared: [String] = []) -> [String] {
        Set(names + declared).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The labels as a table; `categories` must hold every one that occurs.
    package func table(_ categories: [String]) throws(Fault) -> LabelTable {
        var columns = [[Int8]](
            repeating: [Int8](repeating: LabelTable.unknown, count: count),
            count: categories.count)
        var columnOfName = [Int](repeating: 0, count: names.count)
        for (column, category) in categories.enumerated() {
            if let place = places[category] { columnOfName[Int(place)] = column }
        }
        for row in 0..<count {
            for entry in entries[Int(offsets[row])..<Int(offsets[row + 1])] {
                columns[columnOfName[Int(entry / 2)]][row] = Int8(entry % 2)
            }
        }
        return try LabelTable(rows: count, columns: columns)
    }
}

/// One row's part of ``LabelledRows``.
package struct LabelledRow: Sendable {
    package let id: String
    package let isSynthetic: Bool
    package var labels: Labels
    /// What the row's vector does not show.
    package var unknown: UnknownNote? = nil
}

extension LabelledRow {
    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    package init(_ row: Row) throws(Fault) {
        let record = row.record
        id = record.id
        isSynthetic = record.provenance.source.isSynthetic
        labels = record.labels
        unknown = try UnknownNote(note: row.note(Sidecar.unknownWords))
    }

    /// Takes the 0 that the source gave where the record has a 1 since another label implies it.
    ///
    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    fileprivate mutating func takeGiven(_ row: Row, _ parser: inout JSONParser) throws(Fault) {
        for category in try IngestNote(row, &parser)?.givenZeros ?? []
        where labels[category] == true {
            labels[category] = false
        }
    }
}

internal import Pipeline
internal import Records
internal import StageKit
internal import Text

/// What deduplication remembers of rows, and the keys by which copies of a text meet.
struct DedupeRows: Mergeable {
    private(set) var rows = InRowOrder<DedupeTable>()
    /// The rows' numbers by 128 bits of their texts.
    private(set) var keys = KeyedRows()

    init() {}

    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    init(
        _ block: RowBlock, _ exact: TextNormaliser, _ keep: DedupeStage.Keep,
        sources: [Provenance.Source], against: Contamination?
    ) throws(Fault) {
        var table = DedupeTable()
        for row in block.rows {
            let bytes = exact.normalise(Array(row.record.text.utf8))
            let contamination = against?.shared(with: row.record)
            table.append(
                row, isEmpty: bytes.isEmpty, contamination: contamination,
                unknown: try UnknownNote(note: row.note(Sidecar.unknownWords)),
                rank: Self.rank(row.record, keep, sources))
            if bytes.isEmpty || contamination != nil { continue }
            let key = GroupKey(
                StableHash.hash(bytes, seed: 1), StableHash.hash(bytes, seed: 2))
            keys.add(key, row.index)
        }
        rows = InRowOrder(table, of: block.range)
    }

    /// Smaller is kept rather; nil where the order of rows says it.
    private static func rank(
        _ record: Record, _ keep: DedupeStage.Keep, _ sources: [Provenance.Source]
    ) -> Int? {
        switch keep {
        case .first: nil
        case .longest: -record.text.utf8.count
        case .mostLabels: -record.labels.known.count
        case .preferredSource:
            sources.firstIndex(of: record.provenance.source) ?? sources.count
        }
    }

    mutating func merge(_ other: DedupeRows) {
        rows.merge(other.rows)
        keys.merge(other.keys)
    }

    func write(to bytes: inout PortableWriter) {
        rows.write(to: &bytes)
        keys.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        rows = try InRowOrder<DedupeTable>(from: &bytes)
        keys = try KeyedRows(from: &bytes)
    }
}

internal import Pipeline
internal import Records
internal import Text

/// What deduplication remembers of rows, and the keys by which copies of a text meet.
struct DedupeRows: Mergeable {
    private(set) var rows = InRowOrder<[DedupeRow]>()
    /// The rows' numbers by 128 bits of their texts.
    private(set) var keys = KeyedRows()

    init() {}

    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    init(
        _ block: RowBlock, _ exact: TextNormaliser, _ keep: DedupeStage.Keep,
        sources: [Provenance.Source], against: Contamination?
    ) throws(Fault) {
        var found: [DedupeRow] = []
        found.reserveCapacity(block.rows.count)
        for row in block.rows {
            let bytes = exact.normalise(Array(row.record.text.utf8))
            let kept = try DedupeRow(
                row, isEmpty: bytes.isEmpty, keep, sources: sources, against: against)
            found.append(kept)
            if kept.isOut { continue }
            let key = GroupKey(
                StableHash.hash(bytes, seed: 1), StableHash.hash(bytes, seed: 2))
            keys.add(key, row.index)
        }
        rows = InRowOrder(found, of: block.range)
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
        rows = try InRowOrder<[DedupeRow]>(from: &bytes)
        keys = try KeyedRows(from: &bytes)
    }
}

/// What deduplication remembers of a row: small, since all rows are held at once.
struct DedupeRow: Portable {
    var id: String
    /// Where its text can be read again.
    var address: RowAddress?
    /// The row takes no part: its key is empty, or a rule refused it before.
    var isOut: Bool
    var isContaminated: Bool
    var labels: Labels
    /// Hashes of the contrast set and the root; nil for a row without.
    var set: UInt64?
    var root: UInt64
    /// What of the text its vector does not show.
    var unknown: UnknownNote?
    /// Smaller is kept rather; equal ones in the order of rows.
    var rank: Int

    init(
        _ row: Row, isEmpty: Bool, _ keep: DedupeStage.Keep, sources: [Provenance.Source],
        against: Contamination?
    ) throws(Fault) {
        let record = row.record
        id = record.id
        address = row.address
        isContaminated = against?.contains(record.text) ?? false
        isOut = isEmpty || isContaminated
        labels = record.labels
        set = record.provenance.setID.map { StableHash.hash($0) }
        root = StableHash.hash(record.root)
        unknown = try UnknownNote(note: row.note(Sidecar.unknownWords))
        switch keep {
        case .first: rank = 0
        case .longest: rank = -record.text.utf8.count
        case .mostLabels: rank = -record.labels.known.count
        case .preferredSource:
            rank = sources.firstIndex(of: record.provenance.source) ?? sources.count
        }
    }

    func write(to bytes: inout PortableWriter) {
        id.write(to: &bytes)
        address.write(to: &bytes)
        isOut.write(to: &bytes)
        isContaminated.write(to: &bytes)
        labels.write(to: &bytes)
        set.write(to: &bytes)
        root.write(to: &bytes)
        unknown.write(to: &bytes)
        rank.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        id = try String(from: &bytes)
        address = try RowAddress?(from: &bytes)
        isOut = try Bool(from: &bytes)
        isContaminated = try Bool(from: &bytes)
        labels = try Labels(from: &bytes)
        set = try UInt64?(from: &bytes)
        root = try UInt64(from: &bytes)
        unknown = try UnknownNote?(from: &bytes)
        rank = try Int(from: &bytes)
    }

    /// The categories that one row has as 1 and the other as 0.
    func conflicts(with other: DedupeRow) -> [String] {
        labels.known.filter { label in
            other.labels[label.category].map { $0 != label.value } ?? false
        }.map(\.category)
    }

    /// The categories that this row has as 1 and another does not know: lost where that one stays
    /// in its place.
    func positives(unknownTo other: DedupeRow) -> [String] {
        labels.positives.filter { other.labels[$0] == nil }
    }
}

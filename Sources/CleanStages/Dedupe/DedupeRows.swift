internal import Pipeline
internal import Records
internal import StageKit
internal import Text

/// What deduplication remembers of rows, and the keys by which copies of a text meet.
struct DedupeRows: Mergeable {
    private(set) var rows = InRowOrder<DedupeTable>()
    /// The rows' numbers by 128 bits of their texts.
    ///
    /// The lower half is what a release knows a text by, unless `texts` says it.
    private(set) var keys = KeyedRows()
    /// What a release knows each text by, 0 for an empty one: where a release counts and copies are
    /// found by less than that; empty otherwise.
    private(set) var texts = InRowOrder<[UInt64]>()

    init() {}

    /// - Parameter hasRelease: Whether texts are looked up in the last release.
    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    init(
        _ block: RowBlock, _ exact: DedupeStage.Level, _ keep: DedupeStage.Keep,
        sources: [Provenance.Source], against: Contamination?, hasRelease: Bool
    ) throws(Fault) {
        let normaliser = TextNormaliser(exact == .folded ? .width : .loose)
        let released = exact != .folded && hasRelease ? TextNormaliser(.width) : nil
        var table = DedupeTable()
        var texts: [UInt64] = []
        for row in block.rows {
            let bytes = normaliser.normalise(Array(row.record.text.utf8))
            let contamination = against?.shared(with: row.record)
            table.append(
                row, isEmpty: bytes.isEmpty, contamination: contamination,
                unknown: try UnknownNote(note: row.note(Sidecar.unknownWords)),
                rank: Self.rank(row.record, keep, sources))
            if let released {
                let text = released.normalise(Array(row.record.text.utf8))
                texts.append(text.isEmpty ? 0 : SplitKey.text(text).value)
            }
            if bytes.isEmpty || contamination != nil { continue }
            let key = GroupKey(StableHash.hash(bytes, seed: 1), SplitKey.text(bytes).value)
            keys.add(key, row.index)
        }
        rows = InRowOrder(table, of: block.range)
        if released != nil { self.texts = InRowOrder(texts, of: block.range) }
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
        texts.merge(other.texts)
    }

    func write(to bytes: inout PortableWriter) {
        rows.write(to: &bytes)
        keys.write(to: &bytes)
        texts.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        rows = try InRowOrder<DedupeTable>(from: &bytes)
        keys = try KeyedRows(from: &bytes)
        texts = try InRowOrder<[UInt64]>(from: &bytes)
    }
}

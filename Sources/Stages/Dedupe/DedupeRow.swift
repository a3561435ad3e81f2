internal import Pipeline
internal import Records
internal import Text

/// What deduplication remembers of a row: small, since all rows are held at once.
struct DedupeRow: Sendable {
    var id: String
    /// Where its text can be read again.
    var address: RowAddress?
    /// 128 bits of the text's key.
    var key: (UInt64, UInt64)
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
        _ row: Row, _ exact: TextNormaliser, _ keep: DedupeStage.Keep,
        sources: [Provenance.Source], against: Contamination?
    ) throws(Fault) {
        let record = row.record
        let bytes = exact.normalise(Array(record.text.utf8))
        id = record.id
        address = row.address
        key = (StableHash.hash(bytes, seed: 1), StableHash.hash(bytes, seed: 2))
        isContaminated = against?.contains(record.text) ?? false
        isOut = bytes.isEmpty || isContaminated
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

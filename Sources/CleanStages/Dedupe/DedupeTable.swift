internal import Pipeline
internal import Records
internal import StageKit

/// What deduplication remembers of the rows, column by column: about 55 bytes a row and its id.
struct DedupeTable: RowPart {
    private struct Flags: OptionSet {
        let rawValue: UInt8
        /// The row takes no part: its text is empty, or a rule refused it before.
        static let isOut = Flags(rawValue: 1)
        static let isContaminated = Flags(rawValue: 2)
    }

    private var ids = TextColumn()
    /// Where each text can be read again.
    private var shards: [Int32] = []
    private var lengths: [Int32] = []
    private var offsets: [Int64] = []
    private var labels = SharedColumn<Labels>()
    /// Hashes of the roots, and of the contrast sets; 0 for a row without a set.
    private var roots: [UInt64] = []
    private var sets: [UInt64] = []
    /// What of each text its vector does not show.
    private var unknown = SharedColumn<UnknownNote>()
    /// Smaller is kept rather; equal ones in the order of rows.
    private var ranks: [Int32] = []
    private var flags: [UInt8] = []

    init() {}

    var count: Int { flags.count }

    mutating func append(
        _ row: Row, isEmpty: Bool, isContaminated: Bool, unknown note: UnknownNote?, rank: Int
    ) {
        let record = row.record
        ids.append(record.id)
        shards.append(row.address?.shard ?? -1)
        lengths.append(row.address?.length ?? 0)
        offsets.append(row.address?.offset ?? 0)
        labels.append(record.labels)
        roots.append(StableHash.hash(record.root))
        sets.append(record.provenance.setID.map { max(StableHash.hash($0), 1) } ?? 0)
        unknown.append(note)
        ranks.append(Int32(clamping: rank))
        var flags: Flags = isEmpty || isContaminated ? .isOut : []
        if isContaminated { flags.insert(.isContaminated) }
        self.flags.append(flags.rawValue)
    }

    mutating func append(contentsOf other: DedupeTable) {
        ids.append(contentsOf: other.ids)
        shards += other.shards
        lengths += other.lengths
        offsets += other.offsets
        labels.append(contentsOf: other.labels)
        roots += other.roots
        sets += other.sets
        unknown.append(contentsOf: other.unknown)
        ranks += other.ranks
        flags += other.flags
    }

    func id(_ row: Int) -> String { ids[row] }
    func rank(_ row: Int) -> Int32 { ranks[row] }
    func isOut(_ row: Int) -> Bool { Flags(rawValue: flags[row]).contains(.isOut) }
    func isContaminated(_ row: Int) -> Bool {
        Flags(rawValue: flags[row]).contains(.isContaminated)
    }
    func unknown(_ row: Int) -> UnknownNote? { unknown[row] }

    /// Equal for rows with equal labels.
    func labelling(_ row: Int) -> Int32 { labels.number(of: row) }

    /// Where the row's record lies; nil for a row that was not read from a dataset.
    func address(_ row: Int) -> RowAddress? {
        guard shards[row] >= 0 else { return nil }
        return RowAddress(shard: shards[row], length: lengths[row], offset: offsets[row])
    }

    func areOfOneSet(_ one: Int, _ two: Int) -> Bool { sets[one] != 0 && sets[one] == sets[two] }
    func areOfOneRoot(_ one: Int, _ two: Int) -> Bool { roots[one] == roots[two] }

    /// Whether both are of one set or of none, and of one root.
    func haveOneFamily(_ one: Int, _ two: Int) -> Bool {
        sets[one] == sets[two] && roots[one] == roots[two]
    }

    /// The categories that one row has as 1 and the other as 0.
    func conflicts(_ one: Int, _ two: Int) -> [String] {
        if labelling(one) == labelling(two) { return [] }
        guard let mine = labels[one], let others = labels[two] else { return [] }
        return mine.known.filter { label in
            others[label.category].map { $0 != label.value } ?? false
        }.map(\.category)
    }

    /// The categories that a row has as 1 and another does not know: lost where that one stays in
    /// its place.
    func positives(_ row: Int, unknownTo other: Int) -> [String] {
        if labelling(row) == labelling(other) { return [] }
        guard let mine = labels[row], let others = labels[other] else { return [] }
        return mine.positives.filter { others[$0] == nil }
    }

    func write(to bytes: inout PortableWriter) {
        ids.write(to: &bytes)
        shards.write(to: &bytes)
        lengths.write(to: &bytes)
        offsets.write(to: &bytes)
        labels.write(to: &bytes)
        roots.write(to: &bytes)
        sets.write(to: &bytes)
        unknown.write(to: &bytes)
        ranks.write(to: &bytes)
        flags.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        ids = try TextColumn(from: &bytes)
        shards = try [Int32](from: &bytes)
        lengths = try [Int32](from: &bytes)
        offsets = try [Int64](from: &bytes)
        labels = try SharedColumn<Labels>(from: &bytes)
        roots = try [UInt64](from: &bytes)
        sets = try [UInt64](from: &bytes)
        unknown = try SharedColumn<UnknownNote>(from: &bytes)
        ranks = try [Int32](from: &bytes)
        flags = try [UInt8](from: &bytes)
    }
}

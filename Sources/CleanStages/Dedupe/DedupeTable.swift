internal import Pipeline
internal import Records
internal import StageKit

/// What deduplication remembers of the rows, column by column: about 30 bytes a row with an id of
/// 128 bits.
struct DedupeTable: RowPart {
    private struct Flags: OptionSet {
        let rawValue: UInt8
        /// The row takes no part: its text is empty, or a rule refused it before.
        static let isOut = Flags(rawValue: 1)
    }

    private var ids = IdentifierColumn()
    /// Where each text can be read again.
    private var addresses = AddressColumn()
    private var labels = SharedColumn<Labels>()
    /// Hashes of the roots that rows name; a row that names none is its own.
    private var roots = SparseColumn<UInt64>()
    /// Hashes of the contrast sets.
    private var sets = SparseColumn<UInt64>()
    /// What of each text its vector does not show.
    private var unknown = SparseColumn<UnknownNote>()
    /// What rows share with files to check against.
    private var contamination = SparseColumn<String>()
    /// Where rows come from: source and template.
    private var origins = SharedColumn<String>()
    /// Smaller is kept rather; equal ones in the order of rows, and all where there are no ranks.
    private var ranks: [Int32] = []
    private var flags: [UInt8] = []

    init() {}

    var count: Int { flags.count }

    /// - Parameter rank: Nil where the order of rows says which is kept.
    mutating func append(
        _ row: Row, isEmpty: Bool, contamination: String?, unknown note: UnknownNote?, rank: Int?
    ) {
        let record = row.record
        ids.append(record.id)
        addresses.append(row.address)
        labels.append(record.labels)
        roots.append(record.provenance.rootID.map { StableHash.hash($0) })
        sets.append(record.provenance.setID.map { StableHash.hash($0) })
        unknown.append(note)
        origins.append(Self.origin(record.provenance))
        if let rank { ranks.append(Int32(clamping: rank)) }
        self.contamination.append(contamination)
        let flags: Flags = isEmpty || contamination != nil ? .isOut : []
        self.flags.append(flags.rawValue)
    }

    mutating func append(contentsOf other: DedupeTable) {
        ids.append(contentsOf: other.ids)
        addresses.append(contentsOf: other.addresses)
        labels.append(contentsOf: other.labels)
        roots.append(contentsOf: other.roots)
        sets.append(contentsOf: other.sets)
        unknown.append(contentsOf: other.unknown)
        contamination.append(contentsOf: other.contamination)
        origins.append(contentsOf: other.origins)
        ranks += other.ranks
        flags += other.flags
    }

    private static func origin(_ provenance: Provenance) -> String {
        let source = "source \(provenance.source.rawValue)"
        return provenance.template.map { "\(source)\ntemplate \($0)" } ?? source
    }

    /// The rows in the order of preference; nil where that is their own.
    ///
    /// - Parameter setsFirst: Whether members of contrast sets come before all other rows.
    func preference(setsFirst: Bool) -> [Int32]? {
        let setsFirst = setsFirst && !sets.isEmpty
        if ranks.isEmpty && !setsFirst { return nil }
        func key(_ row: Int32) -> (Int, Int32, Int32) {
            let isLater = setsFirst && !isInSet(Int(row))
            return (isLater ? 1 : 0, ranks.isEmpty ? 0 : ranks[Int(row)], row)
        }
        return (0..<Int32(count)).sorted { key($0) < key($1) }
    }

    /// Whether the row is a member of a contrast set.
    func isInSet(_ row: Int) -> Bool { sets[row] != nil }

    /// Equal for rows of the same categories, source and template.
    func kind(_ row: Int) -> UInt64 {
        UInt64(UInt32(bitPattern: labelling(row))) << 32
            | UInt64(UInt32(bitPattern: origins.number(of: row)))
    }

    /// The categories that a row has as 1, its source and its template, in words.
    func groups(_ row: Int) -> [String] {
        let categories = (labels[row]?.positives ?? []).map { "category \($0)" }
        return categories + (origins[row] ?? "").split(separator: "\n").map(String.init)
    }

    func id(_ row: Int) -> String { ids[row] }
    func isOut(_ row: Int) -> Bool { Flags(rawValue: flags[row]).contains(.isOut) }
    func isContaminated(_ row: Int) -> Bool { contamination[row] != nil }
    /// What the row shares with a file to check against; nil for nothing.
    func contamination(_ row: Int) -> String? { contamination[row] }
    func unknown(_ row: Int) -> UnknownNote? { unknown[row] }

    /// Equal for rows with equal labels.
    func labelling(_ row: Int) -> Int32 { labels.number(of: row) }

    /// Where the row's record lies; nil for a row that was not read from a dataset.
    func address(_ row: Int) -> RowAddress? { addresses[row] }

    func areOfOneSet(_ one: Int, _ two: Int) -> Bool {
        sets[one].map { $0 == sets[two] } ?? false
    }

    func areOfOneRoot(_ one: Int, _ two: Int) -> Bool { root(one) == root(two) }

    private func root(_ row: Int) -> UInt64 { roots[row] ?? StableHash.hash(ids[row]) }

    /// Whether both are of one set or of none, and of one root.
    func haveOneFamily(_ one: Int, _ two: Int) -> Bool {
        sets[one] == sets[two] && areOfOneRoot(one, two)
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
        addresses.write(to: &bytes)
        labels.write(to: &bytes)
        roots.write(to: &bytes)
        sets.write(to: &bytes)
        unknown.write(to: &bytes)
        contamination.write(to: &bytes)
        origins.write(to: &bytes)
        ranks.write(to: &bytes)
        flags.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        ids = try IdentifierColumn(from: &bytes)
        addresses = try AddressColumn(from: &bytes)
        labels = try SharedColumn<Labels>(from: &bytes)
        roots = try SparseColumn<UInt64>(from: &bytes)
        sets = try SparseColumn<UInt64>(from: &bytes)
        unknown = try SparseColumn<UnknownNote>(from: &bytes)
        contamination = try SparseColumn<String>(from: &bytes)
        origins = try SharedColumn<String>(from: &bytes)
        ranks = try [Int32](from: &bytes)
        flags = try [UInt8](from: &bytes)
    }
}

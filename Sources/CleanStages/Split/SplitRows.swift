internal import Pipeline
internal import Records
internal import StageKit

/// What `split` remembers of rows.
struct SplitRows: Mergeable {
    private(set) var labels = InRowOrder<LabelledRows>()
    private(set) var columns = InRowOrder<SplitColumns>()

    init() {}

    /// - Throws: `badData` for a line of a sidecar or metadata that are no JSON.
    init(_ block: RowBlock, _ settings: SplitSettings) throws(Fault) {
        labels = InRowOrder(
            try LabelledRows(block, keepsIDs: settings.folds != nil), of: block.range)
        var keyReader = SplitKeyReader(settings.groups)
        var parser = JSONParser()
        var columns = SplitColumns()
        for row in block.rows {
            let (keys, hasText, grouped) = try keyReader.keys(of: row)
            let given = try GivenSplit(row, settings.given, &parser)
            let time: Int64? =
                if let field = settings.time {
                    try field.value(of: row.record, &parser).flatMap { RowTime($0)?.milliseconds }
                } else { nil }
            columns.append(
                keys, hasText: hasText, grouped: grouped, given: given, time: time)
        }
        self.columns = InRowOrder(columns, of: block.range)
    }

    mutating func merge(_ other: SplitRows) {
        labels.merge(other.labels)
        columns.merge(other.columns)
    }

    func write(to bytes: inout PortableWriter) {
        labels.write(to: &bytes)
        columns.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        labels = try InRowOrder<LabelledRows>(from: &bytes)
        columns = try InRowOrder<SplitColumns>(from: &bytes)
    }
}

/// Of every row its keys, the split that its source gives, and its time.
struct SplitColumns: RowPart {
    private(set) var keys = SplitKeys()
    /// The raw value of a side, -1 for none, -2 for a name that is none of a split.
    private var given: [Int8] = []
    private(set) var times = SparseColumn<Int64>()
    /// Rows that lack a field of `group`, and for each of the fields those that have it.
    private(set) var ungrouped = 0
    private(set) var grouped: [Int] = []

    init() {}

    mutating func append(
        _ keys: [SplitKey], hasText: Bool, grouped: [Bool], given: GivenSplit?, time: Int64?
    ) {
        self.keys.append(keys, hasText: hasText)
        self.given.append(given.map { $0.side.map { Int8($0.rawValue) } ?? -2 } ?? -1)
        times.append(time)
        if grouped.contains(false) { ungrouped += 1 }
        add(grouped.map { $0 ? 1 : 0 })
    }

    private mutating func add(_ counts: [Int]) {
        grouped += repeatElement(0, count: max(0, counts.count - grouped.count))
        for (field, count) in counts.enumerated() { grouped[field] += count }
    }

    func given(_ row: Int) -> SplitPlan.Side? {
        given[row] < 0 ? nil : SplitPlan.Side(rawValue: UInt8(given[row]))
    }

    /// Rows whose source names a split, be it none.
    var namedGiven: Int { given.count { $0 != -1 } }
    /// Rows whose source names a split that is none.
    var unknownGiven: Int { given.count { $0 == -2 } }

    mutating func append(contentsOf other: SplitColumns) {
        keys.append(contentsOf: other.keys)
        given += other.given
        times.append(contentsOf: other.times)
        ungrouped += other.ungrouped
        add(other.grouped)
    }

    func write(to bytes: inout PortableWriter) {
        keys.write(to: &bytes)
        given.write(to: &bytes)
        times.write(to: &bytes)
        ungrouped.write(to: &bytes)
        grouped.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        keys = try SplitKeys(from: &bytes)
        given = try [Int8](from: &bytes)
        times = try SparseColumn<Int64>(from: &bytes)
        ungrouped = try Int(from: &bytes)
        grouped = try [Int](from: &bytes)
        guard given.count == keys.count, times.count == keys.count,
            given.allSatisfy({ (-2...2).contains($0) })
        else { throw PortableReader.damaged }
    }
}

/// The split that a row's source says it is in.
struct GivenSplit {
    /// Nil for a name that is none of a split.
    let side: SplitPlan.Side?

    /// Nil where the source says nothing.
    ///
    /// - Throws: `badData` for a line of a sidecar or metadata that are no JSON.
    init?(
        _ row: Row, _ setting: SplitSettings.Given?, _ parser: inout JSONParser
    ) throws(Fault) {
        switch setting {
        case nil: return nil
        case .field(let field):
            guard let value = try field.value(of: row.record, &parser), !value.text.isEmpty
            else { return nil }
            side = Self.side(value.text)
        case .file:
            guard let file = try IngestNote(row, &parser)?.file else { return nil }
            // `data/train-00000-of-00002.parquet`, `validation/part1.jsonl`: the last word counts.
            let words = file.split { !$0.isLetter }.map(String.init)
            guard let side = words.reversed().lazy.compactMap(Self.side).first else { return nil }
            self.side = side
        }
    }

    /// The side of a name that is usual for a split.
    private static func side(_ name: String) -> SplitPlan.Side? {
        switch name.lowercased() {
        case "train", "training": .train
        case "val", "valid", "validation", "dev", "development": .val
        case "test", "testing": .test
        default: nil
        }
    }
}

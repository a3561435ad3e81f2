internal import Pipeline
internal import Records
internal import StageKit
internal import Vectors

/// What evaluation keeps of the rows, column by column: 33 bytes a row and one a category.
struct EvaluationTable: RowPart {
    private var sides = SharedColumn<SplitSide>()
    private var sources = SharedColumn<Provenance.Source>()
    /// The labels of a row stand together, in the order of the categories.
    private var labels: [Int8] = []
    /// One column a grouping key.
    private(set) var groups: [SharedColumn<String>] = []
    private var categories = 0
    private(set) var ids = IdentifierColumn()
    /// Hashes of the roots, and of the contrast sets of rows that have one.
    private(set) var roots: [UInt64] = []
    private(set) var sets = SparseColumn<UInt64>()

    init() {}

    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    init(
        _ block: RowBlock, _ names: [String], _ groupings: [GroupingKey] = []
    ) throws(Fault) {
        categories = names.count
        groups = groupings.map { _ in SharedColumn() }
        var parser = JSONParser()
        for row in block.rows {
            let record = row.record
            ids.append(record.id)
            sides.append(try SplitSide(row, &parser))
            sources.append(record.provenance.source)
            for name in names {
                labels.append(record.labels[name].map { $0 ? 1 : 0 } ?? LabelTable.unknown)
            }
            roots.append(StableHash.hash(record.root))
            for (column, key) in groupings.enumerated() {
                groups[column].append(try key.group(of: row, &parser))
            }
            sets.append(record.provenance.setID.map { StableHash.hash($0) })
        }
    }

    var count: Int { roots.count }

    func side(_ row: Int) -> SplitSide? { sides[row] }
    func source(_ row: Int) -> Provenance.Source { sources[row] ?? .corpus }

    /// The labels of all rows in one category, by its place.
    func labels(of category: Int) -> [Int8] {
        (0..<count).map { labels[$0 * categories + category] }
    }

    mutating func append(contentsOf other: EvaluationTable) {
        if count == 0 {
            categories = other.categories
            if groups.isEmpty { groups = other.groups.map { _ in SharedColumn() } }
        }
        require(other.categories == categories, "joined rows have labels in the same categories")
        ids.append(contentsOf: other.ids)
        sides.append(contentsOf: other.sides)
        sources.append(contentsOf: other.sources)
        labels += other.labels
        for column in groups.indices { groups[column].append(contentsOf: other.groups[column]) }
        roots += other.roots
        sets.append(contentsOf: other.sets)
    }

    func write(to bytes: inout PortableWriter) {
        ids.write(to: &bytes)
        sides.write(to: &bytes)
        sources.write(to: &bytes)
        labels.write(to: &bytes)
        categories.write(to: &bytes)
        groups.count.write(to: &bytes)
        for column in groups { column.write(to: &bytes) }
        roots.write(to: &bytes)
        sets.write(to: &bytes)
    }

    /// - Throws: `badData` for bytes that are no table.
    init(from bytes: inout PortableReader) throws(Fault) {
        ids = try IdentifierColumn(from: &bytes)
        sides = try SharedColumn<SplitSide>(from: &bytes)
        sources = try SharedColumn<Provenance.Source>(from: &bytes)
        labels = try [Int8](from: &bytes)
        categories = try Int(from: &bytes)
        for _ in 0..<(try bytes.count()) {
            groups.append(try SharedColumn<String>(from: &bytes))
        }
        roots = try [UInt64](from: &bytes)
        sets = try SparseColumn<UInt64>(from: &bytes)
        let rowsOfLabels = categories > 0 ? labels.count / categories : roots.count
        guard categories >= 0, rowsOfLabels == roots.count,
            labels.count == (categories > 0 ? rowsOfLabels * categories : 0)
        else { throw PortableReader.damaged }
    }
}

internal import Pipeline
internal import Records

/// Rows by length and by token, and what labels they have: the first pass.
struct Vocabulary: Mergeable {
    private var lengths: [Int: Int] = [:]
    private var tokens: [RowFeature: Int] = [:]
    private(set) var categories: Set<String> = []

    init() {}

    init(_ block: RowBlock) {
        for row in block.rows {
            lengths[row.record.text.unicodeScalars.count, default: 0] += 1
            for token in Set(TextTokens(row.record.text).all) { tokens[token, default: 0] += 1 }
            for label in row.record.labels.known { categories.insert(label.category) }
        }
    }

    /// The bounds, and the tokens of at least `minimum` rows: the commonest `limit` of them.
    func frame(rows: Int, minimum: Int, limit: Int) -> FeatureFrame {
        var frame = FeatureFrame()
        frame.rows = rows
        var before = 0
        for length in lengths.keys.sorted() {
            before += lengths[length] ?? 0
            let isEnd = before * FeatureFrame.bins >= (frame.lengths.count + 1) * rows
            if isEnd, before < rows { frame.lengths.append(length) }
        }
        let common = tokens.filter { $0.value >= minimum && $0.value < rows }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        frame.tokens = Set(common.prefix(limit).map(\.key))
        return frame
    }

    mutating func merge(_ other: Vocabulary) {
        lengths.merge(other.lengths)
        tokens.merge(other.tokens)
        categories.merge(other.categories)
    }

    func write(to bytes: inout PortableWriter) {
        lengths.write(to: &bytes)
        tokens.write(to: &bytes)
        categories.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        lengths = try [Int: Int](from: &bytes)
        tokens = try [RowFeature: Int](from: &bytes)
        categories = try Set<String>(from: &bytes)
    }
}

/// Rows by what their labels say, in each category.
struct LabelCell: Mergeable {
    /// Rows with any label.
    var labelled: Int
    /// Category → rows known to have it, and known not to.
    var positives: [Int]
    var negatives: [Int]

    /// - Parameter categories: 0 for a cell of no row, which fits to any other.
    init(categories: Int = 0, _ labelled: Int = 0) {
        self.labelled = labelled
        positives = [Int](repeating: 0, count: categories)
        negatives = positives
    }

    mutating func add(_ labels: Labels, _ places: [String: Int]) {
        labelled += labels.isEmpty ? 0 : 1
        for label in labels.known {
            guard let place = places[label.category] else { continue }
            if label.value { positives[place] += 1 } else { negatives[place] += 1 }
        }
    }

    mutating func merge(_ other: LabelCell) {
        labelled += other.labelled
        if other.positives.isEmpty { return }
        if positives.isEmpty { self = LabelCell(categories: other.positives.count, labelled) }
        for place in positives.indices {
            positives[place] += other.positives[place]
            negatives[place] += other.negatives[place]
        }
    }

    func write(to bytes: inout PortableWriter) {
        labelled.write(to: &bytes)
        positives.write(to: &bytes)
        negatives.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        labelled = try Int(from: &bytes)
        positives = try [Int](from: &bytes)
        negatives = try [Int](from: &bytes)
        guard positives.count == negatives.count else { throw PortableReader.damaged }
    }
}

/// Labels of all rows and of the rows with each feature: the second pass.
struct FeatureCounts: Mergeable {
    var all = LabelCell()
    var cells: [RowFeature: LabelCell] = [:]
    /// Labelled rows that do not have one label 1 and no label 0.
    var severalLabels = 0

    init() {}

    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    init(_ block: RowBlock, _ frame: FeatureFrame, _ categories: [String]) throws(Fault) {
        all = LabelCell(categories: categories.count)
        let places = Dictionary(uniqueKeysWithValues: zip(categories, categories.indices))
        let empty = all
        var parser = JSONParser()
        for row in block.rows {
            let labels = row.record.labels
            all.add(labels, places)
            if !labels.isEmpty, labels.known.count != 1 || !labels.known[0].value {
                severalLabels += 1
            }
            for feature in try frame.features(of: row, &parser) {
                cells[feature, default: empty].add(labels, places)
            }
        }
    }

    mutating func merge(_ other: FeatureCounts) {
        all.merge(other.all)
        cells.merge(other.cells)
        severalLabels += other.severalLabels
    }

    func write(to bytes: inout PortableWriter) {
        all.write(to: &bytes)
        cells.write(to: &bytes)
        severalLabels.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        all = try LabelCell(from: &bytes)
        cells = try [RowFeature: LabelCell](from: &bytes)
        severalLabels = try Int(from: &bytes)
    }
}

/// The first rows of each finding, by its number.
struct ExampleRows: Mergeable {
    static let most = 10

    /// Row → its id.
    private(set) var ids: [Int: [Int: String]] = [:]

    init() {}

    mutating func add(_ row: Row, to finding: Int) {
        ids[finding, default: [:]][row.index] = row.record.id
        thin(finding)
    }

    private mutating func thin(_ finding: Int) {
        while let rows = ids[finding], rows.count > Self.most, let last = rows.keys.max() {
            ids[finding]?[last] = nil
        }
    }

    /// Ids in the order of their rows.
    func rows(of finding: Int) -> [String] {
        (ids[finding] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    }

    mutating func merge(_ other: ExampleRows) {
        for (finding, rows) in other.ids {
            ids[finding, default: [:]].merge(rows) { own, _ in own }
            thin(finding)
        }
    }

    func write(to bytes: inout PortableWriter) {
        ids.count.write(to: &bytes)
        for (finding, rows) in ids.sorted(by: { $0.key < $1.key }) {
            finding.write(to: &bytes)
            rows.keys.sorted().write(to: &bytes)
            rows.sorted { $0.key < $1.key }.map(\.value).write(to: &bytes)
        }
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        for _ in 0..<(try bytes.count()) {
            let finding = try Int(from: &bytes)
            let (rows, names) = (try [Int](from: &bytes), try [String](from: &bytes))
            guard rows.count == names.count else { throw PortableReader.damaged }
            ids[finding] = Dictionary(zip(rows, names)) { own, _ in own }
        }
    }
}

internal import Pipeline
internal import Records
internal import StageKit

/// What the released rows are, counted by category, split and source.
///
/// Also what earlier stages noted about them. Holds no text of a row.
struct Composition: Equatable {
    /// Rows by split, in the order of ``Place``.
    struct Counts: Mergeable, Equatable {
        private(set) var byPlace = [Int](repeating: 0, count: Place.allCases.count)

        subscript(place: Place) -> Int {
            get { byPlace[place.rawValue] }
            set { byPlace[place.rawValue] = newValue }
        }

        var total: Int { byPlace.reduce(0, +) }

        init() {}

        mutating func merge(_ other: Counts) {
            for place in Place.allCases { self[place] += other[place] }
        }

        func write(to bytes: inout PortableWriter) { byPlace.write(to: &bytes) }

        init(from bytes: inout PortableReader) throws(Fault) {
            byPlace = try [Int](from: &bytes)
            guard byPlace.count == Place.allCases.count else { throw PortableReader.damaged }
        }
    }

    /// Where a row is: on a side of the split, or on none.
    enum Place: Int, Sendable, CaseIterable {
        case train, val, test, none

        init(_ side: SplitSide?) {
            switch side {
            case .train: self = .train
            case .val: self = .val
            case .test: self = .test
            case nil: self = .none
            }
        }

        var name: String {
            switch self {
            case .train: "train"
            case .val: "val"
            case .test: "test"
            case .none: "no split"
            }
        }
    }

    var rows = Counts()
    var positives: [String: Counts] = [:]
    var negatives: [String: Counts] = [:]
    var sources: [String: Counts] = [:]
    /// Source → model → rows, for rows that a model wrote or labelled.
    var models: [String: [String: Int]] = [:]
    var templates: [String: Int] = [:]
    var labelledBy: [String: Int] = [:]
    var languages: [String: Int] = [:]
    /// Rows that have a near copy with other labels.
    var conflicts = 0
    /// Rows with at least one suspicious label, and which categories those are.
    var suspicious = 0
    var suspiciousByCategory: [String: Int] = [:]

    /// The languages with a row `undetermined` for all others, so that they add up to the rows;
    /// none where nobody looked.
    var allLanguages: [String: Int] {
        if languages.isEmpty { return [:] }
        var all: [String: Int] = [:]
        for (language, rows) in languages {
            all[["un", "und"].contains(language) ? "undetermined" : language, default: 0] += rows
        }
        let rest = rows.total - languages.values.reduce(0, +)
        if rest > 0 { all["undetermined", default: 0] += rest }
        return all
    }

    var syntheticRows: Int {
        Provenance.Source.allCases.filter(\.isSynthetic)
            .reduce(0) { $0 + (sources[$1.rawValue]?.total ?? 0) }
    }

    init() {}

    /// Counts the rows of a block.
    ///
    /// - Throws: `badData` for a line of a sidecar that is no JSON.
    init(of block: RowBlock) throws(Fault) {
        var parser = JSONParser()
        for row in block.rows { try add(row, &parser) }
    }

    private mutating func add(_ row: Row, _ parser: inout JSONParser) throws(Fault) {
        let place = Place(try SplitSide(row, &parser))
        rows[place] += 1
        for label in row.record.labels.known {
            if label.value {
                positives[label.category, default: Counts()][place] += 1
            } else {
                negatives[label.category, default: Counts()][place] += 1
            }
        }
        let provenance = row.record.provenance
        let source = provenance.source.rawValue
        sources[source, default: Counts()][place] += 1
        if let model = provenance.model { models[source, default: [:]][model, default: 0] += 1 }
        if let template = provenance.template { templates[template, default: 0] += 1 }
        if let labeller = provenance.labelledBy { labelledBy[labeller, default: 0] += 1 }
        if let language = try IngestNote(row, &parser)?.language {
            languages[language, default: 0] += 1
        }
        if try DedupeNote(row, &parser)?.isConflict == true { conflicts += 1 }
        let flags = try MislabelsNote(row, &parser)?.flags ?? []
        if !flags.isEmpty { suspicious += 1 }
        for category in flags { suspiciousByCategory[category, default: 0] += 1 }
    }
}

extension Composition: Mergeable {
    mutating func merge(_ other: Composition) {
        rows.merge(other.rows)
        positives.merge(other.positives)
        negatives.merge(other.negatives)
        sources.merge(other.sources)
        models.merge(other.models)
        templates.merge(other.templates)
        labelledBy.merge(other.labelledBy)
        languages.merge(other.languages)
        conflicts += other.conflicts
        suspicious += other.suspicious
        suspiciousByCategory.merge(other.suspiciousByCategory)
    }

    func write(to bytes: inout PortableWriter) {
        rows.write(to: &bytes)
        positives.write(to: &bytes)
        negatives.write(to: &bytes)
        sources.write(to: &bytes)
        models.write(to: &bytes)
        templates.write(to: &bytes)
        labelledBy.write(to: &bytes)
        languages.write(to: &bytes)
        conflicts.write(to: &bytes)
        suspicious.write(to: &bytes)
        suspiciousByCategory.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        rows = try Counts(from: &bytes)
        positives = try [String: Counts](from: &bytes)
        negatives = try [String: Counts](from: &bytes)
        sources = try [String: Counts](from: &bytes)
        models = try [String: [String: Int]](from: &bytes)
        templates = try [String: Int](from: &bytes)
        labelledBy = try [String: Int](from: &bytes)
        languages = try [String: Int](from: &bytes)
        conflicts = try Int(from: &bytes)
        suspicious = try Int(from: &bytes)
        suspiciousByCategory = try [String: Int](from: &bytes)
    }
}

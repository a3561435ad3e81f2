internal import Pipeline
internal import Records

/// The labels that people gave picked rows in earlier rounds, and why these were picked: the
/// content of the file that `labels` names.
struct TakenLabels: Portable {
    enum Value: Int8, Portable {
        case no = 0
        case yes = 1
        /// A person looked at the row and could not say.
        case undecided = -1

        init(_ value: Bool?) {
            self = value.map { $0 ? .yes : .no } ?? .undecided
        }
    }

    /// Who gave a label where the file does not say.
    private static let somebody = "person"

    /// Id → category → label.
    private var values: [String: [String: Value]] = [:]
    /// Id → who gave the last of its labels.
    private var who: [String: String] = [:]
    /// Id → why it was picked, a round each.
    private(set) var origins: [String: [PickOrigin]] = [:]

    init() {}

    /// The labels of a file; none when it does not exist yet.
    ///
    /// - Throws: As ``LabelBatch``.
    init(path: String?, taxonomy: Taxonomy?) throws(Fault) {
        guard let path, Paths.exists(path) else { return }
        let batch = try LabelBatch(path: path, taxonomy: taxonomy)
        origins = batch.origins
        for (id, claims) in batch.claims {
            values[id] = claims.mapValues { Value($0.value) }
            let last = claims.max { ($0.value.line, $0.key) < ($1.value.line, $1.key) }
            who[id] = last?.value.who
        }
    }

    /// The round whose rows are picked next, from 1.
    var nextRound: Int { (origins.values.joined().map(\.round).max() ?? 0) + 1 }

    /// The rounds with rows that were labelled.
    var rounds: Set<Int> { Set(origins.values.joined().map(\.round)) }

    /// How many records have a label, or were looked at.
    var count: Int { values.count }

    /// Whether the file is about a record at all.
    func knows(_ id: String) -> Bool { values[id] != nil || origins[id] != nil }

    func values(of id: String) -> [String: Value] { values[id] ?? [:] }

    /// A record with what people said of it; nil where nobody said anything.
    func labelled(_ record: Record, _ taxonomy: Taxonomy?) -> Record? {
        guard let given = values[record.id] else { return nil }
        var record = record
        record.labels = labels(given, over: record.labels, taxonomy)
        record.provenance.labelledBy = who[record.id] ?? Self.somebody
        return record
    }

    /// What people said of a record, with what follows from it.
    func labels(of id: String, _ taxonomy: Taxonomy?) -> Labels {
        labels(values(of: id), over: Labels(), taxonomy)
    }

    private func labels(
        _ given: [String: Value], over labels: Labels, _ taxonomy: Taxonomy?
    ) -> Labels {
        var labels = labels
        let held = given.filter { $0.value == .yes }.keys.sorted()
        if let taxonomy, taxonomy.isSingleLabel, !held.isEmpty {
            for category in taxonomy.categories { labels[category.id] = false }
        }
        for (category, value) in given { labels[category] = value == .no ? false : nil }
        for category in held {
            for implied in taxonomy?.closure(of: category) ?? [category] { labels[implied] = true }
        }
        return labels
    }

    func write(to bytes: inout PortableWriter) {
        values.write(to: &bytes)
        who.write(to: &bytes)
        origins.write(to: &bytes)
    }

    init(from bytes: inout PortableReader) throws(Fault) {
        values = try [String: [String: Value]](from: &bytes)
        who = try [String: String](from: &bytes)
        origins = try [String: [PickOrigin]](from: &bytes)
    }
}

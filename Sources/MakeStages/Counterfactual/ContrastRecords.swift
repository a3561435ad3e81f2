internal import Counterfactual
internal import Records

/// Turns contrast sets into records.
struct ContrastRecords: Sendable {
    private let stage: String
    private let category: String
    /// "frame@version" by frame.
    private let templates: [String: String]
    /// The axis of each subject that has one.
    private let axes: [String: String]

    init(stage: String, category: String, templates: [Template], subjects: [Subject]) {
        self.stage = stage
        self.category = category
        var versions: [String: String] = [:]
        for template in templates { versions[template.id] = "\(template.id)@\(template.version)" }
        self.templates = versions
        var axes: [String: String] = [:]
        for subject in subjects { axes[subject.conceptID] = subject.axis }
        self.axes = axes
    }

    /// One record a row, in the rows' order; a row's id is that of its set and cell.
    func records(_ set: ContrastSet) -> [Record] {
        set.rows.map { row in
            var labels = Labels()
            for label in row.labels { labels[label.category] = label.isUndesired }
            return Record(
                id: RecordIdentifier.child(
                    of: set.setID, stage: stage,
                    index: Cell.allCases.firstIndex(of: row.cell) ?? Cell.allCases.count,
                    text: row.text),
                text: row.text, labels: labels,
                provenance: Provenance(
                    source: .counterfactual, category: category, setID: set.setID,
                    template: templates[row.template], labelledBy: "template"),
                metadata: metadata(row))
        }
    }

    /// The same keys in every row, so that readers find one schema.
    private func metadata(_ row: ContrastRow) -> [UInt8] {
        var object = JSONObject()
        object["cell"] = .string(row.cell.rawValue)
        object["subject"] = .string(row.subjectConcept)
        object["axis"] = axes[row.subjectConcept].map { .string($0) } ?? .null
        object["predicate"] = .string(row.predicate)
        return object.bytes
    }
}

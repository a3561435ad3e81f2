public import Pipeline
public import Records
internal import StageKit

/// Keeps the rows whose value in a sidecar fits, or that have a label at all.
///
/// ```yaml
/// - use: filter
///   by: label
///   field: attributes.sentiment
///   keep: [neutral, positive]
///   only: {category: harassment, value: 0}
/// ```
///
/// A row that is labelled harassment 0 and whose sentiment is "negative" is refused with
/// `filtered_attribute`; a row labelled harassment 1 passes, whatever its sentiment.
public struct FilterStage: Stage {
    public static let description = StageDescription(
        name: "filter", version: 1, role: .filter,
        summary: "Refuses rows by a value beside them or by their labels.",
        method: "Compares one field of one sidecar with a list of texts or with bounds.",
        cost: "One pass; no call.",
        refusals: [
            .init("filtered_attribute", "The value is none of `keep`, or one of `drop`."),
            .init("filtered_score", "The number lies outside `at_least` and `at_most`."),
            .init("filtered_missing", "The row has no such value, and `missing` is refuse."),
            .init("unlabelled", "The row has no label, and `labelled` is set."),
        ])

    enum Missing: String, CaseIterable, Sendable {
        case keep, refuse
    }

    private let by: String?
    private let field: [String]
    private let keeps: [String]
    private let drops: [String]
    private let least: Double?
    private let most: Double?
    private let missing: Missing
    private let isLabelled: Bool
    private let category: String?
    private let value: Bool

    public init(_ settings: SettingsReader, _ setup: StageSetup) {
        by = settings.optionalString(
            "by", help: "The sidecar that has the value: the name of the stage that wrote it.")
        field = settings.string(
            "field", "", help: "Where the value stands there, such as `attributes.sentiment`."
        ).split(separator: ".").map(String.init)
        keeps = settings.strings("keep", [], help: "The texts to keep; all others are refused.")
        drops = settings.strings("drop", [], help: "The texts to refuse.")
        least = settings.optionalNumber(
            "at_least", in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude,
            help: "The smallest number to keep.")
        most = settings.optionalNumber(
            "at_most", in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude,
            help: "The largest number to keep.")
        missing = settings.choice(
            "missing", .refuse, help: "What becomes of rows without the value.")
        isLabelled = settings.flag(
            "labelled", false,
            help: "Refuse rows without any label; with `only.category`, without that one.")
        let only = settings.section("only", help: "The rows that the rule is for.")
        category =
            settings.has("only")
            ? only.requiredString("category", help: "Rows whose label in this category is known.")
            : nil
        value = only.integer("value", 1, in: 0...1, help: "And has this value.") == 1
        only.finish()
        check(settings, setup)
    }

    private func check(_ settings: SettingsReader, _ setup: StageSetup) {
        let hasRule = !keeps.isEmpty || !drops.isEmpty || least != nil || most != nil
        if by == nil, hasRule {
            settings.fault("by", "`by` is missing", hint: "name the stage that gives the value")
        }
        if by != nil, !hasRule {
            settings.fault(
                "by", "nothing says which values to keep",
                hint: "add `keep`, `drop`, `at_least` or `at_most`")
        }
        if by != nil, field.isEmpty { settings.fault("field", "`field` is missing") }
        if by == nil, !isLabelled, !hasRule {
            settings.fault(nil, "the filter has no rule", hint: "add `by`, or `labelled: true`")
        }
        if by == Sidecar.embeddings {
            settings.fault("by", "vectors cannot be filtered by", hint: "use centroid-filter")
        }
        if let least, let most, least > most {
            settings.fault("at_least", "`at_least` lies above `at_most`: nothing would be kept")
        }
        if (least != nil || most != nil), !keeps.isEmpty || !drops.isEmpty {
            settings.fault(
                "keep", "a value is a text or a number, not both", hint: "use two filters")
        }
        let ids = setup.taxonomy?.categories.map(\.id) ?? []
        if let category, !category.isEmpty, !ids.isEmpty, !ids.contains(category) {
            settings.fault(
                "only", "there is no category `\(category)`",
                hint: NearestName.hint(category, in: ids))
        }
    }

    public var reads: [String] { by.map { [$0] } ?? [] }

    public func steps(_ graph: inout StepGraph) throws(Fault) {
        graph.mapRows("compare") { _ in
            { (row) throws(Fault) in try verdict(row) }
        }
    }

    private func verdict(_ row: Row) throws(Fault) -> Outcome {
        let labels = row.record.labels
        if isLabelled {
            let isKnown = category.map { labels[$0] != nil } ?? !labels.isEmpty
            if !isKnown { return .refuse("unlabelled") }
        }
        // An unknown label is no 0: the rule is not for that row.
        if let category, labels[category] != value { return .keep }
        guard let by else { return .keep }
        guard let note = row.note(by), let found = try Self.value(field, in: note) else {
            return missing == .keep ? .keep : .refuse("filtered_missing")
        }
        if least == nil, most == nil {
            let text = found.text
            let fits = (keeps.isEmpty || keeps.contains(text)) && !drops.contains(text)
            return fits ? .keep : .refuse("filtered_attribute")
        }
        guard let number = found.number, number.isFinite else {
            return missing == .keep ? .keep : .refuse("filtered_missing")
        }
        let fits = number >= least ?? number && number <= most ?? number
        return fits ? .keep : .refuse("filtered_score", score: number)
    }

    /// The scalar at a path of keys; nil for null, and where there is none.
    private static func value(
        _ path: [String], in json: [UInt8]
    ) throws(Fault) -> JSONScalar? {
        var parser = JSONParser()
        return try JSONScalar(at: path[...], in: json, &parser)
    }
}

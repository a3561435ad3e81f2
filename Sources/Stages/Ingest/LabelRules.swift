internal import Pipeline
internal import Records

/// From a source's own labels to the taxonomy's categories.
struct LabelRules: Sendable {
    /// What one row says, category by category.
    struct Claims {
        var yes: [String] = []
        var no: [String] = []
        /// Named, but said to be unknown.
        var open: [String] = []
        /// Whether the row has labels at all, be they none.
        var isGiven = false
    }

    /// The taxonomy's categories; nil without a taxonomy, when every label is a category.
    private let categories: [String]?
    private let isSingle: Bool
    private let other: String?
    private let fillsZeros: Bool
    private let fixed: [(category: String, value: Bool)]
    private let closures: [String: [String]]
    /// The source's labels that are known, and the category of each.
    private let named: [String: String]
    /// The labels of a row that has just one, by the source's label.
    private var alone: [String: Labels] = [:]
    /// Categories with too few rows, and those that take their rows.
    private var merges: [String: String] = [:]

    init(_ source: SourceSettings, _ taxonomy: Taxonomy?, _ reader: SettingsReader) {
        categories = taxonomy?.categories.map(\.id)
        isSingle = taxonomy?.isSingleLabel ?? false
        other = source.other
        fillsZeros = source.unlisted == .zero
        var closures: [String: [String]] = [:]
        var named: [String: String] = [:]
        for category in taxonomy?.categories ?? [] {
            closures[category.id] = taxonomy?.closure(of: category.id)
            named[category.id] = category.id
        }
        self.closures = closures
        for (label, category) in source.map { named[label] = category }
        self.named = named
        var fixed: [(String, Bool)] = []
        for (category, text) in source.fixed {
            guard let value = Self.value(text) else {
                reader.fault("labels_fixed", "`labels_fixed.\(category)` is not 0 or 1")
                continue
            }
            if category != "*" { fixed.append((category, value)) }
        }
        let rest = source.fixed.last { $0.key == "*" }.flatMap { Self.value($0.value) }
        if let rest {
            for category in categories ?? [] where !fixed.contains(where: { $0.0 == category }) {
                fixed.append((category, rest))
            }
        }
        self.fixed = fixed
        check(source, reader)
        prepare()
    }

    private static func value(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "true", "yes": true
        case "0", "false", "no": false
        default: nil
        }
    }

    private func check(_ source: SourceSettings, _ reader: SettingsReader) {
        guard let categories else {
            if fillsZeros {
                reader.fault(
                    "unlisted", "`unlisted: zero` needs a taxonomy", hint: "name one in `taxonomy`")
            }
            return
        }
        func check(_ key: String, _ category: String) {
            if categories.contains(category) { return }
            reader.fault(
                key, "`\(key)` names `\(category)`, which the taxonomy does not have",
                hint: NearestName.hint(category, in: categories))
        }
        for entry in source.map { check("map", entry.value) }
        for entry in source.fixed where entry.key != "*" { check("labels_fixed", entry.key) }
        if let other { check("other", other) }
    }

    private mutating func prepare() {
        alone = [:]
        for (label, category) in named {
            alone[label] = labels(Claims(yes: [category], isGiven: true))
        }
    }

    /// The same rules with some categories merged into others.
    func merging(_ merges: [String: String]) -> LabelRules {
        var rules = self
        rules.merges = merges
        rules.prepare()
        return rules
    }

    /// Whether a name that is no text, such as a number, stands in `map`.
    func isNamed(_ label: String) -> Bool { named[label] != nil }

    /// The labels of a row that has one label and nothing else; nil when it is not known here.
    func labels(alone label: String) -> Labels? { alone[label] }

    /// Notes what a row says of one of its labels; false when the label is unknown.
    func claim(_ label: String, _ value: Bool?, _ claims: inout Claims) -> Bool {
        guard let category = named[label] ?? (categories == nil ? label : other) else {
            return false
        }
        switch value {
        case true?: if !claims.yes.contains(category) { claims.yes.append(category) }
        case false?: claims.no.append(category)
        case nil: claims.open.append(category)
        }
        return true
    }

    /// The labels that the claims come to; nil when a text of one category has several.
    ///
    /// A 1 outweighs a 0 and a 0 gives way to an unknown where several of the source's labels mean
    /// one category. A 1 makes the category's parents 1 as well.
    func labels(_ claims: Claims, isRecord: Bool = false) -> Labels? {
        if isSingle, claims.yes.count > 1 { return nil }
        var labels = Labels()
        for category in claims.no where !claims.open.contains(category) {
            labels[category] = false
        }
        for category in claims.yes {
            for implied in closures[category] ?? [category] { labels[implied] = true }
        }
        if !isRecord {
            let isComplete = isSingle && claims.yes.count == 1 || fillsZeros && claims.isGiven
            for category in isComplete ? categories ?? [] : []
            where labels[category] == nil && !claims.open.contains(category) {
                labels[category] = false
            }
            for (category, value) in fixed
            where labels[category] == nil && !claims.open.contains(category) {
                labels[category] = value
            }
        }
        return merges.isEmpty ? labels : merged(labels)
    }

    private func merged(_ labels: Labels) -> Labels {
        var result = labels
        for label in labels.known {
            guard let target = merges[label.category] else { continue }
            result[label.category] = nil
            guard label.value else { continue }
            for implied in closures[target] ?? [target] where merges[implied] == nil {
                result[implied] = true
            }
        }
        return result
    }
}

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
        /// The first label that stands for none, and the first that is unknown.
        var missing: String?
        var unknown: String?
    }

    /// The taxonomy's categories; nil without a taxonomy, when every label is a category.
    private let categories: [String]?
    private let isSingle: Bool
    private let other: String?
    /// Labels that stand for none.
    private let missing: Set<String>
    private let fillsZeros: Bool
    private let fixed: [(category: String, value: Bool)]
    private let closures: [String: [String]]
    /// The source's labels that are known, and the categories of each.
    private let named: [String: [String]]
    /// The source's labels that `map` has.
    private let mapped: Set<String>
    /// The categories that are 0 where a label means none.
    private let zeros: [String]
    /// The labels of a row that has just one, by the source's label.
    private var alone: [String: Labels] = [:]
    /// Categories with too few rows, and those that take their rows.
    private var merges: [String: String] = [:]

    init(_ source: SourceSettings, _ taxonomy: Taxonomy?, _ reader: SettingsReader) {
        categories = taxonomy?.categories.map(\.id)
        isSingle = taxonomy?.isSingleLabel ?? false
        other = source.other.map(CategoryName.normal)
        fillsZeros = source.unlisted == .zero
        var closures: [String: [String]] = [:]
        var named: [String: [String]] = [:]
        for category in taxonomy?.categories ?? [] {
            closures[category.id] = taxonomy?.closure(of: category.id)
            named[category.id] = [category.id]
        }
        self.closures = closures
        for (label, categories) in source.map {
            named[CategoryName.normal(label)] = categories.map(CategoryName.normal)
        }
        // `1.0` and `True` are other ways to write 1 and true; what is named itself goes first.
        for (label, categories) in source.map {
            guard let value = Self.plainValue(CategoryName.normal(label)) else { continue }
            named[value] = named[value] ?? categories.map(CategoryName.normal)
        }
        mapped = Set(source.map.map { CategoryName.normal($0.key) })
        let targets = Set(source.map.flatMap(\.values).map(CategoryName.normal)).sorted()
        zeros = targets.isEmpty ? taxonomy?.categories.map(\.id) ?? [] : targets
        self.named = named
        missing = Set(source.missing.map(CategoryName.normal)).subtracting(named.keys)
        var fixed: [(String, Bool)] = []
        for (category, text) in source.fixed {
            let category = CategoryName.normal(category)
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
        for entry in source.map where entry.values.isEmpty && zeros.isEmpty {
            reader.fault(
                "map", "`map.\(entry.key)` is `[]`, and nothing says which categories are 0",
                hint: "map other labels to categories, or name a taxonomy")
        }
        for entry in source.map where isSingle && entry.values.count > 1 {
            reader.fault(
                "map",
                "`map.\(entry.key)` names several categories, and the taxonomy gives a text "
                    + "just one")
        }
        guard let categories else {
            if fillsZeros {
                reader.fault(
                    "unlisted", "`unlisted: zero` needs a taxonomy", hint: "name one in `taxonomy`")
            }
            return
        }
        func check(_ key: String, _ category: String) {
            if categories.contains(CategoryName.normal(category)) { return }
            reader.fault(
                key, "`\(key)` names `\(category)`, which the taxonomy does not have",
                hint: NearestName.hint(category, in: categories))
        }
        for entry in source.map { for category in entry.values { check("map", category) } }
        for entry in source.fixed where entry.key != "*" { check("labels_fixed", entry.key) }
        if let other { check("other", other) }
    }

    private mutating func prepare() {
        alone = [:]
        for label in named.keys {
            var claims = Claims(isGiven: true)
            _ = claim(label, true, &claims)
            alone[label] = labels(claims)
        }
    }

    /// The same rules with some categories merged into others.
    func merging(_ merges: [String: String]) -> LabelRules {
        var rules = self
        rules.merges = merges
        rules.prepare()
        return rules
    }

    /// Whether a name that is no text, such as a number, stands in `map` or the taxonomy.
    func isNamed(_ label: String) -> Bool { categories(named: label) != nil }

    /// Whether `map` has a label in its normal form.
    func isMapped(_ label: String) -> Bool {
        mapped.contains(label) || Self.plainValue(label).map(mapped.contains) ?? false
    }

    /// The categories that a label in its normal form means here.
    private func categories(named label: String) -> [String]? {
        named[label] ?? Self.plainValue(label).flatMap { named[$0] }
    }

    /// A whole number without its fraction of zeros, and a truth value in small letters, as
    /// programs write a column of numbers with gaps or of Python's values; nil for other texts.
    private static func plainValue(_ label: String) -> String? {
        switch label {
        case "true", "True", "TRUE": return "true"
        case "false", "False", "FALSE": return "false"
        default: break
        }
        guard let first = label.utf8.first, first == 0x2D || (0x30...0x39).contains(first),
            let number = Double(label), number == number.rounded(), abs(number) < 1e15
        else { return nil }
        return String(Int(number))
    }

    /// The labels of a row that has one label and nothing else; nil when it is not known here.
    func labels(alone label: String) -> Labels? { alone[label] }

    /// Whether a label in its normal form stands for no label, which is noted.
    func isMissing(_ label: String, _ claims: inout Claims) -> Bool {
        if label.isEmpty { return true }
        guard missing.contains(label) else { return false }
        claims.missing = claims.missing ?? label
        return true
    }

    /// The labels that a source may have, as far as they are known.
    var known: [String] { (categories ?? []) + named.keys.sorted() }

    /// Notes what a row says of one of its labels; false when the label is unknown.
    ///
    /// - Parameter label: In its normal form; see ``CategoryName``.
    func claim(_ label: String, _ value: Bool?, _ claims: inout Claims) -> Bool {
        let own = categories == nil ? label : other
        guard let meant = categories(named: label) ?? own.map({ [$0] }) else {
            claims.unknown = claims.unknown ?? label
            return false
        }
        switch value {
        case true? where meant.isEmpty: claims.no += zeros
        case true?:
            for category in meant where !claims.yes.contains(category) {
                claims.yes.append(category)
            }
        // That not all of several hold says of none that it does not.
        case false?: if meant.count == 1 { claims.no += meant }
        case nil: claims.open += meant
        }
        return true
    }

    /// Notes what a row says in a column that is a label with 0 or 1, or holds a label's name.
    ///
    /// - Parameters:
    ///   - column: The column's name in its normal form.
    ///   - text: The cell's text, or a number or truth value as it is written.
    /// - Returns: Why the row is refused; nil where it is not.
    func claim(column: String, _ text: String, _ claims: inout Claims) -> Refusal? {
        let name = CategoryName.normal(text)
        let isNamed = isMapped(name)
        if !isNamed, isMissing(name, &claims) { return nil }
        claims.isGiven = true
        if !isNamed, let value = Self.flag(name) {
            return claim(column, value, &claims) ? nil : Refusal("unknown_label")
        }
        if !isNamed, Double(name) != nil {
            return Refusal("bad_label", detail: "\(column) is not 0 or 1")
        }
        return claim(name, true, &claims) ? nil : Refusal("unknown_label")
    }

    /// The value of a cell of 0 or 1; nil for another text.
    static func flag(_ text: String) -> Bool? {
        switch plainValue(text) ?? text.lowercased() {
        case "1", "true", "yes": true
        case "0", "false", "no": false
        default: nil
        }
    }

    /// The labels that the claims come to; nil when a text of one category has several.
    ///
    /// A 1 outweighs a 0 and a 0 gives way to an unknown where several of the source's labels mean
    /// one category. A 1 makes the category's parents 1 as well; see ``overruled(_:)``.
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

    /// The categories that the source says are 0 and that one with a 1 implies: the record says 1,
    /// and one of the two labels is wrong.
    func overruled(_ claims: Claims) -> [String] {
        if claims.no.isEmpty { return [] }
        return claims.no.filter { category in
            !claims.yes.contains(category) && !claims.open.contains(category)
                && merges[category] == nil
                && claims.yes.contains { closures[$0]?.contains(category) ?? false }
        }
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

internal import Pipeline
internal import Records

/// Which categories of a scorer stand for a category of the labels.
///
/// Taxonomies differ: a category of the one is predicted by the highest score of several of the
/// other (Markov et al. 2023, table 6). A category that is not mapped is predicted by the one of
/// its name.
struct CategoryMapping: Sendable, Equatable {
    /// Category of the labels → categories of the scorer, in the order of the settings.
    private(set) var sources: [String: [String]] = [:]

    static func read(_ settings: SettingsReader) -> CategoryMapping {
        var mapping = CategoryMapping()
        let entries = settings.lists(
            "mapping",
            help: "Which categories of the scorer predict a category of the labels, where names "
                + "differ: the highest score of a list, `anger: [hate, insult]` or "
                + "`anger: max(hate, insult)`.")
        for (category, values) in entries {
            let names = values.flatMap(names)
            if names.isEmpty || names.contains(where: \.isEmpty) {
                settings.fault(
                    "mapping", "`mapping.\(category)` names no category of the scorer",
                    hint: "`\(category): [one, other]` or `\(category): max(one, other)`")
            }
            mapping.sources[category] = names.filter { !$0.isEmpty }
        }
        return mapping
    }

    /// The names in `max(a, b)`, or the text itself.
    private static func names(_ text: String) -> [String] {
        guard text.hasPrefix("max("), text.hasSuffix(")") else { return [text] }
        return text.dropFirst(4).dropLast().split(separator: ",", omittingEmptySubsequences: false)
            .map { part in
                let tail = part.drop { $0 == " " }
                return String(tail.reversed().drop { $0 == " " }.reversed())
            }
    }

    /// The categories of the scorer that predict `category`; empty when there are none.
    func sources(of category: String, among scored: [String]) -> [String] {
        sources[category] ?? (scored.contains(category) ? [category] : [])
    }

    /// - Parameter scored: The categories that the scorer has.
    /// - Throws: `configuration` for every name in the mapping that neither side has.
    func check(_ scored: [String], labels: [String]) throws(Fault) {
        var faults: [Fault] = []
        for (category, names) in sources.sorted(by: { $0.key < $1.key }) {
            if !labels.contains(category) {
                faults.append(
                    Fault(
                        .configuration,
                        "`mapping` maps `\(category)`, which is no category of the rows",
                        hint: NearestName.hint(category, in: labels)))
            }
            for name in names where !scored.contains(name) {
                faults.append(
                    Fault(
                        .configuration,
                        "`mapping.\(category)` names `\(name)`, which the scorer does not score",
                        hint: NearestName.hint(name, in: scored)
                            ?? "it scores \(scored.joined(separator: ", "))"))
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
    }
}

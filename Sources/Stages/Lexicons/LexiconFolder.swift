internal import Pipeline
internal import Records
internal import Text

/// Which lexicons speak for a taxonomy's categories: the files of a folder (`<category>.tsv`), or
/// through `aliases.yaml` those of another taxonomy.
struct LexiconFolder {
    /// A category and the lexicons whose risks make its own.
    struct Rule: Sendable, Equatable {
        var category: String
        var lexicons: [String]
        /// Whether the smallest of the risks counts, not the largest.
        var needsAll: Bool
    }

    let rules: [Rule]
    /// The category of a text that no lexicon speaks about, where the aliases name one.
    let otherwise: String?
    /// The files read, in order.
    let files: [String]

    /// - Parameter taxonomy: nil to take every lexicon as a category of its own.
    /// - Throws: `configuration` when the folder or a lexicon that is named is missing.
    init(folder: String, taxonomy: Taxonomy?) throws(Fault) {
        let names = FileSystem.names(in: folder).filter { $0.hasSuffix(".tsv") }
            .map { String($0.dropLast(4)) }.filter { $0 != "sentiment" }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        guard !names.isEmpty else {
            throw Fault(
                .configuration, "the folder has no lexicons", at: .file(folder),
                hint: "a lexicon is <category>.tsv with weight, tab, phrase on each line")
        }
        let parent = folder.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        let aliases = "\(folder.hasPrefix("/") || !parent.isEmpty ? parent : ".")/aliases.yaml"
        var rules: [Rule] = []
        var read: [String] = []
        var otherwise: String?
        if let taxonomy {
            var named: [Rule]?
            if let node = try Self.aliases(aliases, taxonomy.name) {
                named = try Self.rules(node)
                if case .scalar(let name?)? = node["otherwise"]?.content { otherwise = name }
                read.append(aliases)
            }
            for category in taxonomy.categories {
                let found = (named ?? []).filter { $0.category == category.id }
                // `all_of` stands behind the plain list and outweighs it.
                if let rule = found.last(where: { !$0.lexicons.isEmpty }) {
                    rules.append(rule)
                } else if named == nil, names.contains(category.id) {
                    rules.append(
                        Rule(category: category.id, lexicons: [category.id], needsAll: false))
                }
            }
        } else {
            rules = names.map { Rule(category: $0, lexicons: [$0], needsAll: false) }
        }
        for rule in rules {
            for lexicon in rule.lexicons where !names.contains(lexicon) {
                throw Fault(
                    .configuration, "there is no lexicon `\(lexicon)` for `\(rule.category)`",
                    at: .file(folder), hint: NearestName.hint(lexicon, in: names))
            }
        }
        guard !rules.isEmpty else {
            throw Fault(
                .configuration, "no lexicon speaks for a category of the taxonomy",
                at: .file(folder),
                hint: "name a file after a category, or map them in aliases.yaml")
        }
        self.rules = rules
        self.otherwise = otherwise
        let wanted = Set(rules.flatMap(\.lexicons))
        files = read + names.filter { wanted.contains($0) }.map { "\(folder)/\($0).tsv" }
    }

    /// What `aliases.yaml` says of a taxonomy; nil when it is not there or does not name it.
    private static func aliases(
        _ path: String, _ taxonomy: String
    ) throws(Fault) -> SettingNode? {
        guard Paths.exists(path) else { return nil }
        let root = try SettingNode.parse(yaml: try TextFile.read(path), file: path)
        return root["taxonomies"]?[taxonomy]
    }

    private static func rules(_ node: SettingNode) throws(Fault) -> [Rule] {
        var rules: [Rule] = []
        for (key, needsAll) in [("categories", false), ("all_of", true)] {
            guard case .mapping(let entries)? = node[key]?.content else { continue }
            for entry in entries {
                guard case .list(let nodes) = entry.value.content else {
                    throw Fault(
                        .configuration, "`\(entry.key)` is not a list of lexicons",
                        at: entry.value.place)
                }
                let lexicons = nodes.compactMap { node in
                    if case .scalar(let name?) = node.content { name } else { nil }
                }
                rules.append(
                    Rule(category: entry.key, lexicons: lexicons, needsAll: needsAll))
            }
        }
        return rules
    }
}

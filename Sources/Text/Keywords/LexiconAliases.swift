public import Records

/// Which lexicons speak for the categories of other taxonomies: `corpora/lexicons/aliases.yaml`.
///
/// ```yaml
/// taxonomies:
///   voice-6:
///     otherwise: NoViolation                 # when nothing else reaches the threshold
///     categories:
///       Bullying: [harassment, threats]      # the largest of their risks
///       NoViolation: []                      # no lexicon speaks for it: unknown
///     all_of:
///       hate/threatening: [hate_speech, threats]   # the smallest of their risks
/// ```
public struct LexiconAliases: Sendable {
    public static let fileName = "aliases.yaml"

    /// The lexicons whose risks make a category's own.
    public struct Rule: Sendable, Equatable {
        public var category: String
        public var lexicons: [String]
        /// Whether the smallest of the risks counts, not the largest.
        public var needsAll: Bool

        public init(category: String, lexicons: [String], needsAll: Bool = false) {
            self.category = category
            self.lexicons = lexicons
            self.needsAll = needsAll
        }

        /// The category's risk, from those of its lexicons that are known; nil without any.
        public func risk(_ parts: [Double]) -> Double? { needsAll ? parts.min() : parts.max() }
    }

    /// One taxonomy's names.
    public struct Names: Sendable {
        public var taxonomy: String
        /// In the order of the file, `all_of` behind `categories`; rules without lexicons as well.
        public var rules: [Rule] = []
        /// The category of a text that no lexicon speaks about, where there is one.
        public var otherwise: String?
        /// For each rule, where its lexicons stand in the file.
        fileprivate var places: [[Fault.Place]] = []
    }

    /// The file that was read; nil when there was none.
    public private(set) var path: String?
    /// In the order of the file.
    public private(set) var taxonomies: [Names] = []

    /// No aliases at all.
    public init() {}

    /// Reads the aliases of a folder, which need not have any.
    ///
    /// - Throws: All faults of the file at once, with line and column.
    public init(in folder: String) throws(Fault) {
        guard try TextFile.names(in: folder, suffix: ".yaml").contains(Self.fileName) else {
            return
        }
        let path = "\(folder)/\(Self.fileName)"
        guard let entries = try YAMLNode.read(path)["taxonomies"]?.mapping else {
            throw Fault(
                .configuration, "the file has no mapping `taxonomies`", at: .file(path))
        }
        var faults: [Fault] = []
        for entry in entries {
            taxonomies.append(Self.names(entry.key, entry.value, &faults))
        }
        if let fault = Fault.combined(faults) { throw fault }
        self.path = path
    }

    public subscript(taxonomy: String) -> Names? { taxonomies.first { $0.taxonomy == taxonomy } }

    private static func names(
        _ taxonomy: String, _ node: YAMLNode, _ faults: inout [Fault]
    ) -> Names {
        var names = Names(taxonomy: taxonomy)
        names.otherwise = node["otherwise"]?.text
        for (key, needsAll) in [("categories", false), ("all_of", true)] {
            for entry in node[key]?.mapping ?? [] {
                guard let nodes = entry.value.list else {
                    faults.append(
                        Fault(
                            .configuration, "`\(entry.key)` is not a list of lexicons",
                            at: entry.value.place))
                    continue
                }
                let lexicons = nodes.filter { $0.text != nil }
                for node in nodes where node.text == nil {
                    faults.append(
                        Fault(.configuration, "the name of a lexicon is not a text", at: node.place)
                    )
                }
                names.rules.append(
                    Rule(
                        category: entry.key, lexicons: lexicons.compactMap(\.text),
                        needsAll: needsAll))
                names.places.append(lexicons.map(\.place))
            }
        }
        return names
    }
}

extension LexiconAliases.Names {
    /// A fault for each lexicon of the wanted categories' rules that is not there.
    public func faults(
        known: [String], where isWanted: (String) -> Bool = { _ in true }
    ) -> [Fault] {
        var faults: [Fault] = []
        for (rule, places) in zip(rules, places) where isWanted(rule.category) {
            for (lexicon, place) in zip(rule.lexicons, places) where !known.contains(lexicon) {
                faults.append(
                    Fault(
                        .configuration, "there is no lexicon `\(lexicon)` for `\(rule.category)`",
                        at: place, hint: NearestName.hint(lexicon, in: known)))
            }
        }
        return faults
    }
}

internal import Pipeline
internal import Records
internal import Text

/// The lexicons that speak for a taxonomy's categories.
///
/// `<folder>/<taxonomy>/<category>.tsv`; for a taxonomy without a folder of its own,
/// `<folder>/aliases.yaml` says which lexicons of `moderation-18` stand in.
struct CategoryLexicons: Sendable {
    private let scan: KeywordScan
    /// Category → places in the scan's risks; the largest counts.
    private let sources: [(id: String, places: [Int])]
    /// Category → places of which all must speak; the smallest counts.
    private let joint: [(id: String, places: [Int])]
    /// The category of a text that no lexicon speaks about, in a single-label taxonomy.
    let otherwise: String?

    static let base = "moderation-18"

    init(folder: String, taxonomy: Taxonomy) throws(Fault) {
        let own = "\(folder)/\(taxonomy.name)"
        let files = Paths.isFolder(own) ? own : "\(folder)/\(Self.base)"
        let names = FileSystem.names(in: files).filter { $0.hasSuffix(".tsv") }
            .map { String($0.dropLast(4)) }
        if names.isEmpty {
            throw Fault(
                .configuration, "the folder has no lexicons for `\(taxonomy.name)`",
                at: .file(folder), hint: "one <category>.tsv in \(own), or an alias")
        }
        var lexicons: [Lexicon] = []
        for name in names {
            lexicons.append(try Lexicon(path: "\(files)/\(name).tsv", category: name))
        }
        scan = try KeywordScan(lexicons)
        func places(_ names: [String]) -> [Int] {
            names.compactMap { name in lexicons.firstIndex { $0.category == name } }
        }
        let aliases =
            files == own ? nil : try Self.aliases("\(folder)/aliases.yaml")?[taxonomy.name]
        otherwise = aliases?["otherwise"]?.words.first
        sources = taxonomy.categories.compactMap { category in
            let names = aliases.map { $0["categories"]?[category.id]?.words ?? [] } ?? [category.id]
            let found = places(names)
            return found.isEmpty ? nil : (category.id, found)
        }
        joint = taxonomy.categories.compactMap { category in
            let found = places(aliases?["all_of"]?[category.id]?.words ?? [])
            return found.isEmpty ? nil : (category.id, found)
        }
    }

    private static func aliases(_ path: String) throws(Fault) -> SettingNode? {
        guard Paths.exists(path) else { return nil }
        return try SettingNode.parse(yaml: try TextFile.read(path), file: path)["taxonomies"]
    }

    /// The risk of every category that a lexicon speaks for.
    func risks(of text: String) -> [String: Double] {
        let risks = scan.scan(text).risks
        var result: [String: Double] = [:]
        for (id, places) in sources { result[id] = places.map { risks[$0] }.max() }
        for (id, places) in joint { result[id] = places.map { risks[$0] }.min() }
        return result
    }
}

extension SettingNode {
    /// The texts of a list, or the one of a scalar.
    fileprivate var words: [String] {
        switch content {
        case .scalar(let text?): [text]
        case .list(let nodes): nodes.flatMap(\.words)
        default: []
        }
    }
}

internal import Pipeline
internal import Records
internal import Text

/// The lexicons that speak for a taxonomy's categories, ready to score texts.
///
/// `<folder>/<taxonomy>/<category>.tsv`; for a taxonomy without a folder of its own,
/// `<folder>/aliases.yaml` says which lexicons of `moderation-18` stand in (``LexiconFolder``).
struct CategoryLexicons: Sendable {
    private let scan: KeywordScan
    /// Category → places in the scan's risks, and whether the smallest of them counts, not the
    /// largest.
    private let sources: [(id: String, places: [Int], needsAll: Bool)]
    /// The category of a text that no lexicon speaks about.
    let otherwise: String?

    static let base = "moderation-18"

    /// The folder whose files speak for a taxonomy, and which of them for which category.
    ///
    /// - Throws: `configuration` when there are no lexicons, or an alias names one that is missing.
    static func find(
        in folder: String, for taxonomy: Taxonomy
    ) throws(Fault) -> (path: String, folder: LexiconFolder) {
        let own = "\(folder)/\(taxonomy.name)"
        let path = Paths.isFolder(own) ? own : "\(folder)/\(base)"
        return (path, try LexiconFolder(folder: path, taxonomy: taxonomy))
    }

    /// - Throws: As ``find(in:for:)``, and for a lexicon that cannot be read.
    init(folder: String, taxonomy: Taxonomy) throws(Fault) {
        let (files, found) = try Self.find(in: folder, for: taxonomy)
        let names = Set(found.rules.flatMap(\.lexicons)).sorted()
        var lexicons: [Lexicon] = []
        for name in names {
            lexicons.append(try Lexicon(path: "\(files)/\(name).tsv", category: name))
        }
        scan = try KeywordScan(lexicons)
        otherwise = found.otherwise
        sources = found.rules.map { rule in
            (rule.category, rule.lexicons.compactMap { names.firstIndex(of: $0) }, rule.needsAll)
        }
    }

    /// The risk of every category that a lexicon speaks for.
    func risks(of text: String) -> [String: Double] {
        let risks = scan.scan(text).risks
        var result: [String: Double] = [:]
        for (id, places, needsAll) in sources {
            let parts = places.map { risks[$0] }
            result[id] = needsAll ? parts.min() : parts.max()
        }
        return result
    }
}

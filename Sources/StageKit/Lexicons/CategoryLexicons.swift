internal import Pipeline
package import Records

/// The lexicons that speak for a taxonomy's categories, ready to score texts.
///
/// `<folder>/<taxonomy>/<category>.tsv`; for a taxonomy without a folder of its own,
/// `<folder>/aliases.yaml` says which lexicons of `moderation-18` stand in (``LexiconFolder``).
package struct CategoryLexicons: Sendable {
    private let scan: RiskScan
    /// The category of a text that no lexicon speaks about.
    package let otherwise: String?

    package static let base = "moderation-18"

    /// The folder whose files speak for a taxonomy, and which of them for which category.
    ///
    /// - Throws: `configuration` when there are no lexicons, or an alias names one that is missing.
    package static func find(
        in folder: String, for taxonomy: Taxonomy
    ) throws(Fault) -> (path: String, folder: LexiconFolder) {
        let own = "\(folder)/\(taxonomy.name)"
        let path = Paths.isFolder(own) ? own : "\(folder)/\(base)"
        return (path, try LexiconFolder(folder: path, taxonomy: taxonomy))
    }

    /// - Throws: As ``find(in:for:)``, and for a lexicon that cannot be read.
    package init(folder: String, taxonomy: Taxonomy) throws(Fault) {
        let found = try Self.find(in: folder, for: taxonomy).folder
        scan = try RiskScan(found, wanted: [])
        otherwise = found.otherwise
    }

    /// The risk of every category that a lexicon speaks for.
    package func risks(of text: String) -> [String: Double] {
        Dictionary(
            zip(scan.categories, scan.risks(of: text)), uniquingKeysWith: { _, last in last })
    }
}

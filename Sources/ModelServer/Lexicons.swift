public import Records
internal import Text

/// Keyword scores by category: `Text`'s lexicons and scan, and the names that other taxonomies have
/// for the same things.
///
/// A folder holds either `<category>.tsv` files, or such folders and `aliases.yaml`
/// (`LexiconAliases`), as corpora/lexicons does. A category's score is ``KeywordScan``'s risk.
public struct Lexicons: Sendable {
    /// The categories with a lexicon of their own, sorted.
    public let categories: [String]
    private let scan: KeywordScan?
    private let aliases: AliasScores

    /// Reads every lexicon of a folder.
    ///
    /// - Throws: `configuration`, of all files together: what `Lexicon` and `LexiconAliases` say;
    ///   a category in two of the folders.
    public init(folder: String) throws(Fault) {
        let files = try LexiconFiles(under: folder)
        categories = files.categories
        var lexicons: [Lexicon] = []
        var faults: [Fault] = []
        do throws(Fault) {
            lexicons = try files.lexicons()
        } catch {
            faults += error.all
        }
        var aliases = LexiconAliases()
        do throws(Fault) {
            aliases = try LexiconAliases(in: folder)
            faults += aliases.taxonomies.flatMap { $0.faults(known: files.categories) }
        } catch {
            faults += error.all
        }
        if let fault = Fault.combined(faults) { throw fault }
        self.aliases = AliasScores(aliases)
        scan = lexicons.isEmpty ? nil : try KeywordScan(lexicons)
    }

    /// No lexicon at all: every score is missing.
    public init() {
        categories = []
        scan = nil
        aliases = AliasScores(LexiconAliases())
    }

    /// The score of every category that has a lexicon or an alias for one, 0…1.
    public func scores(of text: String) -> [String: Double] {
        guard let scan else { return [:] }
        let risks = scan.scan(text).risks
        var scores: [String: Double] = [:]
        for (index, category) in categories.enumerated() { scores[category] = risks[index] }
        // A lexicon of its own speaks before an alias.
        for (name, score) in aliases.scores(scores) where scores[name] == nil {
            scores[name] = score
        }
        return scores
    }
}

public import Records
internal import Text

/// Keyword scores by category: `Text`'s lexicons and scan, and the names that other taxonomies have
/// for the same things.
///
/// A folder holds either `<category>.tsv` files, or such folders and `aliases.yaml`
/// (``LexiconAliases``), as corpora/lexicons does. A category's score is ``KeywordScan``'s risk.
public struct Lexicons: Sendable {
    /// The categories with a lexicon of their own, sorted.
    public let categories: [String]
    private let scan: KeywordScan?
    private let aliases: LexiconAliases

    /// Reads every lexicon of a folder.
    ///
    /// Faults (configuration), of all files together: what `Lexicon` and ``LexiconAliases`` say;
    /// a category in two of the folders.
    public init(folder: String) throws(Fault) {
        var files = try Self.files(in: folder)
        if files.isEmpty {
            for name in try TextFile.names(in: folder, suffix: "")
            where Self.isFolder("\(folder)/\(name)") {
                files += try Self.files(in: "\(folder)/\(name)")
            }
        }
        var lexicons: [Lexicon] = []
        var faults: [Fault] = []
        for file in files.sorted(by: { $0.category < $1.category }) {
            do throws(Fault) {
                lexicons.append(try Lexicon(path: file.path, category: file.category))
            } catch {
                faults += error.all
            }
        }
        categories = lexicons.map(\.category)
        do throws(Fault) {
            let hasAliases = try TextFile.names(in: folder, suffix: ".yaml").contains(
                LexiconAliases.fileName)
            aliases =
                hasAliases
                ? try LexiconAliases(
                    "\(folder)/\(LexiconAliases.fileName)", lexicons: files.map(\.category).sorted()
                )
                : LexiconAliases()
        } catch {
            faults += error.all
            aliases = LexiconAliases()
        }
        if let fault = Fault.combined(faults) { throw fault }
        scan = lexicons.isEmpty ? nil : try KeywordScan(lexicons)
    }

    /// No lexicon at all: every score is missing.
    public init() {
        categories = []
        scan = nil
        aliases = LexiconAliases()
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

    /// The lexicons of one folder; those of words with a sign (`sentiment.tsv`, say) are none.
    private static func files(
        in folder: String
    ) throws(Fault) -> [(category: String, path: String)] {
        let suffix = ".tsv"
        return try TextFile.names(in: folder, suffix: suffix)
            .map { (String($0.dropLast(suffix.count)), "\(folder)/\($0)") }
            .filter { $0.0 != "sentiment" }
    }

    private static func isFolder(_ path: String) -> Bool {
        (try? TextFile.names(in: path, suffix: "")) != nil
    }
}

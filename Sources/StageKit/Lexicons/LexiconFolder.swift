package import Records
package import Text

/// Which lexicons speak for a taxonomy's categories: the files of a folder (`<category>.tsv`), or
/// through the `aliases.yaml` beside it those of another taxonomy.
package struct LexiconFolder {
    package typealias Rule = LexiconAliases.Rule

    package let rules: [Rule]
    /// The category of a text that no lexicon speaks about, where the aliases name one.
    package let otherwise: String?
    /// The files read, in order.
    package let files: [String]
    private let lexiconFiles: LexiconFiles

    /// - Parameter taxonomy: nil to take every lexicon as a category of its own.
    /// - Throws: `configuration` when the folder or a lexicon that is named is missing.
    package init(folder: String, taxonomy: Taxonomy?) throws(Fault) {
        lexiconFiles = try LexiconFiles(in: folder)
        let known = lexiconFiles.categories
        guard !known.isEmpty else {
            throw Fault(
                .configuration, "the folder has no lexicons", at: .file(folder),
                hint: "a lexicon is <category>.tsv with weight, tab, phrase on each line")
        }
        guard let taxonomy else {
            rules = known.map { Rule(category: $0, lexicons: [$0]) }
            otherwise = nil
            files = lexiconFiles.files.map(\.path)
            return
        }
        let aliases = try LexiconAliases(in: Self.parent(of: folder))
        let names = aliases[taxonomy.name]
        rules = taxonomy.categories.map(\.id).compactMap { category in
            if let names {
                // `all_of` stands behind the plain list and outweighs it.
                return names.rules.last { $0.category == category && !$0.lexicons.isEmpty }
            }
            return known.contains(category)
                ? Rule(category: category, lexicons: [category]) : nil
        }
        otherwise = names?.otherwise
        let wanted = Set(rules.map(\.category))
        if let names,
            let fault = Fault.combined(
                names.faults(known: known) { wanted.contains($0) })
        {
            throw fault
        }
        guard !rules.isEmpty else {
            throw Fault(
                .configuration, "no lexicon speaks for a category of the taxonomy",
                at: .file(folder),
                hint: "name a file after a category, or map them in aliases.yaml")
        }
        let lexicons = Set(rules.flatMap(\.lexicons))
        files =
            [names == nil ? nil : aliases.path].compactMap { $0 }
            + lexiconFiles.files.filter { lexicons.contains($0.category) }.map(\.path)
    }

    /// Reads the lexicons of some rules, sorted by name.
    ///
    /// - Throws: What `Lexicon` throws, of all files together.
    package func lexicons(of rules: [Rule]) throws(Fault) -> [Lexicon] {
        let wanted = Set(rules.flatMap(\.lexicons))
        return try lexiconFiles.lexicons { wanted.contains($0) }
    }

    private static func parent(of folder: String) -> String {
        let parent = folder.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/")
        return folder.hasPrefix("/") || !parent.isEmpty ? (parent.isEmpty ? "/" : parent) : "."
    }
}

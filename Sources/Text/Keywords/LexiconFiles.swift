public import Records

/// The lexicons of a folder: `<category>.tsv`, or folders with such files, as corpora/lexicons has.
public struct LexiconFiles: Sendable {
    private static let suffix = ".tsv"
    /// Words with a sign, not with a category.
    private static let others: Set<String> = ["sentiment"]

    /// Each category and its file, sorted by category.
    public private(set) var files: [(category: String, path: String)] = []

    public var categories: [String] { files.map(\.category) }

    /// Finds the folder's own lexicons.
    ///
    /// - Throws: `configuration` when the folder is missing or cannot be read.
    public init(in folder: String) throws(Fault) {
        try add(folder)
        sort()
    }

    /// Finds the folder's own lexicons; if it has none, those of the folders in it.
    ///
    /// - Throws: `configuration` when the folder is missing or cannot be read.
    public init(under folder: String) throws(Fault) {
        try add(folder)
        if files.isEmpty {
            for name in try TextFile.names(in: folder, suffix: "") {
                // Anything but a folder has no lexicons in it.
                try? add("\(folder)/\(name)")
            }
        }
        sort()
    }

    private mutating func sort() {
        files.sort { $0.category.utf8.lexicographicallyPrecedes($1.category.utf8) }
    }

    private mutating func add(_ folder: String) throws(Fault) {
        for name in try TextFile.names(in: folder, suffix: Self.suffix) {
            let category = String(name.dropLast(Self.suffix.count))
            if !Self.others.contains(category) { files.append((category, "\(folder)/\(name)")) }
        }
    }

    /// Reads the lexicons of some categories, in their order here.
    ///
    /// - Parameter isWanted: Whether a category is one of them.
    /// - Throws: All faults of all files together: what ``Lexicon`` throws.
    public func lexicons(where isWanted: (String) -> Bool = { _ in true }) throws(Fault)
        -> [Lexicon]
    {
        var lexicons: [Lexicon] = []
        var faults: [Fault] = []
        for (category, path) in files where isWanted(category) {
            do throws(Fault) {
                lexicons.append(try Lexicon(path: path, category: category))
            } catch {
                faults += error.all
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
        return lexicons
    }
}

public import Records

/// The grammars of a folder by category: `<category>.yaml`, `common.yaml` with shared symbols, and
/// `aliases.yaml` for categories of other taxonomies.
public struct GrammarLibrary: Sendable {
    private let grammars: [String: Grammar]
    private let aliases: [String: String]

    /// Reads `templates/grammars` or a folder like it.
    ///
    /// Faults (configuration) of all files
    /// together; a grammar or an alias for a denied category is one of them.
    ///
    /// - Throws: `configuration` for a file that is no grammar, a grammar of a denied category, or
    ///   an alias that leads to none.
    public init(folder: String) throws(Fault) {
        var grammars: [String: Grammar] = [:]
        var aliases: [(name: String, target: String, place: Fault.Place)] = []
        var faults: [Fault] = []
        let names = try TextFile.names(in: folder, suffix: ".yaml")
        var shared: GrammarFile?
        if names.contains("common.yaml") { shared = try GrammarFile("\(folder)/common.yaml") }
        for name in names where name != "common.yaml" {
            do throws(Fault) {
                let file = try GrammarFile("\(folder)/\(name)")
                aliases += file.aliases
                if file.symbols.isEmpty && !file.aliases.isEmpty { continue }
                let category = String(name.dropLast(".yaml".count))
                if DenyList.denies(category: category) {
                    throw Fault(
                        .configuration, "No grammar may exist for '\(category)'",
                        at: .file("\(folder)/\(name)"))
                }
                grammars[category] = try GrammarBuilder.build(file, shared: shared)
            } catch {
                faults += error.all
            }
        }
        for alias in aliases {
            if DenyList.denies(category: alias.name) || grammars[alias.target] == nil {
                faults.append(
                    Fault(
                        .configuration, "The alias '\(alias.name)' leads to no grammar",
                        at: alias.place,
                        hint: NearestName.hint(alias.target, in: grammars.keys.sorted())))
            }
        }
        if let fault = Fault.combined(faults) { throw fault }
        self.grammars = grammars
        self.aliases = aliases.reduce(into: [:]) { $0[$1.name] = $1.target }
    }

    /// The categories that can be asked for, sorted; aliases included.
    public var categories: [String] {
        (Array(grammars.keys) + Array(aliases.keys)).filter { $0 != "innocuous" }.sorted()
    }

    /// The name that an alias stands for, or the name itself.
    func canonicalName(of category: String) -> String { aliases[category] ?? category }

    /// The grammar of a category or its alias; nil when there is none, and always for a denied one.
    func grammar(of category: String) -> Grammar? {
        if DenyList.denies(category: category) { return nil }
        return grammars[category] ?? aliases[category].flatMap { grammars[$0] }
    }
}

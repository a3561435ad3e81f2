internal import Pipeline
package import Records
internal import Text

/// Which categories the offline server knows: it writes from one grammar a category and labels by
/// one lexicon a category, and has nothing to say about others.
package enum OfflineCategories {
    /// A fault for categories that the offline server has no grammar for; nil for none.
    ///
    /// A run would end with a refused call for each of them.
    package static func faultOfGenerate(_ categories: [String]) throws(Fault) -> Fault? {
        let known = try grammars()
        let unknown = categories.filter { !known.contains($0) }
        if unknown.isEmpty { return nil }
        return Fault(
            .configuration, "the offline model has no grammar for \(list(unknown))",
            why: "it writes texts only for categories with a file or an alias in "
                + OfflineProvider.grammars,
            hint: "name a real model in `provider`, or take them out of `categories` and `targets`"
                + nearest(unknown, in: known))
    }

    /// A warning about categories that the offline server cannot label; nil for none.
    package static func warningOfLabel(_ categories: [String]) throws(Fault) -> Fault? {
        let known = try lexicons()
        let unknown = categories.filter { !known.contains($0) }
        if unknown.isEmpty { return nil }
        return Fault(
            .configuration, "the offline model has no lexicon for \(list(unknown))",
            why: "it calls every text 0 there, with a confidence of 0.5",
            hint: "name a real model in `provider`, or set `min_confidence` above 0.5 so that such "
                + "answers are passed on" + nearest(unknown, in: known))
    }

    private static func list(_ categories: [String]) -> String {
        categories.prefix(8).map { "`\($0)`" }.joined(separator: ", ")
            + (categories.count > 8 ? " and \(categories.count - 8) more" : "")
    }

    private static func nearest(_ unknown: [String], in known: Set<String>) -> String {
        let names = known.sorted()
        return unknown.lazy.compactMap { NearestName.hint($0, in: names) }.first.map { "; \($0)" }
            ?? ""
    }

    private static func grammars() throws(Fault) -> Set<String> {
        let folder = ResourceFolder.path(OfflineProvider.grammars)
        let files = names(in: folder, suffix: ".yaml")
        return Set(files).subtracting(["common", "aliases", "innocuous"])
            .union(try aliases(folder).map(\.name))
    }

    /// Categories with a lexicon, and the other names that stand for them.
    private static func lexicons() throws(Fault) -> Set<String> {
        let folder = ResourceFolder.path(OfflineProvider.lexicons)
        var known = Set(try LexiconFiles(under: folder).categories)
        for alias in try aliases(ResourceFolder.path(OfflineProvider.grammars))
        where known.contains(alias.target) {
            known.insert(alias.name)
        }
        for taxonomy in try LexiconAliases(in: folder).taxonomies {
            known.formUnion(taxonomy.rules.map(\.category))
        }
        return known
    }

    private static func aliases(
        _ folder: String
    ) throws(Fault) -> [(name: String, target: String)] {
        let path = "\(folder)/aliases.yaml"
        guard Paths.exists(path) else { return [] }
        let root = try YAMLNode.read(path)
        return (root["grammar"]?.mapping ?? []).compactMap { entry in
            entry.value.text.map { (entry.key, $0) }
        }
    }

    private static func names(in folder: String, suffix: String) -> [String] {
        FileSystem.names(in: folder).filter { $0.hasSuffix(suffix) }
            .map { String($0.dropLast(suffix.count)) }
    }
}

internal import ArgumentParser
internal import FoundationEssentials
internal import Pipeline
internal import Records

struct InitCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Copy a shipped pipeline and its taxonomy to start from.")

    @Option(help: "Which pipeline.", completion: .recipe)
    var recipe = "quickstart"

    @Argument(help: "The folder to write to.", completion: .directory)
    var folder = "."

    @OptionGroup var format: JSONOption

    func run(_ context: Context) async throws(Fault) -> Int32 {
        let home = try ResourceFolder.required()
        let recipes = Self.recipes()
        guard recipes.contains(recipe) else {
            throw Fault(
                .usage, "there is no recipe `\(recipe)`",
                hint: NearestName.hint(recipe, in: recipes))
        }
        let text = try TextFile.read("\(home)/pipelines/\(recipe).yaml")
        var files = [("\(recipe).yaml", Self.relocated(text, home: home, to: folder))]
        if let taxonomy = Self.taxonomy(of: text) {
            files.append((taxonomy, try TextFile.read("\(home)/pipelines/\(taxonomy)")))
        }
        for (name, _) in files where Paths.exists("\(folder)/\(name)") {
            throw Fault(
                .usage, "the file is there already", at: .file("\(folder)/\(name)"),
                hint: "name another folder, or move it away")
        }
        for (name, content) in files {
            let path = "\(folder)/\(name)"
            if let slash = path.lastIndex(of: "/") {
                try FileSystem.makeFolder(String(path[..<slash]))
            }
            try JSONFile.write(Array(content.utf8), to: path)
            if !format.json { context.console.print(path) }
        }
        for line in Self.next(text, "\(folder)/\(recipe).yaml") { context.console.talk(line) }
        if format.json {
            var object = JSONObject()
            object["files"] = .strings(files.map { "\(folder)/\($0.0)" })
            return try context.console.print(object, exit: 0)
        }
        try context.console.checkOutput()
        return 0
    }

    /// What comes next: the run, and before it the files of the user's own that it reads.
    private static func next(_ text: String, _ file: String) -> [String] {
        let run = "curate run \(file)"
        guard let node = try? YAMLNode.parse(yaml: text, file: file),
            case .list(let sources)? = node["sources"]?.content
        else { return ["next: \(run)"] }
        let missing = sources.enumerated().compactMap { number, source -> String? in
            guard case .scalar(let path?) = source["path"]?.content, !path.hasPrefix("../"),
                !path.contains("*"), !Paths.exists(Paths.resolve(path, from: source.folder))
            else { return nil }
            var name = "\(number)"
            if case .scalar(let given?) = source["name"]?.content { name = given }
            return "next: put your rows at \(Paths.resolve(path, from: source.folder)), or name "
                + "another file with --set sources.\(name).path=FILE"
        }
        return missing.isEmpty ? ["next: \(run)"] : missing + ["then: \(run)"]
    }

    /// The shipped pipelines' names, sorted.
    static func recipes() -> [String] {
        FileSystem.names(in: ResourceFolder.path("pipelines")).filter { $0.hasSuffix(".yaml") }
            .map { String($0.dropLast(".yaml".count)) }
    }

    /// The pipeline with paths to curate's own corpora, templates and models that hold from its
    /// new folder: relative where they lie beneath it, so that both can be moved together, and
    /// absolute elsewhere.
    private static func relocated(_ text: String, home: String, to folder: String) -> String {
        let files = FileManager.default
        let full = home.hasPrefix("/") ? home : "\(files.currentDirectoryPath)/\(home)"
        var prefix = "\(full)/"
        // A folder that is still to be made has nothing beneath it.
        if let own = Paths.real(folder), let theirs = Paths.real(full) {
            let start = own == "/" ? own : own + "/"
            if "\(theirs)/".hasPrefix(start) {
                prefix = String("\(theirs)/".dropFirst(start.utf8.count))
            }
        }
        return ["corpora", "templates", "models"].reduce(text) { text, name in
            text.replacing(": ../\(name)/", with: ": \(prefix)\(name)/")
        }
    }

    /// `taxonomies/NAME.yaml` of the line `taxonomy: taxonomies/NAME.yaml`.
    private static func taxonomy(of text: String) -> String? {
        guard let node = try? YAMLNode.parse(yaml: text, file: "recipe"),
            case .scalar(let path?) = node["taxonomy"]?.content, !path.contains("..")
        else { return nil }
        return path
    }
}

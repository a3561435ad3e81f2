public import Records

/// A pipeline file, read and checked as far as is possible without knowing the stages.
public struct PipelineFile: Sendable {
    /// One element of `stages`.
    public struct StageEntry: Sendable {
        /// Which stage, by its name in the catalogue.
        public var use: String
        /// What it is called in this pipeline; `use` unless given.
        public var name: String
        /// Its settings, with `use` and `name` taken out.
        public var settings: YAMLNode
        public var place: Fault.Place
        /// Where a `name` of its own stands.
        public var namePlace: Fault.Place?

        public init(
            use: String, name: String, settings: YAMLNode, place: Fault.Place,
            namePlace: Fault.Place? = nil
        ) {
            self.use = use
            self.name = name
            self.settings = settings
            self.place = place
            self.namePlace = namePlace
        }
    }

    public var path: String
    public var name: FolderName
    public var seed: UInt64
    /// How many rows one file of records holds at most.
    ///
    /// Changes the files, never their rows.
    public var shardRows: Int
    /// Only the first so many rows of all sources together; nil is all.
    public var limit: Int?
    public var taxonomy: Taxonomy?
    /// Whether the file has a `taxonomy`, even one that cannot be read.
    public var namesTaxonomy: Bool
    /// The elements of `sources`, for the stage that reads them.
    public var sources: [YAMLNode]
    /// The `provider` section, for the stages that call a model.
    public var provider: YAMLNode?
    public var stages: [StageEntry]
    /// What share of rows and calls may go wrong before a run ends with exit code 1.
    public var allowance: Allowance
    /// Bounds on numbers that stages leave.
    public var gates: [MetricGate]
    /// How many releases are kept.
    public var releasesKept: Int
    /// Bad rows stop the run instead of being refused.
    public var isStrict: Bool

    /// Reads `path` and puts the overrides in.
    ///
    /// - Throws: `configuration`, all faults of the file as one, or for a file that cannot be read.
    public static func read(
        _ path: String, overrides: [Override] = []
    ) throws(Fault) -> PipelineFile {
        try parse(yaml: try TextFile.read(path), path: path, overrides: overrides)
    }

    /// The same, of text that is at hand.
    ///
    /// - Throws: `configuration`, all faults of the text as one.
    public static func parse(
        yaml: String, path: String, overrides: [Override] = []
    ) throws(Fault) -> PipelineFile {
        let (file, faults) = try examine(yaml: yaml, path: path, overrides: overrides)
        if let fault = Fault.combined(faults) { throw fault }
        return file
    }

    /// Reads as much as can be read.
    ///
    /// - Throws: Only when the text is not YAML, or an override does not fit.
    public static func examine(
        yaml: String, path: String, overrides: [Override] = []
    ) throws(Fault) -> (file: PipelineFile, faults: [Fault]) {
        var node = try YAMLNode.parse(yaml: yaml, file: path)
        node = withStagesSpelledOut(node)
        for override in overrides { node = try override.applied(to: node) }
        let reader = SettingsReader(node)
        let file = PipelineFile(reader, path: path)
        reader.finish()
        return (file, reader.faults)
    }

    /// `- dedupe` as `- use: dedupe`, so that an override finds a place for a setting.
    private static func withStagesSpelledOut(_ node: YAMLNode) -> YAMLNode {
        guard case .mapping(var entries) = node.content,
            let index = entries.firstIndex(where: { $0.key == "stages" }),
            case .list(let stages) = entries[index].value.content
        else { return node }
        entries[index].value.content = .list(
            stages.map { stage in
                guard case .scalar(.some) = stage.content else { return stage }
                let use = YAMLNode.Entry(key: "use", keyPlace: stage.place, value: stage)
                return YAMLNode(.mapping([use]), at: stage.place)
            })
        var node = node
        node.content = .mapping(entries)
        return node
    }

    init(_ reader: SettingsReader, path: String) {
        self.path = path
        let version = reader.integer("version", 1, in: 1...1, help: "The format's version.")
        require(version == 1, "the format has one version")
        name = Self.name(reader, path: path)
        _ = reader.optionalString("description", help: "What the pipeline is for.")
        let run = reader.section("run", help: "How to run.")
        seed = UInt64(run.integer("seed", 0, in: 0...Int.max, help: "Decides every draw."))
        shardRows = run.integer(
            "shard_rows", 65_536, in: 1...Int.max, help: "Rows a file.", affectsResult: false)
        limit = run.optionalInteger("limit", in: 1...Int.max, help: "Only the first rows.")
        isStrict = run.flag("strict", false, help: "Stop at the first bad row.")
        run.finish()
        allowance = Allowance(reader.section("allow", help: "What may go wrong."))
        gates = MetricGate.read(reader)
        let release = reader.section("release", help: "How to publish.")
        releasesKept = release.integer(
            "keep", 3, in: 1...1_000, help: "How many releases stay.", affectsResult: false)
        release.finish()
        taxonomy = Self.taxonomy(reader)
        namesTaxonomy = reader.has("taxonomy")
        sources = Self.list(reader, "sources", help: "Where texts come from.")
        provider = reader.ask(
            "provider", type: "section", defaultValue: nil, help: "The model's endpoint.")
        stages = []
        for node in Self.list(reader, "stages", help: "What is done, top to bottom.") {
            if let entry = Self.entry(node, reader) { stages.append(entry) }
        }
        if stages.isEmpty, reader.faults.isEmpty {
            reader.fault("stages", "the pipeline has no stages")
        }
        checkNames(reader)
    }

    private static func name(_ reader: SettingsReader, path: String) -> FolderName {
        let text = reader.string("name", stem(of: path), help: "The pipeline's name.")
        if let name = FolderName(text) { return name }
        reader.fault(
            "name", "`name` cannot be a folder's name", why: FolderName.flaw(of: text),
            hint: "the pipeline's files go to a folder of this name")
        return "pipeline"
    }

    /// Each stage's folder has its name, also on file systems that fold case.
    private func checkNames(_ reader: SettingsReader) {
        let names = stages.map { FolderName.folded($0.name) }
        for (index, entry) in stages.enumerated() {
            // A name that is not given is that of the catalogue's stage.
            if let place = entry.namePlace, let flaw = FolderName.flaw(of: entry.name) {
                reader.note(
                    Fault(
                        .configuration, "the stage's `name` cannot be a folder's name",
                        at: place, why: flaw,
                        hint: "the stage's files go to a folder of this name"))
            }
            guard let first = names.firstIndex(of: names[index]), first != index else { continue }
            let isSame = Array(stages[first].name.utf8) == Array(entry.name.utf8)
            reader.note(
                Fault(
                    .configuration, "two stages are called `\(entry.name)`",
                    at: isSame ? entry.place : entry.namePlace ?? entry.place,
                    why: isSame
                        ? nil
                        : "`\(stages[first].name)` differs only in case or in how its letters are "
                            + "composed",
                    hint: "give one of them a `name` of its own"))
        }
    }

    private static func stem(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? "pipeline"
        return last.split(separator: ".").first.map(String.init) ?? "pipeline"
    }

    private static func taxonomy(_ reader: SettingsReader) -> Taxonomy? {
        let help = "The categories: a file, or the taxonomy itself."
        guard
            let node = reader.ask(
                "taxonomy", type: "path or section", defaultValue: nil, help: help)
        else { return nil }
        if case .mapping = node.content {
            return TaxonomyFile.parse(reader.section("taxonomy", help: help))
        }
        guard let path = reader.optionalPath("taxonomy", help: help) else {
            return nil
        }
        do {
            return try TaxonomyFile.read(path)
        } catch {
            reader.note(error)
            return nil
        }
    }

    private static func list(_ reader: SettingsReader, _ key: String, help: String) -> [YAMLNode] {
        guard let node = reader.ask(key, type: "list", defaultValue: nil, help: help) else {
            return []
        }
        guard case .list(let nodes) = node.content else {
            reader.fault(key, "`\(key)` is not a list")
            return []
        }
        return nodes
    }

    /// A stage is `- use: name` with settings beside it, or `- name` alone.
    private static func entry(_ node: YAMLNode, _ reader: SettingsReader) -> StageEntry? {
        switch node.content {
        case .scalar(let use?):
            return StageEntry(
                use: use, name: use, settings: YAMLNode(.mapping([]), at: node.place),
                place: node.place)
        case .mapping(let entries):
            guard case .scalar(let use?) = node["use"]?.content else { break }
            var name = use
            switch node["name"]?.content {
            case .scalar(let given?): name = given
            case .list, .mapping:
                reader.note(
                    Fault(
                        .configuration, "a stage's `name` is not text",
                        at: node["name"]?.place ?? node.place))
            case .scalar(nil), nil: break
            }
            let settings = entries.filter { $0.key != "use" && $0.key != "name" }
            return StageEntry(
                use: use, name: name, settings: YAMLNode(.mapping(settings), at: node.place),
                place: node["use"]?.place ?? node.place, namePlace: node["name"]?.place)
        default: break
        }
        reader.note(
            Fault(
                .configuration, "a stage needs `use: <stage>`", at: node.place,
                hint: "`curate stages` lists them"))
        return nil
    }
}

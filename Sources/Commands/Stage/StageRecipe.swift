internal import Pipeline
internal import Providers
internal import Records
internal import Stages

/// The pipeline that stands behind `curate <stage>`: a source, the stages whose sidecars the stage
/// needs, and the stage itself.
struct StageRecipe {
    var stage: String
    var config: String?
    /// `key=value`, seen from the stage; what the stage does not have and a source does is set on
    /// every source, and `sources.0.key=value` on one.
    var settings: [String]
    var taxonomy: String?
    var limit: Int?
    var seed: Int?
    var isStrict: Bool
    var inputs: [String]

    private static let place = Fault.Place.file("command line")

    func plan(_ catalogue: Catalogue) throws(Fault) -> PipelinePlan {
        var (file, faults) = try base()
        file.name = FolderName(stage) ?? file.name
        if let limit {
            guard limit >= 1 else { throw Fault(.usage, "`--limit \(limit)` is not 1 or more") }
            file.limit = limit
        }
        if let seed {
            guard seed >= 0 else { throw Fault(.usage, "`--seed \(seed)` is below 0") }
            file.seed = UInt64(seed)
        }
        file.isStrict = file.isStrict || isStrict
        if let taxonomy { file.taxonomy = try TaxonomyFile.read(taxonomy) }
        if file.provider == nil {
            file.provider = YAMLNode(.scalar(OfflineProvider.name), at: Self.place)
        }
        file.sources = inputs.enumerated().map { source($0.offset, $0.element) }
        var own = entry(stage, file)
        let declared = SourceKeys(stage: stage, catalogue)
        for setting in settings {
            let override = try Override(setting)
            if declared.isOfOneSource(override) {
                let list = YAMLNode(.list(file.sources), at: Self.place)
                let owner = YAMLNode(
                    .mapping([.init(key: "sources", keyPlace: Self.place, value: list)]),
                    at: Self.place)
                if case .list(let changed)? = try override.applied(to: owner)["sources"]?.content {
                    file.sources = changed
                }
            } else if declared.isOfEverySource(override) {
                file.sources = try file.sources.map { source throws(Fault) in
                    try override.applied(to: source)
                }
            } else {
                try declared.check(override)
                own.settings = try override.applied(to: own.settings)
            }
        }
        file.stages = try chain(own, file, catalogue)
        let names = file.stages.map(\.name)
        file.gates.removeAll { !names.contains($0.stage) }
        // Faults of stages that take no part are not this command's.
        if config == nil { faults = [] }
        return try PipelinePlan.make(file, faults: faults, catalogue: catalogue)
    }

    private func base() throws(Fault) -> (PipelineFile, [Fault]) {
        if let config {
            return try PipelineFile.examine(yaml: try TextFile.read(config), path: config)
        }
        return try PipelineFile.examine(
            yaml: "stages: [\(stage)]", path: "command line")
    }

    private func source(_ index: Int, _ path: String) -> YAMLNode {
        // The name enters ids that a source does not give itself, so it must not be a path.
        let name = index == 0 ? "input" : "input-\(index + 1)"
        let entries = [("name", name), ("path", path)].map { key, value in
            YAMLNode.Entry(
                key: key, keyPlace: Self.place,
                value: YAMLNode(.scalar(value), at: Self.place))
        }
        return YAMLNode(.mapping(entries), at: Self.place)
    }

    /// A source, then whatever the stage reads, then the stage.
    private func chain(
        _ own: PipelineFile.StageEntry, _ file: PipelineFile, _ catalogue: Catalogue
    ) throws(Fault) -> [PipelineFile.StageEntry] {
        var names: [String] = []
        for need in reads(own, file, catalogue) {
            try appendGiver(of: need, catalogue, &names)
        }
        names.append(stage)
        if catalogue[stage]?.description.role != .source {
            let source = catalogue.stages.first { $0.description.role == .source }
            guard let source else {
                throw Fault(.defect, "the catalogue has no stage that reads sources")
            }
            names.insert(source.description.name, at: 0)
        }
        return names.map { $0 == stage ? own : entry($0, file) }
    }

    /// What the stage reads with these settings.
    private func reads(
        _ own: PipelineFile.StageEntry, _ file: PipelineFile, _ catalogue: Catalogue
    ) -> [String] {
        let setup = StageSetup(
            stage: own.name, pipeline: file.name.text, seed: file.seed, taxonomy: file.taxonomy,
            sources: file.sources, provider: file.provider)
        return catalogue[stage]?.init(SettingsReader(own.settings), setup).reads ?? []
    }

    /// Appends a stage behind those that it needs, each once.
    private func appendWithNeeds(
        _ name: String, _ catalogue: Catalogue, _ names: inout [String], depth: Int = 0
    ) throws(Fault) {
        guard !names.contains(name), let description = catalogue[name]?.description else { return }
        require(depth <= catalogue.stages.count, "stages do not need each other in a circle")
        for need in description.reads {
            try appendGiver(of: need, catalogue, &names, depth: depth + 1)
        }
        names.append(name)
    }

    /// Appends the stage that writes a sidecar, behind those that it needs itself.
    private func appendGiver(
        of need: String, _ catalogue: Catalogue, _ names: inout [String], depth: Int = 0
    ) throws(Fault) {
        let giver = catalogue.stages.first {
            $0.description.writes == need && $0.description.role != .source
        }
        if let giver {
            try appendWithNeeds(giver.description.name, catalogue, &names, depth: depth)
        }
    }

    /// The entry of the pipeline file, by its name or by its stage; else one without settings.
    private func entry(_ name: String, _ file: PipelineFile) -> PipelineFile.StageEntry {
        let own = config == nil ? [] : file.stages
        if var found = own.first(where: { $0.name == name }) ?? own.first(where: { $0.use == name })
        {
            found.name = name
            return found
        }
        return PipelineFile.StageEntry(
            use: name, name: name, settings: YAMLNode(.mapping([]), at: Self.place),
            place: Self.place)
    }
}

/// Which settings are a source's, and not the stage's own.
private struct SourceKeys {
    /// The first parts of the paths of the stage's settings, and of a source's.
    private let own: Set<String>
    private let sources: Set<String>
    /// How the settings of sources are declared.
    private static let prefix = "sources.0."

    init(stage: String, _ catalogue: Catalogue) {
        func first(_ path: some StringProtocol) -> String {
            String(path.prefix { $0 != "." })
        }
        let reader = catalogue.stages.first { $0.description.role == .source }?.description.name
        sources = Set(
            catalogue.declarations(of: reader ?? "").map(\.path)
                .filter { $0.hasPrefix(Self.prefix) }
                .map { first($0.dropFirst(Self.prefix.count)) })
        own = Set(
            catalogue.declarations(of: stage).map(\.path)
                .filter { !$0.hasPrefix(Self.prefix) }.map(first))
    }

    /// `sources.0.text`, `sources.input.text`.
    func isOfOneSource(_ override: Override) -> Bool {
        override.path.count > 2 && override.path.first == "sources"
    }

    /// - Throws: `configuration` for a setting that neither has, with the nearest of either.
    func check(_ override: Override) throws(Fault) {
        let key = override.path.first ?? ""
        if own.contains(key) || sources.contains(key) { return }
        throw Fault(
            .configuration, "unknown setting `\(key)`", at: .file("--set \(key)"),
            hint: NearestName.hint(key, in: own.sorted() + sources.sorted()))
    }

    func isOfEverySource(_ override: Override) -> Bool {
        guard let key = override.path.first else { return false }
        return sources.contains(key) && !own.contains(key)
    }
}

public import Records

/// A pipeline whose stages are made and whose chain is checked: ready to run.
public struct PipelinePlan: Sendable {
    /// One stage, and what its settings turned out to be.
    public struct Step: Sendable {
        public var entry: PipelineFile.StageEntry
        public var stage: any Stage
        public var resolved: [SettingsReader.Resolved]
        /// `01-ingest`.
        public var folderName: FolderName

        public var description: StageDescription { type(of: stage).description }
    }

    public let file: PipelineFile
    public let steps: [Step]

    /// The bounds on a stage's numbers.
    func gates(of step: Step) -> [MetricGate] {
        let isLast = steps.last?.entry.name == step.entry.name
        return file.gates.filter { $0.isAbout(step.entry.name, isLast: isLast) }
    }

    /// Reads a file and makes its stages.
    ///
    /// - Throws: All faults at once: of settings, stages and the chain and then, where there is
    ///   one, also of what the stages name, as ``check(_:overrides:catalogue:)`` finds them.
    public static func read(
        _ path: String, overrides: [Override] = [], catalogue: Catalogue
    ) throws(Fault) -> PipelinePlan {
        try read(
            try TextFile.read(path), path: path, overrides: overrides, catalogue: catalogue)
    }

    /// The same of a file's text.
    ///
    /// - Throws: As ``read(_:overrides:catalogue:)``.
    public static func read(
        _ yaml: String, path: String, overrides: [Override] = [], catalogue: Catalogue
    ) throws(Fault) -> PipelinePlan {
        let (file, found) = try PipelineFile.examine(
            yaml: yaml, path: path, overrides: overrides)
        let (plan, faults) = assemble(file, found, catalogue)
        if !faults.isEmpty, let fault = Fault.combined(all(faults, plan)) { throw fault }
        return plan
    }

    /// - Throws: `configuration` with all faults of the file at once.
    public static func parse(
        yaml: String, path: String, overrides: [Override] = [], catalogue: Catalogue
    ) throws(Fault) -> PipelinePlan {
        let (file, faults) = try PipelineFile.examine(
            yaml: yaml, path: path, overrides: overrides)
        return try make(file, faults: faults, catalogue: catalogue)
    }

    /// Reads a file, makes its stages, and looks at everything that they name: sources, models,
    /// templates.
    ///
    /// - Throws: All faults at once, those of the file first. What keeps a stage from asking its
    ///   model is among them, but alone it is none: see ``Preflight/unready(_:)``.
    public static func check(
        _ path: String, overrides: [Override] = [], catalogue: Catalogue
    ) throws(Fault) -> PipelinePlan {
        let plan = try read(path, overrides: overrides, catalogue: catalogue)
        let isSound = Preflight.faults(plan.steps).isEmpty
        if !isSound, let fault = Fault.combined(all([], plan)) { throw fault }
        return plan
    }

    /// The faults of a file, those of what its stages name, and what keeps them from asking.
    private static func all(_ faults: [Fault], _ plan: PipelinePlan) -> [Fault] {
        var all = faults
        for fault in Preflight.faults(plan.steps) + Preflight.unready(plan) {
            // A setting that is wrong leads nowhere; that is said already.
            if fault.place != nil, faults.contains(where: { $0.place == fault.place }) { continue }
            all.append(fault)
        }
        return eachOnce(all)
    }

    /// Makes the stages of a file that is read, or was put together by a caller.
    ///
    /// - Parameter faults: What reading the file found, thrown together with what is found here.
    /// - Throws: `configuration`, all faults of the file and its stages as one.
    public static func make(
        _ file: PipelineFile, faults: [Fault] = [], catalogue: Catalogue
    ) throws(Fault) -> PipelinePlan {
        let (plan, faults) = assemble(file, faults, catalogue)
        if let fault = Fault.combined(faults) { throw fault }
        return plan
    }

    /// The stages that can be made, and every fault in the order in which a person reads the file.
    private static func assemble(
        _ file: PipelineFile, _ faults: [Fault], _ catalogue: Catalogue
    ) -> (PipelinePlan, [Fault]) {
        var faults = faults
        var steps: [Step] = []
        for (index, entry) in file.stages.enumerated() {
            guard let type = catalogue[entry.use] else {
                faults.append(
                    Fault(
                        .configuration, "there is no stage `\(entry.use)`", at: entry.place,
                        hint: NearestName.hint(entry.use, in: catalogue.names)))
                continue
            }
            let reader = SettingsReader(entry.settings)
            let setup = StageSetup(
                stage: entry.name, pipeline: file.name.text, seed: file.seed,
                taxonomy: file.taxonomy, namesTaxonomy: file.namesTaxonomy,
                sources: file.sources, provider: file.provider, limit: file.limit,
                isStrict: file.isStrict, allowance: file.allowance)
            let stage = type.init(reader, setup)
            reader.finish()
            faults += reader.faults
            // Another name is a fault of the file's, which is noted there.
            guard let folder = FolderName(stage: entry.name, number: index) else { continue }
            steps.append(
                Step(entry: entry, stage: stage, resolved: reader.resolved, folderName: folder))
        }
        faults += chainFaults(steps)
        faults += gateFaults(file)
        return (PipelinePlan(file: file, steps: steps), sorted(eachOnce(faults)))
    }

    /// Gates on stages that the pipeline does not have.
    private static func gateFaults(_ file: PipelineFile) -> [Fault] {
        let names = file.stages.map(\.name) + [MetricGate.release]
        return file.gates.filter { !names.contains($0.stage) }.map { gate in
            Fault(
                .configuration,
                "a gate is on the stage `\(gate.stage)`, which the pipeline has not",
                at: gate.place, hint: NearestName.hint(gate.stage, in: names))
        }
    }

    /// Two stages may read the same section and find the same fault in it.
    private static func eachOnce(_ faults: [Fault]) -> [Fault] {
        var kept: [Fault] = []
        for fault in faults where !kept.contains(fault) { kept.append(fault) }
        return kept
    }

    /// What one stage needs and no stage before it gives.
    private static func chainFaults(_ steps: [Step]) -> [Fault] {
        var faults: [Fault] = []
        var sidecars: Set<String> = []
        for (index, step) in steps.enumerated() {
            let description = step.description
            if (index == 0) != (description.role == .source) {
                faults.append(
                    Fault(
                        .configuration,
                        index == 0
                            ? "the first stage reads no sources"
                            : "`\(step.entry.name)` reads sources, so it has to come first",
                        at: step.entry.place, hint: "a pipeline begins with `use: ingest`"))
            }
            for need in step.stage.reads where !sidecars.contains(need) {
                faults.append(
                    Fault(
                        .configuration,
                        "`\(step.entry.name)` needs `\(need)`, which no stage before it gives",
                        at: step.entry.place, hint: hint(for: need, before: index, steps)))
            }
            // Rows that a generator adds have no vectors.
            if description.role == .generator { sidecars.remove(Sidecar.embeddings) }
            if let written = description.writes { sidecars.insert(written) }
        }
        return faults
    }

    private static func hint(for need: String, before index: Int, _ steps: [Step]) -> String {
        if need == Sidecar.embeddings {
            if steps[..<index].contains(where: { $0.description.writes == need }) {
                return "a stage in between adds rows, which have no vectors: embed after it"
            }
            return "put `use: embed` before it"
        }
        return "put `use: \(need)` before it"
    }

    /// Faults in the order in which a person reads the file.
    private static func sorted(_ faults: [Fault]) -> [Fault] {
        func position(_ fault: Fault) -> (Int, Int) {
            guard case .file(_, let line, let column) = fault.place else { return (0, 0) }
            return (line ?? 0, column ?? 0)
        }
        return faults.enumerated().sorted {
            let (one, other) = (position($0.element), position($1.element))
            return one == other ? $0.offset < $1.offset : one < other
        }.map(\.element)
    }
}

public import Records
public import Store
internal import Synchronization

/// What a user may ask of a run.
public struct RunOptions: Sendable {
    public enum Resume: String, Sendable, CaseIterable {
        /// Take finished stages whose fingerprint fits, do the others again.
        case ifPossible = "if-possible"
        /// Do everything again.
        case never
        /// Take finished stages, and refuse to replace one that was made by another recipe.
        case always
    }

    public var jobs: Int
    /// Do this stage and those after it again.
    public var from: String?
    /// Stop after this stage.
    public var to: String?
    public var resume: Resume
    /// The base URLs of services that whoever started the run keeps running for it, by name.
    public var endpoints: [String: String]
    /// When the run has to end, in milliseconds since 1970 UTC.
    ///
    /// Whoever started the run sets its ``StopFlag`` then; stages that wait for somebody else do
    /// not begin a wait that would last longer.
    public var deadlineMilliseconds: Int64?

    public init(
        jobs: Int, from: String? = nil, to: String? = nil, resume: Resume = .ifPossible,
        endpoints: [String: String] = [:], deadlineMilliseconds: Int64? = nil
    ) {
        self.jobs = jobs
        self.from = from
        self.to = to
        self.resume = resume
        self.endpoints = endpoints
        self.deadlineMilliseconds = deadlineMilliseconds
    }
}

/// Runs a pipeline's stages in order, takes what is finished, and checks the conservation law
/// after each.
public struct Runner: Sendable {
    let plan: PipelinePlan
    let workspace: Workspace
    let store: WorkspaceStore
    let options: RunOptions
    let stop: StopFlag
    let observe: @Sendable (RunEvent) -> Void
    let services: RunServices
    /// What was foreseen, where a stage asks a model; the run's report sets it beside the outcome.
    private let forecast: Forecast?

    public init(
        plan: PipelinePlan, workspace: Workspace, store: WorkspaceStore, options: RunOptions,
        stop: StopFlag = StopFlag(), observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) {
        self.plan = plan
        self.workspace = workspace
        self.store = store
        self.options = options
        self.stop = stop
        self.observe = observe
        services = RunServices(
            endpoints: options.endpoints, deadlineMilliseconds: options.deadlineMilliseconds)
        // A forecast that fails is no reason not to run: the run finds the same fault by itself.
        let asks = plan.steps.contains { $0.stage.usesProvider }
        forecast = asks ? try? Forecast(plan, checksFiles: false) : nil
    }

    public func run() async throws(Fault) -> RunReport {
        let start = Resources.wallSeconds()
        let (first, last) = try range()
        try check(from: first, to: last)
        try await greet(from: first, to: last)
        try FileSystem.makeFolder(workspace.folder)
        try writeSettings()
        var reports: [StageReport] = []
        var history: [FinishedStage] = []
        for (index, step) in plan.steps.enumerated() where index <= last {
            try stop.check()
            let (manifest, report) = try await take(
                step, index: index, mustRun: first.map { index >= $0 } ?? false,
                history: history)
            history.append(
                FinishedStage(folder: workspace.folder(of: step), manifest: manifest))
            reports.append(report)
            observe(.finished(report))
        }
        var report = RunReport(
            pipeline: plan.file.name, folder: workspace.folder, release: nil, released: [],
            stages: reports, seconds: 0)
        if last == plan.steps.count - 1 {
            report.released = try workspace.publish(history)
            if !report.released.isEmpty { report.release = workspace.release }
        }
        if report.release == nil { report.olderRelease = olderRelease(after: history) }
        report.seconds = Resources.wallSeconds() - start
        return report
    }

    /// The release that stands since an earlier run, and how it fits to what is done now.
    ///
    /// A file that a later stage misses makes its fault when that stage's turn comes, not now.
    private func olderRelease(after history: [FinishedStage]) -> OlderRelease? {
        guard Paths.isFolder(workspace.release) else { return nil }
        do throws(Fault) {
            let rest = try StagePreview.of(plan, in: workspace, after: history)
            return OlderRelease(
                folder: workspace.release, outdated: rest.filter { $0.state != .reusable })
        } catch {
            let rest = plan.steps.dropFirst(history.count).map { step in
                StagePreview(
                    stage: step.entry.name, folder: workspace.folder(of: step),
                    state: .stale([error.what]), manifest: nil)
            }
            return OlderRelease(folder: workspace.release, outdated: Array(rest))
        }
    }

    /// The first stage that must run again, if any, and the last one wanted.
    private func range() throws(Fault) -> (first: Int?, last: Int) {
        func index(_ name: String, _ option: String) throws(Fault) -> Int {
            let names = plan.steps.map(\.entry.name)
            guard let index = names.firstIndex(of: name) else {
                throw Fault(
                    .usage, "`\(option) \(name)`: the pipeline has no such stage",
                    hint: NearestName.hint(name, in: names))
            }
            return index
        }
        let first: Int? = if let from = options.from { try index(from, "--from") } else { nil }
        let last = if let to = options.to { try index(to, "--to") } else { plan.steps.count - 1 }
        if let first, first > last {
            throw Fault(.usage, "`--from` comes after `--to`")
        }
        return (first, last)
    }

    private func take(
        _ step: PipelinePlan.Step, index: Int, mustRun: Bool, history: [FinishedStage]
    ) async throws(Fault) -> (Manifest, StageReport) {
        let folder = workspace.folder(of: step)
        let fingerprint = try StageFingerprint(step, file: plan.file, history: history)
        let found = Manifest.read(folder: folder)
        if let found, !mustRun, options.resume != .never, found.fingerprint == fingerprint.hex,
            found.isIntact(folder: folder)
        {
            return (found, Self.report(step, found, folder, nil))
        }
        if let found, options.resume == .always, !mustRun, found.fingerprint != fingerprint.hex {
            throw Fault(
                .configuration, "the finished stage was made by another recipe",
                at: .stage(step.entry.name),
                hint: "--resume if-possible replaces it; `curate status` says what differs")
        }
        observe(.started(stage: step.entry.name, number: index + 1, of: plan.steps.count))
        return try await perform(step, index, folder, fingerprint, history)
    }

    private func perform(
        _ step: PipelinePlan.Step, _ index: Int, _ folder: String,
        _ fingerprint: StageFingerprint, _ history: [FinishedStage]
    ) async throws(Fault) -> (Manifest, StageReport) {
        let (wall, cpu) = (Resources.wallSeconds(), Resources.cpuSeconds())
        // From here on the old dataset is gone: without a manifest nobody finds its files.
        FileSystem.remove("\(folder)/\(Manifest.fileName)")
        FileSystem.remove(folder)
        try FileSystem.makeFolder(folder)
        let input: Dataset? =
            if index > 0 {
                try Dataset.open(folder: workspace.folder(of: plan.steps[index - 1]))
            } else { nil }
        let work = StageWork(
            stage: step.entry.name, description: step.description, reads: step.stage.reads,
            seed: plan.file.seed,
            jobs: options.jobs, input: input, folder: folder, shardRows: plan.file.shardRows,
            store: store, history: history, services: services, stop: stop,
            progress: StageProgress(
                changed: { [observe] state in
                    observe(.progress(stage: step.entry.name, state))
                }, noticed: { [observe] in observe(.notice($0)) }))
        do {
            try await step.stage.run(work)
        } catch {
            var fault = error
            if fault.place == nil { fault.place = .stage(step.entry.name) }
            throw fault
        }
        let output = work.output.withLock { $0 }
        let manifest = try manifest(step, output, fingerprint, input)
        let statistics = StageStatistics(
            seconds: Resources.wallSeconds() - wall, cpuSeconds: Resources.cpuSeconds() - cpu,
            peakMegabytes: Resources.peakMegabytes(), jobs: options.jobs,
            counters: output.counters.merging(
                forecast?.counters(of: step.entry.name) ?? [:]
            ) { seen, _ in seen })
        try JSONFile.encode(statistics, to: "\(folder)/stats.json")
        try manifest.write(folder: folder)
        return (manifest, Self.report(step, manifest, folder, statistics))
    }

    private func manifest(
        _ step: PipelinePlan.Step, _ output: StageWork.Output, _ fingerprint: StageFingerprint,
        _ input: Dataset?
    ) throws(Fault) -> Manifest {
        let place = Fault.Place.stage(step.entry.name)
        guard let written = output.written else {
            throw Fault(.defect, "the stage wrote no rows", at: place)
        }
        let counts = written.counts
        guard counts.isConserved, input.map({ $0.rows == counts.input }) ?? true else {
            throw Fault(
                .defect, "rows were lost or made from nothing", at: place,
                why: "\(counts.input) in + \(counts.added) added, but \(counts.kept) kept + "
                    + "\(counts.refused) refused, of \(input?.rows ?? counts.input) rows of input")
        }
        let known = step.description.refusals.map(\.code)
        for code in counts.refusedByReason.keys.sorted() where !known.contains(code) {
            throw Fault(.defect, "the reason `\(code)` is not declared", at: place)
        }
        return Manifest(
            tool: "curate \(Tool.version)", stage: step.entry.name, use: step.entry.use,
            version: step.description.version, fingerprint: fingerprint.hex,
            inputs: fingerprint.inputs, settings: fingerprint.settings, counts: counts,
            content: written.content, records: written.records, refused: written.refused,
            sidecars: written.sidecars, extras: output.extras, published: output.published,
            gates: output.gates, notes: output.notes)
    }

    private static func report(
        _ step: PipelinePlan.Step, _ manifest: Manifest, _ folder: String,
        _ statistics: StageStatistics?
    ) -> StageReport {
        let failing = step.description.refusals.filter(\.isFailure).map(\.code)
        return StageReport(
            stage: step.entry.name, folder: folder, isReused: statistics == nil,
            counts: manifest.counts,
            statistics: statistics
                ?? StageStatistics(
                    seconds: 0, cpuSeconds: 0, peakMegabytes: 0, jobs: 0, counters: [:]),
            gates: manifest.gates, notes: manifest.notes,
            failures: manifest.counts.refusedByReason.filter { failing.contains($0.key) })
    }

    /// `settings.resolved.yaml`: every setting that was read, and where its value came from.
    private func writeSettings() throws(Fault) {
        var text = "# Every setting of the last run and where its value came from.\n"
        for step in plan.steps {
            text += "\(step.entry.name):\n"
            for setting in step.resolved {
                var value: [UInt8] = []
                JSONText.append(setting.value, to: &value)
                let origin = setting.origin.map { "\($0)" } ?? "default"
                text +=
                    "  \(setting.path): \(String(decoding: value, as: UTF8.self))  # \(origin)\n"
            }
        }
        try JSONFile.write(Array(text.utf8), to: "\(workspace.folder)/settings.resolved.yaml")
    }
}

/// The program itself.
public enum Tool {
    public static let version = "0.1.0"
}

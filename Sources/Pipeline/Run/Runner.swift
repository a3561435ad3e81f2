public import Records
public import StoreProtocols
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
    /// When the release that stands gives way.
    public var publish: PublishPolicy
    /// The run's number in the workspace, for whoever asks later where something comes from.
    public var run: Int64?
    /// The base URLs of services that whoever started the run keeps running for it, by name.
    public var endpoints: [String: String]
    /// The processes that do the steps of stages; nil for the threads of this one.
    public var workers: WorkerSettings?
    /// When the run has to end, in milliseconds since 1970 UTC.
    ///
    /// Whoever started the run sets its ``StopFlag`` then; stages that wait for somebody else do
    /// not begin a wait that would last longer.
    public var deadlineMilliseconds: Int64?

    public init(
        jobs: Int, from: String? = nil, to: String? = nil, resume: Resume = .ifPossible,
        publish: PublishPolicy = .passed, endpoints: [String: String] = [:],
        deadlineMilliseconds: Int64? = nil
    ) {
        self.publish = publish
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
    let stores: Stores
    let options: RunOptions
    let stop: StopFlag
    let observe: @Sendable (RunEvent) -> Void
    let services: RunServices
    /// What was foreseen, where a stage asks a model; the run's report sets it beside the outcome.
    private let forecast: Forecast?

    public init(
        plan: PipelinePlan, workspace: Workspace, stores: Stores, options: RunOptions,
        stop: StopFlag = StopFlag(), observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) {
        self.plan = plan
        self.workspace = workspace
        self.stores = stores
        self.options = options
        self.stop = stop
        self.observe = observe
        services = RunServices(
            endpoints: options.endpoints, deadlineMilliseconds: options.deadlineMilliseconds)
        // A forecast that fails is no reason not to run: the run finds the same fault by itself.
        let asks = plan.steps.contains { $0.stage.usesProvider }
        forecast = asks ? try? Forecast(plan, checksFiles: false) : nil
    }

    /// What a run has done so far.
    private struct Progress {
        var reports: [StageReport] = []
        var history: [FinishedStage] = []
        /// Stages whose files are surely what their manifests say: made now, or read whole.
        var sure: Set<Int> = []
        /// Stages that are done again, and why.
        var damaged: [Int: String] = [:]

        /// Goes back to a stage whose files were found damaged.
        mutating func goBack(to index: Int, because reason: String) {
            reports.removeSubrange(index...)
            history.removeSubrange(index...)
            damaged[index] = reason
        }
    }

    /// - Throws: `stopped` when the run has to end; else the first fault of a stage, with the
    ///   stage's name.
    public func run() async throws(Fault) -> RunReport {
        let start = Resources.wallSeconds()
        let (first, last) = try range()
        try check(from: first, to: last)
        try await greet(from: first, to: last)
        try workspace.makeFolder()
        workspace.removeLeftovers()
        try writeSettings()
        var progress = Progress()
        while progress.history.count <= last {
            try stop.check()
            try await take(from: first, to: last, &progress)
        }
        var report = RunReport(
            pipeline: plan.file.name.text, folder: workspace.folder, stages: progress.reports,
            allowance: plan.file.allowance)
        if last == plan.steps.count - 1 { try publish(progress.history, &report) }
        if report.release == nil { report.olderRelease = olderRelease(after: progress.history) }
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
                folder: workspace.release, record: workspace.releases.published,
                outdated: rest.filter { $0.state != .reusable })
        } catch {
            let rest = plan.steps.dropFirst(history.count).map { step in
                StagePreview(
                    stage: step.entry.name, folder: workspace.folder(of: step),
                    state: .stale([error.what]), manifest: nil)
            }
            return OlderRelease(
                folder: workspace.release, record: workspace.releases.published,
                outdated: Array(rest))
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

    /// Takes the next stage's folder as it is, or does the stage; goes back where what the stage
    /// would read is damaged.
    private func take(
        from first: Int?, to last: Int, _ progress: inout Progress
    ) async throws(Fault) {
        let index = progress.history.count
        let step = plan.steps[index]
        let folder = workspace.folder(of: step)
        let stored = StoredStage.read(folder: folder)
        let release = workspace.releases.current
        let fingerprint = try StageFingerprint(
            step, file: plan.file, gates: plan.gates(of: step), history: progress.history,
            release: release)
        let mustRun = first.map { index >= $0 } ?? false || options.resume == .never
        var reason = progress.damaged[index]
        var isOutdated = false
        switch stored {
        case .unfinished: break
        case .outdated: isOutdated = true
        case .unreadable: reason = reason ?? Manifest.fileName
        case .finished(let found, let statistics):
            let standing = try StageFingerprint(
                step, file: plan.file, gates: plan.gates(of: step), history: progress.history,
                release: release, found: found,
                after: workspace.madeFrom(found, in: folder, of: step.stage))
            if found.fingerprint != standing.hex {
                if options.resume == .always, !mustRun { throw anotherRecipe(step) }
            } else if reason == nil, !mustRun {
                let check = FolderCheck(folder: folder, manifest: found, statistics: statistics)
                let published = last == plan.steps.count - 1 ? Set(found.published) : []
                reason = check.damagedFile(reading: published, keepsStamps: true)
                if reason == nil {
                    let report = Self.report(step, found, folder, statistics, isReused: true)
                    return note(report, found, &progress)
                }
            }
        }
        if let (earlier, file) = damagedInput(of: index, &progress) {
            return progress.goBack(to: earlier, because: file)
        }
        observe(.started(stage: step.entry.name, number: index + 1, of: plan.steps.count))
        var (manifest, report) = try await perform(
            step, index, folder, fingerprint, progress.history)
        if let reason {
            report.notes.append("\(reason) was not what had been written; the stage was done again")
        }
        if isOutdated {
            report.notes.append(
                "the folder was of an earlier version; the stage was done again, "
                    + "with the stored answers and vectors")
        }
        progress.sure.insert(index)
        note(report, manifest, &progress)
    }

    private func note(_ report: StageReport, _ manifest: Manifest, _ progress: inout Progress) {
        progress.history.append(FinishedStage(folder: report.folder, manifest: manifest))
        progress.reports.append(report)
        observe(.finished(report))
    }

    private func anotherRecipe(_ step: PipelinePlan.Step) -> Fault {
        Fault(
            .configuration, "the finished stage was made by another recipe",
            at: .stage(step.entry.name),
            hint: "--resume if-possible replaces it; `curate status` says what differs")
    }

    /// The first stage with a damaged file among those that a stage is about to read: the rows of
    /// the one before it, and what the others left where it looks at them.
    private func damagedInput(
        of index: Int, _ progress: inout Progress
    ) -> (stage: Int, file: String)? {
        let looksBack = plan.steps[index].description.usesHistory
        for earlier in (looksBack ? 0 : max(0, index - 1))..<index
        where !progress.sure.contains(earlier) {
            let (folder, manifest) = (
                progress.history[earlier].folder, progress.history[earlier].manifest
            )
            var read = Set(looksBack ? (manifest.refused + manifest.extras).map(\.path) : [])
            if earlier == index - 1 { read.formUnion(manifest.rowFiles.map(\.path)) }
            let check = FolderCheck(
                folder: folder, manifest: manifest, statistics: .read(folder: folder))
            if let file = check.damagedFile(reading: read, keepsStamps: true) {
                return (earlier, file)
            }
            if earlier == index - 1, looksBack { progress.sure.insert(earlier) }
        }
        return nil
    }

    private func perform(
        _ step: PipelinePlan.Step, _ index: Int, _ folder: String,
        _ fingerprint: StageFingerprint, _ history: [FinishedStage]
    ) async throws(Fault) -> (Manifest, StageReport) {
        let (wall, cpu) = (Resources.wallSeconds(), Resources.cpuSeconds())
        // From here on the old dataset is gone.
        try FileSystem.renew(folder)
        let input: Dataset? =
            if index > 0 {
                try Dataset.open(folder: workspace.folder(of: plan.steps[index - 1]))
            } else { nil }
        let pool = input.flatMap { workers(of: index, reading: $0.folder, for: folder) }
        defer { pool?.close() }
        let context = StageContext(
            stage: step.entry.name, description: step.description, reads: step.stage.reads,
            seed: plan.file.seed,
            jobs: options.jobs, input: input, folder: folder, shardRows: plan.file.shardRows,
            stores: stores, vectors: stores.vectors, history: history,
            lastRelease: workspace.releases.current, services: services, stop: stop,
            progress: StageProgress(
                changed: { [observe] state in
                    observe(.progress(stage: step.entry.name, state))
                }, noticed: { [observe] in observe(.notice($0)) }))
        do throws(Fault) {
            try await perform(step.stage, context, pool)
        } catch {
            var fault = error
            if fault.place == nil { fault.place = .stage(step.entry.name) }
            throw fault
        }
        let output = context.output.withLock { $0 }
        var manifest = try manifest(step, output, fingerprint, input)
        let gates = plan.gates(of: step)
        if !gates.isEmpty {
            let metrics = try StageMetrics(manifest, folder: folder)
            manifest.gates += gates.map { $0.judge(metrics) }
        }
        let bytes = try manifest.bytes()
        var counters = output.counters
        for (counter, number) in forecast?.counters(of: step.entry.name) ?? [:]
        where counters[counter.name] == nil {
            counters[counter.name] = number
        }
        var statistics = StageStatistics(
            seconds: Resources.wallSeconds() - wall, cpuSeconds: Resources.cpuSeconds() - cpu,
            peakMegabytes: Resources.peakMegabytes(), jobs: options.jobs,
            counters: counters)
        statistics.run = options.run
        statistics.manifest = SHA256.hash(bytes).hex
        statistics.stamps = FolderCheck.stamps(folder: folder, manifest)
        try statistics.write(folder: folder)
        try JSONFile.write(bytes, to: "\(folder)/\(Manifest.fileName)")
        var report = Self.report(step, manifest, folder, statistics, isReused: false)
        report.notes += output.remarks
        return (manifest, report)
    }

    private func manifest(
        _ step: PipelinePlan.Step, _ output: StageContext.Output, _ fingerprint: StageFingerprint,
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
            shards: written.shards,
            extras: output.extras.sorted { $0.path < $1.path },
            published: output.published,
            gates: output.gates, notes: output.notes)
    }

    private static func report(
        _ step: PipelinePlan.Step, _ manifest: Manifest, _ folder: String,
        _ statistics: StageStatistics?, isReused: Bool
    ) -> StageReport {
        let description = step.description
        let reasons = manifest.counts.refusedByReason
        let failing = description.refusals.filter(\.isFailure).map(\.code)
        let chosen = description.refusals.filter(\.isChosen).map(\.code)
        let bad = reasons.filter { !failing.contains($0.key) && !chosen.contains($0.key) }
        let none = StageStatistics(
            seconds: 0, cpuSeconds: 0, peakMegabytes: 0, jobs: 0, counters: [:])
        return StageReport(
            stage: step.entry.name, folder: folder, isReused: isReused,
            counts: manifest.counts,
            // What a stage cost that is reused is not this run's.
            statistics: isReused ? none : statistics ?? none,
            gates: manifest.gates, notes: manifest.notes,
            failures: reasons.filter { failing.contains($0.key) },
            badInput: description.role == .source ? bad.values.reduce(0, +) : 0)
    }

    /// A name as a key of YAML, in quotes where it has letters that YAML has a use for.
    private static func key(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-")
        }
        if isPlain { return name }
        var quoted: [UInt8] = []
        JSONText.append(name, to: &quoted)
        return String(decoding: quoted, as: UTF8.self)
    }

    /// `settings.resolved.yaml`: every setting that was read, and where its value came from.
    private func writeSettings() throws(Fault) {
        var text = "# Every setting of the last run and where its value came from.\n"
        for step in plan.steps {
            text += "\(Self.key(step.entry.name)):\n"
            for setting in step.resolved {
                var value: [UInt8] = []
                JSONText.append(setting.value, to: &value)
                let origin = setting.origin.map { "\($0)" } ?? "default"
                text +=
                    "  \(setting.path): \(String(decoding: value, as: UTF8.self))  # \(origin)\n"
            }
        }
        try JSONFile.write(Array(text.utf8), to: workspace.settingsPath)
    }
}

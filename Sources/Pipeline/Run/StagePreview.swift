public import Records

/// How a finished stage stands to what a run would do now: `curate status`.
public struct StagePreview: Sendable {
    public enum State: Sendable, Equatable {
        /// No finished folder.
        case missing
        /// A run takes the folder as it is.
        case reusable
        /// A run replaces the folder, for these reasons.
        case stale([String])
        /// A stage before this one runs first, and may give other rows or the same.
        case waiting
    }

    public var stage: String
    public var folder: String
    public var state: State
    /// What the folder holds now.
    public var manifest: Manifest?

    /// Compares every stage with its folder; computes nothing else and writes nothing.
    ///
    /// - Throws: When a file that a stage depends on is missing.
    public static func of(
        _ plan: PipelinePlan, in workspace: Workspace
    ) throws(Fault) -> [StagePreview] {
        try of(plan, in: workspace, after: [])
    }

    /// The same of the stages behind those that are finished already.
    static func of(
        _ plan: PipelinePlan, in workspace: Workspace, after finished: [FinishedStage]
    ) throws(Fault) -> [StagePreview] {
        var previews: [StagePreview] = []
        var history: [FinishedStage]? = finished
        for step in plan.steps.dropFirst(finished.count) {
            let folder = workspace.folder(of: step)
            let found = StoredStage.read(folder: folder)
            let (state, next) = try compare(step, found, folder, plan, history, workspace)
            var manifest: Manifest?
            if case .finished(let known, _) = found { manifest = known }
            previews.append(
                StagePreview(
                    stage: step.entry.name, folder: folder, state: state, manifest: manifest))
            history = next
        }
        return previews
    }

    /// - Parameter history: The manifests before this stage; nil when one of them will change.
    private static func compare(
        _ step: PipelinePlan.Step, _ stored: StoredStage, _ folder: String, _ plan: PipelinePlan,
        _ history: [FinishedStage]?, _ workspace: Workspace
    ) throws(Fault) -> (State, [FinishedStage]?) {
        let (found, statistics): (Manifest, StageStatistics?)
        switch stored {
        case .unfinished: return (.missing, nil)
        case .outdated: return (.stale(["an earlier version wrote it"]), nil)
        case .unreadable: return (.stale(["\(Manifest.fileName) is damaged"]), nil)
        case .finished(let manifest, let known): (found, statistics) = (manifest, known)
        }
        guard let history else { return (.waiting, nil) }
        let fingerprint = try StageFingerprint(
            step, file: plan.file, gates: plan.gates(of: step), history: history,
            release: workspace.releases.current, found: found,
            after: workspace.madeFrom(found, in: folder, of: step.stage))
        if found.fingerprint == fingerprint.hex {
            let check = FolderCheck(folder: folder, manifest: found, statistics: statistics)
            if let file = check.damagedFile(keepsStamps: false) {
                return (.stale(["\(file) is missing or damaged"]), nil)
            }
            return (.reusable, history + [FinishedStage(folder: folder, manifest: found)])
        }
        var reasons: [String] = []
        if found.version != step.description.version {
            reasons.append("version \(found.version) → \(step.description.version)")
        }
        reasons += changes("", found.settings, fingerprint.settings, showsValues: true)
        reasons += changes("input ", found.inputs, fingerprint.inputs, showsValues: false)
        // The seed and the rows a file enter the fingerprint alone.
        return (.stale(reasons.isEmpty ? ["run.seed or run.shard_rows"] : reasons), nil)
    }

    private static func changes(
        _ prefix: String, _ old: [String: String], _ new: [String: String], showsValues: Bool
    ) -> [String] {
        Set(old.keys).union(new.keys).sorted().compactMap { key in
            if old[key] == new[key] { return nil }
            if !showsValues { return "\(prefix)\(key)" }
            return "\(prefix)\(key): \(old[key] ?? "nothing") → \(new[key] ?? "nothing")"
        }
    }
}

internal import Records

/// A hash of all that decides a stage's result.
///
/// Equal fingerprints mean that a finished folder can be taken as it is.
///
/// The input enters by its content and not by how it came about: a stage that ran again and gave
/// the same rows makes nothing after it run again.
struct StageFingerprint {
    let hex: String
    let inputs: [String: String]
    let settings: [String: String]

    /// - Parameters:
    ///   - release: The folder of the workspace's last release; nil where there is none.
    ///   - found: What stands in the stage's folder, for the question whether it may stay: what it
    ///     wrote itself, or a stage of `after`, counts as what it was made from.
    ///   - after: The finished stages that were made from its rows; see
    ///     ``Workspace/madeFrom(_:in:of:)``.
    init(
        _ step: PipelinePlan.Step, file: PipelineFile, gates: [MetricGate],
        history: [FinishedStage], release: String?, found: Manifest? = nil,
        after: [Manifest] = []
    ) throws(Fault) {
        let description = step.description
        var inputs: [String: String] = [:]
        if let last = history.last { inputs["dataset"] = last.manifest.identity }
        // In the order of the stage: a path's name changes nothing, its content does.
        let dependencies = try (step.stage.dependencies() + Self.continued(step.stage, release))
            .compactMap { Self.original($0, found, after) }
        if description.usesTaxonomy, let taxonomy = file.taxonomy {
            inputs["taxonomy"] = taxonomy.digest.hex
        }
        if description.usesHistory {
            for (index, stage) in history.enumerated() {
                inputs["stage \(index + 1)"] = Self.summary(of: stage.manifest)
            }
        }
        if description.role == .source {
            inputs["limit"] = file.limit.map(String.init)
            inputs["strict"] = "\(file.isStrict)"
        }
        var settings: [String: String] = [:]
        for setting in step.resolved where setting.affectsResult {
            settings[setting.path] = setting.value
        }
        // A verdict is part of what a stage leaves, so that a new bound makes it anew.
        for gate in gates { settings["gate \(gate.name)"] = gate.bound }
        var hash = SHA256()
        hash.update("stage/1\0\(description.name)\0\(step.entry.name)\0\(description.version)")
        hash.update("\0\(file.seed)\0\(file.shardRows)")
        for key in settings.keys.sorted() { hash.update("\0\(key)\0\(settings[key] ?? "")") }
        for key in inputs.keys.sorted() { hash.update("\0\0\(key)\0\(inputs[key] ?? "")") }
        for dependency in dependencies { hash.update("\0\0\0\(dependency.digest)") }
        hex = hash.finish().hex
        for dependency in dependencies { inputs[dependency.name] = dependency.digest }
        self.inputs = inputs
        self.settings = settings
    }

    private static func continued(
        _ stage: any Stage, _ release: String?
    ) throws(Fault) -> [StageDependency] {
        guard let release, let name = stage.continues else { return [] }
        var found: [StageDependency] = []
        if Paths.exists("\(release)/\(name)") {
            found.append(try .file("\(release)/\(name)").written(as: name))
        } else if stage.continuesWithoutFile, Paths.exists("\(release)/\(Publisher.sumsName)") {
            found.append(try .file("\(release)/\(Publisher.sumsName)"))
        }
        for place in found.indices { found[place].name = "last release" }
        return found
    }

    /// The dependency; of one that is the folder's own work, what that was made from.
    private static func original(
        _ dependency: StageDependency, _ found: Manifest?, _ after: [Manifest]
    ) -> StageDependency? {
        guard let file = dependency.ownFile, let found,
            ([found] + after).contains(where: { manifest in
                manifest.extras.contains { $0.path == file && $0.sha256 == dependency.digest }
            })
        else { return dependency }
        var dependency = dependency
        guard let digest = found.inputs[dependency.name] else { return nil }
        dependency.digest = digest
        return dependency
    }

    /// What a report says of a stage: how it was made, its counts, and what it wrote and found.
    private static func summary(of manifest: Manifest) -> String {
        let reasons = manifest.counts.refusedByReason.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        let settings = manifest.settings.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }
        let gates = manifest.gates.map { "\($0.name)=\($0.passed)=\($0.detail)" }
        let extras = manifest.extras.map { "\($0.path)=\($0.sha256)" }
        var hash = SHA256()
        hash.update("\(manifest.stage)\0\(manifest.use)\0\(manifest.version)")
        hash.update("\0\(manifest.counts.input)\0\(manifest.counts.added)")
        hash.update("\0\(manifest.counts.kept)\0\(reasons)\0\(manifest.identity)")
        for file in manifest.refused { hash.update("\0\(file.sha256)") }
        for list in [extras, manifest.published, settings, gates, manifest.notes] {
            hash.update("\0\0\(list.count)")
            for value in list { hash.update("\0\(value)") }
        }
        return hash.finish().hex
    }
}

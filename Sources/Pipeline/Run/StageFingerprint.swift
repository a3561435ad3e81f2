internal import Records

/// A hash of all that decides a stage's result. Equal fingerprints mean that a finished folder can
/// be taken as it is.
///
/// The input enters by its content and not by how it came about: a stage that ran again and gave
/// the same rows makes nothing after it run again.
struct StageFingerprint {
    let hex: String
    let inputs: [String: String]
    let settings: [String: String]

    init(
        _ step: PipelinePlan.Step, file: PipelineFile, history: [Manifest]
    ) throws(Fault) {
        let description = step.description
        var inputs: [String: String] = [:]
        if let last = history.last { inputs["dataset"] = last.identity }
        // In the order of the stage: a path's name changes nothing, its content does.
        let dependencies = try step.stage.dependencies()
        if description.usesTaxonomy, let taxonomy = file.taxonomy {
            inputs["taxonomy"] = SHA256.hash(String(reflecting: taxonomy)).hex
        }
        if description.usesHistory {
            for (index, manifest) in history.enumerated() {
                inputs["stage \(index + 1)"] = Self.summary(of: manifest)
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

    /// What a report says of a stage: its counts and what it wrote.
    private static func summary(of manifest: Manifest) -> String {
        let reasons = manifest.counts.refusedByReason.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        let extras = manifest.extras.map(\.sha256).joined(separator: ",")
        return SHA256.hash(
            "\(manifest.stage)\0\(manifest.counts.input)\0\(manifest.counts.added)\0"
                + "\(manifest.counts.kept)\0\(reasons)\0\(manifest.identity)\0\(extras)"
                + "\0\(manifest.refused.sha256)"
        ).hex
    }
}

public import Pipeline
internal import Records

/// What `curate run` has to know to serve a pipeline that says `provider: offline`.
///
/// It starts the offline model server with the run's seed and these folders, and hands its base
/// URL to the runner under ``name``, in `RunOptions.endpoints`.
public enum OfflineProvider {
    public static let name = ProviderSettings.offlineName
    /// In the folder of curate's own files.
    public static let grammars = "templates/grammars"
    /// In the folder of curate's own files.
    public static let lexicons = "corpora/lexicons"

    /// Whether a run of the plan needs the server: the pipeline names it, and a stage asks it.
    public static func isAsked(by plan: PipelinePlan) -> Bool {
        isNamed(by: plan.file) && plan.steps.contains { $0.stage.usesProvider }
    }

    /// Whether a pipeline names the server, rather than one that somebody else runs.
    package static func isNamed(by file: PipelineFile) -> Bool {
        guard let node = file.provider else { return false }
        switch node.content {
        case .scalar(let text): return text == name
        case .mapping:
            return node["name"]?.content == .scalar(name) && node["base_url"] == nil
        case .list: return false
        }
    }
}

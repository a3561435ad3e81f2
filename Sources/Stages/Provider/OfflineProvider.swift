public import Pipeline

/// What `curate run` has to know to serve a pipeline that says `provider: offline`.
///
/// It starts the offline model server with the run's seed and these folders, and hands its base
/// URL to the runner under ``name``, in `RunOptions.endpoints`.
public enum OfflineProvider {
    public static let name = ProviderSettings.offlineName
    /// In the folder of curate's own files.
    public static let grammars = "templates/grammars"
    /// In the folder of curate's own files.
    public static let lexicons = "corpora/lexicons/moderation-18"

    /// Whether a pipeline asks for the server, rather than for one that somebody else runs.
    public static func isAsked(by file: PipelineFile) -> Bool {
        guard let node = file.provider else { return false }
        switch node.content {
        case .scalar(let text): return text == name
        case .mapping:
            return node["name"]?.content == .scalar(name) && node["base_url"] == nil
        case .list: return false
        }
    }
}

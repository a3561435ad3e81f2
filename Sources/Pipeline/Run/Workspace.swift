internal import Records

/// Where a pipeline's folders lie: `<root>/<pipeline>/<nn>-<stage>/`, and one store for all.
public struct Workspace: Sendable {
    public let root: String
    public let pipeline: FolderName

    public init(root: String, pipeline: FolderName) {
        self.root = root
        self.pipeline = pipeline
    }

    public var folder: String { "\(root)/\(pipeline)" }
    public var release: String { "\(folder)/release" }
    public var storePath: String { Self.storePath(root: root) }
    public static func storePath(root: String) -> String { "\(root)/curate.sqlite" }
    public func folder(of step: PipelinePlan.Step) -> String { "\(folder)/\(step.folderName)" }

    /// The finished stages of this pipeline that are on disk, in order.
    public func finished() -> [(folder: String, manifest: Manifest)] {
        FileSystem.names(in: folder).compactMap { name in
            guard name.first?.isNumber == true else { return nil }
            return Manifest.read(folder: "\(folder)/\(name)").map { ("\(folder)/\(name)", $0) }
        }
    }

    /// The finished stages behind a stage's folder, as long as each was made from the rows of the
    /// one before it; none for a stage that goes on from no release, which has no use for them.
    func madeFrom(
        _ found: Manifest, in folder: String, of stage: any Stage
    ) -> [Manifest] {
        if stage.continues == nil { return [] }
        var chain: [Manifest] = []
        var last = found
        for stage in finished().drop(while: { $0.folder != folder }).dropFirst()
        where stage.manifest.inputs["dataset"] == last.identity {
            chain.append(stage.manifest)
            last = stage.manifest
        }
        return chain
    }

    /// The names of the folders of the last run's stages; nil when no run said what they are.
    var foldersOfLastRun: Set<String>? {
        guard let text = try? TextFile.read(settingsPath),
            let node = try? YAMLNode.parse(yaml: text, file: settingsPath),
            case .mapping(let entries) = node.content
        else { return nil }
        return Set(
            entries.enumerated().compactMap { FolderName(stage: $1.key, number: $0)?.text })
    }

    /// Every setting of the last run.
    var settingsPath: String { "\(folder)/settings.resolved.yaml" }

    /// The pipeline's releases.
    public var releases: Releases { Releases(workspace: self) }

    /// Makes the pipeline's folder.
    ///
    /// - Throws: `configuration` when it is a link that leads out of the workspace: stages' folders
    ///   are removed before they are made anew, and those there are others'.
    func makeFolder() throws(Fault) {
        try FileSystem.makeFolder(folder)
        guard FileSystem.isLink(folder) else { return }
        let (inside, top) = (Paths.real(folder), Paths.real(root))
        if let inside, let top, inside.hasPrefix("\(top)/") { return }
        throw Fault(
            .configuration, "the pipeline's folder is a link out of the workspace",
            at: .file(folder), why: inside.map { "it leads to \($0)" },
            hint: "name the workspace's own folder with -o, and let that be the link")
    }

    /// Removes the temporary files that killed runs left among the stages' files and releases.
    ///
    /// The caller holds the workspace's lock, so that no file is in the making.
    func removeLeftovers() {
        let folders = FileSystem.names(in: folder).filter { $0.first?.isNumber == true }
        for folder in [folder, releases.folder] + folders.map({ "\(folder)/\($0)" })
        where !FileSystem.isLink(folder) {
            for name in FileSystem.names(in: folder) where AtomicFile.isTemporary(name) {
                FileSystem.remove("\(folder)/\(name)")
            }
        }
    }

    /// The published files of all stages; of two with one name, the later stage's.
    static func publishedFiles(_ stages: [FinishedStage]) -> [PublishedFile] {
        var files: [PublishedFile] = []
        for stage in stages {
            for name in stage.manifest.published {
                guard let file = stage.manifest.extras.first(where: { $0.path == name }) else {
                    continue
                }
                files.removeAll { $0.name == name }
                files.append(
                    PublishedFile(
                        name: name, path: "\(stage.folder)/\(name)", digest: file.sha256))
            }
        }
        return files
    }
}

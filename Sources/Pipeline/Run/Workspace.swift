internal import Records

/// Where a pipeline's folders lie: `<root>/<pipeline>/<nn>-<stage>/`, and one store for all.
public struct Workspace: Sendable {
    public let root: String
    public let pipeline: String

    public init(root: String, pipeline: String) {
        self.root = root
        self.pipeline = pipeline
    }

    public var folder: String { "\(root)/\(pipeline)" }
    public var release: String { "\(folder)/release" }
    public var storePath: String { "\(root)/curate.sqlite" }
    public func folder(of step: PipelinePlan.Step) -> String { "\(folder)/\(step.folderName)" }

    /// The finished stages of this pipeline that are on disk, in order.
    public func finished() -> [(folder: String, manifest: Manifest)] {
        FileSystem.names(in: folder).compactMap { name in
            guard name.first?.isNumber == true else { return nil }
            return Manifest.read(folder: "\(folder)/\(name)").map { ("\(folder)/\(name)", $0) }
        }
    }

    /// Puts the published files of all stages into `release/`, all or nothing.
    ///
    /// Hard links where the file system has them; a stage that runs again writes new files, so a
    /// release never changes under its reader.
    func publish(_ stages: [FinishedStage]) throws(Fault) -> [String] {
        var files: [(name: String, path: String, digest: String)] = []
        for stage in stages {
            for name in stage.manifest.published {
                guard let file = stage.manifest.extras.first(where: { $0.path == name }) else {
                    continue
                }
                files.removeAll { $0.name == name }
                files.append((name, "\(stage.folder)/\(name)", file.sha256))
            }
        }
        if files.isEmpty { return [] }
        let temporary = "\(release).tmp"
        FileSystem.remove(temporary)
        try FileSystem.makeFolder(temporary)
        for file in files { try FileSystem.linkOrCopy(file.path, to: "\(temporary)/\(file.name)") }
        let sums = files.sorted { $0.name < $1.name }.map { "\($0.digest)  \($0.name)\n" }
        try JSONFile.write(Array(sums.joined().utf8), to: "\(temporary)/SHA256SUMS")
        FileSystem.remove(release)
        try FileSystem.rename(temporary, to: release)
        return files.map(\.name)
    }
}

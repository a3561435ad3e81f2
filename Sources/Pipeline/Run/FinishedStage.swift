internal import FoundationEssentials

/// A stage of this pipeline that is done, and the folder that holds what it left.
public struct FinishedStage: Sendable {
    public let folder: String
    public let manifest: Manifest

    /// One of the stage's own files, by its name; nil when the stage wrote none of that name.
    public func extra(_ name: String) -> [UInt8]? {
        guard manifest.extras.contains(where: { $0.path == name }) else { return nil }
        return FileManager.default.contents(atPath: "\(folder)/\(name)").map(Array.init)
    }
}

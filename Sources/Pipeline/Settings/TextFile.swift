internal import FoundationEssentials
public import Records

/// Small text files: pipelines, taxonomies, manifests.
public enum TextFile {
    /// - Throws: A fault of kind `configuration` when the file cannot be read.
    public static func read(_ path: String) throws(Fault) -> String {
        guard Paths.exists(path) else {
            throw Fault(
                .configuration, "there is no such file", at: .file(path),
                hint: "relative paths in a file start from that file's folder")
        }
        guard !Paths.isFolder(path), let data = FileManager.default.contents(atPath: path) else {
            throw Fault(.configuration, "the file cannot be read", at: .file(path))
        }
        return String(decoding: data, as: UTF8.self)
    }
}

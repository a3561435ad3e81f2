internal import FoundationEssentials
internal import Glibc
public import Records

/// The few things that the runner does with folders.
public enum FileSystem {
    /// The size of a file in bytes; nil when there is none.
    public static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// - Throws: A fault of kind `configuration` when the folder cannot be made.
    public static func makeFolder(_ path: String) throws(Fault) {
        if Paths.isFolder(path) { return }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        if !parent.isEmpty { try makeFolder(parent) }
        if mkdir(path, 0o777) == 0 || errno == EEXIST && Paths.isFolder(path) { return }
        throw Fault(
            .configuration, "the folder cannot be made", at: .file(path),
            why: String(cString: strerror(errno)),
            hint: "choose another with -o, or look at its permissions")
    }

    /// The names in a folder in order; none when it cannot be read.
    public static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// Removes a file or a folder with all that is in it; nothing when it is not there.
    public static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Gives a file a second name, or copies it where the file system has no links.
    public static func linkOrCopy(_ source: String, to target: String) throws(Fault) {
        unlink(target)
        if link(source, target) == 0 { return }
        do {
            try FileManager.default.copyItem(atPath: source, toPath: target)
        } catch {
            throw Fault(.stopped, "a file cannot be copied", at: .file(target), why: "\(error)")
        }
    }

    public static func rename(_ source: String, to target: String) throws(Fault) {
        if Glibc.rename(source, target) != 0 {
            throw Fault(
                .configuration, "a folder cannot be put in place", at: .file(target),
                why: String(cString: strerror(errno)))
        }
    }
}

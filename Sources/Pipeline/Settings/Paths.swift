internal import FoundationEssentials

#if canImport(Glibc)
    internal import Glibc
#endif

/// Paths as users write them.
public enum Paths {
    /// `path` seen from `folder`: absolute and `~` paths stand for themselves.
    public static func resolve(_ path: String, from folder: String) -> String {
        if path.hasPrefix("/") || path == "-" { return path }
        if path.hasPrefix("~/"), let home = getenv("HOME") {
            return String(cString: home) + path.dropFirst(1)
        }
        return folder == "." || folder.isEmpty ? path : "\(folder)/\(path)"
    }

    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The absolute path without links and dots; nil when nothing is there.
    public static func real(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}

/// The folder of curate's own files: templates/, corpora/, pipelines/ and models/.
public enum ResourceFolder {
    /// `CURATE_HOME` when it is set; else the nearest folder above the executable, or above the
    /// current folder, that has `templates` in it; else the current folder.
    public static func find() -> String {
        if let home = getenv("CURATE_HOME") { return String(cString: home) }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
        let executable =
            length > 0 ? String(decoding: buffer[..<length].map(UInt8.init), as: UTF8.self) : ""
        let current = FileManager.default.currentDirectoryPath
        return [current, executable].lazy.compactMap(above).first ?? "."
    }

    /// A path inside the folder; an absolute one stands for itself.
    public static func path(_ relative: String) -> String {
        Paths.resolve(relative, from: find())
    }

    private static func above(_ start: String) -> String? {
        var folder = start
        while !folder.isEmpty {
            if Paths.isFolder(folder + "/templates"), Paths.isFolder(folder + "/pipelines") {
                return folder
            }
            guard let slash = folder.lastIndex(of: "/") else { return nil }
            folder = String(folder[..<slash])
        }
        return nil
    }
}

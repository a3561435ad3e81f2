internal import FoundationEssentials
public import Records

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
///
/// Looked for in this order: `CURATE_SHARE`; `../share/curate` beside the executable's folder,
/// where scripts/install.sh puts it; a checkout around the executable; a checkout around the
/// current folder. The executable is where it really lies, whatever links lead there.
public enum ResourceFolder {
    private static let variable = "CURATE_SHARE"

    /// The folder, or the current one when there is none.
    public static func find() -> String { (try? required()) ?? "." }

    /// - Throws: `configuration` with every place that was tried.
    public static func required() throws(Fault) -> String {
        if let given = getenv(variable) { return String(cString: given) }
        let current = FileManager.default.currentDirectoryPath
        // Without /proc, as in a bare chroot, the name that it was called by has to do.
        let executable =
            Paths.real("/proc/self/exe") ?? Paths.real(CommandLine.arguments[0]) ?? current
        let share = parent(parent(executable)) + "/share/curate"
        let found = isOurs(share) ? share : above(parent(executable)) ?? above(current)
        if let found { return found }
        throw Fault(
            .configuration, "curate's own files are not found: templates, corpora and pipelines",
            why: "\(variable) is not set; tried \(share), and the folders above "
                + "\(parent(executable)) and \(current)",
            hint: "set \(variable) to the folder that has them")
    }

    /// A path inside the folder; an absolute one stands for itself.
    public static func path(_ relative: String) -> String {
        Paths.resolve(relative, from: find())
    }

    private static func isOurs(_ folder: String) -> Bool {
        Paths.isFolder(folder + "/templates") && Paths.isFolder(folder + "/pipelines")
    }

    private static func parent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// The nearest folder that has our files, `start` among them.
    private static func above(_ start: String) -> String? {
        var folder = start
        while !folder.isEmpty {
            if isOurs(folder) { return folder }
            folder = parent(folder)
        }
        return nil
    }
}

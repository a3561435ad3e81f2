import Glibc

/// Files of one test in a folder of their own, removed afterwards.
final class Scratch {
    let folder: String
    private var paths: [String] = []
    private var folders: [String] = []

    init() {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        var template = Array("\(parent)/curate-text-XXXXXX".utf8CString)
        folder = mkdtemp(&template).map { String(cString: $0) } ?? parent
    }

    deinit {
        for path in paths { unlink(path) }
        for path in folders { rmdir(path) }
        rmdir(folder)
    }

    /// Makes a folder in it.
    func addFolder(_ name: String) {
        folders.append("\(folder)/\(name)")
        mkdir("\(folder)/\(name)", 0o700)
    }

    /// Writes a file and gives its path.
    func file(_ name: String, _ bytes: [UInt8]) -> String {
        let path = "\(folder)/\(name)"
        paths.append(path)
        if let file = fopen(path, "w") {
            _ = fwrite(bytes, 1, bytes.count, file)
            fclose(file)
        }
        return path
    }

    func file(_ name: String, _ text: String) -> String { file(name, Array(text.utf8)) }
}

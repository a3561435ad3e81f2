import Glibc

/// Files of one test in a folder of their own, removed afterwards.
final class Scratch {
    private let folder: String
    private var paths: [String] = []

    init() {
        var template = Array("/tmp/curate-text-XXXXXX".utf8CString)
        folder = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    }

    deinit {
        for path in paths { unlink(path) }
        rmdir(folder)
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

internal import Glibc

/// Small text files that people write: pipelines, taxonomies, templates, grammars, lexicons.
public enum TextFile {
    /// Far above any file a person writes; a larger one is the wrong file.
    private static let limitBytes = 64 << 20

    /// The file's text, without a byte order mark.
    ///
    /// - Throws: A fault of kind `configuration` when the file is missing, cannot be read, is
    ///   larger than 64 MiB or is not UTF-8.
    public static func read(_ path: String) throws(Fault) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw unreadable(path) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { throw unreadable(path) }
            if count == 0 { break }
            bytes += buffer[..<count]
            if bytes.count > limitBytes {
                throw Fault(
                    .configuration, "the file is larger than \(limitBytes >> 20) MiB",
                    at: .file(path))
            }
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Fault(.configuration, "the file is not valid UTF-8", at: .file(path))
        }
        return text
    }

    /// The names of the folder's files that end in `suffix`, sorted; hidden ones left out.
    ///
    /// - Throws: A fault of kind `configuration` when the folder is missing or cannot be read.
    public static func names(in folder: String, suffix: String) throws(Fault) -> [String] {
        guard let handle = opendir(folder) else { throw unreadable(folder) }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(suffix) && !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    private static func unreadable(_ path: String) -> Fault {
        let code = errno
        if code == ENOENT || code == ENOTDIR {
            return Fault(
                .configuration, "there is no such file or folder", at: .file(path),
                hint: "relative paths in a file start from that file's folder")
        }
        return Fault(
            .configuration, "the file or folder cannot be read", at: .file(path),
            why: String(cString: strerror(code)))
    }
}

internal import CFuzzer
internal import Glibc
internal import Pipeline
internal import Records

/// A file without a folder (memfd_create(2)), for readers that take a path; its bytes are replaced
/// by each input.
final class InputFile {
    private let descriptor: Int32
    let path: String

    init() throws(Fault) {
        descriptor = cfuzzer_memory_file()
        guard descriptor >= 0 else {
            throw .system("make a file in memory", path: "-", code: errno)
        }
        path = "/proc/self/fd/\(descriptor)"
    }

    deinit { close(descriptor) }

    func fill(_ bytes: [UInt8]) {
        law(ftruncate(descriptor, 0) == 0, "the file can be emptied")
        law(pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, "the file takes all bytes")
    }
}

/// A folder of small files, for readers that take one.
///
/// One input holds all files: a line `=== NAME` begins each, and what stands before the first is
/// left out. So inputs stay readable, and the fuzzer can mix them.
final class InputFolder {
    let path: String
    private let names: [String]

    /// - Parameter names: The files that may be there, with folders; others are left out.
    init(_ names: [String]) throws(Fault) {
        var template = Array("/dev/shm/fuzz-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .system("make a folder", path: "/dev/shm", code: errno)
        }
        path = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
        self.names = names
        for name in names {
            guard let slash = name.lastIndex(of: "/") else { continue }
            mkdir("\(path)/\(name[..<slash])", 0o700)
        }
        Self.leave(path)
    }

    func fill(_ input: [UInt8]) {
        for name in names { unlink("\(path)/\(name)") }
        var name: String?
        var content: [UInt8] = []
        for line in input.split(separator: 10, omittingEmptySubsequences: false) {
            if line.starts(with: "=== ".utf8) {
                write(content, to: name)
                name = String(decoding: line.dropFirst(4), as: UTF8.self)
                content = []
            } else {
                content += line
                content.append(10)
            }
        }
        write(content, to: name)
    }

    private func write(_ content: [UInt8], to name: String?) {
        guard let name, names.contains(name) else { return }
        let file = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        law(file >= 0, "the folder can be written")
        law(Glibc.write(file, content, content.count) == content.count, "the file takes all bytes")
        close(file)
    }

    /// Removes the folder when the process ends as it should.
    private static func leave(_ path: String) {
        folders.append(path)
        if folders.count > 1 { return }
        atexit {
            for folder in InputFolder.folders { FileSystem.remove(folder) }
        }
    }

    /// Only the thread that prepares a target adds to it.
    nonisolated(unsafe) private static var folders: [String] = []
}

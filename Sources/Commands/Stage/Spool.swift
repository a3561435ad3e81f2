internal import Glibc
internal import Pipeline
internal import Records

/// A folder for one command, removed at its end.
struct ScratchFolder {
    let path: String

    init() throws(Fault) {
        let parent = Machine.environment("TMPDIR") ?? "/tmp"
        var template = Array("\(parent)/curate-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Fault(
                .configuration, "no temporary folder can be made", at: .file(parent),
                why: String(cString: strerror(errno)), hint: "TMPDIR names another place")
        }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func remove() { FileSystem.remove(path) }

    /// The fault as it is told: standard input that was put into a file here goes by its own name.
    func hidden(in fault: Fault) -> Fault {
        func words(_ text: String) -> String {
            (Spool.suffixes + [""]).reduce(text) { text, suffix in
                text.replacing("\(path)/\(Spool.name)\(suffix)", with: "standard input")
            }
        }
        var fault = fault
        fault.what = words(fault.what)
        fault.why = fault.why.map(words)
        fault.hint = fault.hint.map(words)
        if case .file(let file, let line, let column)? = fault.place {
            fault.place = .file(words(file), line: line, column: column)
        }
        fault.also = fault.also.map(hidden)
        return fault
    }
}

/// Standard input as a file.
enum Spool {
    /// As long as the runner lets a line of its own be.
    static let longestLineBytes = 1 << 30
    /// How the file is called, and what its name may end with.
    static let name = "input"
    static let suffixes = [".jsonl", ".csv", ".tsv", ".txt"]
    private static let bufferBytes = 1 << 18
    /// Between two looks at the stop flag, while nothing comes.
    private static let pauseMilliseconds: Int32 = 100

    /// Copies all of it; the name says what it looks like, since `ingest` goes by names.
    static func standardInput(into folder: String, _ stop: StopFlag) throws(Fault) -> String {
        let path = "\(folder)/\(name)"
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw Fault(
                .configuration, "standard input cannot be put aside", at: .file(path),
                why: String(cString: strerror(errno)))
        }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: bufferBytes)
        while true {
            try stop.check()
            var poller = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            if poll(&poller, 1, pauseMilliseconds) == 0 { continue }
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw Fault(
                    .badData, "standard input cannot be read",
                    why: String(cString: strerror(errno)))
            }
            try write(buffer[..<count], to: file, path)
        }
        var packed = try ByteSource(path: path)
        try packed.decode(as: nil)
        let named = path + suffix(of: try packed.peek(bufferBytes))
        try FileSystem.rename(path, to: named)
        return named
    }

    private static func write(
        _ bytes: ArraySlice<UInt8>, to file: Int32, _ path: String
    ) throws(Fault) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw Fault(
                    .stopped, "standard input cannot be put aside", at: .file(path),
                    why: String(cString: strerror(errno)),
                    hint: "free some disk space, or let TMPDIR name another place")
            }
        }
    }

    /// JSON by a brace, tables by their header.
    ///
    /// What is no text gets a name all the same: `ingest` tells it by its bytes.
    /// - Parameter head: Unpacked.
    static func suffix(of head: [UInt8]) -> String {
        let text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...]
        let marks = Array(text.lazy.filter { ![9, 10, 13, 32].contains($0) }.prefix(2))
        guard let first = marks.first, first != UInt8(ascii: "{"), marks != Array("[{".utf8) else {
            return ".jsonl"
        }
        let line = text.prefix { $0 != 10 && $0 != 13 }
        if line.contains(9) { return ".tsv" }
        return line.contains { ",;|".utf8.contains($0) } ? ".csv" : ".txt"
    }
}

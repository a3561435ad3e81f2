internal import Glibc
public import Records
internal import Synchronization

/// Reads single records of a dataset in any order, for steps that need the text of a few rows only.
public struct RecordLookup: Sendable {
    private let files: OpenFiles

    public init(_ dataset: Dataset) {
        files = OpenFiles(dataset.manifest.records.map { "\(dataset.folder)/\($0.path)" })
    }

    /// The record at an address of the dataset: one read; any thread may call.
    ///
    /// - Throws: `badData` when the file is shorter than it was or holds no record there; what the
    ///   system says when the file cannot be opened.
    public func record(at address: RowAddress) throws(Fault) -> Record {
        let file = try files.file(Int(address.shard))
        var block = LineBlock()
        block.append(
            try file.bytes(at: Int(address.offset), count: Int(address.length))[...], number: 1)
        block.finish()
        var parser = RecordParser()
        return try block.withBytes(of: block.lines[0]) { bytes, readable throws(Fault) in
            try parser.parse(bytes, readable: readable)
        }
    }
}

/// Files that are read again and again; the ones used last stay open.
///
/// They are read and not mapped: a map would count the whole dataset as memory of the process.
private final class OpenFiles: Sendable {
    /// The most files that stay open: far below the 1,024 that a process may have by default.
    private static let most = 64

    private struct State {
        var files: [Int: (file: ReadFile, used: Int)] = [:]
        var uses = 0
    }

    private let paths: [String]
    private let state = Mutex(State())

    init(_ paths: [String]) { self.paths = paths }

    func file(_ number: Int) throws(Fault) -> ReadFile {
        try state.withLock { state throws(Fault) in
            state.uses += 1
            if let known = state.files[number] {
                state.files[number]?.used = state.uses
                return known.file
            }
            let file = try ReadFile(paths[number])
            if state.files.count == Self.most,
                let oldest = state.files.min(by: { $0.value.used < $1.value.used })
            {
                // Whoever is reading it holds it; it is closed after that.
                state.files[oldest.key] = nil
            }
            state.files[number] = (file, state.uses)
            return file
        }
    }
}

/// A file open for reading, closed with its last owner.
private final class ReadFile: Sendable {
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(Fault) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read the records", path: path, code: errno) }
    }

    deinit { close(descriptor) }

    func bytes(at offset: Int, count: Int) throws(Fault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let read = bytes.withUnsafeMutableBytes {
                pread(
                    descriptor, $0.baseAddress?.advanced(by: done), count - done,
                    off_t(offset + done))
            }
            if read < 0, errno == EINTR { continue }
            guard read > 0 else {
                throw Fault(
                    .badData, "the file of records ends before a record does", at: .file(path),
                    hint: "run the stage that writes it again")
            }
            done += read
        }
        return bytes
    }
}

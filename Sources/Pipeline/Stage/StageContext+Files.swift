public import Records
internal import Synchronization

/// A file of a stage's own that is written piece by piece, for what does not fit into memory.
///
/// It appears under its name when the stage hands it back to
/// ``StageOutput/close(_:isPublished:)``.
public final class StageFile {
    public let name: String
    /// Lines, or rows, so far.
    public private(set) var rows = 0
    private var file: AtomicFile?

    init(_ folder: String, _ name: String) throws(Fault) {
        self.name = name
        file = try AtomicFile(path: "\(folder)/\(try Self.checked(name))")
    }

    /// - Throws: `defect` for a name that is not one of a file in the stage's folder.
    static func checked(_ name: String) throws(Fault) -> FolderName {
        if let name = FolderName(name) { return name }
        throw Fault(
            .defect, "a stage's file cannot have this name", why: FolderName.flaw(of: name))
    }

    /// Appends a line; its end is added.
    ///
    /// - Throws: `stopped` when there is no room, `configuration` when the file may not be written.
    public func append(_ line: [UInt8]) throws(Fault) {
        try file?.write(line)
        try file?.write([UInt8(ascii: "\n")])
        rows += 1
    }

    /// Appends bytes of a file that is not one of lines.
    ///
    /// - Parameter count: The rows that they hold.
    /// - Throws: `stopped` when there is no room, `configuration` when the file may not be written.
    public func append(raw bytes: [UInt8], rows count: Int = 0) throws(Fault) {
        try file?.write(bytes)
        rows += count
    }

    /// Appends whole lines with their ends.
    func append(_ lines: EncodedBlock.Lines) throws(Fault) {
        try file?.write(lines.bytes)
        rows += lines.ends.count
    }

    /// Appends a file of lines.
    func append(_ lines: Manifest.File, in folder: String) throws(Fault) {
        try FileSystem.read("\(folder)/\(lines.path)") { bytes throws(Fault) in
            try file?.write(bytes)
        }
        rows += lines.rows ?? 0
    }

    func close() throws(Fault) -> Manifest.File {
        guard var open = file.take() else {
            throw Fault(.defect, "a file was closed twice", at: .file(name))
        }
        let written = try open.commit()
        return Manifest.File(
            path: name, rows: rows, bytes: written.bytes, sha256: written.digest.hex)
    }
}

extension StageContext {
    /// Begins a file of the stage's own beside its records.
    func open(_ name: String) throws(Fault) -> StageFile {
        try StageFile(folder, name)
    }

    /// Puts a finished file in its place.
    ///
    /// - Parameter isPublished: Whether it belongs to the release.
    func close(_ file: StageFile, isPublished: Bool = false) throws(Fault) {
        let written = try file.close()
        output.withLock {
            $0.extras.append(written)
            if isPublished { $0.published.append(file.name) }
        }
    }

    /// Takes a finished file in.
    func take(_ file: Manifest.File) { output.withLock { $0.extras.append(file) } }

    /// Makes a file without lines where the map wrote none.
    func closeLines(_ name: String, isPublished: Bool) throws(Fault) {
        let isThere = output.withLock { $0.extras.contains { $0.path == name } }
        if !isThere { take(try StageFile(folder, name).close()) }
        if isPublished { output.withLock { $0.published.append(name) } }
    }
}

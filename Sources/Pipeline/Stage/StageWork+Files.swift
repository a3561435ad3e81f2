public import Records
internal import Synchronization

/// A file of a stage's own that is written piece by piece, for what does not fit into memory.
///
/// It appears under its name when the stage hands it back to ``StageWork/close(_:isPublished:)``.
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
    public func append(_ line: [UInt8]) throws(Fault) {
        try file?.write(line)
        try file?.write([UInt8(ascii: "\n")])
        rows += 1
    }

    /// Appends bytes of a file that is not one of lines.
    ///
    /// - Parameter count: The rows that they hold.
    public func append(raw bytes: [UInt8], rows count: Int = 0) throws(Fault) {
        try file?.write(bytes)
        rows += count
    }

    /// Appends whole lines with their ends.
    func append(_ lines: EncodedBlock.Lines) throws(Fault) {
        try file?.write(lines.bytes)
        rows += lines.ends.count
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

extension StageWork {
    /// Begins a file of the stage's own beside its records.
    public func open(_ name: String) throws(Fault) -> StageFile {
        try StageFile(folder, name)
    }

    /// Puts a finished file in its place.
    ///
    /// - Parameter isPublished: Whether it belongs to the release.
    public func close(_ file: StageFile, isPublished: Bool = false) throws(Fault) {
        let written = try file.close()
        output.withLock {
            $0.extras.append(written)
            if isPublished { $0.published.append(file.name) }
        }
    }

    /// **Fold** into published files: deals the input's records out, each line as it stands.
    ///
    /// One pass without parsing; memory is a few blocks, whatever the number of rows.
    ///
    /// - Parameters:
    ///   - names: The files, all of which are written, with or without rows.
    ///   - fileOfRow: The place in `names` of the file of an input row; nil for none.
    public func deal(
        to names: [String], _ fileOfRow: @escaping @Sendable (_ index: Int) -> Int?
    ) async throws(Fault) {
        guard let input else {
            throw Fault(.defect, "a stage without input deals out rows", at: .stage(stage))
        }
        var files: [StageFile] = []
        for name in names { files.append(try open(name)) }
        let reader = BlockReader(input, sidecars: [])
        progress.begin(total: input.rows)
        try await OrderedWork.run(jobs: jobs, stop: stop) { () throws(Fault) in
            try reader.next()
        } work: { (raw: BlockReader.RawBlock) throws(Fault) in
            var dealt = [EncodedBlock.Lines](repeating: .init(), count: names.count)
            for (position, line) in raw.records.lines.enumerated() {
                guard let file = fileOfRow(raw.firstIndex + position) else { continue }
                dealt[file].append(raw.records.bytes[line.range])
            }
            return dealt
        } take: { dealt throws(Fault) in
            for (file, lines) in zip(files, dealt) { try file.append(lines) }
            progress.add(dealt.reduce(0) { $0 + $1.ends.count })
        }
        for file in files { try close(file, isPublished: true) }
    }
}

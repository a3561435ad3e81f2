internal import Glibc
public import Records

/// Reads single records of a dataset in any order, for steps that need the text of a few rows only.
public struct RecordLookup: Sendable {
    private let paths: [String]

    public init(_ dataset: Dataset) {
        paths = dataset.manifest.records.map { "\(dataset.folder)/\($0.path)" }
    }

    /// The record at an address of the dataset: an open, a read and a close.
    ///
    /// - Throws: `badData` when the file is shorter than it was or holds no record there.
    public func record(at address: RowAddress) throws(Fault) -> Record {
        let path = paths[Int(address.shard)]
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read the records", path: path, code: errno) }
        defer { close(descriptor) }
        let count = Int(address.length)
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let read = bytes.withUnsafeMutableBytes {
                pread(
                    descriptor, $0.baseAddress?.advanced(by: done), count - done,
                    off_t(address.offset) + done)
            }
            if read < 0, errno == EINTR { continue }
            guard read > 0 else {
                throw Fault(
                    .badData, "the file of records ends before a record does", at: .file(path),
                    hint: "run the stage that writes it again")
            }
            done += read
        }
        var block = LineBlock()
        block.append(bytes[...], number: 1)
        block.finish()
        var parser = RecordParser()
        return try block.withBytes(of: block.lines[0]) { bytes, readable throws(Fault) in
            try parser.parse(bytes, readable: readable)
        }
    }
}

internal import Records

/// A safetensors file: a JSON header that names tensors, then their bytes.
///
/// Format: huggingface/safetensors, README, "Format". Every length and offset of the header is
/// checked before anything is looked at.
struct Safetensors: Sendable {
    let file: MappedFile
    private let path: String
    private let entries: [String: Entry]
    /// Where the tensors' bytes begin in the file.
    private let start: Int

    /// What the header says of a tensor.
    private struct Entry: Sendable {
        var type: String
        var shape: [Int]
        /// Where its bytes are, counted from the header's end.
        var from: Int
        var to: Int

        init(_ name: String, _ fields: JSONValue, path: String) throws(Fault) {
            func integers(_ field: String) throws(Fault) -> [Int] {
                let numbers = fields[field]?.array?.map(\.integer)
                guard let numbers, !numbers.contains(nil) else { throw wrong(field) }
                return numbers.compactMap { $0 }
            }
            func wrong(_ field: String) -> Fault {
                Fault(
                    .configuration,
                    "the field '\(name).\(field)' is missing or has the wrong type",
                    at: .file(path))
            }
            guard let type = fields["dtype"]?.string else { throw wrong("dtype") }
            self.type = type
            shape = try integers("shape")
            let offsets = try integers("data_offsets")
            guard offsets.count == 2 else { throw wrong("data_offsets") }
            (from, to) = (offsets[0], offsets[1])
        }
    }

    init(_ file: MappedFile, path: String) throws(Fault) {
        defer { withExtendedLifetime(file) {} }
        let bytes = file.bytes
        guard bytes.count >= 8 else {
            throw Fault(.configuration, "the weights file has no header", at: .file(path))
        }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(bytes.count - 8) else {
            throw Fault(
                .configuration, "the weights file's header is longer than the file",
                at: .file(path), hint: "the download may be cut short; fetch it again")
        }
        start = 8 + Int(length)
        let header = UnsafeRawBufferPointer(rebasing: bytes[8..<start])
        guard let members = try JSONValue(header, path: path).members else {
            throw Fault(.configuration, "the weights file's header is no object", at: .file(path))
        }
        var entries: [String: Entry] = [:]
        for member in members where member.key != "__metadata__" {
            entries[member.key] = try Entry(member.key, member.value, path: path)
        }
        self.entries = entries
        self.file = file
        self.path = path
    }

    var names: [String] { entries.keys.sorted() }

    func has(_ name: String) -> Bool { entries[name] != nil }

    /// The tensor of that name, which must have that shape.
    func tensor(_ name: String, shape: [Int]) throws(Fault) -> Tensor {
        guard let entry = entries[name] else {
            throw fault("the weights file lacks the tensor '\(name)'")
        }
        let (given, from, to) = (entry.shape, entry.from, entry.to)
        guard let type = NumberType(rawValue: entry.type) else {
            throw Fault(
                .configuration, "the tensor '\(name)' has the unsupported 'dtype' \(entry.type)",
                at: .file(path), why: "F32, F16 and BF16 are read",
                hint: "quantised weights are not; fetch the model's own")
        }
        guard given == shape else {
            throw fault("the tensor '\(name)' has the 'shape' \(given) and should have \(shape)")
        }
        let count = shape.reduce(1, *)
        let available = file.bytes.count - start
        guard from >= 0, from <= to, to <= available, to - from == count * type.bytes,
            (start + from) % type.bytes == 0
        else {
            throw fault("the tensor '\(name)' has impossible 'data_offsets'")
        }
        return Tensor(file: file, offset: start + from, count: count, type: type)
    }

    private func fault(_ what: String) -> Fault {
        Fault(.configuration, what, at: .file(path))
    }
}

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

    private enum Entry: Decodable, Sendable {
        case tensor(type: String, shape: [Int], from: Int, to: Int)
        case metadata

        enum Key: String, CodingKey { case dtype, shape, data_offsets }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            if decoder.codingPath.last?.stringValue == "__metadata__" {
                self = .metadata
                return
            }
            let offsets = try fields.decode([Int].self, forKey: .data_offsets)
            guard offsets.count == 2 else {
                throw DecodingError.dataCorruptedError(
                    forKey: .data_offsets, in: fields, debugDescription: "not two numbers")
            }
            self = .tensor(
                type: try fields.decode(String.self, forKey: .dtype),
                shape: try fields.decode([Int].self, forKey: .shape),
                from: offsets[0], to: offsets[1])
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
        entries = try decodeModelJSON([String: Entry].self, header, path: path)
        self.file = file
        self.path = path
    }

    var names: [String] { entries.keys.sorted() }

    func has(_ name: String) -> Bool { entries[name] != nil }

    /// The tensor of that name, which must have that shape.
    func tensor(_ name: String, shape: [Int]) throws(Fault) -> Tensor {
        guard case .tensor(let type, let given, let from, let to)? = entries[name] else {
            throw fault("the weights file lacks the tensor '\(name)'")
        }
        guard let type = NumberType(rawValue: type) else {
            throw Fault(
                .configuration, "the tensor '\(name)' has the unsupported 'dtype' \(type)",
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

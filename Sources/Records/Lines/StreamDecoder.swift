internal import CCompress

/// Compressed bytes to plain ones, piece by piece: gzip members or Zstandard frames, any number.
struct StreamDecoder: ~Copyable {
    /// How a stream is packed, told by its first bytes and never by the file's name.
    enum Format {
        /// RFC 1952: 1F 8B.
        case gzip
        /// RFC 8878: 28 B5 2F FD, or a skippable frame 5? 2A 4D 18.
        case zstd

        init?(start: some Collection<UInt8>) {
            let start = Array(start.prefix(4))
            if start.starts(with: [0x1F, 0x8B]) {
                self = .gzip
            } else if start == [0x28, 0xB5, 0x2F, 0xFD] {
                self = .zstd
            } else if start.count == 4, start[0] & 0xF0 == 0x50, start[1...] == [0x2A, 0x4D, 0x18] {
                self = .zstd
            } else {
                return nil
            }
        }
    }

    /// What one step came to.
    struct Step {
        var taken: Int
        var made: Int
        var endsMember: Bool
    }

    private let handle: OpaquePointer

    init(_ format: Format) {
        let code = format == .gzip ? ccompress_gzip : ccompress_zstd
        guard let handle = ccompress_decoder_new(Int32(code.rawValue)) else {
            fatalError("out of memory")
        }
        self.handle = handle
    }

    deinit { ccompress_decoder_free(handle) }

    /// Decodes some of `input` into `output`; throws the library's reason when the bytes are wrong.
    mutating func step(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(Failure) -> Step {
        var taken = 0
        var made = 0
        let result = ccompress_decoder_step(
            handle, input.baseAddress, input.count, &taken, output.baseAddress, output.count, &made)
        if result < 0 {
            throw Failure(
                kind: Failure.Kind(rawValue: result) ?? .corrupt,
                why: String(cString: ccompress_decoder_message(handle)))
        }
        return Step(taken: taken, made: made, endsMember: result == 1)
    }

    struct Failure: Error {
        enum Kind: Int32 {
            case corrupt = -1
            case noMemory = -2
            case windowTooLarge = -3
        }

        var kind: Kind
        /// The library's own words.
        var why: String
    }
}

/// The bytes of a file or of standard input, unpacked where they are gzip or Zstandard.
///
/// The format is told by the first bytes, never by the name; several gzip members or Zstandard
/// frames one after the other are one stream, as `cat a.gz b.gz` makes them, and zero bytes that
/// pad the end are passed over, as gzip(1) does. Memory is one buffer, whatever the file's size,
/// and for Zstandard the window that the file asks for: 8 MiB as a rule, 2 GiB at most
/// (`--long=31`). ``decode(as:)`` turns text of another encoding into UTF-8 on the way.
public struct ByteSource: ~Copyable {
    /// The path as given, for messages; `-` is standard input.
    public let path: String
    /// Bytes taken from the file so far, still packed: what progress is measured in.
    public private(set) var bytesRead = 0

    private static let bufferBytes = 256 * 1024

    private let descriptor: Descriptor
    private var decoder: StreamDecoder?
    /// Bytes read from the file and not yet handed on: `buffer[start..<end]`.
    private let buffer: RawBuffer
    private var start = 0
    private var end = 0
    private var isFileAtEnd = false
    /// True between two members, and at the start of the first.
    private var isBetweenMembers = false
    /// Plain bytes that were looked at and not yet handed on, from `peekedStart` on.
    private var peeked: [UInt8] = []
    private var peekedStart = 0
    /// Where the bytes are text of another encoding than UTF-8.
    private var text: DecodedText?

    /// Text that was decoded and not yet handed on, from `start` on.
    private struct DecodedText {
        var decoder: TextDecoder
        var bytes: [UInt8] = []
        var start = 0
        var isAtEnd = false
    }

    /// Opens `path`, `-` being standard input.
    /// - Throws: `configuration` when it is missing, may not be read or is a folder.
    public init(path: String) throws(Fault) {
        try self.init(Descriptor(reading: path), path: path)
    }

    /// Reads from an open descriptor, which stays the caller's to close.
    ///
    /// - Throws: `badData` when the start is of a form that cannot be read.
    public init(descriptor: Int32, named path: String) throws(Fault) {
        try self.init(Descriptor(lent: descriptor), path: path)
    }

    private init(_ descriptor: consuming Descriptor, path: String) throws(Fault) {
        self.path = path
        self.descriptor = descriptor
        buffer = RawBuffer(count: Self.bufferBytes)
        // A pipe may hand out a byte at a time; the magic number needs four.
        while end < 4, !isFileAtEnd { try fill() }
        if let format = StreamDecoder.Format(start: buffer.readable(0, end)) {
            decoder = StreamDecoder(format)
        }
    }

    /// True when the file is gzip or Zstandard.
    public var isCompressed: Bool { decoder != nil }

    /// The next plain bytes, which stay where they are: `count` of them, fewer only where the
    /// stream ends before.
    ///
    /// For telling what a file is from its start; it copies, so it is not for reading.
    /// - Throws: as ``read(into:)``.
    public mutating func peek(_ count: Int) throws(Fault) -> [UInt8] {
        let piece = RawBuffer(count: min(count, Self.bufferBytes))
        while peeked.count - peekedStart < count {
            let size = try readOn(into: piece.bytes)
            if size == 0 { break }
            peeked.append(contentsOf: piece.readable(0, size))
        }
        return Array(peeked[peekedStart...].prefix(count))
    }

    /// Reads up to `room.count` plain bytes; 0 only at the end of the stream.
    /// - Throws: `badData` when a packed stream is corrupt or ends too early, `configuration` when
    ///   the file cannot be read.
    public mutating func read(into room: UnsafeMutableRawBufferPointer) throws(Fault) -> Int {
        if peekedStart == peeked.count { return try readOn(into: room) }
        let count = min(room.count, peeked.count - peekedStart)
        peeked.withUnsafeBytes { bytes in
            room.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[peekedStart..<peekedStart + count]))
        }
        peekedStart += count
        if peekedStart == peeked.count { (peeked, peekedStart) = ([], 0) }
        return count
    }

    /// Hands on UTF-8 from here on, where the bytes are text of another encoding.
    ///
    /// Units that are no character become the byte FF, which is never in UTF-8; a byte order mark
    /// becomes that of UTF-8. Memory is one more buffer.
    /// - Parameter encoding: nil for UTF-16 where its byte order mark comes next, and else none.
    /// - Throws: as ``read(into:)``.
    public mutating func decode(as encoding: TextEncoding?) throws(Fault) {
        require(text == nil, "a text has one encoding")
        let start = try peek(4)
        guard let encoding = encoding ?? TextEncoding(mark: start) else { return }
        var decoded = DecodedText(decoder: TextDecoder(encoding))
        peeked[peekedStart...].withUnsafeBytes {
            decoded.decoder.decode($0, isLast: false, into: &decoded.bytes)
        }
        (peeked, peekedStart) = ([], 0)
        text = decoded
    }

    /// Reads behind what was looked at.
    private mutating func readOn(into room: UnsafeMutableRawBufferPointer) throws(Fault) -> Int {
        guard var decoded = text else { return try readBytes(into: room) }
        // One owner, so that the array is not copied.
        text = nil
        defer { text = decoded }
        if decoded.start == decoded.bytes.count {
            let piece = RawBuffer(count: Self.bufferBytes)
            decoded.bytes.removeAll(keepingCapacity: true)
            decoded.start = 0
            // A piece may hold no whole unit.
            while decoded.bytes.isEmpty, !decoded.isAtEnd {
                let count = try readBytes(into: piece.bytes)
                decoded.isAtEnd = count == 0
                decoded.decoder.decode(
                    piece.readable(0, count), isLast: count == 0, into: &decoded.bytes)
            }
        }
        let count = min(room.count, decoded.bytes.count - decoded.start)
        decoded.bytes[decoded.start..<decoded.start + count].withUnsafeBytes {
            room.copyMemory(from: $0)
        }
        decoded.start += count
        return count
    }

    private mutating func readBytes(into room: UnsafeMutableRawBufferPointer) throws(Fault) -> Int {
        if room.isEmpty { return 0 }
        if decoder != nil { return try readPacked(into: room) }
        if start < end {
            let count = min(room.count, end - start)
            room.copyMemory(from: buffer.readable(start, start + count))
            start += count
            return count
        }
        if isFileAtEnd { return 0 }
        let count = try descriptor.read(into: room, path: path)
        bytesRead += count
        isFileAtEnd = count == 0
        return count
    }

    /// All plain bytes from here on, for small files.
    /// - Throws: as ``read(into:)``, and `badData` when there are more than `limit` bytes.
    public mutating func readAll(limit: Int = 1 << 30) throws(Fault) -> [UInt8] {
        var all: [UInt8] = []
        let piece = RawBuffer(count: Self.bufferBytes)
        while true {
            let count = try read(into: piece.bytes)
            if count == 0 { return all }
            if all.count + count > limit {
                throw Fault(
                    .badData, "the file holds more than \(limit) bytes", at: .file(path),
                    hint: "only small files are read whole")
            }
            all.append(contentsOf: piece.readable(0, count))
        }
    }

    private mutating func readPacked(
        into room: UnsafeMutableRawBufferPointer
    ) throws(Fault) -> Int {
        while true {
            if start == end, !isFileAtEnd { try fill() }
            if isBetweenMembers {
                while start < end, buffer.bytes[start] == 0 { start += 1 }
                if start == end {
                    if isFileAtEnd { return 0 }
                    continue
                }
            }
            let wasAtEnd = isFileAtEnd && start == end
            let step = try step(into: room)
            start += step.taken
            isBetweenMembers = step.endsMember
            if step.made > 0 { return step.made }
            if wasAtEnd, !step.endsMember {
                throw Fault(
                    .badData, "the compressed file ends too early", at: .file(path),
                    why: "its last part is missing after byte \(bytesRead)",
                    hint: "copy or download the file again")
            }
        }
    }

    private mutating func step(
        into room: UnsafeMutableRawBufferPointer
    ) throws(Fault) -> StreamDecoder.Step {
        do throws(StreamDecoder.Failure) {
            let step = try decoder?.step(buffer.readable(start, end), into: room)
            return step ?? StreamDecoder.Step(taken: 0, made: 0, endsMember: true)
        } catch {
            switch error.kind {
            case .corrupt:
                throw Fault(
                    .badData, "the compressed file is corrupt", at: .file(path),
                    why: "\(error.why), near byte \(bytesRead - (end - start))",
                    hint: "copy or download the file again")
            case .noMemory:
                throw Fault(
                    .stopped, "there is too little memory to unpack the file", at: .file(path),
                    why: error.why,
                    hint: "`zstd -lv FILE` tells the window that it needs; free as much memory")
            case .windowTooLarge:
                throw Fault(
                    .badData, "the window of the compressed file is larger than 2 GiB",
                    at: .file(path), why: error.why,
                    hint: "pack it again with a smaller one: "
                        + "zstd -dc --ultra --memory=4096MB FILE | zstd -o NEW-FILE.zst")
            }
        }
    }

    /// Reads from the file behind what the buffer holds; all of it when everything was taken.
    private mutating func fill() throws(Fault) {
        if start == end {
            start = 0
            end = 0
        }
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[end...])
        let count = try descriptor.read(into: room, path: path)
        end += count
        bytesRead += count
        isFileAtEnd = count == 0
    }
}

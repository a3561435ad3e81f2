internal import CCompress
internal import Glibc
internal import Records

/// A Parquet file's bytes, read piece by piece, and the memory that its pages may take.
final class PageFile {
    /// All pages that are open at a time, one for each column, with their dictionaries.
    static let mostMemory = 1 << 30

    let path: String
    let size: Int
    private let number: Int32
    private var packed = PageBuffer()
    private(set) var memory = 0

    /// - Throws: `configuration` when the file is missing or may not be read.
    init(path: String) throws(Fault) {
        guard !path.utf8.contains(0), !path.isEmpty else {
            throw Fault(.configuration, "the path of a file is empty or holds a NUL character")
        }
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw .system("open the file", path: path, code: errno) }
        var status = stat()
        guard fstat(number, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(number)
            throw Fault(
                .configuration, "Parquet is read from a file alone", at: .file(path),
                why: "it is a pipe or a device")
        }
        self.path = path
        self.number = number
        size = Int(status.st_size)
    }

    deinit {
        close(number)
        packed.free()
    }

    /// Fills `room` from the file's byte `start` on.
    func read(_ start: Int, into room: UnsafeMutableRawBufferPointer) throws(Damage) {
        guard start >= 0, start <= size, room.count <= size - start else { throw .ended }
        var done = 0
        while done < room.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: room[done...])
            let count = pread(number, rest.baseAddress, rest.count, off_t(start + done))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw Damage("it cannot be read: \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { throw Damage("it became shorter while it was read") }
            done += count
        }
    }

    /// Makes sure that `buffer` holds `count` bytes, within the limit on memory.
    func grow(_ buffer: inout PageBuffer, to count: Int) throws(Damage) {
        if count <= buffer.bytes.count { return }
        guard memory - buffer.bytes.count + count <= Self.mostMemory else {
            throw Damage("its pages need more than \(Self.mostMemory >> 20) MiB of memory")
        }
        memory += count - buffer.bytes.count
        buffer.free()
        buffer = PageBuffer(count: count)
    }

    /// Reads and unpacks a page into the first `plain` bytes of `buffer` from `offset` on.
    func unpack(
        _ codec: Codec, at start: Int, packedBytes: Int, plainBytes: Int,
        into buffer: PageBuffer, offset: Int
    ) throws(Damage) {
        let room = UnsafeMutableRawBufferPointer(
            rebasing: buffer.bytes[offset..<offset + plainBytes])
        if codec == .uncompressed {
            guard packedBytes == plainBytes else { throw Damage("a page has two sizes") }
            return try read(start, into: room)
        }
        if plainBytes == 0 { return }
        try grow(&packed, to: packedBytes)
        let input = UnsafeMutableRawBufferPointer(rebasing: packed.bytes[..<packedBytes])
        try read(start, into: input)
        let format: ccompress_format
        switch codec {
        case .gzip: format = ccompress_gzip
        case .zstd: format = ccompress_zstd
        case .snappy: format = ccompress_snappy
        default: throw .unsupported("it is packed with \(codec.name)")
        }
        let isWhole = ccompress_decode(
            Int32(format.rawValue), input.baseAddress, input.count, room.baseAddress, room.count)
        guard isWhole == 1 else { throw Damage("a page does not unpack with \(codec.name)") }
    }
}

/// Bytes that grow by being replaced; their owner frees them.
struct PageBuffer {
    private(set) var bytes: UnsafeMutableRawBufferPointer

    init() { bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    init(count: Int) { bytes = .allocate(byteCount: count, alignment: 16) }

    mutating func free() {
        bytes.deallocate()
        bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
}

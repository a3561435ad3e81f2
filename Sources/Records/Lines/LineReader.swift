internal import Glibc

/// The lines of a file, a block at a time.
///
/// A line ends at LF or CR LF and nowhere else (U+2028 and a lone CR are text); the last one needs
/// no line end. A file whose first 256 KiB have CR and no LF is one of old Macs, in which CR alone
/// ends a line. A byte order mark is taken off the start of the file only. A line longer than the
/// limit is passed over without being kept: it appears as a marker with its number and length.
public struct LineReader: ~Copyable {
    /// 16 MiB: far above any text of ours, far below what memory holds.
    public static let defaultMaximumBytes = 16 << 20

    private static let bufferBytes = 256 * 1024

    private var source: ByteSource
    private let maximum: Int
    private let buffer = RawBuffer(count: LineReader.bufferBytes)
    /// Bytes of the source not yet looked at: `buffer[start..<end]`.
    private var start = 0
    private var end = 0
    /// Where `buffer[start]` lies in the source's plain bytes.
    private var offset = 0
    private var isAtEnd = false
    private var isFirst = true
    private var number = 0
    /// LF, or CR in a file that has no LF.
    private var lineEnd: UInt8 = 10

    /// Opens `path`, `-` being standard input; see ``ByteSource/init(path:)``.
    /// - Parameter maximumLineBytes: the longest line that is kept, at least 1.
    /// - Throws: `configuration` when the file cannot be opened, `badData` when it cannot be read.
    public init(
        path: String, maximumLineBytes: Int = LineReader.defaultMaximumBytes
    ) throws(Fault) {
        self.init(source: try ByteSource(path: path), maximumLineBytes: maximumLineBytes)
    }

    /// Reads the lines of a source.
    public init(
        source: consuming ByteSource, maximumLineBytes: Int = LineReader.defaultMaximumBytes
    ) {
        require(maximumLineBytes > 0, "a line holds at least one byte")
        self.source = source
        maximum = maximumLineBytes
    }

    /// The path as given, for messages.
    public var path: String { source.path }
    /// Bytes taken from the file so far, still packed: what progress is measured in.
    public var bytesRead: Int { source.bytesRead }

    /// Fills the block with the next lines.
    ///
    /// Stops after `rows` lines, or as soon as the block holds `bytes` bytes or more; always takes
    /// one line at least.
    /// - Returns: false, with an empty block, when there are no more lines.
    /// - Throws: as ``ByteSource/read(into:)``, and `badData` for a file that is no UTF-8 text; see
    ///   ``TextStart``.
    public mutating func read(
        into block: inout LineBlock, rows: Int = 4_096, bytes: Int = 4 << 20
    ) throws(Fault) -> Bool {
        require(rows > 0, "a block holds at least one line")
        block.clear()
        if isFirst { try begin() }
        while block.lines.count < rows, block.lines.isEmpty || block.bytes.count < bytes {
            if start == end {
                try refill()
                if isAtEnd { break }
            }
            if !takeWholeLines(into: &block, rows: rows, bytes: bytes) {
                try takeLongLine(into: &block)
            }
        }
        block.pad()
        return !block.lines.isEmpty
    }

    /// Takes the lines that lie in the buffer from start to end in one copy; false when none does.
    private mutating func takeWholeLines(
        into block: inout LineBlock, rows: Int, bytes: Int
    ) -> Bool {
        guard let base = buffer.bytes.baseAddress else { return false }
        let from = start
        let shift = block.bytes.count - from
        while start < end, block.lines.count < rows, start + shift < bytes || start == from {
            guard let found = memchr(base + start, Int32(lineEnd), end - start) else { break }
            let feed = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            let hasReturn = feed > start && buffer.bytes[feed - 1] == 13 && lineEnd == 10
            let last = hasReturn ? feed - 1 : feed
            let length = last - start
            if length > maximum {
                // Only when the limit is below the buffer's size: the long path makes the marker.
                break
            }
            number += 1
            block.lines.append(
                LineBlock.Line(
                    start: start + shift, end: last + shift, number: number, offset: offset,
                    length: length))
            offset += feed + 1 - start
            start = feed + 1
        }
        if start == from { return false }
        block.append(buffer.readable(from, start))
        return true
    }

    /// Takes one line that the buffer holds only a part of, or that is too long.
    private mutating func takeLongLine(into block: inout LineBlock) throws(Fault) {
        let lineOffset = offset
        let lineStart = block.bytes.count
        var length = 0
        var endsInReturn = false
        var isEnded = false
        while !isEnded {
            if start == end {
                try refill()
                if isAtEnd { break }
            }
            guard let base = buffer.bytes.baseAddress else { break }
            var pieceEnd = end
            if let found = memchr(base + start, Int32(lineEnd), end - start) {
                pieceEnd = UnsafeRawPointer(found) - UnsafeRawPointer(base)
                isEnded = true
            }
            if pieceEnd > start {
                // One byte above the limit may be the CR of a line that just fits.
                if length + (pieceEnd - start) <= maximum + 1 {
                    block.append(buffer.readable(start, pieceEnd))
                } else {
                    block.bytes.removeSubrange(lineStart...)
                }
                length += pieceEnd - start
                endsInReturn = buffer.bytes[pieceEnd - 1] == 13 && lineEnd == 10
            }
            let next = isEnded ? pieceEnd + 1 : pieceEnd
            offset += next - start
            start = next
        }
        if isEnded, endsInReturn { length -= 1 }
        number += 1
        if length > maximum { block.bytes.removeSubrange(lineStart...) }
        block.lines.append(
            LineBlock.Line(
                start: lineStart, end: length > maximum ? lineStart : lineStart + length,
                number: number, offset: lineOffset, length: length))
    }

    private mutating func refill() throws(Fault) {
        start = 0
        end = try source.read(into: buffer.bytes)
        isAtEnd = end == 0
    }

    /// Looks at the first bytes: takes a UTF-8 byte order mark off, refuses what is no UTF-8 text
    /// and tells the line end.
    private mutating func begin() throws(Fault) {
        isFirst = false
        while end < Self.bufferBytes, !isAtEnd {
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[end...])
            let count = try source.read(into: room)
            end += count
            isAtEnd = count == 0
        }
        isAtEnd = false
        start = try TextStart.length(of: buffer.readable(0, end), path: path)
        lineEnd = TextStart.lineEnd(of: buffer.readable(start, end))
        offset = start
    }
}

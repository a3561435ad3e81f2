/// Some lines of a file in one run of bytes, filled by ``LineReader/read(into:rows:bytes:)``.
///
/// Reuse one block for a whole file: its memory is kept from one filling to the next.
public struct LineBlock: Sendable {
    /// Zero bytes behind the last line, which a simdjson parser may read (SIMDJSON_PADDING is 64).
    public static let padding = 64

    /// One line, without its line end.
    public struct Line: Sendable, Equatable {
        /// The first byte in the block's `bytes`.
        public var start: Int
        /// One past the last byte; equal to `start` for a blank line and for one that is too long.
        public var end: Int
        /// The line's number in the file, from 1.
        public var number: Int
        /// Where the line begins in the source's plain bytes, from 0.
        public var offset: Int
        /// The line's bytes in the source, without its line end.
        public var length: Int

        /// True when the line was longer than the reader's limit, so that its bytes are not here.
        public var isTooLong: Bool { length > end - start }
        public var isEmpty: Bool { length == 0 }
        public var range: Range<Int> { start..<end }
    }

    /// The bytes of the lines (and of line ends between them), then `padding` zeros.
    public internal(set) var bytes: [UInt8] = []
    /// The lines in the order of the file, blank ones and those too long included.
    public internal(set) var lines: [Line] = []

    public init() {}

    /// The text of a line; bytes that are not UTF-8 are repaired.
    public func text(_ line: Line) -> String {
        String(decoding: bytes[line.range], as: UTF8.self)
    }

    /// The block with some of its lines.
    public func filter(_ isKept: (Line) -> Bool) -> LineBlock {
        var block = self
        block.lines = lines.filter(isKept)
        return block
    }

    /// Appends a line that does not come from a ``LineReader``; `finish()` must follow the last.
    ///
    /// - Parameter isTooLong: The line is noted, but its bytes are not taken.
    public mutating func append(
        _ line: ArraySlice<UInt8>, number: Int, isTooLong: Bool = false
    ) {
        let start = bytes.count
        if !isTooLong { bytes.append(contentsOf: line) }
        lines.append(
            Line(
                start: start, end: bytes.count, number: number, offset: 0,
                length: isTooLong ? max(1, line.count) : line.count))
    }

    /// Makes the bytes behind the last appended line readable.
    public mutating func finish() { pad() }

    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        lines.removeAll(keepingCapacity: true)
    }

    mutating func append(_ run: UnsafeRawBufferPointer) {
        // As typed memory, which an array copies in one piece in a debug build as well.
        bytes.append(contentsOf: run.assumingMemoryBound(to: UInt8.self))
    }

    mutating func pad() {
        bytes.append(contentsOf: repeatElement(0, count: Self.padding))
    }
}

/// The rows of JSON that is not one row a line: the values of an array, of an array under a key of
/// the one object, or values that are written over several lines.
///
/// Gives them as lines of a block, each with the number of the line that it begins on; white space
/// inside a value is part of it. Whether a value is valid is for its reader to say: here brackets
/// and quotes are counted, in constant stack. A value longer than the limit is passed over without
/// being kept, as ``LineReader`` does. Memory is one block.
public struct JSONDocumentReader: ~Copyable {
    /// Where the rows of a document are.
    public enum Shape: Sendable, Equatable {
        /// One value after the other; arrays among them are read as their values.
        case values
        /// The array that begins at this byte, inside the one object.
        case member(offset: Int)
    }

    private static let bufferBytes = 256 * 1024

    private var source: ByteSource
    private let maximum: Int
    private let isMember: Bool
    private let buffer = RawBuffer(count: JSONDocumentReader.bufferBytes)
    private var start = 0
    private var end = 0
    /// Where `buffer[start]` lies in the source's plain bytes.
    private var offset = 0
    private var line = 1
    private var isInArray = false
    /// Whether a comma has to stand before the next value of the array.
    private var needsComma = false
    private var isDone = false

    /// Reads the rows of a source whose first bytes have this shape.
    /// - Throws: as ``ByteSource/read(into:)``, and `badData` for a file that is no UTF-8 text.
    public init(
        source: consuming ByteSource, shape: Shape,
        maximumBytes: Int = LineReader.defaultMaximumBytes
    ) throws(Fault) {
        self.source = source
        maximum = maximumBytes
        isMember = shape != .values
        let sample = try self.source.peek(TextStart.sampleBytes)
        var first = try TextStart.length(of: sample, path: self.source.path)
        if case .member(let place) = shape { first = place }
        while offset < first, try look() != nil { take() }
    }

    /// The path as given, for messages.
    public var path: String { source.path }

    /// Fills the block with the next values, as ``LineReader/read(into:rows:bytes:)`` does.
    /// - Throws: as ``ByteSource/read(into:)``, and `badData` at its line for a document that ends
    ///   inside a value, lacks a comma, or is followed by another where one object is read.
    public mutating func read(
        into block: inout LineBlock, rows: Int = 4_096, bytes: Int = 4 << 20
    ) throws(Fault) -> Bool {
        block.clear()
        while !isDone, block.lines.count < rows, block.bytes.count < bytes {
            guard let byte = try lookPastBlanks() else {
                if isInArray { throw fault("the JSON document ends inside an array") }
                break
            }
            switch byte {
            case UInt8(ascii: "[") where !isInArray:
                take()
                isInArray = true
                needsComma = false
            case UInt8(ascii: "]") where isInArray:
                take()
                isInArray = false
                if isMember { try finishObject() }
            case UInt8(ascii: ",") where needsComma:
                take()
                needsComma = false
            default:
                if needsComma { throw fault("a comma is missing between two values of an array") }
                try takeValue(into: &block)
                needsComma = isInArray
            }
        }
        block.pad()
        return !block.lines.isEmpty
    }

    private func fault(_ what: String) -> Fault {
        Fault(
            .badData, what, at: .file(path, line: line),
            hint: "`jq . FILE` shows where the document is wrong")
    }

    /// The next byte, which is not taken; nil at the end.
    private mutating func look() throws(Fault) -> UInt8? {
        if start == end {
            start = 0
            end = try source.read(into: buffer.bytes)
            if end == 0 { return nil }
        }
        return buffer.bytes[start]
    }

    private mutating func take() {
        if buffer.bytes[start] == 10 { line += 1 }
        start += 1
        offset += 1
    }

    private mutating func lookPastBlanks() throws(Fault) -> UInt8? {
        while let byte = try look() {
            // A byte order mark may stand before a value where files were put together.
            let isMark = !isInArray && (byte == 0xEF || byte == 0xBB || byte == 0xBF)
            guard byte == 32 || byte == 10 || byte == 13 || byte == 9 || isMark else { return byte }
            take()
        }
        return nil
    }

    /// Takes a value up to its end.
    private mutating func takeValue(into block: inout LineBlock) throws(Fault) {
        let (number, first, firstByte) = (line, offset, block.bytes.count)
        var depth = 0
        var isString = false
        var isEscaped = false
        var isOver = false
        while !isOver {
            guard let byte = try look() else {
                if depth > 0 || isString { throw fault("the JSON document ends inside a value") }
                break
            }
            if isString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isString = false
                    isOver = depth == 0
                }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    // Of the array around a bare value.
                    if depth == 0, isInArray, offset > first {
                        isOver = true
                        continue
                    }
                    depth -= 1
                    isOver = depth <= 0
                case 32, 9, 10, 13, UInt8(ascii: ","):
                    if depth == 0, offset > first {
                        isOver = true
                        continue
                    }
                default: break
                }
            }
            if offset - first < maximum { block.bytes.append(byte) }
            take()
        }
        let length = offset - first
        if length > maximum { block.bytes.removeSubrange(firstByte...) }
        block.lines.append(
            LineBlock.Line(
                start: firstByte, end: length > maximum ? firstByte : firstByte + length,
                number: number, offset: first, length: length))
    }

    /// Passes over what the object has behind its array; nothing may follow it.
    private mutating func finishObject() throws(Fault) {
        isDone = true
        var depth = 1
        var isString = false
        var isEscaped = false
        while let byte = try look(), depth > 0 {
            if isString {
                if !isEscaped, byte == UInt8(ascii: "\"") { isString = false }
                isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
            } else {
                switch byte {
                case UInt8(ascii: "\""): isString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
            }
            take()
        }
        if depth > 0 { throw fault("the JSON document ends inside an object") }
        if try lookPastBlanks() != nil {
            throw fault("another JSON document follows the one with the rows")
        }
    }
}

extension JSONDocumentReader {
    /// The shape of a file that begins so; nil for one row a line.
    ///
    /// A file is no JSON lines when it begins with an array of objects, when its first object is
    /// written over several lines, or when its first object has no text and an array of objects
    /// that have.
    ///
    /// - Parameters:
    ///   - start: The first bytes, enough for the keys before an array: 64 KiB.
    ///   - textKey: The key of a row's text.
    public static func shape(of start: [UInt8], textKey: [UInt8]) -> Shape? {
        let mark = start.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        let blanks: [UInt8] = [32, 9, 10, 13]
        guard let first = start[mark...].firstIndex(where: { !blanks.contains($0) }) else {
            return nil
        }
        if start[first] == UInt8(ascii: "[") {
            let next = start[(first + 1)...].first { !blanks.contains($0) }
            return next == UInt8(ascii: "{") || next == UInt8(ascii: "]") ? .values : nil
        }
        guard start[first] == UInt8(ascii: "{") else { return nil }
        var scan = ObjectScan(textKey: textKey)
        for at in first..<start.count {
            guard scan.take(start[at], at) else { return nil }
            if scan.depth == 0 { break }
        }
        if scan.hasText { return scan.hasLineEnd ? .values : nil }
        if let offset = scan.rows { return .member(offset: offset) }
        return scan.hasLineEnd ? .values : nil
    }

    /// Looks at the first object of a file, byte by byte.
    private struct ObjectScan {
        let textKey: [UInt8]
        /// Whether each open bracket is an object's.
        private var open: [Bool] = []
        private var string: [UInt8]?
        private var isEscaped = false
        /// The last string that ended, as it is written.
        private var last: [UInt8] = []
        /// The last byte that is no white space.
        private var before: UInt8 = 0
        /// The array under a key of the object that was entered last.
        private var array = 0
        /// Whether the object itself has the key of a text.
        private(set) var hasText = false
        /// Where the first array begins whose objects have it.
        private(set) var rows: Int?
        /// Whether a line ends inside the object.
        private(set) var hasLineEnd = false

        var depth: Int { open.count }

        init(textKey: [UInt8]) { self.textKey = textKey }

        /// false for what no JSON has: a line of JSON that was torn, say.
        mutating func take(_ byte: UInt8, _ at: Int) -> Bool {
            if var text = string {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    (last, string) = (text, nil)
                    return true
                }
                if text.count <= textKey.count { text.append(byte) }
                string = text
                return byte != 10
            }
            switch byte {
            case 32, 9, 13: return true
            case 10:
                hasLineEnd = true
                return true
            case UInt8(ascii: "\""): string = []
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                let isValue =
                    before == UInt8(ascii: ":") && open.last == true
                    || (before == UInt8(ascii: ",") || before == UInt8(ascii: "["))
                        && open.last == false
                guard isValue || open.isEmpty else { return false }
                if byte == UInt8(ascii: "["), open.count == 1 { array = at }
                open.append(byte == UInt8(ascii: "{"))
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard open.popLast() == (byte == UInt8(ascii: "}")) else { return false }
            case UInt8(ascii: ":"):
                guard open.last == true, before == UInt8(ascii: "\"") else { return false }
                if last == textKey {
                    if open.count == 1 { hasText = true }
                    if open == [true, false, true], rows == nil { rows = array }
                }
            default: break
            }
            before = byte
            return true
        }
    }
}

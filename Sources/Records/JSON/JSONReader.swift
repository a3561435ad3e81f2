/// A strict reader of RFC 8259 that makes a ``JSONValue``, for bytes from strangers.
///
/// Refuses what leaves two meanings open or asks for trouble: invalid UTF-8, a byte order mark,
/// NaN and overflowing numbers, a key twice in one object unless told otherwise, nesting deeper
/// than a limit, anything after the value. A lone surrogate is read as U+FFFD.
public struct JSONReader {
    /// The deepest nesting of arrays and objects that is read unless a caller says otherwise:
    /// replies nest about ten deep, and hostile ones must not come to the stack's end.
    public static let deepest = 128

    /// Why a document was refused; its text is not repeated.
    public struct ParseError: Error, Equatable {
        public var what: String
        /// Bytes from the start.
        public var offset: Int
    }

    /// Borrowed for the time of one reading, and only looked at below its end.
    private let bytes: UnsafeBufferPointer<UInt8>
    private let deepest: Int
    private let allowsDoubledKeys: Bool
    private var at = 0

    /// Reads a whole document.
    ///
    /// - Parameters:
    ///   - deepest: How many arrays and objects may lie in each other.
    ///   - allowsDoubledKeys: Whether an object may have a key twice, as in some programs' files.
    /// - Throws: `badData` with the byte of the first mistake.
    public static func read(
        _ bytes: [UInt8], deepest: Int = Self.deepest, allowsDoubledKeys: Bool = false
    ) throws(ParseError) -> JSONValue {
        try bytes.withUnsafeBufferPointer { buffer throws(ParseError) in
            var reader = JSONReader(
                bytes: buffer, deepest: deepest, allowsDoubledKeys: allowsDoubledKeys)
            let value = try reader.value(depth: 0)
            reader.skipBlanks()
            guard reader.at == buffer.count else { throw reader.parseError("more after the value") }
            return value
        }
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, deepest: Int, allowsDoubledKeys: Bool) {
        self.bytes = bytes
        self.deepest = deepest
        self.allowsDoubledKeys = allowsDoubledKeys
    }

    private func parseError(_ what: String) -> ParseError { ParseError(what: what, offset: at) }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 32 || byte == 10 || byte == 13 || byte == 9 { at += 1 }
    }

    private mutating func value(depth: Int) throws(ParseError) -> JSONValue {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"):
            guard depth < deepest else { throw parseError("nested too deeply") }
            return try object(depth: depth)
        case UInt8(ascii: "["):
            guard depth < deepest else { throw parseError("nested too deeply") }
            return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw parseError("the end where a value should be")
        default: return try number()
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(ParseError) -> JSONValue {
        guard bytes[at...].starts(with: word.utf8) else { throw parseError("no value") }
        at += word.utf8.count
        return value
    }

    private mutating func object(depth: Int) throws(ParseError) -> JSONValue {
        at += 1
        var members: [JSONValue.Member] = []
        skipBlanks()
        if next == UInt8(ascii: "}") {
            at += 1
            return .object([])
        }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw parseError("no key") }
            let key = try string()
            skipBlanks()
            guard next == UInt8(ascii: ":") else { throw parseError("no colon") }
            at += 1
            let value = try value(depth: depth + 1)
            // Growing from one to two to four would cost more than the parsing.
            if members.isEmpty { members.reserveCapacity(8) }
            members.append(JSONValue.Member(key: key, value: value))
            skipBlanks()
            guard next == UInt8(ascii: ",") else { break }
            at += 1
        }
        guard next == UInt8(ascii: "}") else { throw parseError("an object that does not end") }
        at += 1
        guard allowsDoubledKeys || Self.areUnique(members) else {
            throw parseError("a key twice in one object")
        }
        return .object(members)
    }

    /// By bytes: `String` calls some different keys equal.
    private static func areUnique(_ members: [JSONValue.Member]) -> Bool {
        if members.count < 2 { return true }
        if members.count <= 16 {
            for index in members.indices.dropFirst() {
                let key = members[index].key.utf8
                for other in members[..<index]
                where other.key.utf8.count == key.count && other.key.utf8.elementsEqual(key) {
                    return false
                }
            }
            return true
        }
        let keys = members.map { Array($0.key.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        return zip(keys, keys.dropFirst()).allSatisfy { $0 != $1 }
    }

    private mutating func array(depth: Int) throws(ParseError) -> JSONValue {
        at += 1
        var values: [JSONValue] = []
        skipBlanks()
        if next == UInt8(ascii: "]") {
            at += 1
            return .array([])
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipBlanks()
            guard next == UInt8(ascii: ",") else { break }
            at += 1
        }
        guard next == UInt8(ascii: "]") else { throw parseError("an array that does not end") }
        at += 1
        return .array(values)
    }

    private mutating func number() throws(ParseError) -> JSONValue {
        let start = at
        var isInteger = true
        if next == UInt8(ascii: "-") { at += 1 }
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[at - whole] != UInt8(ascii: "0") else {
            throw parseError("no number")
        }
        if next == UInt8(ascii: ".") {
            isInteger = false
            at += 1
            guard digits() > 0 else { throw parseError("no number") }
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            guard digits() > 0 else { throw parseError("no number") }
        }
        if isInteger, let integer = integer(from: start) { return .integer(integer) }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            throw parseError("a number too large")
        }
        return .number(number)
    }

    /// What was read since `start`, a sign and digits; nil for -0 and what no `Int64` holds.
    private func integer(from start: Int) -> Int64? {
        let isNegative = bytes[start] == UInt8(ascii: "-")
        var value: Int64 = 0
        for byte in bytes[(isNegative ? start + 1 : start)..<at] {
            let digit = Int64(byte - UInt8(ascii: "0"))
            let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflows) = tens.addingReportingOverflow(isNegative ? -digit : digit)
            if isTooLarge || overflows { return nil }
            value = sum
        }
        return isNegative && value == 0 ? nil : value
    }

    private mutating func digits() -> Int {
        let start = at
        while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { at += 1 }
        return at - start
    }

    private mutating func string() throws(ParseError) -> String {
        at += 1
        let start = at
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 32 {
            at += 1
        }
        if next == UInt8(ascii: "\"") {
            at += 1
            return try text(UnsafeBufferPointer(rebasing: bytes[start..<(at - 1)]))
        }
        var text = Array(bytes[start..<at])
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                at += 1
                return try text.withUnsafeBufferPointer { buffer throws(ParseError) in
                    try self.text(buffer)
                }
            case UInt8(ascii: "\\"):
                at += 1
                try escape(into: &text)
            case 0..<32:
                throw parseError("a control character in a string")
            default:
                text.append(byte)
                at += 1
            }
        }
        throw parseError("a string that does not end")
    }

    /// `UTF8Span` and not `String(validating:)`, which is several times slower.
    private func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(ParseError) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes.span))
        } catch {
            throw parseError("invalid UTF-8")
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(ParseError) {
        guard let byte = next else { throw parseError("a string that does not end") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            let scalar = try unicodeEscape()
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: throw parseError("an unknown escape")
        }
    }

    /// A lone surrogate becomes U+FFFD, since models are known to write them.
    private mutating func unicodeEscape() throws(ParseError) -> Unicode.Scalar {
        let first = try hexUnit()
        guard (0xD800...0xDBFF).contains(first) else {
            return Unicode.Scalar(first) ?? "\u{FFFD}"
        }
        let before = at
        guard bytes[at...].starts(with: "\\u".utf8) else { return "\u{FFFD}" }
        at += 2
        let second = try hexUnit()
        guard (0xDC00...0xDFFF).contains(second) else {
            at = before
            return "\u{FFFD}"
        }
        return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
            ?? "\u{FFFD}"
    }

    private mutating func hexUnit() throws(ParseError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw parseError("an unknown escape") }
            unit = unit << 4 | UInt32(digit)
            at += 1
        }
        return unit
    }
}

internal import CSimdjson
internal import Glibc

/// Reads one JSON object or array at a time, over simdjson.
///
/// The bytes are parsed where they lie: a value's `raw` points into the caller's buffer and its
/// `string` and `key` into the parser's, so both are valid only inside the closure. Nested values
/// are read by giving a value's `raw` to another parser. Every byte is validated, UTF-8 included,
/// also in values that nobody reads; numbers may be of any size, as RFC 8259 has it. Nesting deeper
/// than ``deepest`` is refused, in constant stack. About 1 GB/s.
public struct JSONParser: ~Copyable {
    private let handle: OpaquePointer
    private let limit: Int

    /// The number of readable bytes that must follow a document in its buffer.
    public static let padding = csimdjson_padding()

    /// The deepest nesting that is read unless a parser is told another; the document is level 1.
    public static let deepest = 1_024

    /// - Parameters:
    ///   - deepest: The deepest nesting that is read.
    ///   - findsDoubledKeys: Whether ``JSONChildren/hasDoubledKey`` is looked for.
    public init(deepest: Int = JSONParser.deepest, findsDoubledKeys: Bool = false) {
        require(deepest > 0, "a document is one level at least")
        guard let handle = csimdjson_parser_new(deepest, findsDoubledKeys ? 1 : 0) else {
            fatalError("out of memory")
        }
        limit = deepest
        self.handle = handle
    }

    deinit { csimdjson_parser_free(handle) }

    /// The children of the object or array that is exactly `document`.
    ///
    /// - Parameters:
    ///   - document: The text of one object or array; white space around it is allowed.
    ///   - readable: How many bytes from the document's start may be read, its own and at least
    ///     ``padding`` more.
    /// - Throws: A fault of kind `badData` without a place, or whatever `body` throws.
    public mutating func children<Result>(
        of document: UnsafeRawBufferPointer, readable: Int,
        _ body: (JSONChildren) throws(Fault) -> Result
    ) throws(Fault) -> Result {
        guard let base = document.baseAddress, document.count > 0 else {
            throw Fault(.badData, "the line is not valid JSON", why: "it is empty")
        }
        require(
            readable >= document.count + Self.padding, "a JSON document lies in a padded buffer")
        var values: UnsafePointer<csimdjson_value>?
        var count = 0
        let error = csimdjson_children(
            handle, base.assumingMemoryBound(to: UInt8.self), document.count, readable, &values,
            &count)
        if error != 0 {
            let isTooDeep = error == -Int32(CSIMDJSON_TOO_DEEP.rawValue)
            throw Fault(
                .badData, "the line is not valid JSON",
                why: isTooDeep
                    ? "arrays and objects are nested more than \(limit) deep"
                    : String(cString: csimdjson_message(error)))
        }
        return try body(
            JSONChildren(
                values: UnsafeBufferPointer(start: values, count: count),
                hasDoubledKey: csimdjson_has_doubled_key(handle) != 0))
    }

    /// The children of a document in an array of bytes, which is copied to give it padding.
    ///
    /// - Throws: `badData` for bytes that are no JSON; what `body` throws.
    public mutating func children<Result>(
        of document: [UInt8], _ body: (JSONChildren) throws(Fault) -> Result
    ) throws(Fault) -> Result {
        let padded = document + [UInt8](repeating: 0, count: Self.padding)
        do {
            return try padded.withUnsafeBytes { buffer in
                try children(
                    of: UnsafeRawBufferPointer(rebasing: buffer[..<document.count]),
                    readable: buffer.count, body)
            }
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(.defect, "a JSON document could not be read", why: "\(error)")
        }
    }
}

/// The children of one object or array, valid inside the closure that receives them.
public struct JSONChildren: RandomAccessCollection {
    fileprivate let values: UnsafeBufferPointer<csimdjson_value>
    /// Whether an object of the document, itself or any below it, has a key twice; false where the
    /// parser does not look for it.
    public let hasDoubledKey: Bool

    public var startIndex: Int { 0 }
    public var endIndex: Int { values.count }
    public subscript(index: Int) -> JSONField { JSONField(value: values[index]) }

    /// The first child with this key, or nil.
    public subscript(key: StaticString) -> JSONField? {
        first { $0.hasKey(key) }
    }
}

/// One JSON value, and its key where it stands in an object.
public struct JSONField {
    public enum Kind: Sendable {
        case null, boolean(Bool), number, string, array, object
    }

    fileprivate let value: csimdjson_value

    public var kind: Kind {
        switch UInt32(value.kind) {
        case CSIMDJSON_NULL.rawValue: .null
        case CSIMDJSON_TRUE.rawValue: .boolean(true)
        case CSIMDJSON_FALSE.rawValue: .boolean(false)
        case CSIMDJSON_NUMBER.rawValue: .number
        case CSIMDJSON_STRING.rawValue: .string
        case CSIMDJSON_ARRAY.rawValue: .array
        default: .object
        }
    }

    public var isNull: Bool { value.kind == Int32(CSIMDJSON_NULL.rawValue) }

    /// The key, unescaped; empty for an array's element.
    public var keyBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: value.key, count: value.key_count)
    }

    public var key: String { String(decoding: keyBytes, as: UTF8.self) }

    public func hasKey(_ key: StaticString) -> Bool {
        guard value.key_count == key.utf8CodeUnitCount else { return false }
        guard let start = value.key, value.key_count > 0 else { return true }
        return memcmp(start, key.utf8Start, value.key_count) == 0
    }

    /// The value's own bytes as they stand in the document, white space around them removed.
    public var raw: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: value.raw, count: value.raw_count)
    }

    /// The unescaped bytes of a string; empty for anything else.
    public var stringBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: value.string, count: value.string_count)
    }

    /// The string, or nil when the value is something else.
    public var string: String? {
        guard value.kind == Int32(CSIMDJSON_STRING.rawValue) else { return nil }
        return String(decoding: stringBytes, as: UTF8.self)
    }

    /// The number, or nil when the value is something else.
    public var number: Double? {
        guard value.kind == Int32(CSIMDJSON_NUMBER.rawValue) else { return nil }
        return Double(String(decoding: raw, as: UTF8.self))
    }
}

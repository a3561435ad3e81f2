/// A JSON document as a tree, for files of programs that are looked at more than once.
///
/// Over ``JSONParser``, so that every byte is validated; numbers are doubles.
public enum JSONTree: Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONTree])
    /// Members in the order of the document, a name that stands twice included.
    case object([(key: String, value: JSONTree)])

    /// Deeper documents are refused: they would exhaust the stack.
    private static let deepest = 32

    /// Reads an object or array.
    ///
    /// - Throws: a fault of kind `configuration` at the file `path`, when the document is not JSON
    ///   or nests deeper than 32 levels.
    public init(_ document: some Collection<UInt8>, path: String) throws(Fault) {
        let padded = Array(document) + [UInt8](repeating: 0, count: JSONParser.padding)
        do {
            self = try padded.withUnsafeBytes { buffer in
                var parser = JSONParser()
                let whole = UnsafeRawBufferPointer(rebasing: buffer.dropLast(JSONParser.padding))
                return try Self.container(whole, in: buffer, &parser, depth: 0)
            }
        } catch {
            throw Fault(
                .configuration, "the file is not readable JSON", at: .file(path),
                why: (error as? Fault)?.why)
        }
    }

    /// The member of an object; of two of one name the last, as for most readers.
    public subscript(key: String) -> JSONTree? { members?.last { $0.key == key }?.value }

    /// The members of an object; nil for anything else.
    public var members: [(key: String, value: JSONTree)]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The elements of an array; nil for anything else.
    public var elements: [JSONTree]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A number without a fraction; nil for any other number and anything else.
    public var integer: Int? {
        if case .number(let number) = self { Int(exactly: number) } else { nil }
    }

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    private static func container(
        _ document: UnsafeRawBufferPointer, in buffer: UnsafeRawBufferPointer,
        _ parser: inout JSONParser, depth: Int
    ) throws(Fault) -> JSONTree {
        guard depth < deepest, let start = document.baseAddress, let end = buffer.baseAddress else {
            throw Fault(.configuration, "the document is nested too deeply")
        }
        let readable = buffer.count - (start - end)
        let isObject = document.first { ![0x20, 0x0A, 0x0D, 0x09].contains($0) } == 0x7B
        // One parser for all children, made when one of them needs it.
        return try parser.children(of: document, readable: readable) {
            (children) throws(Fault) -> JSONTree in
            var nested: JSONParser?
            var members: [(key: String, value: JSONTree)] = []
            var elements: [JSONTree] = []
            for child in children {
                let value: JSONTree
                switch child.kind {
                case .null: value = .null
                case .boolean(let flag): value = .boolean(flag)
                case .number: value = .number(child.number ?? .nan)
                case .string: value = .string(child.string ?? "")
                case .array, .object:
                    var parser = nested.take() ?? JSONParser()
                    value = try container(child.raw, in: buffer, &parser, depth: depth + 1)
                    nested = consume parser
                }
                if isObject {
                    members.append((child.key, value))
                } else {
                    elements.append(value)
                }
            }
            return isObject ? .object(members) : .array(elements)
        }
    }
}

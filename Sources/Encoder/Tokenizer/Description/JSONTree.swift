internal import Records

/// A JSON document as a tree: tokenizer.json is too large for Foundation's decoder, and its parts
/// are only understood once their "type" is known.
enum JSONTree: Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case string(String)
    case array([JSONTree])
    case object([(key: String, value: JSONTree)])

    /// Deeper documents are refused: they would exhaust the stack.
    private static let deepest = 32

    init(_ document: [UInt8], path: String) throws(Fault) {
        let padded = document + [UInt8](repeating: 0, count: JSONParser.padding)
        do {
            self = try padded.withUnsafeBytes { buffer in
                var parser = JSONParser()
                let whole = UnsafeRawBufferPointer(rebasing: buffer[..<document.count])
                return try Self.container(whole, in: buffer, &parser, depth: 0)
            }
        } catch {
            throw Fault(
                .configuration, "the file is not readable JSON", at: .file(path),
                why: (error as? Fault)?.why)
        }
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

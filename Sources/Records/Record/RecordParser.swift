/// Reads records from their lines of JSON; the inverse of `Record.append(to:)`.
///
/// One parser serves one thread. Its faults are of kind `badData` and carry no place: the caller
/// knows the file and the line.
public struct RecordParser: ~Copyable {
    private var line = JSONParser()
    private var nested = JSONParser()

    public init() {}

    /// The record in `bytes`, of which `readable` may be read (see ``JSONParser``).
    ///
    /// - Throws: `badData` for bytes that are no record.
    public mutating func parse(
        _ bytes: UnsafeRawBufferPointer, readable: Int
    ) throws(Fault) -> Record {
        try Self.parse(bytes, readable: readable, line: &line, nested: &nested)
    }

    /// - Throws: `badData` for bytes that are no record.
    public mutating func parse(_ bytes: [UInt8]) throws(Fault) -> Record {
        let padded = bytes + [UInt8](repeating: 0, count: JSONParser.padding)
        do {
            return try padded.withUnsafeBytes { buffer in
                try parse(
                    UnsafeRawBufferPointer(rebasing: buffer[..<bytes.count]),
                    readable: buffer.count)
            }
        } catch let fault as Fault {
            throw fault
        } catch {
            throw Fault(.defect, "a record could not be read", why: "\(error)")
        }
    }

    private static func parse(
        _ bytes: UnsafeRawBufferPointer, readable: Int, line: inout JSONParser,
        nested: inout JSONParser
    ) throws(Fault) -> Record {
        try line.children(of: bytes, readable: readable) { fields throws(Fault) in
            var record = Record(id: "", text: "")
            var seen = 0
            for field in fields {
                let bit: Int
                if field.hasKey("id") {
                    bit = 1
                    record.id = try string(field, "id")
                } else if field.hasKey("text") {
                    bit = 2
                    record.text = try string(field, "text")
                } else if field.hasKey("labels") {
                    bit = 4
                    record.labels = try labels(field, rest(field, bytes, readable), &nested)
                } else if field.hasKey("provenance") {
                    bit = 8
                    record.provenance = try provenance(
                        field, rest(field, bytes, readable), &nested)
                } else if field.hasKey("metadata") {
                    bit = 16
                    guard case .object = field.kind else { throw wrong("metadata", "an object") }
                    record.metadata = Array(field.raw)
                } else {
                    throw Fault(
                        .badData, "a record has the unknown key `\(field.key)`",
                        hint: "pass lines that are not records through `ingest` first")
                }
                if seen & bit != 0 { throw Fault(.badData, "a record has a key twice") }
                seen |= bit
            }
            guard seen & 3 == 3, !record.id.isEmpty else {
                throw Fault(.badData, "a record lacks `id` or `text`")
            }
            return record
        }
    }

    /// How many bytes may be read from a value's start, when `readable` may from the line's.
    private static func rest(
        _ field: JSONField, _ line: UnsafeRawBufferPointer, _ readable: Int
    ) -> Int {
        guard let start = line.baseAddress, let raw = field.raw.baseAddress else { return 0 }
        return readable - (raw - start)
    }

    private static func wrong(_ key: String, _ expected: String) -> Fault {
        Fault(.badData, "`\(key)` is not \(expected)")
    }

    private static func string(_ field: JSONField, _ key: String) throws(Fault) -> String {
        guard let string = field.string else { throw wrong(key, "a string") }
        return string
    }

    private static func labels(
        _ field: JSONField, _ readable: Int, _ nested: inout JSONParser
    ) throws(Fault) -> Labels {
        guard case .object = field.kind else { throw wrong("labels", "an object") }
        return try nested.children(of: field.raw, readable: readable) { members throws(Fault) in
            var labels = Labels()
            for member in members {
                guard case .number = member.kind, member.raw.count == 1,
                    member.raw[0] == UInt8(ascii: "0") || member.raw[0] == UInt8(ascii: "1")
                else { throw wrong("labels.\(member.key)", "0 or 1") }
                labels[member.key] = member.raw[0] == UInt8(ascii: "1")
            }
            return labels
        }
    }

    private static func provenance(
        _ field: JSONField, _ readable: Int, _ nested: inout JSONParser
    ) throws(Fault) -> Provenance {
        guard case .object = field.kind else { throw wrong("provenance", "an object") }
        return try nested.children(of: field.raw, readable: readable) { members throws(Fault) in
            var provenance = Provenance()
            for member in members {
                if member.hasKey("source") {
                    guard let source = Provenance.Source(rawValue: member.string ?? "") else {
                        throw wrong("provenance.source", "a known source")
                    }
                    provenance.source = source
                } else if member.isNull {
                    continue
                } else if member.hasKey("operators") {
                    guard case .array = member.kind else {
                        throw wrong("provenance.operators", "an array")
                    }
                    provenance.operators = Array(member.raw)
                } else {
                    try set(member, in: &provenance)
                }
            }
            return provenance
        }
    }

    private static func set(
        _ member: JSONField, in provenance: inout Provenance
    ) throws(Fault) {
        guard let value = member.string else {
            throw wrong("provenance.\(member.key)", "a string or null")
        }
        if member.hasKey("category") {
            provenance.category = value
        } else if member.hasKey("parent_id") {
            provenance.parentID = value
        } else if member.hasKey("root_id") {
            provenance.rootID = value
        } else if member.hasKey("set_id") {
            provenance.setID = value
        } else if member.hasKey("template") {
            provenance.template = value
        } else if member.hasKey("model") {
            provenance.model = value
        } else if member.hasKey("reply") {
            provenance.reply = value
        } else if member.hasKey("labelled_by") {
            provenance.labelledBy = value
        } else {
            throw Fault(.badData, "a record has the unknown key `provenance.\(member.key)`")
        }
    }
}

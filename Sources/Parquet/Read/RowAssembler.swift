internal import Records

/// Puts the entries of several columns together to rows, each a JSON object.
///
/// Source: Melnik et al. 2010, "Dremel", section 4.3, over the schema's tree instead of a state
/// machine.
struct RowAssembler: ~Copyable {
    /// A row is cut here, and counts as too long.
    static let longestRow = 16 << 20

    private let nodes: [SchemaNode]
    /// The members' keys with what stands around them: `"key":`.
    private let keys: [[UInt8]]
    /// By column number; nil for one that is not read.
    private let columns: [ColumnReader?]
    private var checker = JSONChecker()
    /// Where the current row begins.
    private var start = 0
    private var isTooLong = false

    init(_ nodes: [SchemaNode], _ columns: [ColumnReader?]) {
        self.nodes = nodes
        self.columns = columns
        keys = nodes.map { Self.key($0.name) }
    }

    private static func key(_ name: String) -> [UInt8] {
        var key: [UInt8] = []
        JSONText.append(name, to: &key)
        key.append(UInt8(ascii: ":"))
        return key
    }

    /// Appends the next row.
    /// - Returns: Whether all of it was appended; else it is longer than the limit.
    mutating func row(to bytes: inout [UInt8]) throws(Fault) -> Bool {
        start = bytes.count
        isTooLong = false
        bytes.append(UInt8(ascii: "{"))
        for (place, node) in nodes.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: keys[place])
            for column in node.columns {
                guard let reader = columns[column] else { continue }
                if reader.isAtEnd || reader.repetition != 0 {
                    throw reader.fault(Damage("it has another number of rows than its group"))
                }
            }
            try append(node, to: &bytes)
            for column in node.columns {
                guard let reader = columns[column] else { continue }
                if !reader.isAtEnd, reader.repetition != 0 {
                    throw reader.fault(Damage("its values nest unlike its neighbours'"))
                }
            }
        }
        bytes.append(UInt8(ascii: "}"))
        return !isTooLong
    }

    /// The column whose levels decide about a group.
    private func first(_ node: SchemaNode) throws(Fault) -> ColumnReader {
        guard let reader = columns[node.columns.lowerBound] else {
            throw Fault(.defect, "a column is assembled that was not opened")
        }
        return reader
    }

    private func skip(_ node: SchemaNode) throws(Fault) {
        for column in node.columns { try columns[column]?.advance() }
    }

    private mutating func append(_ node: SchemaNode, to bytes: inout [UInt8]) throws(Fault) {
        if node.repetition == .repeated { return try appendElements(node, node, to: &bytes) }
        try appendOne(node, to: &bytes)
    }

    /// One element, whether or not it is repeated.
    private mutating func appendOne(_ node: SchemaNode, to bytes: inout [UInt8]) throws(Fault) {
        let reader = try first(node)
        if reader.definition < node.definition {
            bytes.append(contentsOf: "null".utf8)
            return try skip(node)
        }
        if node.isLeaf {
            try reader.append(to: &bytes, &checker)
            cut(&bytes)
            return try reader.advance()
        }
        if let inner = node.children.first, inner.repetition == .repeated,
            node.children.count == 1
        {
            switch node.element.logical {
            case .list?: return try appendElements(inner, Self.element(of: inner), to: &bytes)
            case .map? where inner.children.count == 2:
                return try appendMap(inner, to: &bytes)
            default: break
            }
        }
        bytes.append(UInt8(ascii: "{"))
        for (place, child) in node.children.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONText.append(child.name, to: &bytes)
            bytes.append(UInt8(ascii: ":"))
            try append(child, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// What a list's repeated group stands for: its only child, or in old files itself
    /// (parquet-format, LogicalTypes.md, backward-compatibility rules).
    private static func element(of inner: SchemaNode) -> SchemaNode {
        guard inner.children.count == 1, inner.name != "array", !inner.name.hasSuffix("_tuple")
        else { return inner }
        return inner.children[0]
    }

    private mutating func appendElements(
        _ repeated: SchemaNode, _ element: SchemaNode, to bytes: inout [UInt8]
    ) throws(Fault) {
        bytes.append(UInt8(ascii: "["))
        let reader = try first(repeated)
        if reader.definition < repeated.definition {
            try skip(repeated)
        } else {
            var isFirst = true
            repeat {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                if element.repetition == .repeated, element.definition == repeated.definition {
                    // The repeated element itself, of which this loop takes one by one.
                    try appendOne(element, to: &bytes)
                } else {
                    try append(element, to: &bytes)
                }
                cut(&bytes)
            } while !reader.isAtEnd && reader.repetition == repeated.repetitionLevel
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Entries with texts as keys as an object, others as a list of pairs.
    private mutating func appendMap(_ entries: SchemaNode, to bytes: inout [UInt8]) throws(Fault) {
        let key = entries.children[0]
        let reader = try first(entries)
        guard key.isLeaf, key.repetition == .required, case .text = try first(key).form else {
            return try appendElements(entries, entries, to: &bytes)
        }
        bytes.append(UInt8(ascii: "{"))
        if reader.definition < entries.definition {
            try skip(entries)
        } else {
            var isFirst = true
            repeat {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                try appendOne(key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                try append(entries.children[1], to: &bytes)
                cut(&bytes)
            } while !reader.isAtEnd && reader.repetition == entries.repetitionLevel
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// Drops what a row has so far when it is longer than a row may be; the rest is still read.
    private mutating func cut(_ bytes: inout [UInt8]) {
        guard bytes.count - start > Self.longestRow else { return }
        isTooLong = true
        bytes.removeLast(bytes.count - start)
    }
}

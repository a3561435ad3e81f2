internal import Records
internal import Yams

/// Reads rows of a YAML file and remembers where each value stands.
///
/// The text of a scalar is read as it is written: YAML 1.1 would turn `no` into false.
struct NodeReader {
    let file: String
    private(set) var faults: [Fault] = []

    init(file: String) { self.file = file }

    /// The rows under the one key `key` of the file.
    static func rows(
        _ yaml: String, file: String, key: String
    ) throws(Fault) -> [Node.Mapping] {
        let root = try YAMLText.compose(yaml, file: file)
        guard let mapping = root?.mapping, mapping.count == 1, let rows = mapping[key]?.sequence
        else {
            throw Fault(
                .configuration, "the file is not a list under `\(key)`",
                at: .file(file, line: root?.mark?.line, column: root?.mark?.column))
        }
        var result: [Node.Mapping] = []
        for row in rows {
            guard let fields = row.mapping else {
                throw Fault(
                    .configuration, "a row of `\(key)` is not a mapping",
                    at: .file(file, line: row.mark?.line, column: row.mark?.column))
            }
            result.append(fields)
        }
        return result
    }

    mutating func check(_ row: Node.Mapping, known: [String]) {
        for (key, _) in row {
            let name = key.scalar?.string ?? ""
            if !known.contains(name) {
                fail(key, "unknown key `\(name)`", hint: NearestName.hint(name, in: known))
            }
        }
    }

    /// A required text; empty and a fault when it is missing.
    mutating func text(_ row: Node.Mapping, _ key: String) -> String {
        if let found = optional(row, key) { return found }
        faults.append(
            Fault(
                .configuration, "a row has no `\(key)`",
                at: .file(file, line: row.mark?.line, column: row.mark?.column)))
        return ""
    }

    mutating func optional(_ row: Node.Mapping, _ key: String) -> String? {
        guard let node = row[key] else { return nil }
        guard let text = node.scalar?.string, !text.isEmpty else {
            fail(node, "`\(key)` is not a text")
            return nil
        }
        return text
    }

    mutating func list(_ row: Node.Mapping, _ key: String) -> [String] {
        guard let node = row[key] else { return [] }
        guard let items = node.sequence else {
            fail(node, "`\(key)` is not a list")
            return []
        }
        return items.compactMap { $0.scalar?.string }
    }

    /// One of an enumeration's names.
    mutating func one<T: RawRepresentable & CaseIterable>(
        _ row: Node.Mapping, _ key: String, _ type: T.Type
    ) -> T? where T.RawValue == String {
        let name = text(row, key)
        if name.isEmpty { return nil }
        if let value = T(rawValue: name) { return value }
        if let node = row[key] {
            fail(
                node, "`\(key)` cannot be `\(name)`",
                hint: NearestName.hint(name, in: T.allCases.map(\.rawValue)))
        }
        return nil
    }

    mutating func fail(_ node: Node, _ what: String, hint: String? = nil) {
        faults.append(
            Fault(
                .configuration, what,
                at: .file(file, line: node.mark?.line, column: node.mark?.column), hint: hint))
    }

    mutating func add(_ fault: Fault) { faults.append(fault) }
}

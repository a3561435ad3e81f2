internal import Records

/// Reads rows of a YAML file and remembers where each value stands.
///
/// The text of a scalar is read as it is written: YAML 1.1 would turn `no` into false.
struct NodeReader {
    let file: String
    private(set) var faults: [Fault] = []

    init(file: String) { self.file = file }

    /// The rows under the one key `key` of the file.
    static func rows(_ yaml: String, file: String, key: String) throws(Fault) -> [YAMLNode] {
        let root = try YAMLNode.parse(yaml: yaml, file: file)
        guard root.mapping?.count == 1, let rows = root[key]?.list else {
            throw Fault(
                .configuration, "the file is not a list under `\(key)`", at: root.place)
        }
        for row in rows where row.mapping == nil {
            throw Fault(.configuration, "a row of `\(key)` is not a mapping", at: row.place)
        }
        return rows
    }

    mutating func check(_ row: YAMLNode, known: [String]) {
        for entry in row.mapping ?? [] where !known.contains(entry.key) {
            faults.append(
                Fault(
                    .configuration, "unknown key `\(entry.key)`", at: entry.keyPlace,
                    hint: NearestName.hint(entry.key, in: known)))
        }
    }

    /// A required text; empty and a fault when it is missing.
    mutating func text(_ row: YAMLNode, _ key: String) -> String {
        if let found = optional(row, key) { return found }
        fail(row, "a row has no `\(key)`")
        return ""
    }

    mutating func optional(_ row: YAMLNode, _ key: String) -> String? {
        guard let node = row[key] else { return nil }
        guard let text = node.text, !text.isEmpty else {
            fail(node, "`\(key)` is not a text")
            return nil
        }
        return text
    }

    mutating func list(_ row: YAMLNode, _ key: String) -> [String] {
        guard let node = row[key] else { return [] }
        guard let items = node.list else {
            fail(node, "`\(key)` is not a list")
            return []
        }
        return items.compactMap(\.text)
    }

    /// One of an enumeration's names.
    mutating func one<T: RawRepresentable & CaseIterable>(
        _ row: YAMLNode, _ key: String, _ type: T.Type
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

    mutating func fail(_ node: YAMLNode, _ what: String, hint: String? = nil) {
        faults.append(Fault(.configuration, what, at: node.place, hint: hint))
    }

    mutating func add(_ fault: Fault) { faults.append(fault) }
}

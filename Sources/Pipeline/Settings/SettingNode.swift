public import Records
internal import Yams

/// One value of a pipeline file, with the place where it stands.
///
/// Values are kept as the text the user wrote: YAML 1.1 would turn `NO` into false and `1.10` into
/// 1.1, so a value gets its type from the setting that reads it, never from its looks.
public struct SettingNode: Sendable, Equatable {
    public indirect enum Content: Sendable, Equatable {
        /// A value's text; nil when it is null, `~` or empty.
        case scalar(String?)
        case list([SettingNode])
        /// Keys in the order of the file.
        case mapping([Entry])
    }

    public struct Entry: Sendable, Equatable {
        public var key: String
        public var keyPlace: Fault.Place
        public var value: SettingNode

        public init(key: String, keyPlace: Fault.Place, value: SettingNode) {
            self.key = key
            self.keyPlace = keyPlace
            self.value = value
        }
    }

    public var content: Content
    public var place: Fault.Place

    public init(_ content: Content, at place: Fault.Place) {
        self.content = content
        self.place = place
    }

    /// The value of `key` in a mapping.
    public subscript(key: String) -> SettingNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// The folder that a relative path in this value starts from: that of the file it stands in,
    /// or the current one for a value of the command line.
    public var folder: String {
        guard case .file(let path, _, _) = place, path.hasSuffix("aml") else { return "." }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Reads YAML, one document.
    ///
    /// - Throws: A fault of kind `configuration` with file, line and column.
    public static func parse(yaml: String, file: String) throws(Fault) -> SettingNode {
        let root = try YAMLText.compose(yaml, file: file)
        guard let root else { return SettingNode(.mapping([]), at: .file(file)) }
        var faults: [Fault] = []
        let node = convert(root, file: file, faults: &faults)
        if let fault = Fault.combined(faults) { throw fault }
        return node
    }

    private static func convert(_ node: Node, file: String, faults: inout [Fault]) -> SettingNode {
        let place = YAMLText.place(of: node, file: file)
        switch node {
        case .scalar(let scalar):
            let isNull =
                scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return SettingNode(.scalar(isNull ? nil : scalar.string), at: place)
        case .sequence(let sequence):
            return SettingNode(
                .list(sequence.map { convert($0, file: file, faults: &faults) }), at: place)
        case .mapping(let mapping):
            var entries: [Entry] = []
            for (key, value) in mapping {
                let keyPlace = YAMLText.place(of: key, file: file)
                guard let name = key.scalar?.string else {
                    faults.append(Fault(.configuration, "a key is not plain text", at: keyPlace))
                    continue
                }
                if entries.contains(where: { $0.key == name }) {
                    faults.append(
                        Fault(.configuration, "the key `\(name)` stands twice", at: keyPlace))
                }
                entries.append(
                    Entry(
                        key: name, keyPlace: keyPlace,
                        value: convert(value, file: file, faults: &faults)))
            }
            return SettingNode(.mapping(entries), at: place)
        case .alias:
            faults.append(Fault(.configuration, "an alias points nowhere", at: place))
            return SettingNode(.scalar(nil), at: place)
        }
    }
}

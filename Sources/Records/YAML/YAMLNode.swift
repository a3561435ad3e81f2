internal import Yams

/// One value of a YAML file, with the place where it stands.
///
/// Values are kept as the text the user wrote: YAML 1.1 would turn `NO` into false and `1.10` into
/// 1.1, so a value gets its type from whoever reads it, never from its looks.
public struct YAMLNode: Sendable, Equatable {
    public indirect enum Content: Sendable, Equatable {
        /// A value's text; nil when it is null, `~` or empty.
        case scalar(String?)
        case list([YAMLNode])
        /// Keys in the order of the file.
        case mapping([Entry])
    }

    public struct Entry: Sendable, Equatable {
        public var key: String
        public var keyPlace: Fault.Place
        public var value: YAMLNode

        public init(key: String, keyPlace: Fault.Place, value: YAMLNode) {
            self.key = key
            self.keyPlace = keyPlace
            self.value = value
        }
    }

    public var content: Content
    public var place: Fault.Place
    /// Whether a text stands in quotes, so that it begins one column behind its place.
    public private(set) var isQuoted = false

    public init(_ content: Content, at place: Fault.Place) {
        self.content = content
        self.place = place
    }

    /// A text; nil for null, a list and a mapping.
    public var text: String? {
        if case .scalar(let text) = content { text } else { nil }
    }

    /// The values of a list; nil for anything else.
    public var list: [YAMLNode]? {
        if case .list(let values) = content { values } else { nil }
    }

    /// The entries of a mapping; nil for anything else.
    public var mapping: [Entry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The value of `key` in a mapping.
    public subscript(key: String) -> YAMLNode? { mapping?.first { $0.key == key }?.value }

    /// The folder that a relative path in this value starts from: that of the file it stands in,
    /// or the current one for a value of the command line.
    public var folder: String {
        guard case .file(let path, _, _) = place, path.hasSuffix("aml") else { return "." }
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Reads a file of one document; without any value it is an empty mapping.
    ///
    /// - Throws: What `TextFile.read` and ``parse(yaml:file:)`` throw.
    public static func read(_ path: String) throws(Fault) -> YAMLNode {
        try parse(yaml: try TextFile.read(path), file: path)
    }

    /// Reads one document; a text without any value is an empty mapping.
    ///
    /// - Throws: A fault of kind `configuration` with file, line and column.
    public static func parse(yaml: String, file: String) throws(Fault) -> YAMLNode {
        let root = try YAMLText.compose(yaml, file: file)
        guard let root else { return YAMLNode(.mapping([]), at: .file(file)) }
        var faults: [Fault] = []
        let node = convert(root, file: file, faults: &faults)
        if let fault = Fault.combined(faults) { throw fault }
        return node
    }

    private static func convert(_ node: Node, file: String, faults: inout [Fault]) -> YAMLNode {
        let place = YAMLText.place(of: node, file: file)
        switch node {
        case .scalar(let scalar):
            let isNull =
                scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            var node = YAMLNode(.scalar(isNull ? nil : scalar.string), at: place)
            node.isQuoted = [.singleQuoted, .doubleQuoted].contains(scalar.style)
            return node
        case .sequence(let sequence):
            return YAMLNode(
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
            return YAMLNode(.mapping(entries), at: place)
        case .alias:
            faults.append(Fault(.configuration, "an alias points nowhere", at: place))
            return YAMLNode(.scalar(nil), at: place)
        }
    }
}

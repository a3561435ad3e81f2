public import Records

/// One `--set a.b=c` of the command line.
///
/// Parts of the path are separated by dots. In a list a part is an index from 0, or the `name` or
/// `use` of an element: `stages.dedupe.near.threshold=0.8`, `sources.tweets.path=FILE`. The value
/// is YAML: `--set split.ratios=[0.8,0.1,0.1]`.
public struct Override: Sendable, Equatable {
    public var path: [String]
    public var value: String

    /// - Throws: A fault of kind `usage` for text that is not `path=value`.
    public init(_ argument: String) throws(Fault) {
        guard let equals = argument.firstIndex(of: "="), equals > argument.startIndex else {
            throw Fault(
                .usage, "`--set \(argument)` is not of the form path=value",
                hint: "for example --set stages.dedupe.near.threshold=0.8")
        }
        path = argument[..<equals].split(separator: ".", omittingEmptySubsequences: false)
            .map(String.init)
        value = String(argument[argument.index(after: equals)...])
    }

    /// `node` with the value put in; missing keys of mappings are made.
    ///
    /// - Throws: `usage` when the path leads nowhere, `configuration` for a value that is no YAML.
    public func applied(to node: YAMLNode) throws(Fault) -> YAMLNode {
        let place = Fault.Place.file("--set \(path.joined(separator: "."))")
        let parsed: YAMLNode
        do {
            parsed = try YAMLNode.parse(yaml: value, file: "--set")
        } catch {
            parsed = YAMLNode(.scalar(value), at: place)
        }
        return try put(parsed.moved(to: place), into: node, path[...], place)
    }

    private func put(
        _ value: YAMLNode, into node: YAMLNode, _ path: ArraySlice<String>,
        _ place: Fault.Place
    ) throws(Fault) -> YAMLNode {
        guard let part = path.first else { return value }
        var node = node
        switch node.content {
        case .mapping(var entries):
            if let index = entries.firstIndex(where: { $0.key == part }) {
                entries[index].value = try put(
                    value, into: entries[index].value, path.dropFirst(), place)
            } else {
                let inner = try put(
                    value, into: YAMLNode(.scalar(nil), at: place), path.dropFirst(), place)
                entries.append(.init(key: part, keyPlace: place, value: inner))
            }
            node.content = .mapping(entries)
        case .list(var elements):
            let index = try find(part, in: elements, place)
            elements[index] = try put(value, into: elements[index], path.dropFirst(), place)
            node.content = .list(elements)
        case .scalar(nil):
            let inner = try put(
                value, into: YAMLNode(.scalar(nil), at: place), path.dropFirst(), place)
            node.content = .mapping([.init(key: part, keyPlace: place, value: inner)])
        case .scalar:
            throw Fault(
                .usage, "there is nothing below `\(part)`: its owner is a single value", at: place)
        }
        return node
    }

    private func find(
        _ part: String, in elements: [YAMLNode], _ place: Fault.Place
    ) throws(Fault) -> Int {
        if let index = Int(part), elements.indices.contains(index) { return index }
        let names = elements.map { element -> String in
            // A source's `id` is the field with its rows' ids.
            for key in element["path"] == nil ? ["name", "use", "id"] : ["name"] {
                if case .scalar(let name?) = element[key]?.content { return name }
            }
            return ""
        }
        if let index = names.firstIndex(of: part) { return index }
        throw Fault(
            .usage, "the list has no element `\(part)`", at: place,
            hint: NearestName.hint(part, in: names.filter { !$0.isEmpty })
                ?? "it has \(elements.count) elements, counted from 0")
    }
}

extension YAMLNode {
    /// This value and all below it, said to come from `place`.
    func moved(to place: Fault.Place) -> YAMLNode {
        var node = self
        node.place = place
        switch content {
        case .scalar: break
        case .list(let elements): node.content = .list(elements.map { $0.moved(to: place) })
        case .mapping(let entries):
            node.content = .mapping(
                entries.map {
                    Entry(key: $0.key, keyPlace: place, value: $0.value.moved(to: place))
                })
        }
        return node
    }
}

public import Records

/// Settings that hold others: lists, nested mappings, and mappings whose keys the user chooses.
extension SettingsReader {
    /// A list of texts; a single text is a list of one.
    public func strings(_ key: String, _ defaultValue: [String], help: String) -> [String] {
        let found = ask(
            key, type: "list", defaultValue: defaultValue.isEmpty ? nil : "\(defaultValue)",
            help: help)
        var values = defaultValue
        switch found?.content {
        case .scalar(let text?): values = [text]
        case .list(let nodes):
            values = nodes.compactMap { node in
                if case .scalar(let text?) = node.content { return text }
                note(
                    Fault(
                        .configuration, "`\(path(of: key))` holds something that is not text",
                        at: node.place))
                return nil
            }
        case .mapping, .scalar(nil):
            if let found {
                note(
                    Fault(.configuration, "`\(path(of: key))` is not a list", at: found.place))
            }
        case nil: break
        }
        // No list may mean something else than an empty one.
        if found != nil || !defaultValue.isEmpty {
            resolve(key, "[\(values.joined(separator: ", "))]", from: found)
        }
        return values
    }

    /// A list of an enumeration's cases.
    public func choices<Choice>(
        _ key: String, _ defaultValue: [Choice], help: String
    ) -> [Choice] where Choice: RawRepresentable<String> & CaseIterable {
        let names = Choice.allCases.map(\.rawValue)
        let texts = strings(
            key, defaultValue.map(\.rawValue),
            help: help + " Any of: " + names.joined(separator: " · ") + ".")
        return texts.compactMap { text in
            if let choice = Choice(rawValue: text) { return choice }
            wrong(
                key, text, "one of \(names.joined(separator: ", "))", node[key],
                hint: NearestName.of(text, in: names).map { "did you mean `\($0)`?" })
            return nil
        }
    }

    /// A nested mapping; an empty one when it is absent.
    ///
    /// The caller reads it to its end and calls `finish` on it.
    public func section(_ key: String, help: String) -> SettingsReader {
        let found = ask(key, type: "section", defaultValue: nil, help: help)
        return SettingsReader(
            found ?? YAMLNode(.mapping([]), at: place), path: path(of: key), journal: journal)
    }

    /// A part of a stage that is off unless asked for: `true`, `false` or a nested mapping, which
    /// turns it on unless its `enabled` says otherwise.
    ///
    /// Whether it is on takes part in the fingerprint. The caller calls `finish` on the reader.
    public func optionalSection(
        _ key: String, help: String
    ) -> (isOn: Bool, settings: SettingsReader) {
        var found = ask(key, type: "true or section", defaultValue: "false", help: help)
        if let node = found, case .scalar = node.content {
            let entry = YAMLNode.Entry(key: "enabled", keyPlace: node.place, value: node)
            found = YAMLNode(.mapping([entry]), at: node.place)
        }
        let reader = SettingsReader(
            found ?? YAMLNode(.mapping([]), at: place), path: path(of: key), journal: journal)
        let isOn = reader.flag(
            "enabled", found != nil, help: "Whether at all; what `\(key): true` stands for.")
        return (isOn, reader)
    }

    /// Whether a nested mapping was given at all.
    public func has(_ key: String) -> Bool {
        if journal.isDocumenting { return true }
        guard let found = node[key] else { return false }
        return found.content != .scalar(nil)
    }

    /// A list of mappings, each with a reader of its own.
    ///
    /// - Parameter shorthand: The key of a mapping that one value alone stands for, as an element
    ///   or in place of the list; nil where only mappings are taken.
    public func sections(
        _ key: String, shorthand: String? = nil, help: String
    ) -> [SettingsReader] {
        let type = shorthand.map { "\($0), or list of sections" } ?? "list of sections"
        guard var found = ask(key, type: type, defaultValue: nil, help: help) else {
            return sample("\(key)[]")
        }
        if let shorthand {
            func section(_ node: YAMLNode) -> YAMLNode {
                guard case .scalar = node.content else { return node }
                let entry = YAMLNode.Entry(key: shorthand, keyPlace: node.place, value: node)
                return YAMLNode(.mapping([entry]), at: node.place)
            }
            switch found.content {
            case .list(let nodes): found = YAMLNode(.list(nodes.map(section)), at: found.place)
            default: found = YAMLNode(.list([section(found)]), at: found.place)
            }
        }
        guard case .list(let nodes) = found.content else {
            note(Fault(.configuration, "`\(path(of: key))` is not a list", at: found.place))
            return []
        }
        return nodes.enumerated().map { index, node in
            SettingsReader(node, path: "\(path(of: key)).\(index)", journal: journal)
        }
    }

    /// One element of a list that was not given, when its settings are to be declared.
    private func sample(_ key: String) -> [SettingsReader] {
        guard journal.isDocumenting else { return [] }
        return [
            SettingsReader(
                YAMLNode(.mapping([]), at: place), path: path(of: key), journal: journal)
        ]
    }

    /// A mapping whose keys the user chooses, with one text each, in the order of the file.
    public func dictionary(_ key: String, help: String) -> [(key: String, value: String)] {
        guard let found = ask(key, type: "mapping", defaultValue: nil, help: help) else {
            return []
        }
        guard case .mapping(let entries) = found.content else {
            note(Fault(.configuration, "`\(path(of: key))` is not a mapping", at: found.place))
            return []
        }
        return entries.compactMap { entry in
            guard case .scalar(let text?) = entry.value.content else {
                note(
                    Fault(
                        .configuration, "`\(path(of: key)).\(entry.key)` is not one value",
                        at: entry.value.place))
                return nil
            }
            journal.resolved.append(
                Resolved(
                    path: "\(path(of: key)).\(entry.key)", value: text, origin: entry.value.place,
                    affectsResult: true))
            return (entry.key, text)
        }
    }

    /// A mapping whose keys the user chooses, with a list of texts each, in the order of the file.
    public func lists(_ key: String, help: String) -> [(key: String, values: [String])] {
        guard let found = ask(key, type: "mapping of lists", defaultValue: nil, help: help) else {
            return []
        }
        guard case .mapping(let entries) = found.content else {
            note(Fault(.configuration, "`\(path(of: key))` is not a mapping", at: found.place))
            return []
        }
        let reader = SettingsReader(found, path: path(of: key), journal: journal)
        return entries.map { ($0.key, reader.strings($0.key, [], help: help)) }
    }

    /// A mapping whose keys the user chooses, with a mapping of settings each.
    ///
    /// The caller reads each to its end and calls `finish` on it.
    public func namedSections(
        _ key: String, help: String
    ) -> [(key: String, reader: SettingsReader)] {
        guard let found = ask(key, type: "mapping of sections", defaultValue: nil, help: help)
        else { return sample("\(key).NAME").map { ("NAME", $0) } }
        guard case .mapping(let entries) = found.content else {
            note(Fault(.configuration, "`\(path(of: key))` is not a mapping", at: found.place))
            return []
        }
        return entries.map { entry in
            let path = "\(path(of: key)).\(entry.key)"
            return (entry.key, SettingsReader(entry.value, path: path, journal: journal))
        }
    }

    /// A mapping from the user's keys to whole numbers in `range`.
    public func counts(
        _ key: String, in range: ClosedRange<Int>, help: String
    ) -> [(key: String, value: Int)] {
        dictionary(key, help: help).compactMap { entry in
            guard let number = Int(entry.value), range.contains(number) else {
                wrong(
                    key, entry.value,
                    "a whole number \(range.lowerBound) to \(range.upperBound)", node[key])
                return nil
            }
            return (entry.key, number)
        }
    }

    /// A reader of a mapping that stands elsewhere in the file, such as an element of `sources`.
    ///
    /// Its values and faults are noted here, under `path`. The caller calls `finish` on it.
    public func reader(of node: YAMLNode, at path: String) -> SettingsReader {
        SettingsReader(node, path: path, journal: journal)
    }
}

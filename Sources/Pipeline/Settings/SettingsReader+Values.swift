internal import Records

/// Settings that are one value each. A value that cannot be read is noted as a fault and its
/// default taken, so that all faults of a file come out together.
extension SettingsReader {
    public func string(
        _ key: String, _ defaultValue: String, help: String, affectsResult: Bool = true
    ) -> String {
        let found = ask(key, type: "text", defaultValue: defaultValue, help: help)
        let value = text(found, key) ?? defaultValue
        resolve(key, value, from: found, affectsResult: affectsResult)
        return value
    }

    public func optionalString(_ key: String, help: String, affectsResult: Bool = true) -> String? {
        let found = ask(key, type: "text", defaultValue: nil, help: help)
        let value = text(found, key)
        if let value { resolve(key, value, from: found, affectsResult: affectsResult) }
        return value
    }

    /// A text that must be given.
    public func requiredString(_ key: String, help: String) -> String {
        let value = optionalString(key, help: help)
        if value == nil {
            note(Fault(.configuration, "`\(path(of: key))` is missing", at: place, hint: help))
        }
        return value ?? ""
    }

    /// A path; a relative one starts from the folder of the file that it stands in, a default one
    /// from the folder of curate's own files (templates, corpora, models).
    public func path(_ key: String, _ defaultValue: String, help: String) -> String {
        optionalPath(key, defaultValue: defaultValue, help: help)
            ?? ResourceFolder.path(defaultValue)
    }

    public func optionalPath(_ key: String, defaultValue: String? = nil, help: String) -> String? {
        let found = ask(key, type: "path", defaultValue: defaultValue, help: help)
        guard let value = text(found, key), let found else {
            if let defaultValue { resolve(key, defaultValue, from: nil, affectsResult: false) }
            return nil
        }
        // What a path leads to is a dependency of the stage; its name changes nothing.
        resolve(key, value, from: found, affectsResult: false)
        return Paths.resolve(value, from: found.folder)
    }

    public func integer(
        _ key: String, _ defaultValue: Int, in range: ClosedRange<Int>, help: String,
        affectsResult: Bool = true
    ) -> Int {
        let words = Self.words(range)
        let found = ask(
            key, type: "integer", defaultValue: "\(defaultValue)", range: words, help: help)
        var value = defaultValue
        if let text = text(found, key) {
            if let number = Int(text.filter { $0 != "_" }), range.contains(number) {
                value = number
            } else {
                wrong(key, text, "a whole number \(words)", found)
            }
        }
        resolve(key, "\(value)", from: found, affectsResult: affectsResult)
        return value
    }

    public func optionalInteger(
        _ key: String, in range: ClosedRange<Int>, help: String, affectsResult: Bool = true
    ) -> Int? {
        let words = Self.words(range)
        let found = ask(key, type: "integer", defaultValue: nil, range: words, help: help)
        guard let text = text(found, key) else { return nil }
        guard let number = Int(text.filter { $0 != "_" }), range.contains(number) else {
            wrong(key, text, "a whole number \(words)", found)
            return nil
        }
        resolve(key, "\(number)", from: found, affectsResult: affectsResult)
        return number
    }

    public func number(
        _ key: String, _ defaultValue: Double, in range: ClosedRange<Double>, help: String
    ) -> Double {
        let words = Self.words(range)
        let found = ask(
            key, type: "number", defaultValue: "\(defaultValue)", range: words, help: help)
        var value = defaultValue
        if let text = text(found, key) {
            if let number = Double(text), range.contains(number) {
                value = number
            } else {
                wrong(key, text, "a number \(words)", found)
            }
        }
        resolve(key, "\(value)", from: found)
        return value
    }

    public func optionalNumber(
        _ key: String, in range: ClosedRange<Double>, help: String
    ) -> Double? {
        let words = Self.words(range)
        let found = ask(key, type: "number", defaultValue: nil, range: words, help: help)
        guard let text = text(found, key) else { return nil }
        guard let number = Double(text), range.contains(number) else {
            wrong(key, text, "a number \(words)", found)
            return nil
        }
        resolve(key, "\(number)", from: found)
        return number
    }

    public func flag(
        _ key: String, _ defaultValue: Bool, help: String, affectsResult: Bool = true
    ) -> Bool {
        let found = ask(key, type: "true or false", defaultValue: "\(defaultValue)", help: help)
        var value = defaultValue
        switch text(found, key)?.lowercased() {
        case nil: break
        case "true", "yes", "on", "1": value = true
        case "false", "no", "off", "0": value = false
        case let text?: wrong(key, text, "true or false", found)
        }
        resolve(key, "\(value)", from: found, affectsResult: affectsResult)
        return value
    }

    /// One of an enumeration's cases, by its raw value.
    public func choice<Choice>(
        _ key: String, _ defaultValue: Choice, help: String
    ) -> Choice where Choice: RawRepresentable<String> & CaseIterable {
        let names = Choice.allCases.map(\.rawValue)
        let found = ask(
            key, type: "choice", defaultValue: defaultValue.rawValue,
            range: names.joined(separator: " · "), help: help)
        var value = defaultValue
        if let text = text(found, key) {
            if let choice = Choice(rawValue: text) {
                value = choice
            } else {
                wrong(
                    key, text, "one of \(names.joined(separator: ", "))", found,
                    hint: NearestName.of(text, in: names).map { "did you mean `\($0)`?" })
            }
        }
        resolve(key, value.rawValue, from: found)
        return value
    }

    /// The text of a scalar, or nil with a fault for a list or a mapping.
    private func text(_ found: YAMLNode?, _ key: String) -> String? {
        guard let found else { return nil }
        guard case .scalar(let text) = found.content else {
            note(
                Fault(
                    .configuration, "`\(path(of: key))` takes one value, not a list or a mapping",
                    at: found.place))
            return nil
        }
        return text
    }

    func wrong(
        _ key: String, _ text: String, _ expected: String, _ found: YAMLNode?,
        hint: String? = nil
    ) {
        note(
            Fault(
                .configuration, "`\(path(of: key))` is `\(text)`, not \(expected)",
                at: found?.place ?? place, hint: hint))
    }

    private static func words<Bound>(_ range: ClosedRange<Bound>) -> String {
        "\(range.lowerBound)"
            + ("\(range.upperBound)" == "\(Int.max)" || "\(range.upperBound)" == "inf"
                ? " or more" : " to \(range.upperBound)")
    }
}

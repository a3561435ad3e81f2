public import Records

/// Reads the settings of one mapping, and remembers everything about it: what was asked for, what
/// was found, where it came from, and all that is wrong.
///
/// A stage reads its settings in its initialiser, one line a setting: name, default, range and
/// help together. The same lines give the error messages, `settings.resolved.yaml`, the stage's
/// fingerprint and docs/stages.md, so these cannot disagree.
public final class SettingsReader {
    /// One setting as its stage declares it.
    public struct Declaration: Sendable, Equatable {
        public var path: String
        public var type: String
        public var defaultValue: String?
        public var range: String?
        public var help: String
    }

    /// One setting as it was found.
    public struct Resolved: Sendable, Equatable {
        public var path: String
        public var value: String
        /// A place in a file, a `--set`, or nil for a default.
        public var origin: Fault.Place?
        /// Whether the value can change the stage's result; a number of threads cannot.
        public var affectsResult: Bool
    }

    /// What all readers of one stage share.
    final class Journal {
        var declarations: [Declaration] = []
        var resolved: [Resolved] = []
        var faults: [Fault] = []
        var seen: Set<String> = []
        /// Whether the settings are read only for their declarations.
        var isDocumenting = false
    }

    let node: YAMLNode
    let path: String
    let journal: Journal
    private var asked: [String] = []

    /// - Parameter node: A mapping, or a null scalar for no settings at all.
    public convenience init(_ node: YAMLNode) {
        self.init(node, path: "", journal: Journal())
    }

    /// A reader of no settings in which every list and part that could be given seems to be there
    /// once, so that what stands inside is declared too; its faults mean nothing.
    public static func documenting() -> SettingsReader {
        let reader = SettingsReader(YAMLNode(.mapping([]), at: .file("defaults")))
        reader.journal.isDocumenting = true
        return reader
    }

    init(_ node: YAMLNode, path: String, journal: Journal) {
        self.node = node
        self.path = path
        self.journal = journal
        if case .mapping = node.content { return }
        if case .scalar(nil) = node.content { return }
        journal.faults.append(
            Fault(.configuration, "`\(path)` is not a mapping of settings", at: node.place))
    }

    public var place: Fault.Place { node.place }
    /// Whether this reader is made by ``documenting()``.
    public var isDocumenting: Bool { journal.isDocumenting }
    public var declarations: [Declaration] { journal.declarations }
    public var resolved: [Resolved] { journal.resolved }
    public var faults: [Fault] { journal.faults }

    /// Notes a fault of this mapping, or of one of its keys.
    public func fault(_ key: String? = nil, _ what: String, why: String? = nil, hint: String? = nil)
    {
        let place = key.flatMap { node[$0]?.place } ?? node.place
        journal.faults.append(Fault(.configuration, what, at: place, why: why, hint: hint))
    }

    /// Notes a fault that lies elsewhere: in another file or section.
    public func note(_ fault: Fault) { journal.faults.append(fault) }

    /// Declares `key`, and gives its node unless it is absent or null.
    func ask(
        _ key: String, type: String, defaultValue: String?, range: String? = nil, help: String
    ) -> YAMLNode? {
        if !asked.contains(key) { asked.append(key) }
        let full = path(of: key)
        if journal.seen.insert(full).inserted {
            journal.declarations.append(
                Declaration(
                    path: full, type: type, defaultValue: defaultValue, range: range, help: help))
        }
        guard let found = node[key] else { return nil }
        if case .scalar(nil) = found.content { return nil }
        return found
    }

    func resolve(
        _ key: String, _ value: String, from found: YAMLNode?, affectsResult: Bool = true
    ) {
        journal.resolved.append(
            Resolved(
                path: path(of: key), value: value, origin: found?.place,
                affectsResult: affectsResult))
    }

    func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Notes every key that nothing asked for.
    ///
    /// Call it last.
    public func finish() {
        guard case .mapping(let entries) = node.content else { return }
        for entry in entries where !asked.contains(entry.key) {
            let owner = path.isEmpty ? "" : " in `\(path)`"
            journal.faults.append(
                Fault(
                    .configuration, "unknown setting `\(entry.key)`\(owner)", at: entry.keyPlace,
                    hint: NearestName.hint(entry.key, in: asked)))
        }
    }
}

internal import Yams

/// Yams within bounds: reads a document as its nodes, which ``YAMLNode`` makes ours.
///
/// An alias stands for a copy of what it names, so that ten lines of aliases of aliases are ten
/// billion values ("billion laughs"), and aliases nest deeper than any text does. Both are refused
/// before anybody walks through the nodes.
enum YAMLText {
    /// How many aliases a document may have, and how many anchors.
    static let mostAliases = 1_000
    /// How many values aliases may add to those that stand in the text.
    static let mostAliasedValues = 100_000
    /// How deep lists and mappings may lie in each other, aliases followed.
    static let mostLevels = 100

    /// Reads one document; nil for a text without any.
    ///
    /// - Throws: A fault of kind `configuration` with file, line and column.
    static func compose(_ yaml: String, file: String) throws(Fault) -> Node? {
        let aliases = try AliasScan(yaml, file: file)
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            throw fault(error, file: file)
        } catch {
            throw Fault(.configuration, "the file is not YAML", at: .file(file), why: "\(error)")
        }
        guard let root else { return nil }
        var walk = NodeWalk(
            file: file, rest: yaml.utf8.count + 1 + (aliases.isEmpty ? 0 : mostAliasedValues),
            firstAlias: aliases.first)
        do throws(Fault) {
            try walk.count(root, level: 1)
        } catch {
            // Nodes of aliases nest too deep for them to be released one within the other.
            _ = Unmanaged.passRetained(Kept(root))
            throw error
        }
        return root
    }

    /// Where a node stands.
    static func place(of node: Node, file: String) -> Fault.Place {
        .file(file, line: node.mark?.line, column: node.mark?.column)
    }

    private static func fault(_ error: YamlError, file: String) -> Fault {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            Fault(
                .configuration, "the file is not YAML",
                at: .file(file, line: mark.line, column: mark.column), why: problem)
        case .duplicatedKeysInMapping(let keys, let context):
            Fault(
                .configuration,
                "the key `\(keys.sorted().joined(separator: "`, `"))` stands twice",
                at: .file(file, line: context.mark.line, column: context.mark.column))
        default:
            Fault(.configuration, "the file is not YAML", at: .file(file), why: "\(error)")
        }
    }
}

/// Keeps a node for ever.
private final class Kept {
    let node: Node

    init(_ node: Node) { self.node = node }
}

/// Counts the values that a document stands for, and its levels.
private struct NodeWalk {
    let file: String
    /// How many more values there may be.
    var rest: Int
    let firstAlias: Fault.Place?

    mutating func count(_ node: Node, level: Int) throws(Fault) {
        rest -= 1
        if rest < 0 { throw tooMany }
        if level > YAMLText.mostLevels {
            throw Fault(
                .configuration,
                "lists and mappings lie in more than "
                    + "\(YAMLText.mostLevels) others", at: YAMLText.place(of: node, file: file))
        }
        switch node {
        case .scalar, .alias: break
        case .sequence(let sequence):
            for element in sequence { try count(element, level: level + 1) }
        case .mapping(let mapping):
            for (key, value) in mapping {
                try count(key, level: level + 1)
                try count(value, level: level + 1)
            }
        }
    }

    private var tooMany: Fault {
        Fault(
            .configuration, "too many aliases", at: firstAlias ?? .file(file),
            why: "they stand for more than "
                + "\(NumberFormat.number(YAMLText.mostAliasedValues)) values together",
            hint: "write the values out, or keep them in a file of their own")
    }
}

/// What looks like an anchor (`&name`) or an alias of it (`*name`) in a text.
///
/// Also what stands within a text value is looked at, so that it finds too many rather than too
/// few; texts with more than a thousand words that begin with `&` and `*` are no pipeline files.
private struct AliasScan {
    private(set) var first: Fault.Place?
    private var anchors: Set<Substring> = []
    private var aliases = 0

    var isEmpty: Bool { aliases == 0 }

    /// - Throws: When there are too many, or one stands where a key does: Yams compares keys by
    ///   all that they hold.
    init(_ yaml: String, file: String) throws(Fault) {
        guard yaml.utf8.contains(UInt8(ascii: "&")), yaml.utf8.contains(UInt8(ascii: "*")) else {
            return
        }
        let lines = yaml.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for line in lines {
            for word in Self.words(of: line, after: "&") { anchors.insert(word) }
        }
        for (number, line) in lines.enumerated() {
            let place = Fault.Place.file(file, line: number + 1)
            for word in Self.words(of: line, after: "*") where anchors.contains(word) {
                aliases += 1
                if first == nil { first = place }
                if Self.isKey(word, in: line) {
                    throw Fault(.configuration, "an alias cannot be a key", at: place)
                }
            }
            if aliases > YAMLText.mostAliases || anchors.count > YAMLText.mostAliases {
                throw Fault(
                    .configuration, "too many aliases", at: place,
                    why: "a file may have \(NumberFormat.number(YAMLText.mostAliases))",
                    hint: "write the values out, or keep them in a file of their own")
            }
        }
        if aliases > 0 { try checkKeys(lines, file) }
    }

    /// Lists and mappings as keys may hold aliases.
    private func checkKeys(_ lines: [Substring], _ file: String) throws(Fault) {
        for (number, line) in lines.enumerated() {
            let start = line.drop { " \t-".contains($0) }
            let isExplicit = start.first == "?" && (start.count == 1 || start.hasPrefix("? "))
            let isClosed = line.indices.contains { at in
                guard "]}".contains(line[at]) else { return false }
                return line[line.index(after: at)...].drop { $0 == " " }.first == ":"
            }
            if isExplicit || isClosed || start.contains("{?") || start.contains(", ? ") {
                throw Fault(
                    .configuration, "a key is not plain text",
                    at: .file(file, line: number + 1), why: "the file has aliases")
            }
        }
    }

    /// The names behind each `mark` that begins a word.
    private static func words(of line: Substring, after mark: Character) -> [Substring] {
        var words: [Substring] = []
        var before: Character = " "
        for at in line.indices {
            if line[at] == mark, " \t[{,:-?".contains(before) {
                let word = line[line.index(after: at)...].prefix { !" \t,[]{}".contains($0) }
                if !word.isEmpty { words.append(word) }
                // libyaml ends a name before a colon that the user may have meant as its part.
                if word.last == ":" { words.append(word.dropLast()) }
            }
            before = line[at]
        }
        return words
    }

    private static func isKey(_ word: Substring, in line: Substring) -> Bool {
        let rest = line[word.endIndex...].drop { $0 == " " || $0 == "\t" }
        return rest.first == ":"
    }
}

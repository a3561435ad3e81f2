internal import Records
internal import Yams

/// A grammar file as read: symbols with alternatives, references not yet resolved.
///
/// ```yaml
/// roots: [positive, hard_negative]
/// symbols:
///   positive:
///     - "<Greeting>, <offer>."
///     - 3: "an alternative with weight 3"
/// ```
struct GrammarFile {
    struct Raw {
        var weight: Int
        var text: String
        var place: Fault.Place
    }

    var path: String
    var roots: [String] = []
    var symbols: [(name: String, place: Fault.Place, alternatives: [Raw])] = []
    /// Other grammars by category: an alias file maps a name to an existing grammar.
    var aliases: [(name: String, target: String, place: Fault.Place)] = []

    init(_ path: String) throws(Fault) {
        self.path = path
        let root = try YAMLText.compose(try TextFile.read(path), file: path)
        guard case .mapping(let mapping)? = root else {
            throw Fault(.configuration, "The file is not a mapping", at: .file(path))
        }
        for (key, value) in mapping {
            switch key.string {
            case "roots":
                for node in value.array() { roots.append(try text(of: node)) }
            case "symbols":
                for (name, alternatives) in value.mapping ?? [:] {
                    symbols.append(try symbol(name, alternatives))
                }
            case "grammar":
                for (name, target) in value.mapping ?? [:] {
                    aliases.append(
                        (try self.text(of: name), try self.text(of: target), place(name)))
                }
            default:
                throw Fault(
                    .configuration, "The key '\(key.string ?? "?")' is not known", at: place(key),
                    hint: NearestName.hint(
                        key.string ?? "", in: ["roots", "symbols", "grammar"]))
            }
        }
    }

    private func symbol(
        _ name: Node, _ node: Node
    ) throws(Fault) -> (name: String, place: Fault.Place, alternatives: [Raw]) {
        let symbol = try text(of: name)
        guard !symbol.isEmpty, symbol.utf8.allSatisfy(Self.isNamePart) else {
            throw Fault(
                .configuration, "'\(symbol)' cannot be the name of a symbol", at: place(name),
                hint: "lower-case letters, digits and _")
        }
        var alternatives: [Raw] = []
        for item in node.array() {
            if let mapping = item.mapping {
                for (weight, node) in mapping {
                    guard let number = weight.string.flatMap({ Int($0) }),
                        (1...1_000).contains(number)
                    else {
                        throw Fault(
                            .configuration, "A weight must be a whole number from 1 to 1000",
                            at: place(weight))
                    }
                    alternatives.append(
                        Raw(weight: number, text: try text(of: node), place: place(node)))
                }
            } else {
                alternatives.append(Raw(weight: 1, text: try text(of: item), place: place(item)))
            }
        }
        if alternatives.isEmpty {
            throw Fault(
                .configuration, "The symbol '\(symbol)' has no alternatives", at: place(name))
        }
        return (symbol, place(name), alternatives)
    }

    private func text(of node: Node) throws(Fault) -> String {
        guard let text = node.scalar?.string else {
            throw Fault(.configuration, "A text is expected here", at: place(node))
        }
        return text
    }

    private func place(_ node: Node) -> Fault.Place {
        .file(path, line: node.mark?.line, column: node.mark?.column)
    }

    static func isNamePart(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }
}

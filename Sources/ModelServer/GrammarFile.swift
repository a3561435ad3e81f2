internal import Records

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

    /// - Throws: `configuration` with line and column when the file is not a grammar.
    init(_ path: String) throws(Fault) {
        self.path = path
        guard let entries = try YAMLNode.read(path).mapping, !entries.isEmpty else {
            throw Fault(.configuration, "The file is not a mapping", at: .file(path))
        }
        for entry in entries {
            switch entry.key {
            case "roots":
                for node in entry.value.list ?? [] { roots.append(try text(of: node)) }
            case "symbols":
                for symbol in entry.value.mapping ?? [] {
                    symbols.append(try self.symbol(symbol))
                }
            case "grammar":
                for alias in entry.value.mapping ?? [] {
                    aliases.append((alias.key, try text(of: alias.value), alias.keyPlace))
                }
            default:
                throw Fault(
                    .configuration, "The key '\(entry.key)' is not known", at: entry.keyPlace,
                    hint: NearestName.hint(entry.key, in: ["roots", "symbols", "grammar"]))
            }
        }
    }

    private func symbol(
        _ entry: YAMLNode.Entry
    ) throws(Fault) -> (name: String, place: Fault.Place, alternatives: [Raw]) {
        let symbol = entry.key
        guard !symbol.isEmpty, symbol.utf8.allSatisfy(Self.isNamePart) else {
            throw Fault(
                .configuration, "'\(symbol)' cannot be the name of a symbol", at: entry.keyPlace,
                hint: "lower-case letters, digits and _")
        }
        var alternatives: [Raw] = []
        for item in entry.value.list ?? [] {
            guard let weighted = item.mapping else {
                alternatives.append(Raw(weight: 1, text: try text(of: item), place: item.place))
                continue
            }
            for weight in weighted {
                guard let number = Int(weight.key), (1...1_000).contains(number) else {
                    throw Fault(
                        .configuration, "A weight must be a whole number from 1 to 1000",
                        at: weight.keyPlace)
                }
                alternatives.append(
                    Raw(
                        weight: number, text: try text(of: weight.value),
                        place: weight.value.place))
            }
        }
        if alternatives.isEmpty {
            throw Fault(
                .configuration, "The symbol '\(symbol)' has no alternatives", at: entry.keyPlace)
        }
        return (symbol, entry.keyPlace, alternatives)
    }

    private func text(of node: YAMLNode) throws(Fault) -> String {
        guard let text = node.text else {
            throw Fault(
                .configuration, "A text is expected here", at: node.place,
                hint: "a text that is empty, `~` or `null` needs quotes")
        }
        return text
    }

    static func isNamePart(_ byte: UInt8) -> Bool {
        (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")) || byte == UInt8(ascii: "_")
            || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    }
}

internal import Records

/// Reads a "model" of type BPE.
enum PairReader {
    static func model(
        _ field: DescriptionField, _ tokens: [String], isByteLevel: Bool
    ) throws(Fault) -> PairEncoding {
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard try field[name].string(or: "").isEmpty else { throw field[name].unsupported() }
        }
        let dropout = field["dropout"]
        if !dropout.isNull, try dropout.number() != 0 { throw dropout.unsupported() }
        // A token that no bytes can give stands in the table as no token.
        let table = TokenTable(
            tokens: tokens.map {
                isByteLevel ? PairEncoding.bytes(ofByteLevel: $0) ?? [] : Array($0.utf8)
            }, prefix: [])
        let identifiers = Dictionary(
            tokens.enumerated().filter { !$0.element.isEmpty }.map {
                (Array($0.element.utf8), Int32($0.offset))
            }, uniquingKeysWith: { first, _ in first })
        var rules = PairEncoding.Rules(
            fusesUnknown: try field["fuse_unk"].flag(or: false),
            ignoresMerges: try field["ignore_merges"].flag(or: false), isByteLevel: isByteLevel)
        let unknown = field["unk_token"]
        if !unknown.isNull {
            guard let found = identifiers[Array(try unknown.string().utf8)] else {
                throw unknown.unsupported()
            }
            rules.unknown = found
        }
        if try field["byte_fallback"].flag(or: false) {
            if isByteLevel { throw field["byte_fallback"].unsupported() }
            rules.fallback = byteTokens { identifiers[Array($0)] }
        }
        let merges = try merges(field["merges"], identifiers)
        return PairEncoding(tokens: table, merges: PairTable(merges), rules: rules)
    }

    /// Merges written "a b", or as pairs.
    private static func merges(
        _ field: DescriptionField, _ identifiers: [[UInt8]: Int32]
    ) throws(Fault) -> [(left: Int32, right: Int32, merged: Int32)] {
        var merges: [(left: Int32, right: Int32, merged: Int32)] = []
        for entry in try field.elements() {
            let pair: [[UInt8]]
            switch entry.value {
            case .string(let text):
                pair = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
                    .map { Array($0) }
            case .array(let parts):
                pair = parts.map { if case .string(let text) = $0 { Array(text.utf8) } else { [] } }
            default: throw entry.unsupported()
            }
            guard pair.count == 2, let left = identifiers[pair[0]],
                let right = identifiers[pair[1]], let merged = identifiers[pair[0] + pair[1]]
            else { throw entry.unsupported() }
            merges.append((left, right, merged))
        }
        return merges
    }
}

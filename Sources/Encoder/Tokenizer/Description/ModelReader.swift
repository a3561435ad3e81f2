internal import Records

/// Reads "model" of tokenizer.json.
struct ModelReader {
    /// What the file calls its tokens, by identifier; empty for identifiers of no token.
    private(set) var tokens: [String] = []
    private(set) var model: TokenModel
    /// Largest "max_input_chars_per_word" that is believed.
    private static let longestWord = 1 << 20

    init(_ field: DescriptionField, isByteLevel: Bool) throws(Fault) {
        let type = field["type"]
        switch try type.string(or: Self.guess(field)) {
        case "WordPiece" where !isByteLevel:
            tokens = try Self.vocabulary(field["vocab"])
            model = .wordPiece(try Self.wordPiece(field, tokens))
        case "BPE":
            tokens = try Self.vocabulary(field["vocab"])
            model = .pairs(try PairReader.model(field, tokens, isByteLevel: isByteLevel))
        case "Unigram" where !isByteLevel: (tokens, model) = try Self.unigram(field)
        case _ where isByteLevel:
            throw Fault(
                .configuration,
                "this encoder does not support 'pre_tokenizer.type' being 'ByteLevel' with "
                    + "'model.type' being \(type.text)", at: .file(field.path))
        default: throw type.unsupported()
        }
    }

    /// Early files do not say what their model is.
    private static func guess(_ field: DescriptionField) -> String {
        if !field["merges"].isNull { return "BPE" }
        if !field["unk_id"].isNull { return "Unigram" }
        return field["max_input_chars_per_word"].isNull ? "" : "WordPiece"
    }

    /// The tokens of an object that gives each its identifier.
    private static func vocabulary(_ field: DescriptionField) throws(Fault) -> [String] {
        guard case .object(let members) = field.value, !members.isEmpty else {
            throw field.unsupported()
        }
        var tokens: [String] = []
        for member in members {
            let entry = DescriptionField(name: field.name, value: member.value, path: field.path)
            let identifier = Int(try entry.identifier())
            while tokens.count <= identifier { tokens.append("") }
            guard tokens[identifier].isEmpty else {
                throw Fault(
                    .configuration, "the field '\(field.name)' gives two tokens one identifier",
                    at: .file(field.path), why: "\(identifier)")
            }
            tokens[identifier] = member.key
        }
        return tokens
    }

    private static func wordPiece(
        _ field: DescriptionField, _ tokens: [String]
    ) throws(Fault) -> WordPiece {
        let prefix = Array(try field["continuing_subword_prefix"].string(or: "##").utf8)
        let table = TokenTable(tokens: tokens.map { Array($0.utf8) }, prefix: prefix)
        let unknown = field["unk_token"]
        guard let identifier = table.identifier(of: try unknown.string(or: "[UNK]")) else {
            throw unknown.unsupported()
        }
        let longest = field["max_input_chars_per_word"]
        return WordPiece(
            tokens: table, unknown: identifier,
            longestWord: longest.isNull ? 100 : try longest.integer(0...longestWord))
    }

    private static func unigram(
        _ field: DescriptionField
    ) throws(Fault) -> ([String], TokenModel) {
        var tokens: [String] = []
        var scores: [Double] = []
        let vocabulary = field["vocab"]
        for entry in try vocabulary.elements() {
            guard case .array(let pair) = entry.value, pair.count == 2,
                case .string(let token) = pair[0], let score = pair[1].double,
                !score.isNaN
            else { throw entry.unsupported() }
            tokens.append(token)
            scores.append(score)
        }
        if tokens.isEmpty || tokens.count > 2_000_000 { throw vocabulary.unsupported() }
        let unknown = field["unk_id"]
        let model = Unigram(
            tokens: tokens.map { Array($0.utf8) }, scores: scores,
            unknown: Int32(try unknown.integer(0...tokens.count - 1)),
            fallsBack: try field["byte_fallback"].flag(or: false))
        return (tokens, .unigram(model))
    }
}

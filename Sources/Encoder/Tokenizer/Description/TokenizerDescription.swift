internal import Records

/// What a tokenizer.json says, understood and checked.
struct TokenizerDescription {
    struct Added {
        var token: AddedTokens.Token
        /// Is found in the normalized text, normalized itself.
        var isNormalized: Bool
        var isSpecial: Bool
    }

    var normalizer: [Normalizer.Step]
    var preTokenizer: [PreTokenizer.Step]
    var model: TokenModel
    var frame: PostProcessorReader.Frame
    var added: [Added] = []
    /// One more than the largest identifier.
    var identifierCount: Int

    init(_ root: DescriptionField) throws(Fault) {
        guard case .object = root.value else {
            throw Fault(
                .configuration, "the file does not describe a tokenizer", at: .file(root.path))
        }
        normalizer = try NormalizerReader.steps(root["normalizer"])
        let steps = try PreTokenizerReader.steps(root["pre_tokenizer"])
        // Bytes stand for characters from there on, so nothing can follow.
        if steps.dropLast().contains(where: \.isByteLevel) {
            throw Fault(
                .configuration,
                "this encoder does not support 'pre_tokenizer' having a step after 'ByteLevel'",
                at: .file(root.path))
        }
        preTokenizer = steps
        let reader = try ModelReader(root["model"], isByteLevel: steps.last?.isByteLevel ?? false)
        model = reader.model
        identifierCount = reader.tokens.count
        frame = try PostProcessorReader.frame(root["post_processor"])
        try readAdded(root["added_tokens"], reader.tokens)
        for identifier in frame.before + frame.after
        where Int(identifier) >= identifierCount {
            throw Fault(
                .configuration, "the field 'post_processor' names a token that there is not",
                at: .file(root.path), why: "\(identifier)")
        }
    }

    private mutating func readAdded(
        _ field: DescriptionField, _ tokens: [String]
    ) throws(Fault) {
        let entries = try field.elements()
        if entries.isEmpty { return }
        var known: [[UInt8]: Int32] = [:]
        for (identifier, token) in tokens.enumerated() where !token.isEmpty {
            known[Array(token.utf8)] = Int32(identifier)
        }
        var seen: Set<[UInt8]> = []
        for entry in entries {
            let bytes = Array(try entry["content"].string().utf8)
            let identifier = try entry["id"].identifier()
            // `tokenizers` passes over empty ones, and over one that comes again.
            if bytes.isEmpty || !seen.insert(bytes).inserted { continue }
            // It takes the vocabulary's word for it, with a warning; who is right is unknown.
            if let other = known[bytes], other != identifier { throw entry["id"].unsupported() }
            let isSpecial = try entry["special"].flag(or: false)
            added.append(
                Added(
                    token: AddedTokens.Token(
                        bytes: bytes, identifier: identifier,
                        stripsLeft: try entry["lstrip"].flag(or: false),
                        stripsRight: try entry["rstrip"].flag(or: false),
                        isSingleWord: try entry["single_word"].flag(or: false)),
                    isNormalized: try entry["normalized"].flag(or: !isSpecial),
                    isSpecial: isSpecial))
            identifierCount = max(identifierCount, Int(identifier) + 1)
        }
    }

    /// The tokenizer as described, whatever it is.
    func pipeline(maximumTokens: Int) -> TokenizerPipeline {
        let normalizer = Normalizer(steps: normalizer)
        // Of equal ones a special token comes first.
        let ordered = added.filter(\.isSpecial) + added.filter { !$0.isSpecial }
        let normalized = ordered.filter(\.isNormalized).map { added in
            var token = added.token
            var scratch: [UInt8] = []
            _ = normalizer.apply(&token.bytes, &scratch)
            return token
        }
        return TokenizerPipeline(
            added: ordered.filter { !$0.isNormalized }.map(\.token),
            normalized: normalized.filter { !$0.bytes.isEmpty }, self,
            maximumTokens: maximumTokens)
    }

    /// The same as BERT's tokenizer, which is faster, when it gives the same identifiers.
    func bert(maximumTokens: Int) -> BertTokenizer? {
        guard normalizer.count == 1, case .bert(let cleaning) = normalizer[0], cleaning.cleans,
            cleaning.lowercases == cleaning.stripsAccents, preTokenizer == [.bert],
            case .wordPiece(let model) = model,
            added.allSatisfy({ !$0.isNormalized && !$0.token.isSingleWord })
        else { return nil }
        // Folding word by word leaves marks in the order they stand in.
        if cleaning.lowercases, model.tokens.holdsMovableMark { return nil }
        // White space beside a token ends a word with or without it.
        let special = AddedTokens(added.map(\.token)).tokens.map {
            BertTokenizer.Special(bytes: $0.bytes, identifier: $0.identifier)
        }
        if special.contains(where: { $0.bytes[0] >= 0x80 }) { return nil }
        return BertTokenizer(
            rules: BertTokenizer.Rules(
                model: model, special: special, before: frame.before, after: frame.after,
                folds: cleaning.lowercases, isolatesChinese: cleaning.spacesChinese),
            maximumTokens: maximumTokens)
    }
}

extension TokenTable {
    fileprivate var holdsMovableMark: Bool {
        (0..<Int32(count)).contains {
            Vocabulary.movableMark(String(decoding: token($0), as: UTF8.self)) != nil
        }
    }
}

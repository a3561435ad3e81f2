internal import Records

/// Finds a model folder's tokenizer.
///
/// Where tokenizer.json is missing, the older files say the same
/// in fewer words; they are turned into what tokenizer.json would say, as transformers does
/// (convert_slow_tokenizer.py: BertConverter, MPNetConverter, RobertaConverter).
struct FolderReader {
    private(set) var root: DescriptionField
    /// The files read, in a fixed order.
    private(set) var files: [String]

    init(_ folder: String) throws(Fault) {
        let path = folder + "/tokenizer.json"
        let config = try Self.config(folder)
        if fileExists(path) {
            root = try Self.document(path)
            files = [path]
            try Self.checkAgreement(root["normalizer"], config)
            return
        }
        let vocabulary = folder + "/vocab.txt"
        let (pairs, merges) = (folder + "/vocab.json", folder + "/merges.txt")
        let tree: JSONValue
        if fileExists(vocabulary) {
            files = [vocabulary]
            root = DescriptionField(name: "", value: .null, path: vocabulary)
            tree = try Self.wordPieces(try Self.lines(vocabulary), config, vocabulary)
        } else if fileExists(pairs), fileExists(merges) {
            files = [pairs, merges]
            root = DescriptionField(name: "", value: .null, path: pairs)
            tree = try Self.pairs(
                try JSONValue(ofModel: pairs),
                try Self.lines(merges).filter { !$0.isEmpty && !$0.hasPrefix("#version") }, config)
        } else {
            throw Self.missing(folder)
        }
        if !config.isNull { files.append(config.path) }
        root = DescriptionField(name: "", value: tree, path: root.path)
    }

    private static func missing(_ folder: String) -> Fault {
        let models = ["sentencepiece.bpe.model", "sentencepiece.model", "spiece.model"]
        let hint =
            "save the fast tokenizer: AutoTokenizer.from_pretrained(folder)"
            + ".save_pretrained(folder) of transformers writes tokenizer.json"
        for name in models where fileExists("\(folder)/\(name)") {
            return Fault(
                .configuration, "the model's tokenizer is only there as a sentencepiece model",
                at: .file("\(folder)/\(name)"), hint: hint)
        }
        return Fault(
            .configuration, "the model folder has no tokenizer", at: .file(folder),
            why: "neither tokenizer.json nor vocab.txt nor vocab.json with merges.txt is there",
            hint: hint)
    }

    private static func document(_ path: String) throws(Fault) -> DescriptionField {
        DescriptionField(
            name: "", value: try JSONValue(ofModel: path), path: path)
    }

    /// tokenizer_config.json; null when there is none.
    private static func config(_ folder: String) throws(Fault) -> DescriptionField {
        let path = folder + "/tokenizer_config.json"
        if fileExists(path) { return try document(path) }
        return DescriptionField(name: "", value: .null, path: path)
    }

    private static func lines(_ path: String) throws(Fault) -> [String] {
        guard let text = String(validating: try MappedFile.ofModel(path).copy(), as: UTF8.self)
        else { throw Fault(.configuration, "the file is not UTF-8", at: .file(path)) }
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map {
            String(Substring($0.last == 0x0D ? $0.dropLast() : $0))
        }
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Refuses a tokenizer.json whose normalizer is not what tokenizer_config.json says:
    /// which of them transformers follows depends on its version.
    private static func checkAgreement(
        _ normalizer: DescriptionField, _ config: DescriptionField
    ) throws(Fault) {
        guard case .string("BertNormalizer") = normalizer["type"].value else { return }
        let names = [
            ("do_lower_case", "lowercase"), ("strip_accents", "strip_accents"),
            ("tokenize_chinese_chars", "handle_chinese_chars"),
        ]
        for (name, other) in names where !config[name].isNull && !normalizer[other].isNull {
            if try config[name].flag(or: true) == normalizer[other].flag(or: true) { continue }
            throw Fault(
                .configuration, "the field '\(name)' contradicts tokenizer.json",
                at: .file(config.path),
                why: "\(config[name].text), and '\(normalizer[other].name)' is "
                    + normalizer[other].text,
                hint: "save the tokenizer again, so that both files agree")
        }
    }
}

/// The descriptions.
extension FolderReader {
    private static func wordPieces(
        _ lines: [String], _ config: DescriptionField, _ path: String
    ) throws(Fault) -> JSONValue {
        var identifiers: [String: Int] = [:]
        var vocabulary: [JSONValue.Member] = []
        for (number, line) in lines.enumerated() where !line.isEmpty {
            if identifiers.updateValue(number, forKey: line) == nil {
                vocabulary.append(.init(key: line, value: .integer(number)))
            }
        }
        if try !config["do_basic_tokenize"].flag(or: true) {
            throw config["do_basic_tokenize"].unsupported()
        }
        // MPNet has RoBERTa's names, but for the unknown token.
        let isBERT = identifiers["[CLS]"] != nil
        let names =
            isBERT
            ? ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]"]
            : ["[UNK]", "<s>", "</s>", "<pad>", "<mask>"]
        let special = try specials(names, config, stripsMask: !isBERT)
        let added = try special.map { token throws(Fault) -> JSONValue in
            guard let identifier = identifiers[token.name] else {
                throw Fault(
                    .configuration, "the vocabulary lacks '\(token.name)'", at: .file(path))
            }
            return addedToken(token, identifier)
        }
        return .members([
            ("added_tokens", .array(added)),
            (
                "normalizer",
                .members([
                    ("type", .string("BertNormalizer")),
                    ("lowercase", config["do_lower_case"].value),
                    ("strip_accents", config["strip_accents"].value),
                    ("handle_chinese_chars", config["tokenize_chinese_chars"].value),
                ])
            ),
            ("pre_tokenizer", .members([("type", .string("BertPreTokenizer"))])),
            ("post_processor", frame(special, identifiers)),
            (
                "model",
                .members([
                    ("type", .string("WordPiece")), ("unk_token", .string(special[0].name)),
                    ("vocab", .object(vocabulary)),
                ])
            ),
        ])
    }

    private static func pairs(
        _ vocabulary: JSONValue, _ merges: [String], _ config: DescriptionField
    ) throws(Fault) -> JSONValue {
        let names = ["<unk>", "<s>", "</s>", "<pad>", "<mask>"]
        // transformers 5 takes white space before a mask only where the files say so.
        let special = try specials(names, config, stripsMask: false)
        var identifiers: [String: Int] = [:]
        for token in vocabulary.members ?? [] { identifiers[token.key] = token.value.integer }
        let added = special.compactMap { token in
            identifiers[token.name].map { addedToken(token, $0) }
        }
        let spaced = try config["add_prefix_space"].flag(or: false)
        return .members([
            ("added_tokens", .array(added)),
            (
                "pre_tokenizer",
                .members([("type", .string("ByteLevel")), ("add_prefix_space", .bool(spaced))])
            ),
            ("post_processor", frame(special, identifiers)),
            (
                "model",
                .members([
                    ("type", .string("BPE")), ("vocab", vocabulary),
                    ("merges", .array(merges.map { .string($0) })),
                ])
            ),
        ])
    }

    private struct Special {
        var name: String
        var stripsLeft: Bool
    }

    /// The tokens for what is unknown, the beginning, the end, padding and what is masked.
    private static func specials(
        _ names: [String], _ config: DescriptionField, stripsMask: Bool
    ) throws(Fault) -> [Special] {
        let keys = ["unk_token", "cls_token", "sep_token", "pad_token", "mask_token"]
        return try zip(keys, names).map { (key, name) throws(Fault) -> Special in
            let given = config[key]
            let strips = stripsMask && key == "mask_token"
            if case .object = given.value {
                return Special(
                    name: try given["content"].string(),
                    stripsLeft: try given["lstrip"].flag(or: strips))
            }
            return Special(name: try given.string(or: name), stripsLeft: strips)
        }
    }

    private static func addedToken(_ token: Special, _ identifier: Int) -> JSONValue {
        .members([
            ("id", .integer(identifier)), ("content", .string(token.name)),
            ("lstrip", .bool(token.stripsLeft)), ("special", .bool(true)),
            ("normalized", .bool(false)),
        ])
    }

    private static func frame(_ special: [Special], _ identifiers: [String: Int]) -> JSONValue {
        func pair(_ name: String) -> JSONValue {
            .array([.string(name), identifiers[name].map { .integer($0) } ?? .null])
        }
        return .members([
            ("type", .string("BertProcessing")), ("cls", pair(special[1].name)),
            ("sep", pair(special[2].name)),
        ])
    }
}

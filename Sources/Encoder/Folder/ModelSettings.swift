internal import Records

/// What a model folder's small JSON files say, checked against what this encoder can do.
///
/// Whatever would silently give other vectors (another activation, another pooling, a cased
/// vocabulary) is refused by the name of its field.
struct ModelSettings: Sendable, Equatable {
    /// Width of a token's vector and of the sentence's.
    var width: Int
    var layers: Int
    var heads: Int
    /// Width of the feed-forward layer.
    var innerWidth: Int
    var vocabulary: Int
    var positions: Int
    var tokenTypes: Int
    var normEpsilon: Float
    /// Most tokens of a text, [CLS] and [SEP] included; what is longer is cut.
    var maximumTokens: Int

    var headWidth: Int { width / heads }

    /// The settings in one line of fixed form, for the fingerprint.
    var canonical: String {
        "bert width=\(width) layers=\(layers) heads=\(heads) inner=\(innerWidth) "
            + "vocabulary=\(vocabulary) positions=\(positions) types=\(tokenTypes) "
            + "epsilon=\(normEpsilon.bitPattern) tokens=\(maximumTokens) "
            + "gelu=erf pooling=mean norm=l2 lower=1"
    }

    init(folder: String) throws(Fault) {
        let path = folder + "/config.json"
        let config = try decodeModelJSON(BertConfig.self, path: path)
        width = config.hidden_size
        layers = config.num_hidden_layers
        heads = config.num_attention_heads
        innerWidth = config.intermediate_size
        vocabulary = config.vocab_size
        positions = config.max_position_embeddings
        tokenTypes = config.type_vocab_size
        normEpsilon = config.layer_norm_eps
        maximumTokens = try Self.maximumTokens(folder, positions: config.max_position_embeddings)
        try config.check(path)
        try Self.checkPooling(folder, width: config.hidden_size)
        try Self.checkTokenizer(folder)
        try Self.checkModules(folder)
    }

    private static func maximumTokens(_ folder: String, positions: Int) throws(Fault) -> Int {
        let path = folder + "/sentence_bert_config.json"
        let config = try decodeModelJSON(SentenceConfig.self, path: path)
        // Lower-casing before the tokenizer would turn a literal "[SEP]" into plain text.
        try refuse(config.do_lower_case ?? false, "do_lower_case", "true", path)
        guard let length = config.max_seq_length else { return positions }
        try refuse(length < 3 || length > positions, "max_seq_length", "\(length)", path)
        return length
    }

    private static func checkPooling(_ folder: String, width: Int) throws(Fault) {
        let path = folder + "/1_Pooling/config.json"
        let config = try decodeModelJSON([String: PoolingValue].self, path: path)
        if case .number(let given)? = config["word_embedding_dimension"] {
            try refuse(given != width, "word_embedding_dimension", "\(given)", path)
        }
        if case .text(let mode)? = config["pooling_mode"] {
            try refuse(mode != "mean", "pooling_mode", mode, path)
        } else {
            let mean = config["pooling_mode_mean_tokens"] == .flag(true)
            try refuse(!mean, "pooling_mode_mean_tokens", "not true", path)
        }
        for key in config.keys.sorted()
        where key.hasPrefix("pooling_mode_") && key != "pooling_mode_mean_tokens" {
            try refuse(config[key] == .flag(true), key, "true", path)
        }
    }

    private static func checkTokenizer(_ folder: String) throws(Fault) {
        let path = folder + "/tokenizer_config.json"
        guard fileExists(path) else { return }
        let config = try decodeModelJSON(TokenizerConfig.self, path: path)
        try refuse(config.do_lower_case == false, "do_lower_case", "false", path)
        try refuse(config.strip_accents == false, "strip_accents", "false", path)
        let chinese = config.tokenize_chinese_chars
        try refuse(chinese == false, "tokenize_chinese_chars", "false", path)
        let basic = config.do_basic_tokenize
        try refuse(basic == false, "do_basic_tokenize", "false", path)
    }

    private static func checkModules(_ folder: String) throws(Fault) {
        let path = folder + "/modules.json"
        guard fileExists(path) else { return }
        for module in try decodeModelJSON([Module].self, path: path) {
            let name = module.type.split(separator: ".").last ?? ""
            let known = ["Transformer", "Pooling", "Normalize"].contains(name)
            try refuse(!known, "type", module.type, path)
        }
    }
}

/// Throws the one sentence all refusals of a setting have.
private func refuse(
    _ condition: Bool, _ field: String, _ value: String, _ path: String
) throws(Fault) {
    guard condition else { return }
    throw Fault(
        .configuration, "this encoder does not support '\(field)' being \(value)",
        at: .file(path), hint: "use all-MiniLM-L6-v2 or another BERT sentence encoder of its kind")
}

extension BertConfig {
    fileprivate func check(_ path: String) throws(Fault) {
        try refuse(model_type != "bert", "model_type", model_type, path)
        try refuse(hidden_act != "gelu", "hidden_act", hidden_act, path)
        let position = position_embedding_type ?? "absolute"
        try refuse(position != "absolute", "position_embedding_type", position, path)
        try refuse(is_decoder ?? false, "is_decoder", "true", path)
        try refuse(add_cross_attention ?? false, "add_cross_attention", "true", path)
        let sizes: [(String, Int, ClosedRange<Int>)] = [
            ("hidden_size", hidden_size, 16...8192),
            ("num_hidden_layers", num_hidden_layers, 1...128),
            ("num_attention_heads", num_attention_heads, 1...128),
            ("intermediate_size", intermediate_size, 16...65536),
            ("vocab_size", vocab_size, 1...2_000_000),
            ("max_position_embeddings", max_position_embeddings, 3...65536),
            ("type_vocab_size", type_vocab_size, 1...1024),
        ]
        for (field, value, range) in sizes {
            try refuse(!range.contains(value), field, "\(value)", path)
        }
        // The kernels step by 16.
        try refuse(hidden_size % 16 != 0, "hidden_size", "\(hidden_size)", path)
        try refuse(intermediate_size % 16 != 0, "intermediate_size", "\(intermediate_size)", path)
        try refuse(
            hidden_size % num_attention_heads != 0, "num_attention_heads",
            "\(num_attention_heads)", path)
        let epsilon = layer_norm_eps
        try refuse(!(epsilon > 0 && epsilon < 1), "layer_norm_eps", "\(epsilon)", path)
    }
}
